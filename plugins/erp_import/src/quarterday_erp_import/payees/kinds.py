"""What kind of payee a name is: a supplier, or one who can't be shown or can't be one.

Looking like a person is enough to be taken for one: a company held back costs the council a click, a person published
can't be called back. So ``sure`` is False where only the words speak for it, and a person decides.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, cached_property

from quarterday_erp_import.payees.names import Name, normal, read, tidy
from quarterday_erp_import.payees.words import table


class Kind(StrEnum):
    """What a payee's name looks like."""

    SUPPLIER = "supplier"
    REDACTED = "redacted"
    INDIVIDUAL = "individual"
    INTERNAL = "internal"
    FACTOR = "factor"
    CARD_MERCHANT = "card merchant"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class Looks:
    """What a payee looks like, whether that is sure, why in words, and the name of the one behind where it is told."""

    kind: Kind
    sure: bool = True
    why: str = ""
    behind: str | None = None


_SIDES = re.compile(
    r"(?<=[\s(])re[:\s]\s*|\bc/o\b|\bcare of\b|\bon behalf of\b|\bin respect of\b|\ba/c (?:of )?|\bfor\b|\s-\s|[()]",
    re.I,
)
_TRADES_AS = re.compile(r"\bt/as?\b|\btrading as\b", re.I)
_HOUSE_NUMBER = re.compile(r"(?:(?:flat|unit|plot|room)\s*\d*[a-z]?,?\s+)?\d+[a-z]?(?:\s*[-/]\s*\d+[a-z]?)?,?\s+[a-z]")
_LETTERS = re.compile(r"[^\W\d_]+")
_NO_DIGIT = re.compile(r"\D*")


@dataclass(frozen=True)
class _Words:
    redacted: _Phrases
    redacted_alone: _Phrases
    internal: _Phrases
    factor: _Phrases
    wholesaler: _Phrases
    taker: re.Pattern[str]
    coded: re.Pattern[str]
    streets: frozenset[str]
    titles: frozenset[str]
    names: frozenset[str]
    organisation: frozenset[str]

    @cached_property
    def heed(self) -> frozenset[str]:
        """The words with which phrases begin that make a payee something else than a supplier."""
        return self.redacted.first | self.redacted_alone.first | self.internal.first | self.factor.first


@cache
def _words() -> _Words:
    read_in = table("kinds.toml")
    person = read_in["person"]
    names = frozenset(person["names"].split()) | frozenset(person["families"].split())
    return _Words(
        redacted=_any(read_in["redacted"]["always"]),
        redacted_alone=_any(read_in["redacted"]["alone"]),
        internal=_any(read_in["internal"]["alone"]),
        factor=_any(read_in["factor"]["phrases"]),
        wholesaler=_any(read_in["factor"]["never"]),
        taker=re.compile(rf"({_either(read_in['card']['takers'])})\s*\*\s*(\S.*)"),
        coded=re.compile(rf"({_either(read_in['card']['coded'])})\s*\*?\s*(?=[a-z0-9]*\d)[a-z0-9]{{6,}}\b.*"),
        streets=frozenset(read_in["address"]["streets"]),
        titles=frozenset(person["titles"]),
        names=names,
        organisation=frozenset(person["organisation"].split()) - names - frozenset(person["both"].split()),
    )


def _either(phrases: Collection[str]) -> str:
    return "|".join(re.escape(phrase) for phrase in sorted(phrases, key=len, reverse=True))


@dataclass(frozen=True, slots=True)
class _Phrases:
    """Phrases to be found in a name; ``first`` are the words they begin with, so that most names need no search."""

    pattern: re.Pattern[str]
    first: frozenset[str]

    def found(self, small: str, letters: Collection[str]) -> bool:
        return not self.first.isdisjoint(letters) and self.pattern.search(small) is not None


def _any(phrases: Collection[str]) -> _Phrases:
    return _Phrases(
        re.compile(rf"\b(?:{_either(phrases)})\b"), frozenset(_LETTERS.findall(phrase)[0] for phrase in phrases)
    )


def looks(name: Name, *, own_names: Collection[str] = (), card: bool = False) -> Looks:
    """What the payee called ``name`` looks like.

    ``own_names``: the council's own names, as :func:`names.normal` writes them; a payee called so is internal.
    ``card``: the line is of a purchase card, so that its payee is a merchant.
    """
    small = name.text.lower()
    letters = _LETTERS.findall(small.replace("'", ""))
    if found := withheld(name):
        return found
    if found := _internal(name, small, letters, own_names):
        return found
    for look in (_card_merchant, _factor, _address, _individual):
        if found := look(name, small, letters):
            return found
    if card:
        return Looks(Kind.CARD_MERCHANT, why="it was paid by a purchase card")
    return Looks(Kind.SUPPLIER)


