"""What two names have in common, as a few numbers a person can follow.

They are computed for many pairs at once. How much each counts stands in ``likeness.toml`` and was found from pairs
whose answer is known (docs/explanation/matching.md).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import JaroWinkler

from quarterday_erp_import.payees.names import Name
from quarterday_erp_import.payees.trigrams import Pairs
from quarterday_erp_import.payees.words import table

QUALITIES = (
    "letters", "contained", "beginning", "first_word", "rare_word", "long", "forms_differ", "forms_same", "whole",
    "written",
)  # fmt: skip
"""What two names are compared by, in the order of the columns of :class:`Compared`:

letters, the cosine of their weighted runs of three letters; contained, the weight of the shared words in that of all
words of the name that shares more (1 where one holds all words of the other); beginning, how alike they are from the
start (Jaro-Winkler); first_word, whether their first words are the same; rare_word, how rare the rarest shared word is
among known and other names; long, how much the shorter says (the weight of its words, at most 8); forms_differ and
forms_same, whether both say a legal form, and which; whole, whether both are whole names, no parts of names; written,
whether they are written alike but for capitals. All but ``long`` lie between 0 and 1.
"""

_LONG_ENOUGH = 8.0


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of a name: the whole name, or a part of it that names the payee."""

    name: Name
    words: tuple[str, ...]


def readings(name: Name) -> list[Reading]:
    """The whole name first, then its parts."""
    return [Reading(name, name.words), *(Reading(name, part) for part in name.readings)]


@dataclass(frozen=True, slots=True)
class Side:
    """Names on one side of the comparison, one row a reading.

    The words of all rows stand one after the other: those of a row begin at ``starts`` and are as many as ``number``.
    ``word`` is a word's number among the known ones, ``rare`` how rare it is; ``weight`` is the sum of a row.
    ``whole``: the reading is the whole name, whose text ``written`` stands for.
    """

    texts: list[str]
    starts: NDArray[np.int64]
    number: NDArray[np.int64]
    word: NDArray[np.int64]
    rare: NDArray[np.float64]
    weight: NDArray[np.float64]
    first: NDArray[np.int64]
    bag: NDArray[np.int64]
    key: NDArray[np.int64]
    numbers: NDArray[np.int64]
    form: NDArray[np.int64]
    whole: NDArray[np.bool_]
    written: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Compared:
    """Pairs of readings compared, one row a pair.

    ``qualities``: a column for each of :data:`QUALITIES`. ``same``: the same words in whatever order, or the same
    letters. ``unlike``: their numbers or legal forms say that they are two (``WARD 3``, ``WARD 4``).
    """

    qualities: NDArray[np.float32]
    same: NDArray[np.bool_]
    unlike: NDArray[np.bool_]


