"""Periods: the quarters of a financial year, and whole months between dates."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

_QUARTER = re.compile(r"(\d{4})(?:/(\d{2}))?[- ]?Q([1-4])", re.ASCII | re.IGNORECASE)


class NotAPeriod(ValueError):
    """The text names no period; the message says how to write one."""


@dataclass(frozen=True, slots=True)
class Period:
    """One reporting period, both days included."""

    name: str
    first: date
    last: date

    @property
    def months(self) -> int:
        """How many calendar months it touches."""
        return (self.last.year - self.first.year) * 12 + self.last.month - self.first.month + 1


def quarter(text: str, *, first_month: int = 4) -> Period:
    """The quarter a person names: ``2026-Q2`` or ``2026/27 Q2`` is July to September 2026.

    The year is the one in which the financial year starts; it starts in ``first_month`` (April by default).
    Raises :class:`NotAPeriod`.
    """
    found = _QUARTER.fullmatch(text.strip())
    if not found or (found[2] and int(found[2]) != (int(found[1]) + 1) % 100):
        raise NotAPeriod(f"“{text}” is not a quarter; write it like 2026-Q2 (July to September 2026).")
    year, number = int(found[1]), int(found[3])
    start = _month_start(year, first_month + 3 * (number - 1))
    end = _month_start(year, first_month + 3 * number) - timedelta(days=1)
    return Period(f"{year}/{(year + 1) % 100:02} Q{number}", start, end)


def months_between(first: date, last: date) -> Fraction:
    """Months from ``first`` to ``last``, both days included; part months as days of 30, so 1 to 31 May is about 1.

    Whole calendar months are exact: 1 April to 30 June is 3, and so is 15 April to 14 July.
    """
    after = last + timedelta(days=1)
    whole = (after.year - first.year) * 12 + after.month - first.month - (after.day < first.day)
    return whole + Fraction(min((after - add_months(first, whole)).days, 30), 30)


def add_months(day: date, months: int) -> date:
    """The same day of the month so many months later, or that month's last day where it has no such day."""
    start = _month_start(day.year, day.month + months)
    last = _month_start(start.year, start.month + 1) - timedelta(days=1)
    return start.replace(day=min(day.day, last.day))


def _month_start(year: int, month: int) -> date:
    return date(year + (month - 1) // 12, (month - 1) % 12 + 1, 1)
