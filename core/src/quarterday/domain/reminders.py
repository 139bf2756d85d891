"""The ladder of reminders: who hears of a return that isn't submitted, and how long before or after its due day.

A rung says to whom and when. What an authority writes down is data; these are the rules that read it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from quarterday.domain.nearest import did_you_mean
from quarterday.domain.sentences import NotUsable
from quarterday.domain.working_days import working_days_from

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MOST_DAYS = 365
MOST_RUNGS = 30
_WHEN = re.compile(r"(\d{1,3}) (working )?days? (before|after)", re.ASCII)
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)


class NotALadder(NotUsable):
    """What is written is no ladder; the message says what to put right."""


class To(StrEnum):
    """Whom a rung speaks to."""

    SUPPLIER = "supplier"
    """Everybody who reports for the contract's suppliers."""
    MANAGER = "contract manager"
    LEAD = "lead"
    """The authority's social value leads; its administrators where it has none."""


@dataclass(frozen=True, slots=True)
class When:
    """How long before or after its due day a return is spoken of."""

    days: int | None
    """Negative before, 0 on the day; None as soon as the return is open."""
    working: bool = False
    """Whether they are working days."""

    def __str__(self) -> str:
        if self.days is None:
            return "when it opens"
        if self.days == 0:
            return "on the day"
        things = ("working " if self.working else "") + ("day" if abs(self.days) == 1 else "days")
        return f"{abs(self.days)} {things} {'before' if self.days < 0 else 'after'}"

    def on(self, due: date, holidays: Collection[date]) -> date:
        """The day on which this is reached for a return that is due on a day."""
        if self.days is None:
            return date.min
        if self.working:
            return working_days_from(due, self.days, holidays)
        return due + timedelta(days=self.days)

    def latest_due(self, day: date, holidays: Collection[date]) -> date:
        """The latest due day for which this is reached on a day."""
        if self.days is None:
            return date.max
        if not self.working:
            return day - timedelta(days=self.days)
        due = day - timedelta(days=2 * self.days - 30 if self.days < 0 else self.days)
        while self.on(due, holidays) > day:
            due -= timedelta(days=1)
        return due


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung: whom to remind, and when."""

    to: To
    when: When

    def __str__(self) -> str:
        """The name under which it is remembered that it was done."""
        return f"{self.to}: {self.when}"


OPENED = Rung(To.SUPPLIER, When(None))
"""The invitation."""


@dataclass(frozen=True, slots=True)
class Ladder:
    """How an authority has returns asked for."""

    rungs: tuple[Rung, ...]
    begins: time = time(8)
    ends: time = time(18)
    """Mail goes out from the one time to the other by the clocks of the United Kingdom, and is quiet outside."""
    weekdays: frozenset[int] = frozenset(range(5))
    """The days of the week on which it does, Monday is 0; never on a bank holiday."""
    most: int = 500
    """So many returns or more for one person at once are no reminder but a mistake: it is stopped, and reported."""

    def is_sending_day(self, day: date, holidays: Collection[date]) -> bool:
        """Whether mail goes out on a day."""
        return day.weekday() in self.weekdays and day not in holidays

    def is_sending(self, local: datetime, holidays: Collection[date]) -> bool:
        """Whether mail goes out at a moment by the clock on the wall."""
        return self.is_sending_day(local.date(), holidays) and self.begins <= local.time() < self.ends

    def sends_again(self, local: datetime, holidays: Collection[date]) -> datetime:
        """The moment at which mail goes out, from one by the clock on the wall on: that moment itself in the hours."""
        if self.is_sending(local, holidays):
            return local
        day = local.date() if local.time() < self.begins else local.date() + timedelta(days=1)
        while not self.is_sending_day(day, holidays):
            day += timedelta(days=1)
        return datetime.combine(day, self.begins, local.tzinfo)


@dataclass(frozen=True, slots=True)
class Reached:
    """A rung, and the due days of the returns for which it is the newest that is reached for whom it speaks to."""

    rung: Rung
    after: date
    """Due after this day,"""
    until: date
    """and on this one at the latest."""


DEFAULT = Ladder(
    (
        OPENED,
        Rung(To.SUPPLIER, When(-14)),
        Rung(To.SUPPLIER, When(-3, working=True)),
        Rung(To.SUPPLIER, When(0)),
        Rung(To.SUPPLIER, When(3, working=True)),
        Rung(To.MANAGER, When(5, working=True)),
        Rung(To.SUPPLIER, When(10, working=True)),
        Rung(To.LEAD, When(15, working=True)),
    )
)
"""What holds until an authority says otherwise."""


def reached(ladder: Ladder, day: date, holidays: Collection[date]) -> list[Reached]:
    """The rungs to stand on, on a day: for each return and each of those spoken to only the newest one that is reached.

    So whoever hears of a return late, because no clock ran or the ladder is new, hears of it once. A rung that comes
    later in the ladder is the newer one of two that are reached on the same day, and for good.
    """
    found = []
    for to in To:
        newer = date.min
        for rung in reversed(in_order(one for one in ladder.rungs if one.to is to)):
            until = rung.when.latest_due(day, holidays)
            if until > newer:
                found.append(Reached(rung, newer, until))
                newer = until
    return found


def in_order(rungs: Iterable[Rung]) -> list[Rung]:
    """Rungs in the order in which a return reaches them."""
    return sorted(rungs, key=lambda rung: _weight(rung.when))


def _weight(when: When) -> tuple[float, bool]:
    """A place in the order of days around the due day; five working days are a week."""
    if when.days is None:
        return (-float("inf"), False)
    return (when.days * 7 / 5 if when.working else when.days, when.working)


def when(text: str) -> When:
    """The time that is written like “14 days before”, “3 working days after”, “on the day” or “when it opens”.

    Raises :class:`NotALadder`.
    """
    typed = " ".join(text.casefold().split())
    for fixed in (When(None), When(0)):
        if typed == str(fixed):
            return fixed
    found = _WHEN.fullmatch(typed)
    if not found or not 0 < int(found[1]) <= MOST_DAYS:
        raise NotALadder(
            "“{text}” is no time for a reminder; write it like “14 days before”, “3 working days after”, "
            "“on the day” or “when it opens”, with 1 to {most} days.",
            text=text[:40],
            most=MOST_DAYS,
        )
    return When(int(found[1]) * (-1 if found[3] == "before" else 1), bool(found[2]))


def time_of_day(text: Any) -> time:
    """The time that is written like “08:00”; raises :class:`NotALadder`."""
    found = _TIME.fullmatch(str(text).strip())
    if not found:
        raise NotALadder("“{text}” is no time of day; write it like 08:00.", text=str(text)[:40])
    return time(int(found[1]), int(found[2]))


def rung(name: str) -> Rung:
    """The rung of that name, as it is remembered; raises :class:`NotALadder`."""
    to, _, day = name.partition(": ")
    return Rung(_to(to), when(day))


def ladder(data: Mapping[str, Any]) -> Ladder:
    """The ladder in what a TOML file or the record holds; what isn't said is as in :data:`DEFAULT`.

    Raises :class:`NotALadder` for an unknown word, a rung that is there twice, and for hours that end before they
    begin.
    """
    names = ("rung", "hours", "weekdays", "most")
    if unknown := sorted(set(data) - set(names)):
        raise NotALadder(
            "“{unknown}” is nothing a ladder has; {hint}",
            unknown=unknown[0],
            hint=did_you_mean(unknown[0], names),
        )
    rungs = tuple(_rung(one) for one in _listed(data.get("rung", _rungs(DEFAULT)), "rung"))
    if len(rungs) > MOST_RUNGS:
        raise NotALadder(
            "A ladder has {most} rungs at most; this one has {number}.", most=MOST_RUNGS, number=len(rungs)
        )
    if twice := next((one for one in rungs if rungs.count(one) > 1), None):
        raise NotALadder("“{twice}” is there twice; take one of them out.", twice=twice)
    hours = _listed(data.get("hours", _hours(DEFAULT)), "hours")
    if len(hours) != 2:
        raise NotALadder('Write the hours as two times, like hours = ["08:00", "18:00"].')
    begins, ends = (time_of_day(one) for one in hours)
    if begins >= ends:
        raise NotALadder(
            "The hours end ({ends:%H:%M}) before they begin ({begins:%H:%M}); put them the other way.",
            ends=ends,
            begins=begins,
        )
    weekdays = [_weekday(one) for one in _listed(data.get("weekdays", _weekdays(DEFAULT)), "weekdays")]
    if not weekdays:
        raise NotALadder("Name at least one of the weekdays on which mail goes out.")
    most = data.get("most", DEFAULT.most)
    if not isinstance(most, int) or isinstance(most, bool) or not 1 <= most <= 100_000:
        raise NotALadder("“most” is how many returns one person may be reminded of at once: a number from 1 to 100000.")
    return Ladder(rungs, begins, ends, frozenset(weekdays), most)


def as_data(of: Ladder) -> dict[str, Any]:
    """A ladder as data, which :func:`ladder` reads again as the same."""
    return {"hours": _hours(of), "weekdays": _weekdays(of), "most": of.most, "rung": _rungs(of)}


def _hours(of: Ladder) -> list[str]:
    return [f"{of.begins:%H:%M}", f"{of.ends:%H:%M}"]


def _weekdays(of: Ladder) -> list[str]:
    return [WEEKDAYS[number] for number in sorted(of.weekdays)]


def _rungs(of: Ladder) -> list[dict[str, str]]:
    return [{"to": str(one.to), "when": str(one.when)} for one in of.rungs]


def _rung(data: Any) -> Rung:
    if not isinstance(data, Mapping) or set(data) != {"to", "when"}:
        raise NotALadder("A rung says “to” whom and “when”, and nothing else.")
    return Rung(_to(data["to"]), when(str(data["when"])))


def _to(text: Any) -> To:
    known = [one.value for one in To]
    typed = " ".join(str(text).casefold().split())
    if typed not in known:
        raise NotALadder("“{text}” is nobody to remind; {hint}", text=str(text)[:40], hint=did_you_mean(typed, known))
    return To(typed)


def _weekday(text: Any) -> int:
    typed = str(text).strip().capitalize()
    if typed not in WEEKDAYS:
        raise NotALadder(
            "“{text}” is no day of the week; {hint}",
            text=str(text)[:40],
            hint=did_you_mean(typed, WEEKDAYS),
        )
    return WEEKDAYS.index(typed)


def _listed(value: Any, name: str) -> list[Any]:
    if not isinstance(value, list):
        raise NotALadder("“{name}” is a list; write it in square brackets.", name=name)
    return value
