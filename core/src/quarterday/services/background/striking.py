"""When a job of the clock is due: pure rules of the two ways to say when.

A moment of a daily job is its day's, by the clock on the wall in the United Kingdom; it has that day's name, so that
the days on which that clock is changed are days like any other.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from quarterday.db.work import LONDON, day_of
from quarterday.ports import Daily, Every

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def due(when: Every | Daily, now: datetime) -> datetime:
    """The newest moment, now or before, for which the job is due."""
    if isinstance(when, Every):
        return now - (now - _EPOCH) % timedelta(minutes=when.minutes)
    days = (day_of(now) - timedelta(days=back) for back in range(8))
    return next(at for day in days if day.weekday() in when.weekdays and (at := _on(day, when)) <= now)


def after(when: Every | Daily, now: datetime) -> datetime:
    """The first moment after now for which the job is due."""
    if isinstance(when, Every):
        return due(when, now) + timedelta(minutes=when.minutes)
    days = (day_of(now) + timedelta(days=on) for on in range(8))
    return next(at for day in days if day.weekday() in when.weekdays and (at := _on(day, when)) > now)


def occurrence(when: Every | Daily, at: datetime) -> str:
    """The name of a due moment, by which it is struck once: an instant, or a day in the United Kingdom."""
    if isinstance(when, Every):
        return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")
    return day_of(at).isoformat()


def _on(day: date, when: Daily) -> datetime:
    # In UTC: two moments of one zone are compared by what the clock on the wall says.
    return datetime.combine(day, when.at, LONDON).astimezone(UTC)