class Comparison:
    """Compares names with known ones; what a word is worth is learnt from the known and from names at large.

    The latter because among a few suppliers every word looks rare, or none does.
    """

    def __init__(self, known: Sequence[Reading]) -> None:
        held = Counter(word for one in known for word in set(one.words))
        names, common = common_words()
        whole = names + len(known)
        counts = [number + common.get(word, 0) for word, number in held.items()]
        self._words: Mapping[str, tuple[int, float]] = {
            word: (column, weight) for column, (word, weight) in enumerate(zip(held, _rare(counts, whole), strict=True))
        }
        others = [word for word in common if word not in held]
        self._others = dict(zip(others, _rare([common[word] for word in others], whole), strict=True))
        self.known = self.side(known)
        rows = np.repeat(np.arange(len(known), dtype=np.int64), self.known.number)
        self._held = np.sort(rows * (len(held) + 1) + self.known.word)

    def side(self, names: Sequence[Reading]) -> Side:
        """The names, made ready to be compared. A word that no name holds is as rare as can be: 1."""
        unheard = len(self._words)
        ends, word, rare = [0], [], []
        for one in names:
            for text in dict.fromkeys(one.words):
                number, weight = self._words.get(text) or (unheard, self._others.get(text, 1.0))
                word.append(number)
                rare.append(weight)
            ends.append(len(word))
        starts, weights = np.array(ends[:-1], dtype=np.int64), np.array(rare, dtype=np.float64)
        return Side(
            texts=[" ".join(one.words) for one in names],
            starts=starts,
            number=np.array(ends[1:], dtype=np.int64) - starts,
            word=np.array(word, dtype=np.int64),
            rare=weights,
            weight=np.add.reduceat(np.append(weights, 0.0), starts) if names else weights,
            first=_numbered([one.words[0] if one.words else "" for one in names]),
            bag=_numbered([" ".join(sorted(one.words)) for one in names]),
            key=_numbered(["".join(one.words) for one in names]),
            numbers=_numbered([" ".join(word for word in one.words if word.isdigit()) for one in names]),
            form=_numbered([one.name.legal_form for one in names]),
            whole=np.fromiter((one.words is one.name.words for one in names), dtype=bool, count=len(names)),
            written=_numbered([one.name.text.casefold() for one in names]),
        )

    def of(self, asked: Side, pairs: Pairs) -> Compared:
        """The pairs, compared: rows of ``asked`` with rows of the known; no row may be without words."""
        known, a, k = self.known, pairs.asked, pairs.known
        shared, rarest = self._shared(asked, pairs)
        weights = asked.weight[a], known.weight[k]
        forms_differ = _differ(asked.form[a], known.form[k])
        whole = asked.whole[a] & known.whole[k]
        qualities = np.column_stack(
            (
                pairs.cosine,
                shared / np.minimum(*weights),
                process.cpdist(
                    [asked.texts[row] for row in a],
                    [known.texts[row] for row in k],
                    scorer=JaroWinkler.normalized_similarity,
                ),
                asked.first[a] == known.first[k],
                rarest,
                np.minimum(np.minimum(*weights), _LONG_ENOUGH),
                forms_differ,
                (asked.form[a] == known.form[k]) & (asked.form[a] != _NOTHING),
                whole,
                whole & (asked.written[a] == known.written[k]),
            )
        ).astype(np.float32)
        return Compared(
            qualities=qualities,
            same=(asked.bag[a] == known.bag[k]) | (asked.key[a] == known.key[k]),
            unlike=forms_differ | _differ(asked.numbers[a], known.numbers[k]),
        )

    def _shared(self, asked: Side, pairs: Pairs) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The weight of the words that each pair shares, and the rarest of them."""
        number = asked.number[pairs.asked]
        begins = np.cumsum(number) - number
        place = np.arange(number.sum()) + np.repeat(asked.starts[pairs.asked] - begins, number)
        looked_for = np.repeat(pairs.known, number) * (len(self._words) + 1) + asked.word[place]
        found = np.searchsorted(self._held, looked_for)
        held = self._held[np.minimum(found, len(self._held) - 1)] == looked_for
        rare = np.where(held, asked.rare[place], 0.0)
        return np.add.reduceat(rare, begins), np.maximum.reduceat(rare, begins)


_NOTHING = hash("")


@cache
def common_words() -> tuple[int, Mapping[str, int]]:
    """A number of payees' names, and how many of them hold each word that is common there (``common_words.toml``)."""
    read = table("common_words.toml")
    return read["names"], {word: int(count) for count, words in read["words"].items() for word in words.split()}


def _rare(counts: Sequence[int], names: int) -> list[float]:
    """How rare words are that so many of the names hold, 1 for a word of none."""
    rare = (np.log((1 + names) / (1 + np.array(counts, dtype=np.float64))) + 1) / (np.log(1 + names) + 1)
    return list(rare.tolist())


def _numbered(texts: list[str]) -> NDArray[np.int64]:
    """A number for each text, the same for the same text in this process."""
    return np.fromiter(map(hash, texts), dtype=np.int64, count=len(texts))


def _differ(some: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Where both say something, and not the same."""
    return np.asarray((some != others) & (some != _NOTHING) & (others != _NOTHING), dtype=bool)
