"""Working days: Monday to Friday without bank holidays, and so many of them before or after a day."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

SATURDAY = 5


def is_working(day: date, holidays: Collection[date]) -> bool:
    """Whether people are at work on a day; ``holidays`` are the bank holidays of their nation."""
    return day.weekday() < SATURDAY and day not in holidays


def working_days_from(day: date, number: int, holidays: Collection[date]) -> date:
    """The working day so many working days after a day, or before it where the number is negative.

    The day itself is never counted: one working day after a Friday is the Monday, and so it is after a Saturday. None
    of them is the day itself.
    """
    step = timedelta(days=1 if number > 0 else -1)
    for _ in range(abs(number)):
        day += step
        while not is_working(day, holidays):
            day += step
    return day
