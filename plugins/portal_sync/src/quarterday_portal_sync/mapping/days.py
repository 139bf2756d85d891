"""Days, moments and periods as they are written over there, whatever this machine's language is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from quarterday import said
from quarterday_portal_sync.mapping.paths import text_of

ISO = "yyyy-MM-dd"
SHORT = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
LONG = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_TOKEN = re.compile(r"yyyy|yy|MMMM|MMM|MM|M|dd|d|HH|mm|ss|'[^']*'|.", re.DOTALL)
_READ = {
    "yyyy": r"(?P<yyyy>\d{4})",
    "yy": r"(?P<yy>\d{2})",
    "MMMM": rf"(?P<name>{'|'.join(LONG)})",
    "MMM": rf"(?P<name>{'|'.join(SHORT)}|Sept)",
    "MM": r"(?P<month>\d{1,2})",
    "M": r"(?P<month>\d{1,2})",
    "dd": r"(?P<day>\d{1,2})",
    "d": r"(?P<day>\d{1,2})",
    "HH": r"(?P<hour>\d{1,2})",
    "mm": r"(?P<minute>\d{2})",
    "ss": r"(?P<second>\d{2})",
}
LONDON = "Europe/London"
MANY = 4096
"""So many days are remembered: most records are of a few."""


@dataclass(frozen=True, slots=True)
class Day:
    """A day, by a pattern: ``d MMM yy`` is 3 Mar 26. What ISO 8601 writes is read in any case."""

    pattern: str = ISO

    def __post_init__(self) -> None:
        tokens = _tokens(self.pattern)
        if not any(one.startswith("y") for one in tokens) or not any(one[0] == "M" for one in tokens):
            raise ValueError(
                said("“{pattern}” is no pattern of a day; write it like dd/MM/yyyy or d MMM yy", pattern=self.pattern)
            )

    def outward(self, text: str) -> object:
        """A day of ours as they write it; raises ``ValueError`` where they can't write it so that it is read again."""
        return _day_written(self.pattern, text)

    def inward(self, value: object) -> str:
        """Their day as ISO 8601; what stands after a day's time of day is left out."""
        return _day_read(self.pattern, text_of(value))


@lru_cache(MANY)
def _day_written(pattern: str, text: str) -> str:
    written = _written(pattern, _iso(text))
    if _day_read(pattern, written) != text:
        raise ValueError(said("{day} can't be written like {pattern}", day=text, pattern=pattern))
    return written


