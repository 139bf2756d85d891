"""What figures rest on, kept by content hash: editions, value sets, definitions of “local”."""

from __future__ import annotations

from datetime import date

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from quarterday.db.columns import Base, Data, Id, Listed, Moment, to


class EditionSnapshot(Base):
    """One edition whole, as it was when a contract was pinned to it; the plugin may be gone since."""

    __tablename__ = "edition_snapshot"
    id: Mapped[Id]
    key: Mapped[str]
    digest: Mapped[str]
    """SHA-256 of the content's canonical JSON."""
    content: Mapped[Data]
    recorded_at: Mapped[Moment]
    __table_args__ = (UniqueConstraint("digest"),)


class ValueSetSnapshot(Base):
    """One value set. Immutable; where its licence forbids passing it on, an export holds all but the content."""

    __tablename__ = "value_set_snapshot"
    id: Mapped[Id]
    authority_id: Mapped[int | None] = to("authority")
    """Whose it is; None for a set that ships."""
    name: Mapped[str]
    edition_key: Mapped[str]
    digest: Mapped[str]
    licence: Mapped[str]
    source: Mapped[str]
    is_redistributable: Mapped[bool]
    content: Mapped[Data | None]
    """None after an import without the values, until the same file is loaded again."""
    recorded_at: Mapped[Moment]
    __table_args__ = (UniqueConstraint("authority_id", "digest"),)


class LocalAreaDefinition(Base):
    """A named, dated definition of “local”. A change is a new row; figures keep the one they used."""

    __tablename__ = "local_area"
    id: Mapped[Id]
    authority_id: Mapped[int] = to("authority")
    name: Mapped[str]
    codes: Mapped[Listed]
    wards: Mapped[Listed]
    radius_km: Mapped[str]
    """Decimal text, with ``centre``; "" where the definition has no radius."""
    centre: Mapped[str]
    valid_from: Mapped[date]
    recorded_at: Mapped[Moment]
