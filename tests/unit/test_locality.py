"""“Local”: what a part postcode decides, what has to be stated, and which definitions mean the same."""

import pytest

from quarterday.domain.area_codes import MADE_FROM, RECODED, current, lies_in
from quarterday.domain.catalogue import LocalArea
from quarterday.domain.locality import Reach, Side, UnlikeAreas, meaning, one_area, place

ROTHERHAM, SHEFFIELD, SHEFFIELD_ONCE = "E08000018", "E08000039", "E08000019"
CORBY, KETTERING = "E07000150", "E07000153"
NORTH_NORTHAMPTONSHIRE = "E06000061"


def area(*codes: str, name: str = "the area", wards: tuple[str, ...] = (), km: str = "", centre: str = "") -> LocalArea:
    return LocalArea(name=name, codes=codes, since="2026-04-01", wards=wards, radius_km=km, centre=centre)


BOROUGH = area(ROTHERHAM, name="Rotherham")


@pytest.mark.parametrize(
    ("under", "stated", "side", "how"),
    [
        ({ROTHERHAM}, None, Side.INSIDE, "every postcode under S60 is in Rotherham"),
        ({ROTHERHAM}, False, Side.INSIDE, "every postcode"),
        ({SHEFFIELD}, True, Side.OUTSIDE, "no postcode under S60 is in Rotherham"),
        ({ROTHERHAM, SHEFFIELD}, True, Side.INSIDE, "stated; S60 lies partly in Rotherham, so the postcode can't tell"),
        ({ROTHERHAM, SHEFFIELD}, False, Side.OUTSIDE, "stated; S60 lies partly"),
        ({ROTHERHAM, SHEFFIELD}, None, Side.UNKNOWN, "say yes or no"),
        ({ROTHERHAM, ""}, None, Side.UNKNOWN, "partly"),
        (set(), True, Side.INSIDE, "stated; S60 is not in the postcode directory"),
    ],
)
def test_a_part_postcode_decides_only_where_all_of_it_is_on_one_side(
    under: set[str], stated: bool | None, side: Side, how: str
) -> None:
    found = place("S60", under, stated, BOROUGH)
    assert found.side is side
    assert how in found.how


def test_without_a_part_postcode_it_is_stated() -> None:
    assert place("", (), True, BOROUGH).how == "stated; no part postcode is given"


def test_an_old_code_and_the_new_one_are_the_same_place() -> None:
    for theirs in (SHEFFIELD, SHEFFIELD_ONCE):
        for its in (SHEFFIELD, SHEFFIELD_ONCE):
            assert place("S1", {its}, None, area(theirs)).side is Side.INSIDE


def test_a_council_that_was_merged_is_a_part_that_the_postcode_cannot_tell() -> None:
    found = place("NN17", {NORTH_NORTHAMPTONSHIRE}, True, area(CORBY, name="Corby"))
    assert (found.side, found.how) == (Side.INSIDE, "stated; NN17 lies partly in Corby, so the postcode can't tell")
    whole = area(*MADE_FROM[NORTH_NORTHAMPTONSHIRE])
    assert place("NN17", {NORTH_NORTHAMPTONSHIRE}, None, whole).side is Side.INSIDE
    assert place("NN17", {CORBY}, None, area(NORTH_NORTHAMPTONSHIRE)).side is Side.INSIDE


@pytest.mark.parametrize(
    ("code", "codes", "lies"),
    [
        (ROTHERHAM, [SHEFFIELD], False),
        (NORTH_NORTHAMPTONSHIRE, [CORBY], None),
        (NORTH_NORTHAMPTONSHIRE, [NORTH_NORTHAMPTONSHIRE, CORBY], True),
        (KETTERING, [CORBY], False),
        ("E06000066", ["E07000190"], None),  # Taunton Deane went into Somerset West and Taunton, and that into Somerset
        ("E07000191", ["E06000066"], True),
    ],
)
def test_areas_lie_in_one_another_by_what_they_were_made_from(code: str, codes: list[str], lies: bool | None) -> None:
    assert lies_in(code, codes) is lies


def test_no_code_is_renewed_twice_or_made_from_itself() -> None:
    assert not {current(new) for new in RECODED.values()} & RECODED.keys()
    assert all(new not in old for new, old in MADE_FROM.items())


def test_wards_are_stated_within_the_area_and_never_outside_it() -> None:
    wards = area(ROTHERHAM, name="Rotherham East", wards=("E05001045",))
    found = place("S60 1", {ROTHERHAM}, True, wards)
    assert (found.side, found.how) == (
        Side.INSIDE,
        "stated; Rotherham East is made of wards, so the postcode S60 1 can't tell",
    )
    assert place("S60 1", {ROTHERHAM}, None, wards).side is Side.UNKNOWN
    assert place("LS1", {"E08000035"}, True, wards).side is Side.OUTSIDE


@pytest.mark.parametrize(
    ("reach", "side"),
    [
        ({SHEFFIELD: (10, 5000)}, Side.INSIDE),
        ({SHEFFIELD: (10, 5001)}, Side.UNKNOWN),
        ({SHEFFIELD: (5000, 9000)}, Side.UNKNOWN),
        ({SHEFFIELD: (5001, 9000)}, Side.OUTSIDE),
        ({}, Side.UNKNOWN),
        (None, Side.UNKNOWN),
    ],
)
def test_within_a_radius(reach: Reach | None, side: Side) -> None:
    assert place("S1", {SHEFFIELD}, None, area(km="5", centre="S60 1"), reach).side is side


def test_what_is_in_the_area_is_local_however_far_and_what_is_near_is_local_too() -> None:
    both = area(ROTHERHAM, km="5", centre="S60 1")
    assert place("S66", {ROTHERHAM}, None, both, {ROTHERHAM: (9000, 20000)}).side is Side.INSIDE
    assert place("S9", {SHEFFIELD}, None, both, {SHEFFIELD: (100, 200)}).side is Side.INSIDE
    assert place("S6", {SHEFFIELD}, None, both, {SHEFFIELD: (9000, 20000)}).side is Side.OUTSIDE


def test_definitions_that_mean_the_same_may_have_two_names() -> None:
    one, other = area(SHEFFIELD_ONCE, ROTHERHAM), area(ROTHERHAM, SHEFFIELD, name="another name")
    assert meaning(one) == meaning(other)
    assert one_area([one, other, one]) == one
    assert meaning(area(km="5.0", centre="S60 1")) == meaning(area(km="5", centre="S60 1"))


@pytest.mark.parametrize(
    "other",
    [
        area(ROTHERHAM, SHEFFIELD),
        area(ROTHERHAM, wards=("E05001045",)),
        area(ROTHERHAM, km="5", centre="S60 1"),
        None,
    ],
)
def test_unlike_definitions_are_never_added(other: LocalArea | None) -> None:
    with pytest.raises(UnlikeAreas, match="never added"):
        one_area([BOROUGH, other])


def test_figures_without_a_definition_add() -> None:
    assert one_area([None, None]) is None
    assert one_area([]) is None
