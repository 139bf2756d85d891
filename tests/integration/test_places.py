"""The postcode directory and the list of areas, as they are installed."""

import pytest

from quarterday.areas import NoSuchArea, authorities_of, name_of
from quarterday.domain.area_codes import MADE_FROM, RECODED, current
from quarterday.domain.catalogue import LocalArea
from quarterday.domain.locality import Side, place
from quarterday.errors import Refused
from quarterday.postcodes import areas_under, middle, reaches

ROTHERHAM, SHEFFIELD = "E08000018", "E08000039"


def test_every_code_of_the_directory_is_in_the_list_and_the_newest() -> None:
    parts = ["S60", "S1", "DN1", "NN17", "TA1", "IP33", "S75", "NE8", "G1", "KY1", "BT1", "CF10", "EC1A"]
    codes = set().union(*areas_under(parts).values()) - {""}
    assert len(codes) > 10
    assert {code: name_of(code) for code in codes if name_of(code) == code} == {}
    assert {current(code) for code in codes} == codes
    assert not codes & {old for olds in MADE_FROM.values() for old in olds} - MADE_FROM.keys()


def test_a_county_is_its_districts_and_a_region_its_authorities() -> None:
    essex = authorities_of(["E10000012"])
    assert len(essex) == 12
    assert "Chelmsford" in map(name_of, essex)
    assert ROTHERHAM in authorities_of(["E12000003"])
    assert len(authorities_of(["E12000007"])) == 33


def test_old_codes_become_new_ones_and_each_authority_is_listed_once() -> None:
    assert authorities_of(["e08000019 ", SHEFFIELD, ROTHERHAM]) == (SHEFFIELD, ROTHERHAM)
    assert set(RECODED.values()) == set(authorities_of(RECODED))


@pytest.mark.parametrize("code", ["E99999999", "Rotherham", "", "E05001045"])
def test_a_code_that_is_no_areas(code: str) -> None:
    with pytest.raises(NoSuchArea, match="write codes like E08000018"):
        authorities_of([code])


def test_how_far_the_postcodes_under_a_part_are() -> None:
    """Rotherham's Town Hall stands in S60 2, on Ordnance Survey's grid near 442.9, 392.8 km."""
    east, north = middle("S60 2")
    assert abs(east - 443_000) < 2_000
    assert abs(north - 392_000) < 2_000
    found = reaches(["S60 2", "S1", "BT1", "", "ZZ9 9"], "S60 2")
    nearest, farthest = found["S60 2"][ROTHERHAM]
    assert 0 <= nearest < 500 < farthest < 10_000
    assert found["S1"][SHEFFIELD][0] > 5_000
    assert found["BT1"] == {}  # on another grid: not known
    assert found["ZZ9 9"] == {}
    assert "" not in found


def test_a_radius_decides_where_all_postcodes_are_on_one_side() -> None:
    near = LocalArea(name="near", codes=(), since="", radius_km="10", centre="S60 2")
    parts = ["S60 2", "S1", "LS1", "S9", "BT1"]
    under, reach = areas_under(parts), reaches(parts, near.centre)
    sides = {part: place(part, under[part], None, near, reach[part]).side for part in parts}
    assert sides == {
        "S60 2": Side.INSIDE,
        "S1": Side.UNKNOWN,
        "LS1": Side.OUTSIDE,
        "S9": Side.INSIDE,
        "BT1": Side.UNKNOWN,
    }


def test_a_centre_that_is_nowhere() -> None:
    with pytest.raises(Refused, match="“ZZ9” is not in the postcode directory"):
        middle("ZZ9")
    assert reaches(["S60"], "") == {}
