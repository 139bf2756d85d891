"""The ladder: how it is read, when a rung is reached, and which of them a return stands on."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarterday.db.work import LONDON
from quarterday.domain.reminders import (
    DEFAULT,
    Ladder,
    NotALadder,
    Rung,
    To,
    When,
    as_data,
    ladder,
    reached,
    rung,
    when,
)
from quarterday.services.organisations.bank_holidays import bank_holidays

HOLIDAYS = bank_holidays("england-and-wales")
whens = st.builds(When, st.integers(-40, 40).filter(bool), st.booleans()) | st.sampled_from([When(None), When(0)])
days = st.dates(date(2026, 1, 1), date(2027, 12, 1))


@given(whens, days)
def test_the_latest_due_day_is_the_last_for_which_a_rung_is_reached(of: When, day: date) -> None:
    if of.days is not None:
        latest = of.latest_due(day, HOLIDAYS)
        assert of.on(latest, HOLIDAYS) <= day < of.on(latest + timedelta(days=1), HOLIDAYS)


@given(st.lists(st.builds(Rung, st.sampled_from(To), whens), unique=True, max_size=8), days, st.integers(-60, 60))
def test_a_return_stands_on_one_reached_rung_for_each_who_is_spoken_to(rungs: list[Rung], day: date, off: int) -> None:
    due = day + timedelta(days=off)
    found = [one.rung for one in reached(Ladder(tuple(rungs)), day, HOLIDAYS) if one.after < due <= one.until]
    there = {one.to for one in rungs if one.when.on(due, HOLIDAYS) <= day}
    assert sorted(one.to for one in found) == sorted(there)
    assert all(one.when.on(due, HOLIDAYS) <= day for one in found)


@given(st.lists(st.builds(Rung, st.just(To.LEAD), whens), unique=True, max_size=6), days)
def test_nobody_steps_back_down(rungs: list[Rung], due: date) -> None:
    of = Ladder(tuple(rungs))
    stood: list[Rung] = []
    for off in range(-70, 71):
        day = due + timedelta(days=off)
        found = [one.rung for one in reached(of, day, HOLIDAYS) if one.after < due <= one.until]
        if found and (not stood or stood[-1] != found[0]):
            assert found[0] not in stood
            stood.append(found[0])


def test_the_ladder_that_holds_until_another_is_laid_down() -> None:
    due = date(2027, 1, 4)  # a Monday; 28 December and 1 January are bank holidays
    reached_on = {str(one): one.when.on(due, HOLIDAYS) for one in DEFAULT.rungs[1:]}
    assert reached_on == {
        "supplier: 14 days before": date(2026, 12, 21),
        "supplier: 3 working days before": date(2026, 12, 29),
        "supplier: on the day": due,
        "supplier: 3 working days after": date(2027, 1, 7),
        "contract manager: 5 working days after": date(2027, 1, 11),
        "supplier: 10 working days after": date(2027, 1, 18),
        "lead: 15 working days after": date(2027, 1, 25),
    }


def test_after_an_outage_only_the_newest_rung_is_stood_on() -> None:
    day = date(2026, 9, 1)  # long after all of them
    standing = {str(one.rung) for one in reached(DEFAULT, day, HOLIDAYS) if one.after < date(2026, 7, 30) <= one.until}
    assert standing == {
        "supplier: 10 working days after",
        "contract manager: 5 working days after",
        "lead: 15 working days after",
    }


@given(
    st.lists(st.builds(Rung, st.sampled_from(To), whens), unique=True, max_size=8),
    st.sets(st.integers(0, 6), min_size=1),
)
def test_a_ladder_is_read_as_it_was_written(rungs: list[Rung], weekdays: set[int]) -> None:
    of = Ladder(tuple(rungs), time(7, 30), time(19), frozenset(weekdays), 20)
    assert ladder(as_data(of)) == of
    assert [rung(str(one)) for one in of.rungs] == list(of.rungs)


def test_what_isnt_said_is_as_in_the_default() -> None:
    assert ladder({}) == DEFAULT
    assert ladder({"most": 20}).rungs == DEFAULT.rungs


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ({"rungs": []}, "did you mean “rung”"),
        ({"rung": {}}, "“rung” is a list"),
        ({"rung": [{"to": "supplier"}]}, "A rung says “to” whom and “when”"),
        ({"rung": [{"to": "suplier", "when": "on the day"}]}, "did you mean “supplier”"),
        ({"rung": [{"to": "lead", "when": "soon"}]}, "“soon” is no time for a reminder"),
        ({"rung": [{"to": "lead", "when": "0 days before"}]}, "with 1 to 365 days"),
        ({"rung": [{"to": "lead", "when": "366 days before"}]}, "with 1 to 365 days"),
        ({"rung": [{"to": "lead", "when": "on the day"}] * 2}, "“lead: on the day” is there twice"),
        (
            {"rung": [{"to": "lead", "when": f"{n} days after"} for n in range(1, 33)]},
            "30 rungs at most; this one has 32",
        ),
        ({"hours": ["18:00", "08:00"]}, "The hours end (08:00) before they begin (18:00)"),
        ({"hours": ["8", "18:00"]}, "“8” is no time of day"),
        ({"hours": ["08:00"]}, "two times"),
        ({"weekdays": []}, "at least one"),
        ({"weekdays": ["Mondy"]}, "did you mean “Monday”"),
        ({"most": 0}, "a number from 1"),
        ({"most": True}, "a number from 1"),
    ],
)
def test_what_is_no_ladder_is_said(data: dict[str, Any], why: str) -> None:
    with pytest.raises(NotALadder) as caught:
        ladder(data)
    assert why in str(caught.value)


@pytest.mark.parametrize(
    ("moment", "is_sending"),
    [
        (datetime(2026, 7, 1, 6, 59, 59, tzinfo=UTC), False),  # 07:59 in summer
        (datetime(2026, 7, 1, 7, tzinfo=UTC), True),
        (datetime(2026, 7, 1, 16, 59, tzinfo=UTC), True),
        (datetime(2026, 7, 1, 17, tzinfo=UTC), False),
        (datetime(2026, 12, 1, 7, 59, tzinfo=UTC), False),  # in winter the clocks are UTC's
        (datetime(2026, 12, 1, 8, tzinfo=UTC), True),
        (datetime(2026, 7, 4, 9, tzinfo=UTC), False),  # a Saturday
        (datetime(2026, 4, 6, 9, tzinfo=UTC), False),  # Easter Monday
        (datetime(2026, 10, 25, 9, tzinfo=UTC), False),  # the Sunday that is an hour longer
        (datetime(2026, 10, 26, 8, tzinfo=UTC), True),
    ],
)
def test_it_is_quiet_outside_its_hours_and_days(moment: datetime, is_sending: bool) -> None:
    assert DEFAULT.is_sending(moment.astimezone(LONDON), HOLIDAYS) is is_sending


@pytest.mark.parametrize(
    ("moment", "again"),
    [
        (datetime(2026, 7, 1, 5, tzinfo=UTC), datetime(2026, 7, 1, 7, tzinfo=UTC)),
        (datetime(2026, 7, 1, 12, tzinfo=UTC), datetime(2026, 7, 1, 12, tzinfo=UTC)),
        (datetime(2026, 7, 1, 17, tzinfo=UTC), datetime(2026, 7, 2, 7, tzinfo=UTC)),
        (datetime(2026, 4, 2, 20, tzinfo=UTC), datetime(2026, 4, 7, 7, tzinfo=UTC)),  # over Easter
        (datetime(2026, 10, 24, 5, tzinfo=UTC), datetime(2026, 10, 26, 8, tzinfo=UTC)),  # the clocks go back
    ],
)
def test_what_waits_for_the_hours_knows_when_they_begin(moment: datetime, again: datetime) -> None:
    assert DEFAULT.sends_again(moment.astimezone(LONDON), HOLIDAYS).astimezone(UTC) == again


def test_a_time_is_written_as_people_say_it() -> None:
    assert when("  3  Working days  AFTER ") == When(3, working=True)
    assert [str(When(days)) for days in (1, -1, 2)] == ["1 day after", "1 day before", "2 days after"]
