"""What the council decides on entries, and what accepted quantities are worth."""

from __future__ import annotations

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from quarterday.db.columns import Base, Id, Moment, Whole, to


class Review(Base):
    """One decision, or one word in the talk about an entry; the newest decision counts."""

    __tablename__ = "review"
    id: Mapped[Id]
    entry_id: Mapped[int] = to("entry")
    decision: Mapped[str]
    """accepted, queried, answered, rejected."""
    numerator: Mapped[Whole]
    denominator: Mapped[Whole]
    """The accepted quantity in the measure's unit, before attribution; 0/1 unless accepted."""
    pin_id: Mapped[int | None] = to("contract_pin")
    """For an acceptance: the edition, value set and local area by which it is valued."""
    by_user_id: Mapped[int | None] = to("person")
    actor: Mapped[str]
    """user, or the name of another door (portal)."""
    words_id: Mapped[int | None] = to("words")
    recorded_at: Mapped[Moment]


class Valuation(Base):
    """What one accepted entry is worth; written beside its review, and checked by recomputation, never read for it."""

    __tablename__ = "valuation"
    id: Mapped[Id]
    review_id: Mapped[int] = to("review", index=False)
    entry_id: Mapped[int] = to("entry")
    micropounds: Mapped[Whole]
    is_complete: Mapped[bool]
    reason: Mapped[str]
    """Why there is no £, in a sentence; "" when complete."""
    unit_value: Mapped[str]
    """The unit value used, as written; "" where there was none."""
    recorded_at: Mapped[Moment]
    __table_args__ = (UniqueConstraint("review_id"),)
