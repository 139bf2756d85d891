"""Dates as finance systems print them; and for a whole file, whether the day or the month comes first."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache

DAY_FIRST, MONTH_FIRST = "day first", "month first"

EARLIEST, LATEST = date(1990, 1, 1), date(2059, 12, 31)
"""No payment that this reads is older or later: what says so is another number, or a slip."""

_NAMES = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_MONTHS = {name: number for number, full in enumerate(_NAMES, 1) for name in (full, full[:3])} | {"sept": 9}

_TIME = r"(?:[T ]+\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?(?: ?[AP]M)?(?:Z|[+-]\d{2}:?\d{2})?)?"
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})" + _TIME, re.IGNORECASE)
_NUMBERS = re.compile(r"(\d{1,2})([-/. ])(\d{1,2})\2(\d{4}|\d{2})" + _TIME, re.IGNORECASE)
_DAY_NAME = re.compile(r"(?:[a-z]+day|mon|tue|wed|thu|fri|sat|sun)[ ,]+", re.IGNORECASE)
_NAMED = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[-/. ]*([a-z]{3,9})[-/., ]*(\d{4}|\d{2})" + _TIME, re.IGNORECASE)
_NAMED_FIRST = re.compile(r"([a-z]{3,9})[. ]+(\d{1,2})(?:st|nd|rd|th)?,? +(\d{4})" + _TIME, re.IGNORECASE)
_EIGHT = re.compile(r"\d{8}")
_SERIAL = re.compile(r"([3-5]\d{4})(?:\.\d+)?")
_MONTH = re.compile(r"([a-z]{3,9})[-/. ']*(\d{4}|\d{2})", re.IGNORECASE)
_YEAR_MONTH = re.compile(r"(\d{4})[-/. ]?(\d{2})")
_MONTH_YEAR = re.compile(r"(\d{1,2})[-/.](\d{4})")
_QUARTER = re.compile(
    r"(?:Q(?:uarter)? ?([1-4])[-/ ,]*(\d{4})(?:[/-](\d{2,4}))?|(\d{4})(?:[/-](\d{2}))?[- ]*Q([1-4]))", re.IGNORECASE
)
_YEARS = re.compile(r"(\d{4})[-/](\d{2}|\d{4})")
_ONE_YEAR = re.compile(r"(?:19|20)\d{2}")
_MONTH_NUMBER = re.compile(r"(?:p|period|m|month)?[ -]*0?([1-9]|1[0-2])", re.IGNORECASE)

ONE_YEAR, TWO_YEARS = "2010", "2010/11"
"""The shapes of a year alone, and of a financial year."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When something was paid: the day, or the first day of the month, quarter or year that is all that is said."""

    day: date
    precision: str
    """What is known: "day", "month", "quarter" or "year"."""
    shape: str
    """How it was written, like "1/2/2010" or "2010-02-01"."""


@dataclass(frozen=True, slots=True)
class Order:
    """Whether the day comes first in a file's dates, and what in the file says so."""

    order: str
    sure: float
    why: str
    evidence: Mapping[str, int] = field(default_factory=dict)
    """How many dates can only be read day first, only month first, either way, and not at all."""
    shapes: Mapping[str, int] = field(default_factory=dict)


@lru_cache(maxsize=4_096)  # a file of a year says the same few hundred days again and again
def moment(text: str, order: str = DAY_FIRST) -> Moment | None:
    """What a cell says about when, or None when it says nothing that can be read.

    A date of three numbers is read in the given order, or in the other where it makes no date in this one.
    """
    said = _DAY_NAME.sub("", " ".join(text.split()))
    if match := _NUMBERS.fullmatch(said):
        first, _, second, year = match.groups()
        pairs = [(int(first), int(second)), (int(second), int(first))]
        if order == MONTH_FIRST:
            pairs.reverse()
        for day, month in pairs:
            if found := _day(_year(year), month, day, f"1{match[2]}2{match[2]}{'2010' if len(year) == 4 else '10'}"):
                return found
        return None
    return _certain(said)


def _certain(said: str) -> Moment | None:
    """What can be read in one way only."""
    if match := _YEAR_FIRST.fullmatch(said):
        return _day(int(match[1]), int(match[2]), int(match[3]), "2010-02-01")
    if match := _NAMED.fullmatch(said):
        return _day(_year(match[3]), _month(match[2]), int(match[1]), "1 Feb 2010")
    if match := _NAMED_FIRST.fullmatch(said):
        return _day(int(match[3]), _month(match[1]), int(match[2]), "Feb 1, 2010")
    if _EIGHT.fullmatch(said):
        return _day(int(said[:4]), int(said[4:6]), int(said[6:]), "20100201") or _day(
            int(said[4:]), int(said[2:4]), int(said[:2]), "01022010"
        )
    if match := _SERIAL.fullmatch(said):
        return _within(date(1899, 12, 30) + timedelta(days=int(match[1])), "day", "40210 (Excel)")
    return _longer(said)


