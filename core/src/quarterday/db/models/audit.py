"""The audit trail: a row for every change of business data, sealed into a chain for each authority."""

from __future__ import annotations

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped

from quarterday.db.columns import Base, Data, Id, Moment, to

_OF_NOBODY = text("authority_id IS NULL")
"""The installation's own chain, whose numbers a unique constraint over NULLs would not hold apart."""


class AuditRow(Base):
    """Who did what to which thing, written in the transaction that did it. Never holds words, names or addresses."""

    __tablename__ = "audit_row"
    id: Mapped[Id]
    authority_id: Mapped[int | None] = to("authority", index=False)
    """Whose it is; None for what concerns the whole installation."""
    actor: Mapped[str]
    """``user/12``, ``cli``, ``clock``, ``portal``."""
    action: Mapped[str]
    subject: Mapped[str]
    """``contract/7``."""
    payload: Mapped[Data]
    recorded_at: Mapped[Moment]
    __table_args__ = (Index(None, "authority_id", "recorded_at"),)


class AuditSeal(Base):
    """One link of an authority's chain: a digest of a row together with the digest before it."""

    __tablename__ = "audit_seal"
    id: Mapped[Id]
    authority_id: Mapped[int | None] = to("authority", index=False)
    number: Mapped[int]
    """From 1, without a gap."""
    row_id: Mapped[int]
    """Not a reference: a removed row must be noticed, not made impossible by accident."""
    digest: Mapped[str]
    sealed_at: Mapped[Moment]
    __table_args__ = (
        UniqueConstraint("authority_id", "number"),
        UniqueConstraint("row_id"),
        Index(None, "number", unique=True, sqlite_where=_OF_NOBODY, postgresql_where=_OF_NOBODY),
    )
