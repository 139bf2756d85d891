"""Whether something lies in a local area: what a part postcode can decide, and what only the supplier can state."""

from __future__ import annotations

import re
from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from quarterday.domain.area_codes import lies_in, oldest
from quarterday.domain.catalogue import LocalArea
from quarterday.domain.sentences import NotUsable, said

_PART = re.compile(r"([A-Z]{1,2}\d[A-Z\d]?)(?: ?(\d)[A-Z]{0,2})?", re.ASCII)


class Side(StrEnum):
    """On which side of a local area's border something lies."""

    INSIDE = "inside"
    OUTSIDE = "outside"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a claim lies, and how that is known, as a phrase for the reviewer."""

    side: Side
    how: str


def part_postcode(text: str) -> str | None:
    """The outward code or sector in a postcode, as ``S60`` or ``S60 1``; None when the text is no postcode.

    The last two letters are dropped: a part postcode is enough, and a whole one can point at a home.
    """
    found = _PART.fullmatch(re.sub(r"\s+", " ", text.strip().upper()))
    if not found:
        return None
    return f"{found[1]} {found[2]}" if found[2] else found[1]


Reach = Mapping[str, tuple[int, int]]
"""For each authority with a postcode under a part postcode: metres from the centre to the nearest and the farthest."""


class UnlikeAreas(NotUsable):
    """Figures on different definitions of “local” would be added; the message names the definitions."""


def place(
    part: str, areas_under: Collection[str], stated: bool | None, local: LocalArea, reach: Reach | None = None
) -> Place:
    """Where a claim lies in respect of ``local``.

    ``areas_under`` are the codes of all authorities that have a postcode under the part postcode; where the definition
    has a radius, ``reach`` says how far from its centre these postcodes are. The part postcode decides only where every
    postcode under it is on one side; else what the supplier stated stands, and is marked as stated (of 20 outward
    codes that touch Rotherham 3 lie wholly inside). Wards are not in the postcode directory, so within a definition's
    areas they are always stated.
    """
    sides = {_side(code, local, (reach or {}).get(code)) for code in areas_under}
    if sides == {Side.INSIDE}:
        return Place(Side.INSIDE, said("every postcode under {part} is in {local}", part=part, local=local.name))
    if sides == {Side.OUTSIDE}:
        return Place(Side.OUTSIDE, said("no postcode under {part} is in {local}", part=part, local=local.name))
    if not part:
        doubt = said("no part postcode is given")
    elif not areas_under:
        doubt = said("{part} is not in the postcode directory", part=part)
    elif local.wards:
        doubt = said("{local} is made of wards, so the postcode {part} can't tell", local=local.name, part=part)
    else:
        doubt = said("{part} lies partly in {local}, so the postcode can't tell", part=part, local=local.name)
    if stated is None:
        return Place(Side.UNKNOWN, said("{doubt}; say yes or no in “local”", doubt=doubt))
    return Place(Side.INSIDE if stated else Side.OUTSIDE, said("stated; {doubt}", doubt=doubt))


def one_area(areas: Iterable[LocalArea | None]) -> LocalArea | None:
    """The one definition that all figures of a total stand on; None where none stands on any.

    Raises :class:`UnlikeAreas` for two that don't mean the same: such figures are never added (DOMAIN 5). Keep them
    apart by :func:`meaning`.
    """
    found: dict[object, LocalArea | None] = {}
    for area in areas:
        found.setdefault(meaning(area), area)
    if len(found) > 1:
        names = ", ".join(sorted(area.name if area else said("no definition") for area in found.values()))
        raise UnlikeAreas(
            "These figures stand on different definitions of “local” ({names}) and are never added.", names=names
        )
    return next(iter(found.values()), None)


def meaning(area: LocalArea | None) -> Hashable:
    """What makes two definitions one: the areas, wards and radius, whatever they are called and since when."""
    if area is None:
        return None
    circle = (Fraction(area.radius_km), area.centre) if area.radius_km else None
    return oldest(area.codes), frozenset(area.wards), circle


def _side(code: str, local: LocalArea, metres: tuple[int, int] | None) -> Side:
    """On which side all postcodes of a part postcode lie that belong to one authority; UNKNOWN for on both."""
    by_area = {True: Side.INSIDE, False: Side.OUTSIDE, None: Side.UNKNOWN}[lies_in(code, local.codes)]
    if by_area is not Side.OUTSIDE and local.wards:
        by_area = Side.UNKNOWN
    if not local.radius_km or by_area is Side.INSIDE or not code:  # a postcode of no authority lies nowhere
        return by_area
    limit = Fraction(local.radius_km) * 1000
    if metres is None or metres[0] <= limit < metres[1]:
        return Side.UNKNOWN
    return Side.INSIDE if metres[1] <= limit else by_area
