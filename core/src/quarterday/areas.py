"""The areas there are: authorities by code, with the county and the region that each lies in.

``areas.csv`` holds facts from the Office for National Statistics' lists of local authorities of the United Kingdom, as
they stood in November 2025 (Open Government Licence v3.0; contains National Statistics data © Crown copyright and
database right 2025), old codes among them.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from quarterday.domain.area_codes import current


@dataclass(frozen=True, slots=True)
class Area:
    """One area of the list."""

    code: str
    name: str
    within: frozenset[str]
    """The codes of the county and the region it lies in; empty for these themselves and for areas that are no more."""


class NoSuchArea(ValueError):
    """A code is in no list; the message says what to write."""


def authorities_of(codes: Iterable[str]) -> tuple[str, ...]:
    """The authorities that codes mean, each under its newest code, in order: a county or a region is all of its own.

    Raises :class:`NoSuchArea` for a code that isn't in the list.
    """
    found: dict[str, None] = {}
    for typed in codes:
        code = current(typed.strip().upper())
        if code not in _areas():
            raise NoSuchArea(f"“{typed[:20]}” is not the code of an area; write codes like E08000018 (Rotherham).")
        inside = [area.code for area in _areas().values() if code in area.within]
        found.update(dict.fromkeys(inside or [code]))
    return tuple(found)


def name_of(code: str) -> str:
    """The name of an area; its code where it isn't in the list."""
    return _areas()[code].name if code in _areas() else code


@cache
def _areas() -> Mapping[str, Area]:
    with Path(__file__).with_name("areas.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["code"]: Area(row["code"], row["name"], frozenset(row["within"].split()))
            for row in csv.DictReader(file)
        }
