"""The calendar: every day of a contract lies in one period of its rhythm, and periods are named as people say them."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarterday.domain.periods import Rhythm, in_words, period_of, periods, quarter

DAYS = st.dates(date(1990, 1, 1), date(2199, 12, 31))
CALENDAR = [rhythm for rhythm in Rhythm if rhythm is not Rhythm.END]


@pytest.mark.parametrize(
    ("rhythm", "first_month", "name", "first", "last"),
    [
        (Rhythm.MONTH, 4, "July 2026", date(2026, 7, 1), date(2026, 7, 31)),
        (Rhythm.QUARTER, 4, "2026/27 Q2", date(2026, 7, 1), date(2026, 9, 30)),
        (Rhythm.HALF_YEAR, 4, "2026/27 H1", date(2026, 4, 1), date(2026, 9, 30)),
        (Rhythm.YEAR, 4, "2026/27", date(2026, 4, 1), date(2027, 3, 31)),
        (Rhythm.QUARTER, 1, "2026 Q3", date(2026, 7, 1), date(2026, 9, 30)),
        (Rhythm.YEAR, 1, "2026", date(2026, 1, 1), date(2026, 12, 31)),
        (Rhythm.YEAR, 8, "2025/26", date(2025, 8, 1), date(2026, 7, 31)),
    ],
)
def test_a_day_in_july_lies_in(rhythm: Rhythm, first_month: int, name: str, first: date, last: date) -> None:
    found = period_of(rhythm, date(2026, 7, 20), first_month=first_month)
    assert (found.name, found.first, found.last) == (name, first, last)


def test_the_months_before_the_year_begins_are_of_the_year_before() -> None:
    assert period_of(Rhythm.QUARTER, date(2027, 3, 31)).name == "2026/27 Q4"


@given(day=DAYS, first_month=st.integers(1, 12))
def test_a_quarter_is_found_by_its_own_name(day: date, first_month: int) -> None:
    found = period_of(Rhythm.QUARTER, day, first_month=first_month)
    assert quarter(found.name, first_month=first_month) == found
    assert found.first <= day <= found.last


@given(
    starts=DAYS,
    length=st.integers(0, 1500),
    rhythm=st.sampled_from(CALENDAR),
    first_month=st.integers(1, 12),
)
def test_the_periods_of_a_contract_cover_it_without_gap_or_overlap(
    starts: date, length: int, rhythm: Rhythm, first_month: int
) -> None:
    ends = min(starts + timedelta(days=length), date(2199, 12, 31))
    found = list(periods(rhythm, starts, ends, first_month=first_month))
    assert found[0].first <= starts <= found[0].last
    assert found[-1].first <= ends <= found[-1].last
    for one, following in pairwise(found):
        assert following.first == one.last + timedelta(days=1)
    assert len({period.name for period in found}) == len(found)


def test_a_contract_that_reports_at_its_end_has_one_period_its_own_span() -> None:
    (found,) = periods(Rhythm.END, date(2026, 5, 7), date(2029, 1, 2))
    assert (found.first, found.last) == (date(2026, 5, 7), date(2029, 1, 2))
    with pytest.raises(KeyError):
        period_of(Rhythm.END, date(2026, 5, 7))


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("2026-07-01", "2026-09-30", "July to September 2026"),
        ("2024-02-01", "2024-02-29", "February 2024"),
        ("2023-02-01", "2023-02-27", "1 February 2023 to 27 February 2023"),
        ("2025-10-01", "2026-03-31", "October 2025 to March 2026"),
        ("2026-04-15", "2026-06-30", "15 April 2026 to 30 June 2026"),
        ("2026-04-01", "2026-04-30", "April 2026"),
        ("2025-04-01", "2026-04-30", "April 2025 to April 2026"),
    ],
)
def test_a_span_is_said_in_whole_months_where_it_has_them(first: str, last: str, said: str) -> None:
    assert in_words(date.fromisoformat(first), date.fromisoformat(last)) == said
