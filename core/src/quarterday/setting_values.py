"""What a setting of the installation may be: each rule reads what was said, from TOML or as the text of a variable.

A rule raises :class:`Unfit` for what it can't use. One that limits a value says so in words, ``limits``, for that
sentence and for the page of settings.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Rule = Callable[[object], Any]
"""Reads what was said of one setting."""


class Unfit(Exception):
    """A value that can't be used. The message ends the sentence that says so; it never holds the value, which may be a
    secret."""


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """Text that is shown as ``***``."""

    _text: str

    def get_secret_value(self) -> str:
        """The secret itself."""
        return self._text

    def __repr__(self) -> str:
        return "Secret('***')"


@dataclass(frozen=True, slots=True)
class Hidden:
    """A secret: text, of which what is wrong is said and nothing else."""

    least: int = 0
    """How many characters it has at least."""
    is_object: bool = False
    """Whether it must be a JSON object."""

    @property
    def limits(self) -> str:
        """In words; "" for none."""
        return f"at least {self.least} characters" if self.least else ""

    def __call__(self, said: object) -> Secret:
        """The secret as it stands."""
        hidden = text(said)
        if len(hidden) < self.least:
            raise Unfit(f"it must have {self.limits}")
        if self.is_object and not _is_object(hidden):
            raise Unfit('it must be a JSON object, like {"key": "…"}')
        return Secret(hidden)


@dataclass(frozen=True, slots=True)
class Seconds:
    """A length of time, in seconds, whole or not."""

    most: int

    @property
    def limits(self) -> str:
        """In words."""
        return f"more than 0 and at most {self.most}"

    def __call__(self, said: object) -> float:
        """The seconds."""
        seconds = _number(said)
        if seconds is None or not 0 < seconds <= self.most:
            raise Unfit(f"it must be a number, {self.limits}")
        return seconds


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number."""

    least: int
    most: int

    @property
    def limits(self) -> str:
        """In words."""
        return f"at least {self.least} and at most {self.most}"

    def __call__(self, said: object) -> int:
        """The number."""
        number = _number(said)
        if number is None or not self.least <= number <= self.most or not number.is_integer():
            raise Unfit(f"it must be a whole number, {self.limits}")
        return int(number)


def text(said: object) -> str:
    """Any text, as it stands."""
    if not isinstance(said, str):
        raise Unfit("it must be text")
    return said


def folder(said: object) -> Path:
    """The whole path of a folder that is there."""
    path = Path(text(said))
    if not path.is_dir():
        raise Unfit("there is no such folder")
    return path.absolute()


def address(said: object) -> str:
    """Where pages begin, without a slash at the end."""
    url = text(said)
    if not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", url):
        raise Unfit("write it like https://returns.example.gov.uk, without ? or #")
    return url.rstrip("/")


def names(said: object) -> tuple[str, ...]:
    """A list of names, in its order."""
    if not isinstance(said, list) or not all(isinstance(name, str) for name in said):
        raise Unfit('it must be a list of names, like ["a", "b"]')
    return tuple(said)


def _is_object(hidden: str) -> bool:
    try:
        return isinstance(json.loads(hidden), dict)
    except ValueError:
        return False


def _number(said: object) -> float | None:
    """The number that a value or a text is, which may be infinite or none (NaN); None for anything else."""
    if isinstance(said, bool) or not isinstance(said, int | float | str):
        return None
    try:
        return float(said)
    except (ValueError, OverflowError):
        return None
