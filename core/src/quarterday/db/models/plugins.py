"""Plugins at work: their settings, how they fared, and what their sources gave."""

from __future__ import annotations

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from quarterday.db.columns import Base, Data, Id, Moment, to


class PluginSetting(Base):
    """One plugin's settings for one authority; secrets are sealed. The newest row counts."""

    __tablename__ = "plugin_setting"
    id: Mapped[Id]
    authority_id: Mapped[int] = to("authority")
    plugin: Mapped[str]
    values: Mapped[Data]
    sealed: Mapped[str]
    """The secrets, encrypted with the key that lives outside the database."""
    recorded_at: Mapped[Moment]


class PluginEvent(Base):
    """How a part of a plugin fared at its work for an authority, and what a person said to that."""

    __tablename__ = "plugin_event"
    id: Mapped[Id]
    authority_id: Mapped[int] = to("authority", index=False)
    plugin: Mapped[str]
    part: Mapped[str]
    """The id of the sink or source."""
    event: Mapped[str]
    """fault, well, paused, resumed."""
    why: Mapped[str]
    actor: Mapped[str]
    """As the audit trail has it: ``worker``, ``user/12``."""
    recorded_at: Mapped[Moment]
    __table_args__ = (Index(None, "authority_id", "plugin", "part"),)


class SourceCursor(Base):
    """How far a source has been read, for an authority or the installation; saved with each batch."""

    __tablename__ = "source_cursor"
    id: Mapped[Id]
    authority_id: Mapped[int | None] = to("authority", index=False)
    source: Mapped[str]
    cursor: Mapped[str]
    recorded_at: Mapped[Moment]
    __table_args__ = (UniqueConstraint("authority_id", "source"),)


class SourceItem(Base):
    """One record of a source that was taken, so that it is taken once."""

    __tablename__ = "source_item"
    id: Mapped[Id]
    authority_id: Mapped[int | None] = to("authority", index=False)
    source: Mapped[str]
    key: Mapped[str]
    kind: Mapped[str]
    recorded_at: Mapped[Moment]
    __table_args__ = (UniqueConstraint("authority_id", "source", "key"),)


class SourceReject(Base):
    """One record of a source that can't be used, and why. The newest row of a key counts, unless it was taken since."""

    __tablename__ = "source_reject"
    id: Mapped[Id]
    authority_id: Mapped[int | None] = to("authority", index=False)
    source: Mapped[str]
    key: Mapped[str]
    why: Mapped[str]
    recorded_at: Mapped[Moment]
    __table_args__ = (Index(None, "authority_id", "source", "key"),)
