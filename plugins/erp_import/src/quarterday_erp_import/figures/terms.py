"""What figures take as much, as soon, and as out of a buyer's reach: data, which a council may change."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from quarterday import NotConfigured, said

FILE = "spend-terms.toml"
"""What a council says instead, in the data folder."""

MICROPOUNDS = 1_000_000
_KEYS = {
    "gaps": ("months", "at_least", "local_at_most", "ends_within"),
    "without_commitments": ("threshold",),
    "outside": (),
}
_COLUMNS = ("kind", "sector", "category")


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms that figures go by; amounts are micropounds."""

    gap_months: int
    """So many months of payments, up to the newest one, are looked at for gaps."""
    gap_at_least: int
    gap_local_at_most: int
    """In percent of what has a postcode."""
    gap_ends_within: int
    """In months from today."""
    threshold: int
    """From so much paid on a contract it should hold commitments."""
    outside: tuple[tuple[str, str, str], ...]
    """A column (kind, sector or category), its value, and why nobody can influence what is spent there."""

    @property
    def data(self) -> dict[str, Any]:
        """The same as plain data."""
        return asdict(self)


def terms(folder: Path) -> Terms:
    """The terms that hold in a data folder; raises :class:`NotConfigured` for a file of the council's that is wrong."""
    found = tomllib.loads((files(__package__) / "terms.toml").read_text(encoding="utf-8"))
    own = folder / FILE
    if own.exists():
        found |= _own(own)
    try:
        return _terms(found)
    except (KeyError, TypeError, ValueError) as problem:
        raise _wrong(str(problem)) from problem


def _own(path: Path) -> dict[str, Any]:
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise _wrong(str(problem)) from problem
    if odd := sorted(found.keys() - _KEYS.keys()):
        raise _wrong(said("“{name}” is no table of it", name=odd[0]))
    return found


def _terms(found: Mapping[str, Any]) -> Terms:
    for table, keys in _KEYS.items():
        if keys and set(found[table]) != set(keys):
            raise ValueError(said("[{table}] needs {keys}", table=table, keys=", ".join(keys)))
    gaps = {key: _whole(key, found["gaps"][key]) for key in _KEYS["gaps"]}
    if odd := sorted(set(found["outside"]) - set(_COLUMNS)):
        raise ValueError(said("[outside.{name}] is of nothing that is known", name=odd[0]))
    return Terms(
        gap_months=gaps["months"],
        gap_at_least=gaps["at_least"] * MICROPOUNDS,
        gap_local_at_most=gaps["local_at_most"],
        gap_ends_within=gaps["ends_within"],
        threshold=_whole("threshold", found["without_commitments"]["threshold"]) * MICROPOUNDS,
        outside=tuple(
            (column, str(value), str(reason))
            for column in _COLUMNS
            for value, reason in found["outside"].get(column, {}).items()
        ),
    )


def _whole(name: str, value: object) -> int:
    if type(value) is not int or not 0 < value <= 1_000_000_000:
        raise ValueError(said("“{name}” is a whole number above 0", name=name))
    return value


def _wrong(why: str) -> NotConfigured:
    return NotConfigured(FILE, said("{file} can't be used: {why}.", file=FILE, why=why))
