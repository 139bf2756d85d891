"""The known suppliers whose names are nearest to a payee's.

Apart from :mod:`~quarterday_erp_import.payees.known`, so that what compares names is imported once a name is compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from quarterday_erp_import.payees.comparing import Compared, Comparison, Reading, readings
from quarterday_erp_import.payees.identifiers import contradicts
from quarterday_erp_import.payees.kinds import Kind, Looks, withheld
from quarterday_erp_import.payees.likeness import Likeness
from quarterday_erp_import.payees.likeness import likeness as usual
from quarterday_erp_import.payees.names import Name, read
from quarterday_erp_import.payees.payee import CANDIDATES, By, Candidate, Decision, Outcome, Payee, Supplier
from quarterday_erp_import.payees.trigrams import Trigrams

NEAREST = 10
"""Known names that a name is compared with: more than candidates, for one supplier may have several."""

LEAST_COSINE = 0.2
"""Names whose runs of letters have less in common aren't compared."""

ONLY_BY_THE_SAME_NAME = {Kind.INDIVIDUAL, Kind.ADDRESS, Kind.INTERNAL, Kind.REDACTED}


class Nearest:
    """The names of known suppliers, in the order of their ids, ready to be compared with."""

    def __init__(self, suppliers: Sequence[Supplier], likeness: Likeness | None = None) -> None:
        self._likeness = likeness or usual()
        self._suppliers = suppliers
        rows: list[Reading] = []
        owners: list[int] = []
        for owner, supplier in enumerate(suppliers):
            for text in sorted(set(supplier.names)):
                name = read(text)
                if not ((look := withheld(name)) and look.sure):
                    found = readings(name)
                    rows += found
                    owners += [owner] * len(found)
        self._rows = rows
        self._owners = np.array(owners, dtype=np.int64)
        first = {one.id: place for place, one in enumerate(suppliers)}
        self._one = np.array([first.get(one.one_with, place) for place, one in enumerate(suppliers)], dtype=np.int64)
        self._comparison = Comparison(rows)
        self._trigrams = Trigrams(self._comparison.known.texts)

    def decided(
        self, payees: Sequence[Payee], names: Sequence[Name], seen: Sequence[Looks], threads: int
    ) -> list[Decision]:
        """The decision on each payee that its name alone gives; ``seen``: what each looks like."""
        ranked = self.ranked(payees, names, threads)
        return [self._named(*one) for one in zip(payees, seen, ranked, strict=True)]

    def ranked(self, payees: Sequence[Payee], names: Sequence[Name] | None = None, threads: int = 1) -> list[Ranked]:
        """The suppliers whose names are nearest to each payee's; ``names`` where they aren't as the payees write them.

        A supplier whose identifiers contradict the payee's is left out.
        """
        found = [_NOBODY] * len(payees)
        rows = [
            (place, one)
            for place, name in enumerate(names or [read(payee.name) for payee in payees])
            for one in readings(name)
        ]
        asked = self._comparison.side([one for _, one in rows])
        pairs = self._trigrams.nearest(asked.texts, NEAREST, LEAST_COSINE, threads)
        if not len(pairs.asked):
            return found
        compared = self._comparison.of(asked, pairs)
        likely = self._likeness.of(compared.qualities)
        places = np.array([place for place, _ in rows], dtype=np.int64)[pairs.asked]
        owners = self._owners[pairs.known]
        by = [By.SAME_NAME if same else By.LIKE_NAME for same in compared.same.tolist()]
        # Plain lists: one by one, numpy hands its numbers over slowly.
        whose, whom, chances = owners.tolist(), pairs.known.tolist(), likely.tolist()
        best = {
            place: self._fitting(payees[place], near, whose)
            for place, near in _best(places, owners, self._one[owners], likely)
        }
        some = [(place, near) for place, near in best.items() if near]
        sure = self._sure(compared, [near for _, near in some])
        for (place, near), certain in zip(some, sure, strict=True):
            found[place] = Ranked(
                tuple(
                    Candidate(self._suppliers[whose[row]].id, self._rows[whom[row]].name.text, chances[row], by[row])
                    for row in near[:CANDIDATES]
                ),
                certain,
                by[near[0]] is By.SAME_NAME,
            )
        return found

    def _sure(self, compared: Compared, near: Sequence[Sequence[int]]) -> list[bool]:
        """For each payee whether the first of its rows is the payee for certain, whatever kind of payee that is."""
        first = np.array([rows[0] for rows in near], dtype=np.int64)
        second = np.array([rows[1] if len(rows) > 1 else -1 for rows in near], dtype=np.int64)
        qualities = compared.qualities[first], np.where(second[:, None] < 0, 0, compared.qualities[second])
        same, like = self._likeness.same_name, self._likeness.like_name
        enough = np.where(compared.same[first], same.of(*qualities) >= same.line, like.of(*qualities) >= like.line)
        certain: list[bool] = (enough & ~compared.unlike[first]).tolist()
        return certain

    def _fitting(self, payee: Payee, rows: list[int], whose: list[int]) -> list[int]:
        """The rows whose supplier has no identifier that contradicts the payee's."""
        if not (payee.company_number or payee.charity_number or payee.vat_number):
            return rows
        return [row for row in rows if not contradicts(payee, self._suppliers[whose[row]])]

    def _named(self, payee: Payee, look: Looks, ranked: Ranked) -> Decision:
        """The decision that the name alone gives."""
        if not ranked.candidates or ranked.candidates[0].likelihood < self._likeness.asked:
            return Decision(payee, Outcome.NEW, look.kind)
        if ranked.sure and (ranked.same or look.kind not in ONLY_BY_THE_SAME_NAME):
            best = ranked.candidates[0]
            return Decision(payee, Outcome.MATCHED, look.kind, supplier=best.supplier, by=best.by)
        return Decision(payee, Outcome.ASKED, look.kind, candidates=ranked.candidates)


@dataclass(frozen=True, slots=True)
class Ranked:
    """The suppliers nearest by name, the likeliest first.

    ``sure``: the first is the payee, unless that is a person or an address under another name. ``same``: the first has
    the same words.
    """

    candidates: tuple[Candidate, ...]
    sure: bool
    same: bool


_NOBODY = Ranked((), sure=False, same=False)


def _best(
    places: NDArray[np.int64], owners: NDArray[np.int64], ones: NDArray[np.int64], likely: NDArray[np.float32]
) -> Iterable[tuple[int, list[int]]]:
    """For each payee the row of its best pair with each supplier, likeliest first; equals in the order of their ids.

    ``ones``: the same for those that are one supplier.
    """
    order = np.lexsort((owners, ones, -likely, places))
    _, first = np.unique(places[order] * (ones.max() + 1) + ones[order], return_index=True)
    rows = order[np.sort(first)]
    starts = np.flatnonzero(np.r_[True, np.diff(places[rows]) > 0])
    for place, part in zip(places[rows][starts].tolist(), np.split(rows, starts[1:]), strict=True):
        yield place, part.tolist()
