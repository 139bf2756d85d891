"""What an authority has set for a plugin, as the record has it: secrets are sealed there, and opened when used."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import select

from quarterday.db.models import PluginSetting
from quarterday.db.newest import newest
from quarterday.db.work import Work
from quarterday.errors import NotConfigured
from quarterday.services.plugins.sealing import Sealer
from quarterday.services.record import installation_settings
from quarterday.settings import said_for


def values_of(work: Work, authority_id: int | None, plugin: str) -> dict[str, Any]:
    """The settings by name, secrets among them: the authority's, or the installation's where it has set nothing.

    The two are never mixed, so that an authority which names a server of its own isn't given the installation's
    password for it. Raises :class:`~quarterday.errors.NotConfigured` for secrets under another key than the
    installation's, and for a file with a secret that can't be read.
    """
    plain, sealed = kept(work, authority_id, plugin) if authority_id is not None else ({}, "")
    if authority_id is None or not (plain or sealed):
        return said_for(plugin)
    return {**plain, **(sealer(authority_id, plugin).open(sealed) if sealed else {})}


def is_set(work: Work, authority_id: int | None, plugin: str, names: Collection[str]) -> bool:
    """Whether any of those settings of a plugin, secret or not, is set by the authority itself, or (None) by the
    installation.

    Secrets that can't be opened, or read from their file, count as set: whoever uses them is told what is wrong.
    """
    try:
        if authority_id is None:
            return not said_for(plugin).keys().isdisjoint(names)
        plain, sealed = kept(work, authority_id, plugin)
        secrets = sealer(authority_id, plugin).open(sealed) if sealed else {}
    except NotConfigured:
        return True
    return not (plain.keys() | secrets.keys()).isdisjoint(names)


def kept(work: Work, authority_id: int, plugin: str) -> tuple[dict[str, Any], str]:
    """The settings that are no secrets, and the sealed ones as they lie in the record ("" for none)."""
    mine = (PluginSetting.c.authority_id == authority_id, PluginSetting.c.plugin == plugin)
    counts = newest(PluginSetting, PluginSetting.c.authority_id, PluginSetting.c.plugin)
    row = work.one(select(PluginSetting.c["values"], PluginSetting.c.sealed).where(*mine, counts))
    return (dict(row.values), row.sealed) if row else ({}, "")


def sealer(authority_id: int, plugin: str) -> Sealer:
    """What seals and opens a plugin's secrets with the installation's key; raises NotConfigured where there is none."""
    key = installation_settings().secret_key
    return Sealer(key.get_secret_value() if key else None, authority_id, plugin)
