"""Working days, against days as GOV.UK publishes them: Easter, Christmas, a nation's own."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from quarterday.domain.working_days import is_working, working_days_from
from quarterday.services.organisations.bank_holidays import bank_holidays, known_until, verdict

ENGLAND, SCOTLAND, IRELAND = (bank_holidays(one) for one in ("england-and-wales", "scotland", "northern-ireland"))


@pytest.mark.parametrize(
    ("day", "number", "found"),
    [
        # Good Friday is 3 April 2026 and Easter Monday 6 April.
        (date(2026, 4, 2), 1, date(2026, 4, 7)),
        (date(2026, 4, 7), -1, date(2026, 4, 2)),
        (date(2026, 4, 5), 1, date(2026, 4, 7)),
        (date(2026, 4, 5), -1, date(2026, 4, 2)),
        # Christmas 2026 is a Friday; Boxing Day, a Saturday, is kept on Monday 28 December.
        (date(2026, 12, 24), 1, date(2026, 12, 29)),
        (date(2026, 12, 30), -3, date(2026, 12, 23)),
        (date(2026, 12, 24), 5, date(2027, 1, 5)),
        (date(2026, 7, 3), 1, date(2026, 7, 6)),
        (date(2026, 7, 4), 3, date(2026, 7, 8)),
        (date(2026, 7, 4), 0, date(2026, 7, 4)),
    ],
)
def test_working_days_of_england_and_wales(day: date, number: int, found: date) -> None:
    assert working_days_from(day, number, ENGLAND) == found


def test_each_nation_has_its_own() -> None:
    second_of_january, st_patrick, easter_monday = date(2026, 1, 2), date(2026, 3, 17), date(2026, 4, 6)
    assert [is_working(second_of_january, of) for of in (ENGLAND, SCOTLAND, IRELAND)] == [True, False, True]
    assert [is_working(st_patrick, of) for of in (ENGLAND, SCOTLAND, IRELAND)] == [True, True, False]
    assert [is_working(easter_monday, of) for of in (ENGLAND, SCOTLAND, IRELAND)] == [False, True, False]


def test_doctor_warns_before_they_are_known_no_more() -> None:
    until = known_until("scotland")
    assert until >= date(2027, 12, 31)
    assert verdict(until - timedelta(days=180)).health == "good"
    found = verdict(until - timedelta(days=179))
    assert (found.health, str(until) in found.what) == ("warning", True)
