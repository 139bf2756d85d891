"""What the name of a column says it is: names made plain, and compared with the vocabulary of spend files."""

from __future__ import annotations

import re
import tomllib
from difflib import get_close_matches
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_APOSTROPHE = re.compile(r"['’]s?\b")
_WORD = re.compile(r"[a-z0-9]+")


@cache
def vocabulary() -> dict[str, Any]:
    """``vocabulary.toml``."""
    return tomllib.loads(files(__package__).joinpath("vocabulary.toml").read_text(encoding="utf-8"))


@cache
def _phrases() -> dict[str, list[tuple[str, int, tuple[str, ...]]]]:
    """By their first word all phrases, each with its field and its place among the field's phrases."""
    found: dict[str, list[tuple[str, int, tuple[str, ...]]]] = {}
    for name, phrases in vocabulary()["fields"].items():
        for place, phrase in enumerate(phrases):
            words = plain(phrase)
            found.setdefault(words[0], []).append((name, place, words))
    return found


@cache
def _known_words() -> dict[str, list[str]]:
    """The vocabulary's words of five letters and more, by their first letter."""
    words = {word for phrases in _phrases().values() for _, _, phrase in phrases for word in phrase if len(word) >= 5}
    return {letter: sorted(word for word in words if word[0] == letter) for letter in {word[0] for word in words}}


@lru_cache(4096)
def plain(name: str) -> tuple[str, ...]:
    """A column's name as words: camel case parted, signs gone, abbreviations written out; “£” alone is an amount."""
    parted = _APOSTROPHE.sub("", _CAMEL.sub(" ", name))
    short = vocabulary()["abbreviations"]
    words = tuple(short.get(word, word) for word in _WORD.findall(parted.lower()))
    return words or (("amount",) if "£" in name else ())


@lru_cache(4096)
def _spelt(word: str) -> str:
    """The word, or the one of the vocabulary that it is a misspelling of."""
    if len(word) < 6 or word in _known_words().get(word[0], []):
        return word
    near = get_close_matches(word, _known_words().get(word[0], []), 1, 0.86)
    return near[0] if near else word


@lru_cache(4096)
def meanings(name: str) -> dict[str, float]:
    """How much a column's name speaks for each field, from 0 to 1; fields it says nothing of are left out."""
    given = plain(name)
    if not given:
        return {}
    best = _compared(given)
    mended = tuple(_spelt(word) for word in given)
    if mended != given:
        for field, score in _compared(mended).items():
            best[field] = max(best.get(field, 0), 0.95 * score)
    return best


def _compared(given: tuple[str, ...]) -> dict[str, float]:
    found: dict[str, float] = {}
    for at, word in enumerate(given):
        for field, place, phrase in _phrases().get(word, ()):
            if given[at : at + len(phrase)] == phrase:
                # Of two columns that are level, the field's earlier phrase wins.
                found[field] = max(found.get(field, 0.0), _likeness(given, phrase) - 0.002 * place)
    return found


def _likeness(given: tuple[str, ...], phrase: tuple[str, ...]) -> float:
    """How alike a name is to a phrase that it holds."""
    return 1.0 if given == phrase else 0.4 + 0.5 * len(phrase) / len(given)


def mentions(names: list[str], group: str) -> list[str]:
    """Those of the names that a kind of file which isn't spend has: "contract_register" or "pivot"."""
    phrases = [plain(phrase) for phrase in vocabulary()["not_spend"][group]]
    return [name for name in names if any(_holds(plain(name), phrase) for phrase in phrases)]


def _holds(given: tuple[str, ...], phrase: tuple[str, ...]) -> bool:
    return any(given[at : at + len(phrase)] == phrase for at in range(len(given)))
