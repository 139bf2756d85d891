"""Which plugins this installation loads, and in which order: the table ``[plugins]`` of ``quarterday.toml``.

It is read with ``tomllib`` alone, so that it can be read, and mended, when nothing else works.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quarterday.errors import NotConfigured

FILE = "quarterday.toml"
IMPORT_SECONDS = 10.0
"""How long a plugin may take to import, or to answer a hook, where the settings don't say."""


def data_folder() -> Path:
    """The data folder of this process: ``QUARTERDAY_DATA_DIR`` (which ``--data`` sets), else the current folder."""
    return Path(os.environ.get("QUARTERDAY_DATA_DIR") or ".").absolute()


def settings_file() -> Path:
    """Where ``quarterday.toml`` stands, or would stand."""
    return data_folder() / FILE


def read_settings_file() -> dict[str, Any]:
    """Everything ``quarterday.toml`` says, as it stands there; nothing when there is no such file.

    Raises :class:`NotConfigured` when it can't be read or is no TOML, naming the line.
    """
    path = settings_file()
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        return {}
    except UnicodeDecodeError as error:
        raise NotConfigured(FILE, f"{path} is not UTF-8 (byte {error.start}); save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise NotConfigured(FILE, f"{path} is not valid TOML: {error}. Mend that line and try again.") from error
    except OSError as error:
        raise NotConfigured(FILE, f"{path} can't be read: {error.strerror}.") from error


@dataclass(frozen=True, slots=True)
class Roster:
    """The plugins named first, in order; those not loaded; and how long each may take, in seconds.

    Installed plugins that are not named load after the ordered ones, by name.
    """

    order: tuple[str, ...] = ()
    disabled: frozenset[str] = frozenset()
    seconds: float = IMPORT_SECONDS

    @classmethod
    def read(cls) -> Roster:
        """The roster of this data folder; raises :class:`NotConfigured` when the file says something else."""
        said = read_settings_file()
        table = said.get("plugins", {})
        if not isinstance(table, dict):
            raise NotConfigured("plugins", f"“plugins” in {settings_file()} must be a table: write [plugins].")
        seconds = os.environ.get("QUARTERDAY_IMPORT_SECONDS") or said.get("import_seconds", IMPORT_SECONDS)
        return cls(_names(table, "order"), frozenset(_names(table, "disabled")), _seconds(seconds))

    def arranged(self, names: Mapping[str, object]) -> list[str]:
        """Those names in the order in which they load, the disabled ones too."""
        first = [name for name in dict.fromkeys(self.order) if name in names]
        return first + sorted(set(names) - set(first))

    def missing(self, names: Mapping[str, object]) -> list[str]:
        """Those that are ordered, not disabled, and not among the names."""
        return [name for name in dict.fromkeys(self.order) if name not in names and name not in self.disabled]


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
        raise NotConfigured(
            "import_seconds", f"“import_seconds” must be a number of seconds up to 3600, not “{given}”."
        )
    return seconds