def _longer(said: str) -> Moment | None:
    """A month, a quarter or a year."""
    if (match := _MONTH.fullmatch(said)) and _month(match[1]):
        return _within(date(_year(match[2]), _month(match[1]), 1), "month", "Feb 2010")
    if match := _QUARTER.fullmatch(said):
        quarter, year = int(match[1] or match[6]), int(match[2] or match[4])
        if match[3] or match[5]:  # of a financial year, which begins in April
            return _within(date(year + quarter // 4, (quarter * 3) % 12 + 1, 1), "quarter", "Q1 2010/11")
        return _within(date(year, quarter * 3 - 2, 1), "quarter", "Q1 2010")
    if match := _YEAR_MONTH.fullmatch(said):
        year, month = int(match[1]), int(match[2])
        if 1 <= month <= 12 and said != f"{year}/{(year + 1) % 100:02d}":
            return _within(date(year, month, 1), "month", "201002")
    if (match := _YEARS.fullmatch(said)) and (int(match[1]) + 1) % 100 == int(match[2]) % 100:
        return _within(date(int(match[1]), 4, 1), "year", TWO_YEARS)
    if (match := _MONTH_YEAR.fullmatch(said)) and 1 <= int(match[1]) <= 12:
        return _within(date(int(match[2]), int(match[1]), 1), "month", "02/2010")
    if _ONE_YEAR.fullmatch(said):
        return _within(date(int(said), 1, 1), "year", ONE_YEAR)
    return None


def month_number(text: str) -> int:
    """The number of a month by its name, or of a period like “P03”; 0 where it is neither."""
    said = text.strip()
    match = _MONTH_NUMBER.fullmatch(said)
    return int(match[1]) if match else _month(said)


def month_of(year: str, month: str, *, is_financial: bool) -> Moment | None:
    """The month of a year that stands in another cell; None where either says nothing that can be read.

    With ``is_financial`` a number counts from April, and a single year is the one in which that April lies; a month
    that has a name is that one. Of a year like 2010/11 a month lies between April and March in any case.
    """
    within, number = _certain(" ".join(year.split())), month_number(month)
    if within is None or within.precision != "year" or not number:
        return None
    named = bool(_month(month.strip()))
    if is_financial and not named:
        number = (number + 2) % 12 + 1
    two_years = within.shape == TWO_YEARS or (is_financial and not named)
    return _within(date(within.day.year + (two_years and number < 4), number, 1), "month", "Feb, in 2010")


def decide(texts: Mapping[str, int]) -> Order:
    """The order of day and month in a file, from every date in it and how often each stands there."""
    counts = {"day first only": 0, "month first only": 0, "either": 0, "other shapes": 0, "not a date": 0}
    shapes: dict[str, int] = {}
    either: dict[str, int] = {}
    for text, times in texts.items():
        found = moment(text)
        if found is None:
            counts["not a date"] += times
            continue
        shapes[found.shape] = shapes.get(found.shape, 0) + times
        if not (match := _NUMBERS.fullmatch(_DAY_NAME.sub("", " ".join(text.split())))):
            counts["other shapes"] += times
        elif int(match[1]) > 12:
            counts["day first only"] += times
        elif int(match[3]) > 12:
            counts["month first only"] += times
        else:
            counts["either"] += times
            either[text] = times
    order, sure, why = _weighed(counts, either)
    return Order(order, sure, why, {kind: times for kind, times in counts.items() if times}, shapes)


def _weighed(counts: Mapping[str, int], either: Mapping[str, int]) -> tuple[str, float, str]:
    days, months = counts["day first only"], counts["month first only"]
    if not days and not months and not either:
        return DAY_FIRST, 1.0, "No date in the file leaves it open."
    if days and months:
        order = DAY_FIRST if days >= months else MONTH_FIRST
        why = f"{days} dates can only be read day first and {months} only month first; the others go with most."
        return order, max(days, months) / (days + months) * 0.7, why
    if days:
        return DAY_FIRST, 1.0, f"{days} dates can only be read day first, none only month first."
    if months:
        return MONTH_FIRST, 0.98, f"{months} dates can only be read month first, none only day first."
    spans = {order: len(_months(either, order)) for order in (DAY_FIRST, MONTH_FIRST)}
    if spans[MONTH_FIRST] < spans[DAY_FIRST] and spans[DAY_FIRST] > 3:
        why = f"Read month first they lie in fewer months ({spans[MONTH_FIRST]}) than day first ({spans[DAY_FIRST]})."
        return MONTH_FIRST, 0.6, why
    if spans[DAY_FIRST] < spans[MONTH_FIRST]:
        why = f"Read day first they lie in fewer months ({spans[DAY_FIRST]}) than month first ({spans[MONTH_FIRST]})."
        return DAY_FIRST, 0.9, why
    return DAY_FIRST, 0.6, "Every date can be read both ways; in the United Kingdom the day comes first."


def _months(texts: Mapping[str, int], order: str) -> set[tuple[int, int]]:
    return {(found.day.year, found.day.month) for text in texts if (found := moment(text, order))}


def _day(year: int, month: int, day: int, shape: str) -> Moment | None:
    try:
        return _within(date(year, month, day), "day", shape)
    except ValueError:
        return None


def _within(day: date, precision: str, shape: str) -> Moment | None:
    return Moment(day, precision, shape) if EARLIEST <= day <= LATEST else None


def _year(text: str) -> int:
    return int(text) if len(text) == 4 else 2000 + int(text) if int(text) < 60 else 1900 + int(text)


def _month(name: str) -> int:
    """The month of that name or abbreviation, 0 when there is none."""
    return _MONTHS.get(name.lower(), 0)
