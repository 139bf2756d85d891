"""A promise spread over periods: what adds up adds up exactly, and what doesn't is never divided."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarterday.domain.catalogue import Measure
from quarterday.domain.periods import Period, Rhythm, periods
from quarterday.domain.promises import NotAPromise, promised, spread
from quarterday.domain.units import unit

STARTS, ENDS = date(2026, 4, 1), date(2027, 3, 31)
QUARTERS = list(periods(Rhythm.QUARTER, STARTS, ENDS))


def measure(unit_id: str) -> Measure:
    return Measure(ref="M1", title="A measure", unit=unit(unit_id), theme="T", outcome="O")


def over(quantity: str, how: str, unit_id: str = "weeks", within: list[Period] = QUARTERS) -> list[Fraction]:
    return spread(Fraction(quantity), how, measure(unit_id), within, starts=STARTS, ends=ENDS)


@pytest.mark.parametrize(
    ("how", "parts"),
    [
        ("even", [25, 25, 25, 25]),
        (" Even ", [25, 25, 25, 25]),
        ("front", [40, 30, 20, 10]),
        ("back", [10, 20, 30, 40]),
        ("2026-Q1 = 60; 2026/27 Q4=40", [60, 0, 0, 40]),
        ("2026-Q2=99.5\n2026-Q3=.5;", [0, Fraction(199, 2), Fraction(1, 2), 0]),
    ],
)
def test_what_adds_up_is_divided(how: str, parts: list[Fraction]) -> None:
    assert over("100", how) == parts


def test_fte_is_divided_like_any_flow() -> None:
    """Ten full-timers for a year are 10 FTE, 2.5 in each quarter (DOMAIN 4.16)."""
    assert over("10", "even", "FTE") == [Fraction(5, 2)] * 4


@pytest.mark.parametrize("unit_id", ["employees with access", "%", "yes/no"])
@pytest.mark.parametrize(
    ("how", "levels"),
    [
        ("even", [80, 80, 80, 80]),
        ("front", [80, 80, 80, 80]),
        ("back", [0, 0, 0, 80]),
        ("2026-Q2 = 30; 2026-Q4 = 80", [0, 30, 30, 80]),
    ],
)
def test_a_level_is_never_divided(unit_id: str, how: str, levels: list[int]) -> None:
    assert over("80", how, unit_id) == levels


def test_a_part_of_a_period_gets_its_part_of_an_even_spread() -> None:
    starts, ends = date(2026, 5, 15), date(2026, 11, 14)  # a month and 16 days, a quarter, and the rest of 6 months
    within = list(periods(Rhythm.QUARTER, starts, ends))
    parts = spread(Fraction(6), "even", measure("weeks"), within, starts=starts, ends=ends)
    assert parts[1] > parts[0] > 1
    assert sum(parts) == 6


@given(
    starts=st.dates(date(2000, 1, 1), date(2100, 1, 1)),
    days=st.integers(0, 4000),
    rhythm=st.sampled_from(Rhythm),
    how=st.sampled_from(["even", "front", "back"]),
    quantity=st.fractions(Fraction(1, 1000), 10**6, max_denominator=1000),
)
def test_the_parts_add_to_the_promise_exactly(
    starts: date, days: int, rhythm: Rhythm, how: str, quantity: Fraction
) -> None:
    ends = date.fromordinal(starts.toordinal() + days)
    within = list(periods(rhythm, starts, ends))
    parts = spread(quantity, how, measure("weeks"), within, starts=starts, ends=ends)
    assert sum(parts) == quantity
    assert len(parts) == len(within)
    assert min(parts) > 0


@pytest.mark.parametrize(
    ("quantity", "how", "unit_id", "says"),
    [
        ("100", "2026-Q1 = 60", "weeks", "add to 60, but 100 is promised"),
        ("100", "2026-Q1 = 60; 2026-Q1 = 40", "weeks", "Q1 is given twice"),
        ("100", "2028-Q1 = 100", "weeks", "“2028-Q1” is no period of this contract; its periods are 2026/27 Q1 to"),
        ("100", "2026-Q1 = ten", "weeks", "2026/27 Q1: “ten” is not a number"),
        ("100", "2026-Q1 = -5", "weeks", "negative"),
        ("100", "slowly", "weeks", "write even, front, back, or quantities"),
        ("100", "", "weeks", "Say how to spread M1"),
        ("80", "2026-Q1 = 80; 2026-Q3 = 90", "employees with access", "90 is given, 80 is promised"),
    ],
)
def test_a_spread_that_cannot_be_meant(quantity: str, how: str, unit_id: str, says: str) -> None:
    with pytest.raises(NotAPromise, match=says):
        over(quantity, how, unit_id)


def test_parts_too_fine_to_keep_are_refused() -> None:
    starts, ends = date(2026, 4, 2), date(2037, 3, 30)
    within = list(periods(Rhythm.MONTH, starts, ends))
    with pytest.raises(NotAPromise, match=r"Spread over 132 periods, .* too large or too fine"):
        spread(Fraction("999999999.999999999"), "front", measure("weeks"), within, starts=starts, ends=ends)


@pytest.mark.parametrize(
    ("text", "unit_id", "quantity"),
    [("12.5", "weeks", "12.5"), ("95%", "%", "95"), ("0", "%", "0"), ("Yes", "yes/no", "1"), ("1", "text", "1")],
)
def test_a_promise_is_read_in_the_measures_unit(text: str, unit_id: str, quantity: str) -> None:
    assert promised(text, measure(unit_id)) == Fraction(quantity)


@pytest.mark.parametrize(
    ("text", "unit_id", "says"),
    [
        ("-1", "weeks", "negative"),
        ("1e400", "weeks", "exponent"),
        ("NaN", "weeks", "not a number"),
        ("12,5", "weeks", "decimal comma"),
        ("0", "weeks", "nothing is no promise"),
        ("9999999999999", "weeks", "too long"),
        ("no", "yes/no", "Enter “yes”, or leave M1 out"),
        ("perhaps", "yes/no", "neither yes nor no"),
        ("95%%", "%", "not a number"),
    ],
)
def test_a_promise_that_cannot_be_read(text: str, unit_id: str, says: str) -> None:
    with pytest.raises(NotAPromise, match=says):
        promised(text, measure(unit_id))


def test_a_promise_may_be_taken_back_where_that_is_meant() -> None:
    assert promised("0", measure("weeks"), may_be_nothing=True) == 0
    assert promised("no", measure("yes/no"), may_be_nothing=True) == 0
