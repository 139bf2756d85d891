"""Where postcodes lie, by a definition of “local” and by wards, for whoever knows whole ones, like a ledger."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from quarterday.domain.catalogue import LocalArea
from quarterday.domain.locality import Side, place
from quarterday.postcodes import whole
from quarterday.wards import edition as edition_of_wards
from quarterday.wards import names_of as names_of_wards
from quarterday.wards import wards_of

__all__ = ["edition_of_wards", "local_postcodes", "names_of_wards", "wards_of"]

_SAID = {Side.INSIDE: True, Side.OUTSIDE: False, Side.UNKNOWN: None}


def local_postcodes(postcodes: Iterable[str], area: LocalArea) -> dict[str, bool | None]:
    """For each whole postcode (``S60 1AE``) whether it lies in an area.

    None where the directory lacks it, and, of a definition that is made of wards, within its areas where no directory
    of wards was loaded that has it (:mod:`quarterday.wards`). Raises :class:`~quarterday.errors.Refused` for a
    definition whose centre the directory lacks.
    """
    asked = list(postcodes)
    known = whole(asked, area.centre if area.radius_km else "")
    wards = wards_of(asked) if area.wards else {}
    within, without = replace(area, wards=()), replace(area, wards=(), codes=())
    found: dict[str, bool | None] = {}
    for postcode in asked:
        code, metres = known.get(postcode, (None, None))
        if code is None:
            found[postcode] = None
            continue
        reach = {code: (metres, metres)} if metres is not None else {}
        ward = wards.get(postcode)
        of = area if ward is None else within if ward in area.wards else without
        found[postcode] = _SAID[place(postcode, (code,), None, of, reach).side]
    return found