def plainly_a_supplier(text: str) -> bool:
    """Whether a name says at a glance, unread, that :func:`looks` takes it for a supplier and nothing else.

    Most names do; where one doesn't, nothing is said about it.
    """
    words, small = _words(), tidy(text).lower()
    letters = _LETTERS.findall(small)
    if not letters or "'" in small or "*" in small or small.startswith(("xxx", "www.")):
        return False
    if "t/a" in small or "trading as" in small or _HOUSE_NUMBER.match(small) or words.coded.fullmatch(small):
        return False
    if not words.heed.isdisjoint(letters):
        return False
    if not _NO_DIGIT.fullmatch(small):
        return True
    if letters[0] in words.titles or letters[-1] in words.titles:
        return False
    return len(letters) > 4 or not words.organisation.isdisjoint(letters)


def withheld(name: Name) -> Looks | None:
    """What a name looks like that is withheld, or none at all; None for every other."""
    words, small = _words(), name.text.lower()
    letters = _LETTERS.findall(small)
    if not name.words:
        return Looks(Kind.REDACTED, why="no name is given")
    if words.redacted.found(small, letters) or (small.startswith("xxx") and set(small) <= {"x", " "}):
        return Looks(Kind.REDACTED, why="the name is withheld")
    if not name.legal_form and len(name.words) <= 6 and words.redacted_alone.found(small, letters):
        return Looks(Kind.REDACTED, sure=False, why="it names a reason for withholding a name")
    return None


def _internal(name: Name, small: str, letters: list[str], own_names: Collection[str]) -> Looks | None:
    if own_names and (name.plain in own_names or any(normal(part) in own_names for part in _SIDES.split(name.text))):
        return Looks(Kind.INTERNAL, why="it is the council itself")
    if not name.legal_form and len(name.words) <= 5 and _words().internal.found(small, letters):
        return Looks(Kind.INTERNAL, sure=False, why="it names a way of paying, no supplier")
    return None


def _card_merchant(name: Name, small: str, letters: list[str]) -> Looks | None:
    words = _words()
    if "*" in small and (taken := words.taker.fullmatch(small)):
        return Looks(Kind.CARD_MERCHANT, why=f"{taken[1]} took a card payment for it", behind=taken[2].strip())
    if coded := words.coded.fullmatch(small):
        return Looks(Kind.CARD_MERCHANT, why="an order's code stands behind its name", behind=coded[1])
    if small.startswith("www."):
        return Looks(Kind.CARD_MERCHANT, sure=False, why="its name is an address on the web")
    return None


def _factor(name: Name, small: str, letters: list[str]) -> Looks | None:
    words = _words()
    if not words.factor.found(small, letters) or words.wholesaler.found(small, letters):
        return None
    sides = [side.strip(" :-") for side in _SIDES.split(name.text)]
    others = [side for side in sides if len(read(side).key) > 4 and not words.factor.pattern.search(side.lower())]
    return Looks(Kind.FACTOR, why="it buys invoices of others", behind=others[-1] if others else None)


def _address(name: Name, small: str, letters: list[str]) -> Looks | None:
    if name.legal_form or not _HOUSE_NUMBER.match(small):
        return None
    words = _words()
    streets = [place for place, word in enumerate(letters) if word in words.streets and place > 0]
    if not streets or not words.organisation.isdisjoint(set(letters[streets[-1] + 1 :]) - words.streets):
        return None
    return Looks(Kind.ADDRESS, sure=False, why="a street address stands where a name should")


def _individual(name: Name, small: str, letters: list[str]) -> Looks | None:
    words = _words()
    first, *trading = _TRADES_AS.split(name.text, maxsplit=1)
    form = name.legal_form
    if trading:
        letters, form = _LETTERS.findall(first.lower().replace("'", "")), read(first).legal_form
    if not letters or form or not _NO_DIGIT.fullmatch(first):
        return None
    how = "a person trading under a name" if trading else "a person"
    if letters[0] in words.titles or (len(letters) > 2 and letters[-1] in words.titles):
        if len(letters) < 7 and words.organisation.isdisjoint(set(letters) - words.titles):
            return Looks(Kind.INDIVIDUAL, why=f"it looks like {how}: it has a title")
        return None
    if len(letters) > 4 or not words.organisation.isdisjoint(letters):
        return None
    initials = sum(len(word) == 1 for word in letters)
    if 0 < initials < len(letters) or (len(letters) > 1 and not words.names.isdisjoint(letters)):
        return Looks(
            Kind.INDIVIDUAL, sure=False, why=f"it looks like {how}: a first name or initials, no word of a firm"
        )
    return None