@lru_cache(MANY)
def _day_read(pattern: str, text: str) -> str:
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}([T ]00:00(:00(\.0+)?)?Z?)?", text):
        return _iso(text[:10]).isoformat()
    found = _parts(pattern, text)
    if found is None:
        raise ValueError(said("“{text}” isn't a day written like {like}", text=text[:40], like=pattern))
    return found.date().isoformat()


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment: ISO 8601, seconds or milliseconds since 1970, or a pattern in a time zone."""

    pattern: str = "iso"
    zone: str = LONDON

    def inward(self, value: object) -> str:
        """Their moment with its offset, as ISO 8601 in UTC; raises ``ValueError`` for anything else."""
        text = text_of(value)
        try:
            return self._read(text).astimezone(UTC).isoformat()
        except (ValueError, OverflowError) as why:
            like = self.pattern
            raise ValueError(said("“{text}” isn't a moment written like {like}", text=text[:40], like=like)) from why

    def _read(self, text: str) -> datetime:
        if self.pattern in ("seconds", "milliseconds"):
            parts = 1000 if self.pattern == "milliseconds" else 1
            return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(text) / parts)
        found = datetime.fromisoformat(text) if self.pattern == "iso" else _parts(self.pattern, text)
        if found is None:
            raise ValueError(text)
        return found if found.tzinfo else found.replace(tzinfo=ZoneInfo(self.zone))


def _iso(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(said("“{text}” is no day", text=text[:40])) from error


def _tokens(pattern: str) -> list[str]:
    return _TOKEN.findall(pattern)


def _written(pattern: str, day: date) -> str:
    parts = {
        "yyyy": f"{day.year:04}",
        "yy": f"{day.year % 100:02}",
        "MMMM": LONG[day.month - 1],
        "MMM": SHORT[day.month - 1],
        "MM": f"{day.month:02}",
        "M": str(day.month),
        "dd": f"{day.day:02}",
        "d": str(day.day),
        "HH": "00",
        "mm": "00",
        "ss": "00",
    }
    return "".join(parts.get(token, token.strip("'") or "'") for token in _tokens(pattern))


def _parts(pattern: str, text: str) -> datetime | None:
    """The moment that a text says by a pattern, without an offset; None where it says none."""
    read = "".join(_READ.get(token, re.escape(token.strip("'") or "'")) for token in _tokens(pattern))
    found = re.fullmatch(read, text, re.IGNORECASE | re.ASCII)
    if found is None:
        return None
    part = found.groupdict()
    year = int(part.get("yyyy") or 2000 + int(part["yy"]))
    month = SHORT.index(part["name"][:3].capitalize()) + 1 if part.get("name") else int(part["month"])
    try:
        return datetime(  # noqa: DTZ001 (whoever asks knows the zone)
            year,
            month,
            int(part.get("day") or 1),
            int(part.get("hour") or 0),
            int(part.get("minute") or 0),
            int(part.get("second") or 0),
        )
    except ValueError:
        return None


_SPANS = {"{quarter}": 3, "{half}": 6, "{month}": 1, "{MMM}": 1}
_NAMED = re.compile(r"\{(?:year|yy|next|nn|quarter|half|month|MMM|calendar)\}")


@dataclass(frozen=True, slots=True)
class Periods:
    """A period's first and last day in one text, by templates: ``{year}/{nn} Q{quarter}`` is 2026/27 Q1.

    ``{year}`` and ``{yy}`` are the year in which the financial year starts, ``{next}`` and ``{nn}`` the one after it,
    ``{quarter}`` and ``{half}`` count within it; ``{month}`` is a calendar month's number, ``{MMM}`` its name, and
    ``{calendar}`` its calendar year. A template without a part of the year is a whole year.
    """

    templates: tuple[str, ...]
    first_month: int = 4

    def __post_init__(self) -> None:
        for template in self.templates:
            if not any(year in template for year in ("{year}", "{yy}", "{next}", "{nn}", "{calendar}")):
                raise ValueError(
                    said("“{template}” names no year; write it like {{year}}/{{nn}} Q{{quarter}}", template=template)
                )

    def outward(self, first: str, last: str) -> str:
        """Both days as they call the period; raises ``ValueError`` where they have no such period."""
        begins, ends = _iso(first), _iso(last)
        for template in self.templates:
            months = _months(template)
            since = (begins.month - self.first_month) % 12
            if begins.day == 1 and since % months == 0 and _end(begins, months) == ends:
                named = self._named(template, begins, since)
                if self.inward(named) == (first, last):
                    return named
        raise ValueError(
            said(
                "{first} to {last} is none of their periods ({like})",
                first=first,
                last=last,
                like=", ".join(self.templates),
            )
        )

    def inward(self, value: object) -> tuple[str, str]:
        """The first and the last day; raises ``ValueError`` for what is no such period."""
        text = " ".join(text_of(value).split())
        for template in self.templates:
            for begins in self._read(template, text):
                return begins.isoformat(), _end(begins, _months(template)).isoformat()
        raise ValueError(
            said("“{text}” isn't a period written like {like}", text=text[:40], like=", ".join(self.templates))
        )

    def _named(self, template: str, begins: date, since: int) -> str:
        year = begins.year - (begins.month < self.first_month)
        parts = {
            "{year}": f"{year}",
            "{yy}": f"{year % 100:02}",
            "{next}": f"{year + 1}",
            "{nn}": f"{(year + 1) % 100:02}",
            "{quarter}": f"{since // 3 + 1}",
            "{half}": f"{since // 6 + 1}",
            "{month}": f"{begins.month:02}",
            "{MMM}": SHORT[begins.month - 1],
            "{calendar}": f"{begins.year}",
        }
        return _NAMED.sub(lambda found: parts[found[0]], template)

    def _read(self, template: str, text: str) -> Iterator[date]:
        """The first day of the period that a text names by a template, if it names one."""
        patterns = {"{quarter}": "[1-4]", "{half}": "[12]", "{month}": r"\d{1,2}", "{MMM}": "|".join(SHORT)}
        digits = {"{year}": r"\d{4}", "{next}": r"\d{4}", "{calendar}": r"\d{4}", "{yy}": r"\d{2}", "{nn}": r"\d{2}"}
        names, read, position = [], "", 0
        for found in _NAMED.finditer(template):
            read += re.escape(template[position : found.start()]) + f"({(patterns | digits)[found[0]]})"
            names.append(found[0])
            position = found.end()
        match = re.fullmatch(read + re.escape(template[position:]), text, re.IGNORECASE | re.ASCII)
        if match is None:
            return
        part = dict(zip(names, match.groups(), strict=True))
        begins = self._begins(part)
        if (
            begins
            and self._named(template, begins, (begins.month - self.first_month) % 12).casefold() == text.casefold()
        ):
            yield begins

    def _begins(self, part: dict[str, str]) -> date | None:
        month = self.first_month + (int(part.get("{quarter}", 1)) - 1) * 3 + (int(part.get("{half}", 1)) - 1) * 6
        if "{month}" in part or "{MMM}" in part:
            month = int(part["{month}"]) if "{month}" in part else SHORT.index(part["{MMM}"].capitalize()) + 1
            if not 1 <= month <= 12:
                return None
        year = _year(part)
        if "{calendar}" not in part and ("{month}" in part or "{MMM}" in part):
            year += month < self.first_month
        carried = 0 if "{calendar}" in part else (month - 1) // 12
        return date(year + carried, (month - 1) % 12 + 1, 1)


def _year(part: dict[str, str]) -> int:
    for name, before in (("{year}", 0), ("{calendar}", 0), ("{next}", 1), ("{yy}", -2000), ("{nn}", -1999)):
        if name in part:
            return int(part[name]) - before
    raise ValueError("a template of a period names a year")


def _months(template: str) -> int:
    return next((months for name, months in _SPANS.items() if name in template), 12)


def _end(begins: date, months: int) -> date:
    after = begins.year * 12 + begins.month - 1 + months
    return date(after // 12, after % 12 + 1, 1) - timedelta(days=1)
