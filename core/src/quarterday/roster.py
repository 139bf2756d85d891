"""Which plugins this installation loads, and in which order: the table ``[plugins]`` of ``quarterday.toml``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from quarterday.errors import NotConfigured
from quarterday.settings_file import IMPORT_SECONDS, parsed, read_settings_file, rewrite, settings_file


@dataclass(frozen=True, slots=True)
class Roster:
    """The plugins named first, in order; those not loaded; and how long each may take, in seconds.

    Installed plugins that are not named load after the ordered ones, by name.
    """

    order: tuple[str, ...] = ()
    disabled: tuple[str, ...] = ()
    seconds: float = IMPORT_SECONDS

    @classmethod
    def read(cls) -> Roster:
        """The roster of this data folder; raises :class:`NotConfigured` when the file says something else."""
        said = read_settings_file()
        table = _table(said)
        seconds = os.environ.get("QUARTERDAY_IMPORT_SECONDS") or said.get("import_seconds", IMPORT_SECONDS)
        return cls(_names(table, "order"), _names(table, "disabled"), _seconds(seconds))

    def arranged(self, names: Mapping[str, object]) -> list[str]:
        """Those names in the order in which they load, the disabled ones too."""
        first = [name for name in dict.fromkeys(self.order) if name in names]
        return first + sorted(set(names) - set(first))

    def missing(self, names: Mapping[str, object]) -> list[str]:
        """Those that are ordered, not disabled, and not among the names."""
        return [name for name in dict.fromkeys(self.order) if name not in names and name not in self.disabled]


def disabled() -> tuple[str, ...]:
    """The disabled plugins, whatever else is wrong with the settings."""
    return _names(_table(read_settings_file()), "disabled")


def switch(name: str, *, on: bool) -> bool:
    """Take a plugin off the disabled ones, or put it on; returns whether ``quarterday.toml`` had to change.

    Everything else in the file stays as it is, byte for byte. Raises :class:`NotConfigured` when the file is no TOML,
    and :class:`~quarterday.errors.Refused` when it can't be written.
    """

    def change(text: str) -> str:
        known = name in _names(_table(parsed(text)), "disabled")
        return _switched(text, name, on=on) if known is on else text

    return rewrite(change)


def _switched(text: str, name: str, *, on: bool) -> str:
    """The text of the file with one name more, or less, under ``disabled``."""
    import tomlkit
    from tomlkit.items import Array

    mark = "\ufeff" if text.startswith("\ufeff") else ""
    document = tomlkit.parse(text.removeprefix(mark))
    table: Any = document.setdefault("plugins", tomlkit.table())
    disabled: Array = table.setdefault("disabled", tomlkit.array())
    while on and name in disabled:
        disabled.remove(name)
    if not on:
        disabled.append(name)
    return mark + document.as_string()


def _table(said: dict[str, Any]) -> dict[str, Any]:
    """The table ``[plugins]``, empty when there is none."""
    table = said.get("plugins", {})
    if not isinstance(table, dict):
        raise NotConfigured("plugins", f"“plugins” in {settings_file()} must be a table: write [plugins].")
    return table


def _names(table: dict[str, Any], key: str) -> tuple[str, ...]:
    """A list of plugin names from the table."""
    names = table.get(key, [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise NotConfigured(
            f"plugins.{key}", f'“{key}” under [plugins] in {settings_file()} must be a list of names, like ["a", "b"].'
        )
    return tuple(names)


def _seconds(given: object) -> float:
    """The time limit; the typed settings check it again, but they are too slow to import at every start."""
    try:
        seconds = float(str(given))
    except ValueError:
        seconds = 0
    if not 0 < seconds <= 3600:
        raise NotConfigured("import_seconds", f"“import_seconds” must be a number up to 3600, not “{given}”.")
    return seconds
