"""Plugins at work: their settings, how they fared, and what their sources gave."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Named, Table, TypedColumns, UniqueConstraint

from quarterday.db.columns import DATA, ID, METADATA, MOMENT, TEXT, to


class PluginSettingColumns(TypedColumns):
    """One plugin's settings for one authority; secrets are sealed. The newest row counts."""

    id: Named[int] = ID
    authority_id: Named[int] = to("authority")
    plugin: Named[str] = TEXT
    values: Named[dict[str, Any]] = DATA  # type: ignore[assignment]
    """Asked for as ``c["values"]``, because the columns of a table have a method of that name."""
    sealed: Named[str] = TEXT
    """The secrets, encrypted with the key that lives outside the database."""
    recorded_at: Named[datetime] = MOMENT


PluginSetting = Table("plugin_setting", METADATA, PluginSettingColumns)


class PluginEventColumns(TypedColumns):
    """How a part of a plugin fared at its work for an authority, and what a person said to that."""

    id: Named[int] = ID
    authority_id: Named[int] = to("authority", index=False)
    plugin: Named[str] = TEXT
    part: Named[str] = TEXT
    """The id of the sink or source."""
    event: Named[str] = TEXT
    """fault, well, paused, resumed."""
    why: Named[str] = TEXT
    actor: Named[str] = TEXT
    """As the audit trail has it: ``worker``, ``user/12``."""
    recorded_at: Named[datetime] = MOMENT


PluginEvent = Table("plugin_event", METADATA, PluginEventColumns, Index(None, "authority_id", "plugin", "part"))


class PluginFolderColumns(TypedColumns):
    """The folder of files that go with a plugin's tables, as long as these are there; the newest row counts."""

    id: Named[int] = ID
    plugin: Named[str] = TEXT
    folder: Named[str] = TEXT
    """In the data folder; "" for a plugin that keeps no files."""
    recorded_at: Named[datetime] = MOMENT


PluginFolder = Table("plugin_folder", METADATA, PluginFolderColumns)


class SourceCursorColumns(TypedColumns):
    """How far a source has been read, for an authority or the installation; saved with each batch."""

    id: Named[int] = ID
    authority_id: Named[int | None] = to("authority", index=False)
    source: Named[str] = TEXT
    cursor: Named[str] = TEXT
    recorded_at: Named[datetime] = MOMENT


SourceCursor = Table("source_cursor", METADATA, SourceCursorColumns, UniqueConstraint("authority_id", "source"))


class SourceItemColumns(TypedColumns):
    """One record of a source that was taken, so that it is taken once."""

    id: Named[int] = ID
    authority_id: Named[int | None] = to("authority", index=False)
    source: Named[str] = TEXT
    key: Named[str] = TEXT
    kind: Named[str] = TEXT
    recorded_at: Named[datetime] = MOMENT


SourceItem = Table("source_item", METADATA, SourceItemColumns, UniqueConstraint("authority_id", "source", "key"))


class SourceRejectColumns(TypedColumns):
    """One record of a source that can't be used, and why. The newest row of a key counts, unless it was taken since."""

    id: Named[int] = ID
    authority_id: Named[int | None] = to("authority", index=False)
    source: Named[str] = TEXT
    key: Named[str] = TEXT
    why: Named[str] = TEXT
    recorded_at: Named[datetime] = MOMENT


SourceReject = Table("source_reject", METADATA, SourceRejectColumns, Index(None, "authority_id", "source", "key"))
