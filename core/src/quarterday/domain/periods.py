"""Periods: the parts of a financial year that returns are made for, and whole months between dates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction

from quarterday.domain.sentences import NotUsable, Sentence, said

_NAMED = re.compile(r"(\d{4})(?:/(\d{2}))?(?:[- ]?([QH])([1-4]))?", re.ASCII | re.IGNORECASE)
_QUARTER = re.compile(r"(\d{4})(?:/(\d{2}))?[- ]?Q([1-4])", re.ASCII | re.IGNORECASE)


class NotAPeriod(NotUsable):
    """The text names no period; the message says how to write one."""


class Rhythm(StrEnum):
    """How often a contract reports."""

    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half-year"
    YEAR = "year"
    END = "end"
    """Once, for the whole contract."""


_MONTHS = {Rhythm.MONTH: 1, Rhythm.QUARTER: 3, Rhythm.HALF_YEAR: 6, Rhythm.YEAR: 12}
_NUMBERED = {Rhythm.QUARTER: "Q", Rhythm.HALF_YEAR: "H"}


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
        raise NotAPeriod("“{text}” is not a quarter; write it like 2026-Q2 (July to September 2026).", text=text)
    return _part(Rhythm.QUARTER, int(found[1]), int(found[3]) - 1, first_month)


def named(text: str, *, first_month: int = 4) -> Period:
    """The quarter, half-year or year a person names: ``2026-Q2``, ``2026/27 H1``, ``2026/27`` or ``2026``.

    The year is the one in which the financial year starts, in ``first_month``. Raises :class:`NotAPeriod`.
    """
    found = _NAMED.fullmatch(text.strip())
    part = (found[3] or "").upper() if found else ""
    number = int(found[4] or 1) if found else 1
    if not found or (found[2] and int(found[2]) != (int(found[1]) + 1) % 100) or (part == "H" and number > 2):
        raise NotAPeriod("“{text}” is no period; write 2026-Q2, 2026-H1 or 2026/27.", text=text[:40])
    rhythm = {"Q": Rhythm.QUARTER, "H": Rhythm.HALF_YEAR, "": Rhythm.YEAR}[part]
    return _part(rhythm, int(found[1]), number - 1, first_month)


def period_of(rhythm: Rhythm, day: date, *, first_month: int = 4) -> Period:
    """The period of the calendar in which a day lies; the financial year starts in ``first_month``.

    A contract that reports once at its end has no such calendar (:func:`periods`): raises :class:`KeyError` for it.
    """
    months = (day.month - first_month) % 12
    return _part(rhythm, day.year - (day.month < first_month), months // _MONTHS[rhythm], first_month)


def periods(rhythm: Rhythm, starts: date, ends: date, *, first_month: int = 4) -> Iterator[Period]:
    """The periods in which a contract of that rhythm reports, in order: all that have a day of it, each whole.

    With ``Rhythm.END`` it is one: the contract's own span.
    """
    if rhythm is Rhythm.END:
        yield Period(f"{starts.isoformat()} to {ends.isoformat()}", starts, ends)
        return
    day = starts
    while day <= ends:
        period = period_of(rhythm, day, first_month=first_month)
        yield period
        day = period.last + timedelta(days=1)


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


def in_words(first: date, last: date) -> Sentence:
    """A span of days as people say it: “July to September 2026”, “May 2026”, or from one day to another."""
    if first.day != 1 or (last + timedelta(days=1)).day != 1:
        return said("{first:%-d %B %Y} to {last:%-d %B %Y}", first=first, last=last)
    if (first.year, first.month) == (last.year, last.month):
        return said("{month:%B %Y}", month=last)
    if first.year == last.year:
        return said("{first:%B} to {last:%B %Y}", first=first, last=last)
    return said("{first:%B %Y} to {last:%B %Y}", first=first, last=last)


def _part(rhythm: Rhythm, year: int, number: int, first_month: int) -> Period:
    """The part of that number, from 0, of the financial year that starts in the calendar year ``year``."""
    first = _month_start(year, first_month + number * _MONTHS[rhythm])
    last = _month_start(year, first_month + (number + 1) * _MONTHS[rhythm]) - timedelta(days=1)
    if rhythm is Rhythm.MONTH:
        return Period(f"{first:%B %Y}", first, last)
    label = f"{year}/{(year + 1) % 100:02}" if first_month != 1 else str(year)
    return Period(f"{label} {_NUMBERED[rhythm]}{number + 1}" if rhythm in _NUMBERED else label, first, last)


def _month_start(year: int, month: int) -> date:
    return date(year + (month - 1) // 12, (month - 1) % 12 + 1, 1)
