"""What a person is told, as text that remembers how it was made, so that a page can say it in another language.

The text itself is the whole sentence in English: for a command, a log, JSON and a plugin it is a text as any other.
What translates it, if anything does, is whoever shows it; what a rule or a use case says never depends on who asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, time
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import TypeAlias

Part: TypeAlias = "str | int | float | Decimal | Fraction | date | time"
"""What stands in a sentence: a name or what somebody typed, a number, a day or time, or another sentence."""

_AS_THEY_ARE = (str, int, float, Decimal, Fraction, date, time)
_NONE: Mapping[str, Part] = MappingProxyType({})


class Sentence(str):
    """A sentence, or a phrase in one, with the pattern it was made of and what was filled in.

    Text put together by ``+``, an f-string or ``join`` is plain text again: give one sentence to another as a part.
    """

    __slots__ = ("many", "parts", "pattern")

    pattern: str
    """The text with a name in braces for each part; without parts, the text itself, whatever braces it has."""
    many: str
    """The pattern for other numbers than one; "" where no number decides."""
    parts: Mapping[str, Part]

    def __new__(cls, text: str) -> Sentence:
        """A text without parts; a sentence is itself."""
        return text if isinstance(text, Sentence) else _made(text, "", _NONE)

    def __str__(self) -> str:
        return self

    def __reduce__(self) -> tuple[object, ...]:
        return _made, (self.pattern, self.many, dict(self.parts))


def said(pattern: str, /, **parts: object) -> Sentence:
    """A sentence with its parts filled in, like ``said("“{name}” is used already.", name=name)``.

    A part that is no text, number, day or time is taken as its text; an error which holds a sentence gives that.
    The pattern is a literal: it is what ``make messages`` gathers for translators.
    """
    return _made(pattern, "", _known(parts))


def numbered(n: int, one: str, many: str, /, **parts: object) -> Sentence:
    """A sentence that differs by a number, like ``numbered(n, "{n} row is new.", "{n} rows are new.")``."""
    return _made(one, many, {"n": n, **_known(parts)})


def listed(texts: Iterable[str]) -> Sentence:
    """Texts one after the other, with commas between them; some of them may be sentences."""
    first, *others = texts
    found = Sentence(first)
    for text in others:
        found = said("{before}, {next}", before=found, next=text)
    return found


def filled(pattern: str, parts: Mapping[str, Part]) -> str:
    """A pattern with its parts in their places; raises :class:`LookupError` for a place that no part is for."""
    return pattern.format_map(parts) if parts else pattern


class NotUsable(ValueError):
    """What was given can't be used; the message says what to write, made as :func:`said` makes it."""

    def __init__(self, why: str, /, **parts: object) -> None:
        super().__init__(said(why, **parts) if parts else Sentence(why))


def _made(pattern: str, many: str, parts: Mapping[str, Part]) -> Sentence:
    text = filled(many if many and parts["n"] != 1 else pattern, parts)
    sentence = str.__new__(Sentence, text)
    sentence.pattern, sentence.many, sentence.parts = pattern, many, parts
    return sentence


def _known(parts: Mapping[str, object]) -> Mapping[str, Part]:
    return {name: part if isinstance(part, _AS_THEY_ARE) else str(part) for name, part in parts.items()}
