"""Value sets: which value holds, when, where, and for what; and when two rows say two things."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarterday.domain.values import Shipped, UnitValue, ValueSet, overlapping

JULY = date(2026, 7, 1)


def value(ref: str = "NT18", pounds: str = "1", **more: object) -> UnitValue:
    return UnitValue(ref=ref, text=pounds, value=Fraction(pounds), **more)  # type: ignore[arg-type]


def value_set(*values: UnitValue, **more: object) -> ValueSet:
    head = {
        "id": "own",
        "title": "Own",
        "edition": "x/1",
        "shipped": Shipped.OWN,
        "licence": "",
        "redistributable": False,
    }
    return ValueSet(**head | {"values": values} | more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "on", "holds"),
    [
        (value(), JULY, True),
        (value(valid_from=JULY, valid_to=JULY), JULY, True),
        (value(valid_from=date(2026, 7, 2)), JULY, False),
        (value(valid_to=date(2026, 6, 30)), JULY, False),
    ],
)
def test_a_value_holds_from_its_first_day_to_its_last(one: UnitValue, on: date, holds: bool) -> None:
    assert one.holds(on=on, area="", industry="") is holds


@pytest.mark.parametrize(
    ("area", "asked", "holds"),
    [
        ("", "E08000018", True),
        ("E08000018", "E08000018", True),
        ("E08000018", "E08000019", False),
        ("E08000018", "", False),
        ("E09", "E09000001", True),
        ("E09", "E08000018", False),
        ("E09", "", False),
        ("E09000001", "E09", False),
        ("South", "South Yorkshire", False),
    ],
)
def test_a_value_holds_in_its_area_or_in_every_area_of_its_kind(area: str, asked: str, holds: bool) -> None:
    assert value(area=area).holds(on=JULY, area=asked, industry="") is holds


def test_a_value_for_an_industry_holds_for_no_other() -> None:
    building = value(industry="Construction")
    assert building.holds(on=JULY, area="", industry="construction")
    assert not building.holds(on=JULY, area="", industry="")


def test_the_most_particular_value_is_found() -> None:
    everywhere, in_london, in_camden = value(), value(area="E09"), value(area="E09000007")
    building = value(industry="Construction")
    one = value_set(everywhere, in_london, in_camden, building)

    def found(area: str, industry: str = "") -> UnitValue | None:
        return one.find(["NT18"], on=JULY, area=area, industry=industry)

    assert found("E08000018") is everywhere
    assert found("E09000001") is in_london
    assert found("E09000007") is in_camden
    assert found("E08000018", "construction") is building


def test_a_measures_own_value_goes_before_its_base_s_and_a_missing_one_is_none() -> None:
    own, base = value("ECC1", "2"), value("NT1", "3")
    assert value_set(base, own).find(["ECC1", "NT1"], on=JULY) is own
    assert value_set(base).find(["ECC1", "NT1"], on=JULY) is base
    assert value_set(base).find(["NT2"], on=JULY) is None
    assert value_set().find(["NT1"], on=JULY) is None


@pytest.mark.parametrize(
    ("first", "second", "is_double"),
    [
        (value(row=1), value(row=2), True),
        (value(row=1), value("NT19", row=2), False),
        (value(row=1, area="E09"), value(row=2), False),
        (value(row=1, area="E08000019"), value(row=2, area="E08000039"), True),  # Sheffield, old and new
        (value(row=1, industry="Building"), value(row=2, industry="BUILDING"), True),
        (value(row=1, valid_to=date(2026, 3, 31)), value(row=2, valid_from=date(2026, 4, 1)), False),
        (value(row=1, valid_to=date(2026, 4, 1)), value(row=2, valid_from=date(2026, 4, 1)), True),
        (value(row=1, valid_from=date(2026, 4, 1)), value(row=2, valid_to=date(2026, 4, 1)), True),
        (value(row=1, valid_from=date(2026, 4, 1)), value(row=2, valid_to=date(2026, 3, 31)), False),
    ],
)
def test_two_values_for_one_thing_on_one_day_are_a_pair(first: UnitValue, second: UnitValue, is_double: bool) -> None:
    assert list(overlapping([first, second])) == ([(first, second)] if is_double else [])
    assert list(overlapping([second, first])) == ([(first, second)] if is_double else [])


def test_a_long_value_meets_every_later_one_within_it() -> None:
    long = value(row=1, valid_from=date(2026, 1, 1), valid_to=date(2026, 12, 31))
    short = [value(row=n, valid_from=date(2026, n, 1), valid_to=date(2026, n, 9)) for n in (2, 5, 8)]
    assert list(overlapping([*short, long])) == [(long, one) for one in short]


days = st.none() | st.dates(date(2026, 1, 1), date(2026, 1, 9))


@given(st.lists(st.tuples(days, days), max_size=6))
def test_no_row_that_shares_a_day_with_an_earlier_one_is_missed(spans: list[tuple[date | None, date | None]]) -> None:
    values = [
        value(row=n, valid_from=begins, valid_to=ends)
        for n, (begins, ends) in enumerate(spans)
        if not (begins and ends and ends < begins)
    ]
    every_day = [date(2026, 1, day) for day in range(1, 10)]

    def share(one: UnitValue, other: UnitValue) -> bool:
        return any(all(v.holds(on=day, area="", industry="") for v in (one, other)) for day in every_day)

    found = list(overlapping(values))
    assert all(share(one, other) for one, other in found)
    assert bool(found) == any(share(one, other) for one in values for other in values if one is not other)


def test_equal_sets_have_equal_fingerprints_whatever_the_order_and_the_writing() -> None:
    one = value_set(value("NT1", "2.50", row=3), value("NT2", "3"))
    assert one.fingerprint == value_set(value("NT2", "3", row=9), value("NT1", "2.5")).fingerprint
    assert len(one.fingerprint) == 64


@pytest.mark.parametrize(
    "change",
    [
        {"values": (value("NT1", "2.6"), value("NT2", "3"))},
        {"values": (value("NT1", "2.5", area="E09"), value("NT2", "3"))},
        {"values": (value("NT1", "2.5", valid_to=JULY), value("NT2", "3"))},
        {"values": (value("NT1", "2.5", source="elsewhere"), value("NT2", "3"))},
        {"licence": "another"},
        {"redistributable": True},
        {"edition": "x/2"},
        {"staff_hour": value("staff hour", "10")},
    ],
)
def test_what_a_set_says_is_in_its_fingerprint(change: dict[str, object]) -> None:
    one = value_set(value("NT1", "2.5"), value("NT2", "3"))
    assert replace(one, **change).fingerprint != one.fingerprint  # type: ignore[arg-type]
