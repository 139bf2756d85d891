"""When a job is due: once for each moment, on the days on which clocks are changed too."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from quarterday import Daily, Every
from quarterday.services.background.striking import after, due, occurrence

SPRING = datetime(2026, 3, 29, tzinfo=UTC)
"""At 01:00 clocks in the United Kingdom go to 02:00."""
AUTUMN = datetime(2026, 10, 25, tzinfo=UTC)
"""At 02:00 they go back to 01:00."""


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("minutes", "now", "was", "comes"),
    [
        (1, "2026-07-01T09:30:00", "2026-07-01T09:30:00", "2026-07-01T09:31:00"),
        (1, "2026-07-01T09:30:59.999999", "2026-07-01T09:30:00", "2026-07-01T09:31:00"),
        (5, "2026-07-01T09:34:00", "2026-07-01T09:30:00", "2026-07-01T09:35:00"),
        (1440, "2026-07-01T23:59:00", "2026-07-01T00:00:00", "2026-07-02T00:00:00"),
    ],
)
def test_again_and_again_is_at_whole_multiples(minutes: int, now: str, was: str, comes: str) -> None:
    assert (due(Every(minutes), at(now)), after(Every(minutes), at(now))) == (at(was), at(comes))


def test_a_moment_has_its_name() -> None:
    assert occurrence(Every(5), at("2026-07-01T09:35:00")) == "2026-07-01T09:35Z"
    assert occurrence(Daily(time(0, 30)), at("2026-06-30T23:30:00")) == "2026-07-01"


@pytest.mark.parametrize(
    ("now", "was", "comes"),
    [
        ("2026-07-01T04:59:00", "2026-06-30T05:00:00", "2026-07-01T05:00:00"),
        ("2026-07-01T05:00:00", "2026-07-01T05:00:00", "2026-07-02T05:00:00"),
        ("2026-12-01T05:59:00", "2026-11-30T06:00:00", "2026-12-01T06:00:00"),
    ],
)
def test_daily_is_by_the_clock_on_the_wall(now: str, was: str, comes: str) -> None:
    six = Daily(time(6))
    assert (due(six, at(now)), after(six, at(now))) == (at(was), at(comes))


def test_days_of_the_week_are_kept() -> None:
    mondays = Daily(time(7), frozenset({0}))
    friday = at("2026-11-20T12:00:00")
    assert due(mondays, friday) == at("2026-11-16T07:00:00")
    assert after(mondays, friday) == at("2026-11-23T07:00:00")
    assert due(mondays, at("2026-11-23T06:59:59")) == at("2026-11-16T07:00:00")


@pytest.mark.parametrize("changes", [SPRING, AUTUMN], ids=["spring", "autumn"])
@pytest.mark.parametrize("when", [time(0, 30), time(0, 59), time(2), time(3, 30), time(23, 59)])
def test_a_daily_job_is_due_once_a_day_when_clocks_change(changes: datetime, when: time) -> None:
    daily = Daily(when)
    minutes = [changes + timedelta(days=-1, minutes=minute) for minute in range(3 * 24 * 60)]
    moments = {due(daily, now) for now in minutes}
    days = {occurrence(daily, moment) for moment in moments}
    assert len(days) == len(moments)
    assert {f"{changes:%Y-%m-%d}", f"{changes + timedelta(days=1):%Y-%m-%d}"} <= days
    for now in minutes:
        assert due(daily, now) <= now < after(daily, now)
        assert due(daily, after(daily, now)) == after(daily, now)


@pytest.mark.parametrize("changes", [SPRING, AUTUMN], ids=["spring", "autumn"])
def test_every_five_minutes_goes_on_when_clocks_change(changes: datetime) -> None:
    moments = {due(Every(5), changes + timedelta(minutes=minute)) for minute in range(4 * 60)}
    assert len({occurrence(Every(5), moment) for moment in moments}) == 48
