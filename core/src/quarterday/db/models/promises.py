"""What a contract promised: commitments with their targets by period, variations, and what came before the record."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from quarterday.db.columns import Base, Id, Moment, Whole, to


class Commitment(Base):
    """A contract's promise for one measure of its pinned edition."""

    __tablename__ = "commitment"
    id: Mapped[Id]
    contract_id: Mapped[int] = to("contract")
    ref: Mapped[str]
    recorded_at: Mapped[Moment]
    __table_args__ = (UniqueConstraint("contract_id", "ref"),)


class Variation(Base):
    """Why targets changed, and who agreed; its targets are newer rows beside the old."""

    __tablename__ = "variation"
    id: Mapped[Id]
    contract_id: Mapped[int] = to("contract")
    words_id: Mapped[int] = to("words")
    """The reason, as somebody wrote it."""
    by_user_id: Mapped[int | None] = to("person")
    recorded_at: Mapped[Moment]


class Target(Base):
    """How much of a commitment is promised for one period; the newest row for a period counts."""

    __tablename__ = "target"
    id: Mapped[Id]
    commitment_id: Mapped[int] = to("commitment", index=False)
    variation_id: Mapped[int | None] = to("variation")
    first: Mapped[date]
    last: Mapped[date]
    numerator: Mapped[Whole]
    denominator: Mapped[Whole]
    recorded_at: Mapped[Moment]
    __table_args__ = (Index(None, "commitment_id", "first"),)  # which of a period's rows is the newest is asked often


class OpeningBalance(Base):
    """What was delivered before the record began, by measure and date, with its source; always shown apart."""

    __tablename__ = "opening_balance"
    id: Mapped[Id]
    contract_id: Mapped[int] = to("contract")
    ref: Mapped[str]
    as_of: Mapped[date]
    quantity_text: Mapped[str]
    numerator: Mapped[Whole]
    denominator: Mapped[Whole]
    words_id: Mapped[int] = to("words")
    """Where the figure comes from, as somebody wrote it."""
    recorded_at: Mapped[Moment]
