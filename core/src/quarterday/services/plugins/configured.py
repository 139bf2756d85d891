"""What an authority has set for a plugin, as the record has it: secrets are sealed there, and opened when used."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import select

from quarterday.db.models import PluginSetting
from quarterday.db.newest import newest
from quarterday.db.work import Work
from quarterday.finding import installed_names
from quarterday.services.plugins.sealing import Sealer
from quarterday.settings import load, secret_in
from quarterday.settings_file import PREFIX, variables


def values_of(work: Work, authority_id: int | None, plugin: str) -> dict[str, Any]:
    """The settings by name, secrets among them: the authority's, or the installation's where it has set nothing.

    The two are never mixed, so that an authority which names a server of its own isn't given the installation's
    password for it. Raises :class:`~quarterday.errors.NotConfigured` for secrets under another key than the
    installation's, and for a file with a secret that can't be read.
    """
    plain, sealed = kept(work, authority_id, plugin) if authority_id is not None else ({}, "")
    if authority_id is None or not (plain or sealed):
        return installation_wide(plugin)
    return {**plain, **(sealer(authority_id, plugin).open(sealed) if sealed else {})}


def installation_wide(plugin: str) -> dict[str, str]:
    """What the environment sets of a plugin: ``QUARTERDAY_SCHEDULER__HOST``, or ``…__HOST_FILE`` for a secret.

    Raises :class:`~quarterday.errors.NotConfigured` for a file that can't be read.
    """
    begins = f"{PREFIX}{plugin.replace('-', '_').upper()}__"
    said = {name.removeprefix(begins): value for name, value in variables().items() if name.startswith(begins)}
    found = {}
    for name, value in said.items():
        if name.endswith("_FILE") and name.removesuffix("_FILE") not in said:
            found[name.removesuffix("_FILE").lower()] = secret_in(Path(value), f"{begins}{name}")
        else:
            found[name.lower()] = value
    return found


def kept(work: Work, authority_id: int, plugin: str) -> tuple[dict[str, Any], str]:
    """The settings that are no secrets, and the sealed ones as they lie in the record ("" for none)."""
    mine = (PluginSetting.authority_id == authority_id, PluginSetting.plugin == plugin)
    counts = newest(PluginSetting, PluginSetting.authority_id, PluginSetting.plugin)
    row = work.one(select(PluginSetting.values, PluginSetting.sealed).where(*mine, counts))
    return (dict(row.values), row.sealed) if row else ({}, "")


def sealer(authority_id: int, plugin: str) -> Sealer:
    """What seals and opens a plugin's secrets with the installation's key; raises NotConfigured where there is none."""
    key = load(installed_names()).secret_key
    return Sealer(key.get_secret_value() if key else None, authority_id, plugin)
