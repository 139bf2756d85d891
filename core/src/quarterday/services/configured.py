"""What an authority has set for a plugin, as the record has it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from quarterday.db.models import PluginSetting
from quarterday.db.newest import newest
from quarterday.db.work import Work


def values_of(work: Work, authority_id: int | None, plugin: str) -> dict[str, Any]:
    """The settings by name; none where the authority has set nothing, or where there is no authority."""
    mine = (PluginSetting.authority_id == authority_id, PluginSetting.plugin == plugin)
    counts = newest(PluginSetting, PluginSetting.authority_id, PluginSetting.plugin)
    row = work.one(select(PluginSetting.values).where(*mine, counts))
    return dict(row[0]) if row else {}
