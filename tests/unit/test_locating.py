"""Which whole postcodes are local: by authority, by wards as far as the directory knows, and by a radius."""

from __future__ import annotations

from dataclasses import replace

from quarterday.domain.catalogue import LocalArea
from quarterday.services.organisations.locating import local_postcodes

BOROUGH = LocalArea(name="Rotherham", codes=("E08000018",), since="2026-04-01")
HERE, SHEFFIELD, LEEDS, NOWHERE = "S60 1AE", "S1 2HH", "LS1 1UR", "S60 0ZZ"
ALL = (HERE, SHEFFIELD, LEEDS, NOWHERE)


def test_a_postcode_is_in_the_authority_that_the_directory_says() -> None:
    assert local_postcodes(ALL, BOROUGH) == {HERE: True, SHEFFIELD: False, LEEDS: False, NOWHERE: None}


def test_wards_are_not_in_the_directory() -> None:
    wards = replace(BOROUGH, wards=("E05013012",))
    assert local_postcodes(ALL, wards) == {HERE: None, SHEFFIELD: False, LEEDS: False, NOWHERE: None}


def test_what_lies_within_the_radius_is_local_too() -> None:
    near = replace(BOROUGH, radius_km="15", centre="S60 1")
    assert local_postcodes(ALL, near) == {HERE: True, SHEFFIELD: True, LEEDS: False, NOWHERE: None}


def test_an_odd_text_is_no_postcode() -> None:
    assert local_postcodes(("", "no postcode", "s60 1ae"), BOROUGH) == {"": None, "no postcode": None, "s60 1ae": None}
