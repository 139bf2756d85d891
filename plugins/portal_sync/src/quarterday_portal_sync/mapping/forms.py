"""How one value is written over there, and read from there: days, numbers, words, texts.

Each form has ``outward``, from our text to theirs, and ``inward``, from theirs to ours. Both raise ``ValueError`` with
a sentence for what can't be said exactly: nothing is rounded, cut or guessed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Protocol

from quarterday import exact_text, said
from quarterday_portal_sync.mapping.paths import text_of

_DECIMAL = re.compile(r"(?:0|[1-9]\d{0,11})(?:\.\d{0,8}[1-9])?", re.ASCII)
"""A decimal as we write it: nothing to leave out."""
_EXACT = re.compile(r"\d{1,18}(\.\d{1,18})?|\d{1,18}/[1-9]\d{0,17}", re.ASCII)


class Form(Protocol):
    """How a value is written."""

    def outward(self, text: str) -> object:
        """Ours as they have it."""
        ...

    def inward(self, value: object) -> str:
        """Theirs as we have it."""
        ...


@dataclass(frozen=True, slots=True)
class Plain:
    """A text as it is, or with something before and after it: ``QD-{}``."""

    written: str = "{}"

    def outward(self, text: str) -> object:
        """The text with what stands around it."""
        return self.written.replace("{}", text)

    def inward(self, value: object) -> str:
        """The text without what stands around it."""
        text = text_of(value)
        before, _, after = self.written.partition("{}")
        if not (text.startswith(before) and text.endswith(after) and len(text) > len(before) + len(after)):
            raise ValueError(said("“{text}” isn't written like {written}", text=text[:40], written=self.written))
        return text.removeprefix(before).removesuffix(after)


def fraction(text: str) -> Fraction:
    """An exact quantity of ours: ``12.5`` or ``1/3``; raises ``ValueError`` for anything else."""
    if not _EXACT.fullmatch(text):
        raise ValueError(said("“{text}” is no number of 0 or more", text=text[:40]))
    return Fraction(text)


_LIKE = re.compile(
    r"(?P<before>£ ?|)1(?P<thousands>[., '\u00a0\u202f]?)234(?:(?P<mark>[.,])5(?P<zeros>0*))?(?P<after> ?%|)"
)


@dataclass(frozen=True, slots=True)
class Number:
    """A number as they write it, shown by how they would write 1234.5; theirs is ours times a factor."""

    like: str = "1234.5"
    is_json: bool = False
    """A number of JSON and not a text."""
    factor: Fraction = Fraction(1)
    fractions: bool = False
    """They also take what doesn't end as a decimal, as ``1/3``."""
    _is_ours: bool = field(init=False, repr=False, compare=False)
    """Whether they write decimals just as we do."""

    def __post_init__(self) -> None:
        is_ours = self.like == "1234.5" and not self.is_json and self.factor == 1
        object.__setattr__(self, "_is_ours", is_ours)
        if not _LIKE.fullmatch(self.like):
            raise ValueError(said("write how they would write 1234.5, like “1,234.5”, “1.234,50” or “£1234.5”"))

    def outward(self, text: str) -> object:
        """The number in their writing, exactly."""
        if self._is_ours and _DECIMAL.fullmatch(text):
            return text
        return self.written(fraction(text) * self.factor)

    def inward(self, value: object) -> str:
        """The number in ours, exactly."""
        if self._is_ours and isinstance(value, str) and _DECIMAL.fullmatch(value):
            return value
        return exact_text(self.read(value) / self.factor)

    def written(self, number: Fraction) -> object:
        """A number as they write it; raises ``ValueError`` for one that can't be written so in full."""
        exact = exact_text(number)
        whole, _, after_mark = exact.partition(".")
        if "/" in exact:
            if self.fractions:
                return exact
            raise ValueError(said("{exact} doesn't end as a decimal, and they take decimals only", exact=exact))
        form = self._form()
        if after_mark and not form["mark"]:
            raise ValueError(said("{exact} isn't whole, and they take whole numbers only", exact=exact))
        if self.is_json:
            return _json(exact)
        digits = f"{int(whole):,}".replace(",", form["thousands"])
        after_mark = after_mark.ljust(len(form["zeros"]) + 1, "0") if form["zeros"] else after_mark
        return f"{form['before']}{digits}{form['mark'] + after_mark if after_mark else ''}{form['after']}"

    def read(self, value: object) -> Fraction:
        """A number of theirs; raises ``ValueError`` for what can be read in two ways, or in none."""
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            return fraction(text_of(value))
        form = self._form()
        text = text_of(value)
        bare = text.removeprefix(form["before"].strip()).removesuffix(form["after"].strip()).strip()
        if self.fractions and "/" in bare:
            return fraction(bare)
        sign, mark = re.escape(form["thousands"]), re.escape(form["mark"])
        grouped = rf"\d{{1,3}}(?:{sign}\d{{3}})+|" if sign else ""
        if not re.fullmatch(rf"(?:{grouped}\d+)" + (rf"(?:{mark}\d+)?" if mark else ""), bare, re.ASCII):
            raise ValueError(said("“{text}” isn't a number written like {like}", text=text[:40], like=self.like))
        plain = bare.replace(form["thousands"], "") if form["thousands"] else bare
        return fraction(plain.replace(form["mark"], ".") if form["mark"] else plain)

    def _form(self) -> dict[str, str]:
        found = _LIKE.fullmatch(self.like)
        return {name: part or "" for name, part in found.groupdict().items()} if found else {}


def _json(exact: str) -> object:
    if "." not in exact:
        return int(exact)
    number = float(exact)
    if Decimal(repr(number)) != Decimal(exact):
        raise ValueError(said("{exact} has more digits than a number of JSON keeps", exact=exact))
    return number


@dataclass(frozen=True, slots=True)
class Words:
    """A few words that stand for one another; of several for one of ours, the first goes out."""

    theirs: Mapping[str, Sequence[str]]
    """By ours."""

    def outward(self, text: str) -> object:
        """Their word."""
        if text not in self.theirs:
            raise ValueError(said("they have no word for “{text}”; give it one in “values”", text=text[:40]))
        return self.theirs[text][0]

    def inward(self, value: object) -> str:
        """Our word; whether it is in capitals doesn't matter. Raises ``ValueError`` where several could be meant."""
        said_there = text_of(value)
        ours = [mine for mine, words in self.theirs.items() if said_there.casefold() in map(str.casefold, words)]
        if len(ours) == 1:
            return ours[0]
        if ours:
            several = " or ".join(ours)
            raise ValueError(said("“{word}” stands for {several}", word=said_there[:40], several=several))
        raise ValueError(said("“{word}” stands for nothing here; add it to “values”", word=said_there[:40]))


@dataclass(frozen=True, slots=True)
class YesNo:
    """A number of which 1 and 0 are written as words, for what is answered with yes or no."""

    yes: object
    no: object
    number: Number

    def outward(self, text: str) -> object:
        """The word for 1 and 0, the number for any other."""
        return {"1": self.yes, "0": self.no}.get(text) if text in ("0", "1") else self.number.outward(text)

    def inward(self, value: object) -> str:
        """1 or 0 for the words, the number otherwise."""
        for text, word in (("1", self.yes), ("0", self.no)):
            if text_of(value).casefold() == text_of(word).casefold():
                return text
        return self.number.inward(value)
