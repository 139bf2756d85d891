"""Which postcodes are local by a definition, for whoever knows whole ones: a ledger's, of suppliers."""

from __future__ import annotations

from collections.abc import Iterable

from quarterday.domain.catalogue import LocalArea
from quarterday.domain.locality import Side, place
from quarterday.postcodes import whole

_SAID = {Side.INSIDE: True, Side.OUTSIDE: False, Side.UNKNOWN: None}


def local_postcodes(postcodes: Iterable[str], area: LocalArea) -> dict[str, bool | None]:
    """For each whole postcode (``S60 1AE``) whether it lies in an area.

    None where the directory lacks it, and within the areas of a definition that is made of wards, which the directory
    doesn't know. Raises :class:`~quarterday.errors.Refused` for a definition whose centre the directory lacks.
    """
    asked = list(postcodes)
    known = whole(asked, area.centre if area.radius_km else "")
    found: dict[str, bool | None] = {}
    for postcode in asked:
        code, metres = known.get(postcode, (None, None))
        if code is None:
            found[postcode] = None
            continue
        reach = {code: (metres, metres)} if metres is not None else {}
        found[postcode] = _SAID[place(postcode, (code,), None, area, reach).side]
    return found
