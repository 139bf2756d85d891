"""What figures rest on, kept by content hash: editions, value sets, definitions of “local”."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Named, Table, TypedColumns, UniqueConstraint

from quarterday.db.columns import DATA, ID, LISTED, METADATA, MOMENT, TEXT, to


class EditionSnapshotColumns(TypedColumns):
    """One edition whole, as it was when a contract was pinned to it; the plugin may be gone since."""

    id: Named[int] = ID
    key: Named[str] = TEXT
    digest: Named[str] = TEXT
    """SHA-256 of the content's canonical JSON."""
    content: Named[dict[str, Any]] = DATA
    recorded_at: Named[datetime] = MOMENT


EditionSnapshot = Table("edition_snapshot", METADATA, EditionSnapshotColumns, UniqueConstraint("digest"))


class ValueSetSnapshotColumns(TypedColumns):
    """One value set. Immutable; where its licence forbids passing it on, an export holds all but the content."""

    id: Named[int] = ID
    authority_id: Named[int | None] = to("authority")
    """Whose it is; None for a set that ships."""
    name: Named[str] = TEXT
    edition_key: Named[str] = TEXT
    digest: Named[str] = TEXT
    licence: Named[str] = TEXT
    source: Named[str] = TEXT
    is_redistributable: Named[bool]
    content: Named[dict[str, Any] | None] = DATA
    """None after an import without the values, until the same file is loaded again."""
    recorded_at: Named[datetime] = MOMENT


ValueSetSnapshot = Table(
    "value_set_snapshot", METADATA, ValueSetSnapshotColumns, UniqueConstraint("authority_id", "digest")
)


class LocalAreaDefinitionColumns(TypedColumns):
    """A named, dated definition of “local”. A change is a new row; figures keep the one they used."""

    id: Named[int] = ID
    authority_id: Named[int] = to("authority")
    name: Named[str] = TEXT
    codes: Named[list[str]] = LISTED
    wards: Named[list[str]] = LISTED
    radius_km: Named[str] = TEXT
    """Decimal text, with ``centre``; "" where the definition has no radius."""
    centre: Named[str] = TEXT
    valid_from: Named[date]
    recorded_at: Named[datetime] = MOMENT


LocalAreaDefinition = Table("local_area", METADATA, LocalAreaDefinitionColumns)
