"""What a portal's interface answered: its JSON, where something stands in it, and what it says of itself."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any

_MOST_WORDS = 200
_MOST_PAUSE = 86_400.0
_SAYS = ("detail", "message", "error_description", "title", "error", "reason")


class Unreadable(ValueError):
    """What was answered isn't what it should be; the words say how, and nothing of what it holds."""


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """A whole answer."""

    status: int
    headers: Mapping[str, str]
    """By name, however it is written."""
    body: bytes

    def text(self) -> str:
        """The body as text; raises :class:`Unreadable` for one that isn't UTF-8."""
        try:
            return self.body.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise Unreadable("isn't UTF-8") from None

    def data(self) -> Any:
        """The body's JSON, with numbers exact; raises :class:`Unreadable` for one that isn't JSON."""
        try:
            return json.loads(self.text(), parse_float=Decimal, parse_constant=_no_number)
        except RecursionError:
            raise Unreadable("is nested too deep") from None
        except ValueError as error:
            if isinstance(error, Unreadable):
                raise
            kind = self.headers.get("Content-Type", "").partition(";")[0].strip().lower()
            if kind.endswith("json") or not re.fullmatch(r"[a-z]+/[a-z0-9.+-]{1,40}", kind):
                raise Unreadable("is no whole JSON") from None
            raise Unreadable(f"is {kind}, not JSON") from None

    def pause(self, now: datetime | None = None) -> float | None:
        """How long it asks to wait, in seconds, by ``Retry-After``; None where it doesn't say, or not so that it can
        be read. A moment that is past is 0."""
        said = self.headers.get("Retry-After", "").strip()
        if said.isdecimal() and len(said) <= 12:
            return min(float(said), _MOST_PAUSE)
        try:
            moment = parsedate_to_datetime(said)
        except ValueError:
            return None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return min(max((moment - (now or datetime.now(UTC))).total_seconds(), 0.0), _MOST_PAUSE)

    def says(self, secrets: Collection[str]) -> str:
        """What it says in a few words of why it isn't well, with a colon before; "" where that is nothing to show."""
        try:
            data = self.data()
        except Unreadable:
            return ""
        found = data if isinstance(data, str) else ""
        while isinstance(data, Mapping):
            inner = next((data[name] for name in _SAYS if data.get(name)), "")
            data, found = inner, inner if isinstance(inner, str) else ""
        return f": {plain(found, secrets)}" if found else ""


def _no_number(name: str) -> None:
    raise Unreadable(f"holds {name}, which is no number")


def plain(text: str, secrets: Collection[str]) -> str:
    """A few of somebody's words on one line, without our secrets in them."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, "***")
    words = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return words if len(words) <= _MOST_WORDS else f"{words[: _MOST_WORDS - 1]}…"


def at(data: object, path: str) -> Any:
    """What stands at a dotted path; "" is the whole. None where nothing does."""
    for name in path.split(".") if path else ():
        if not isinstance(data, dict):
            return None
        data = data.get(name)
    return data


def text_at(data: object, path: str) -> str:
    """The text or the number at a dotted path, as text; "" where there is neither, or no path."""
    found = at(data, path) if path else None
    return "" if found is None or isinstance(found, bool | dict | list) else str(found)


def list_at(data: object, path: str) -> list[Any]:
    """The list at a dotted path; raises :class:`Unreadable` where there is none."""
    found = at(data, path)
    if not isinstance(found, list):
        raise Unreadable(f"has no list at “{path}”" if path else "is no list")
    return found


def with_at(data: Mapping[str, object], path: str, value: object) -> dict[str, object]:
    """The same with another value at a dotted path; what was given stays as it is."""
    name, _, rest = path.partition(".")
    inner = data.get(name)
    return {**data, name: with_at(inner if isinstance(inner, Mapping) else {}, rest, value) if rest else value}
