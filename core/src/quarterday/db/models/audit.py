"""The audit trail: a row for every change of business data, sealed into a chain for each authority."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Named, Table, TypedColumns, UniqueConstraint, text

from quarterday.db.columns import DATA, ID, METADATA, MOMENT, TEXT, to

_OF_NOBODY = text("authority_id IS NULL")
"""The installation's own chain, whose numbers a unique constraint over NULLs would not hold apart."""


class AuditRowColumns(TypedColumns):
    """Who did what to which thing, written in the transaction that did it. Never holds words, names or addresses."""

    id: Named[int] = ID
    authority_id: Named[int | None] = to("authority", index=False)
    """Whose it is; None for what concerns the whole installation."""
    actor: Named[str] = TEXT
    """``user/12``, ``cli``, ``clock``, ``portal``."""
    action: Named[str] = TEXT
    subject: Named[str] = TEXT
    """``contract/7``."""
    payload: Named[dict[str, Any]] = DATA
    recorded_at: Named[datetime] = MOMENT


AuditRow = Table("audit_row", METADATA, AuditRowColumns, Index(None, "authority_id", "recorded_at"))


class AuditSealColumns(TypedColumns):
    """One link of an authority's chain: a digest of a row together with the digest before it."""

    id: Named[int] = ID
    authority_id: Named[int | None] = to("authority", index=False)
    number: Named[int]
    """From 1, without a gap."""
    row_id: Named[int]
    """Not a reference: a removed row must be noticed, not made impossible by accident."""
    digest: Named[str] = TEXT
    sealed_at: Named[datetime] = MOMENT


AuditSeal = Table(
    "audit_seal",
    METADATA,
    AuditSealColumns,
    UniqueConstraint("authority_id", "number"),
    UniqueConstraint("row_id"),
    Index(None, "number", unique=True, sqlite_where=_OF_NOBODY, postgresql_where=_OF_NOBODY),
)
