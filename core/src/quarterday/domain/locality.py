"""Whether something lies in a local area: what a part postcode can decide, and what only the supplier can state."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from quarterday.domain.catalogue import LocalArea

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


def place(part: str, areas_under: Collection[str], stated: bool | None, local: LocalArea) -> Place:
    """Where a claim lies in respect of ``local``.

    ``areas_under`` are the codes of all authorities that have a postcode under the part postcode. It decides only
    where every postcode under it is on one side; else what the supplier stated stands, and is marked as stated
    (of 20 outward codes that touch Rotherham 3 lie wholly inside).
    """
    inside = [code for code in areas_under if code in local.codes]
    if areas_under and len(inside) == len(areas_under):
        return Place(Side.INSIDE, f"every postcode under {part} is in {local.name}")
    if areas_under and not inside:
        return Place(Side.OUTSIDE, f"no postcode under {part} is in {local.name}")
    if not part:
        doubt = "no part postcode is given"
    elif areas_under:
        doubt = f"{part} lies partly in {local.name}, so the postcode can't tell"
    else:
        doubt = f"{part} is not in the postcode directory"
    if stated is None:
        return Place(Side.UNKNOWN, f"{doubt}; say yes or no in “local”")
    return Place(Side.INSIDE if stated else Side.OUTSIDE, f"stated; {doubt}")
