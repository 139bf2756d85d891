"""The suppliers that are known, and who a payee is among them.

First what a person decided, then identifiers, then the name: the same, or so like one of them, and so unlike all
others, that nobody needs to be asked. Everything else that may be someone known is asked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from quarterday_erp_import.payees.comparing import Comparison, Reading, readings
from quarterday_erp_import.payees.identifiers import comparable
from quarterday_erp_import.payees.kinds import Kind, Looks, looks, withheld
from quarterday_erp_import.payees.likeness import Likeness
from quarterday_erp_import.payees.likeness import likeness as usual
from quarterday_erp_import.payees.names import Name, read
from quarterday_erp_import.payees.payee import Answer, By, Candidate, Decision, Outcome, Payee, Supplier, key_of, newest
from quarterday_erp_import.payees.trigrams import Trigrams

CANDIDATES = 5
"""How many suppliers a person is offered at most."""

NEAREST = 10
"""Known names that a name is compared with: more than candidates, for one supplier may have several."""

LEAST_COSINE = 0.2
"""Names whose runs of letters have less in common aren't compared."""

_NAMES_OF_A_SHARED_NUMBER = 6
_ONLY_BY_THE_SAME_NAME = {Kind.INDIVIDUAL, Kind.ADDRESS, Kind.INTERNAL, Kind.REDACTED}
_IDENTIFIERS = (
    ("company_number", By.COMPANY_NUMBER),
    ("charity_number", By.CHARITY_NUMBER),
    ("number", By.NUMBER),
    ("vat_number", By.VAT_NUMBER),
)


class Known:
    """Known suppliers, ready to be asked about. Their order doesn't matter; their ids are told apart by their text."""

    def __init__(self, suppliers: Iterable[Supplier], likeness: Likeness | None = None) -> None:
        self._likeness = likeness or usual()
        self._suppliers = sorted(suppliers, key=lambda one: one.id)
        self._by_identifier = _by_identifier(self._suppliers)
        rows: list[Reading] = []
        owners: list[int] = []
        for owner, supplier in enumerate(self._suppliers):
            for text in sorted(set(supplier.names)):
                name = read(text)
                if not ((look := withheld(name)) and look.sure):
                    found = readings(name)
                    rows += found
                    owners += [owner] * len(found)
        self._rows = rows
        self._owners = np.array(owners, dtype=np.int64)
        self._comparison = Comparison(rows)
        self._trigrams = Trigrams(self._comparison.known.texts)

    def settle(
        self,
        payees: Sequence[Payee],
        *,
        answers: Iterable[Answer] = (),
        own_names: Collection[str] = (),
        cards: bool = False,
        threads: int = 1,
    ) -> list[Decision]:
        """Who each payee is, in the order of ``payees``; each by itself, whoever else is asked about.

        ``answers``: what people decided before; the newest about a payee counts. ``own_names``: the council's own names
        as :func:`names.normal` writes them. ``cards``: the payees are of purchase cards.
        """
        answered = newest(answers)
        decided: list[Decision | None] = []
        open_rows: list[int] = []
        names: list[Name] = []
        seen: list[Looks] = []
        for payee in payees:
            name = read(payee.name)
            look = looks(name, own_names=own_names, card=cards)
            decision = _answered(payee, look, answered) or self._identified(payee, look)
            if decision is None:
                open_rows.append(len(decided))
                names.append(read(look.behind) if look.behind else name)
                seen.append(look)
            decided.append(decision)
        for row, look, ranked in zip(
            open_rows, seen, self.ranked([payees[row] for row in open_rows], names, threads), strict=True
        ):
            decided[row] = self._named(payees[row], look, ranked)
        return [decision for decision in decided if decision is not None]

    def search(self, text: str) -> tuple[Candidate, ...]:
        """The known suppliers whose names are nearest to what somebody types, at most five, the likeliest first."""
        return self.ranked([Payee(text)])[0].candidates

    def _identified(self, payee: Payee, look: Looks) -> Decision | None:
        """The decision that identifiers give; a withheld name is never looked behind."""
        if look.sure and look.kind in (Kind.REDACTED, Kind.INTERNAL):
            return Decision(payee, Outcome.NO_SUPPLIER, look.kind)
        found: dict[int, By] = {}
        for field, by in _IDENTIFIERS:
            sign = getattr(payee, field) if field == "number" else comparable(getattr(payee, field))
            for owner in self._by_identifier.get((field, sign), ()) if sign else ():
                found.setdefault(owner, by)
        fitting = {owner: by for owner, by in found.items() if not _contradicts(payee, self._suppliers[owner])}
        if len(fitting) == 1 and len(found) == 1:
            ((owner, by),) = fitting.items()
            return Decision(payee, Outcome.MATCHED, look.kind, supplier=self._suppliers[owner].id, by=by)
        if not found:
            return None
        offered = tuple(
            Candidate(self._suppliers[owner].id, next(iter(self._suppliers[owner].names), ""), 0.5, by)
            for owner, by in sorted(found.items())[:CANDIDATES]
        )
        return Decision(payee, Outcome.ASKED, look.kind, candidates=offered)

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
        for place, best in _best(places, owners, likely):
            fitting = self._fitting(payees[place], best, whose)
            if fitting:
                found[place] = Ranked(
                    tuple(
                        Candidate(
                            self._suppliers[whose[row]].id, self._rows[whom[row]].name.text, chances[row], by[row]
                        )
                        for row in fitting[:CANDIDATES]
                    ),
                    [chances[row] for row in fitting[:2]],
                    by[fitting[0]] is By.SAME_NAME,
                    bool(compared.unlike[fitting[0]]),
                )
        return found

    def _fitting(self, payee: Payee, rows: list[int], whose: list[int]) -> list[int]:
        """The rows whose supplier has no identifier that contradicts the payee's."""
        if not (payee.company_number or payee.charity_number or payee.vat_number):
            return rows
        return [row for row in rows if not _contradicts(payee, self._suppliers[whose[row]])]

    def _named(self, payee: Payee, look: Looks, ranked: Ranked) -> Decision:
        """The decision that the name alone gives."""
        if not ranked.candidates or ranked.candidates[0].likelihood < self._likeness.asked:
            return Decision(payee, Outcome.NEW, look.kind)
        if ranked.settles(self._likeness, look.kind):
            best = ranked.candidates[0]
            return Decision(payee, Outcome.MATCHED, look.kind, supplier=best.supplier, by=best.by)
        return Decision(payee, Outcome.ASKED, look.kind, candidates=ranked.candidates)


@dataclass(frozen=True, slots=True)
class Ranked:
    """The suppliers nearest by name, the likeliest first.

    ``likely``: the likelihood of the first and the second. ``same``, ``unlike``: of the first, as in :class:`Compared`.
    """

    candidates: tuple[Candidate, ...]
    likely: Sequence[float]
    same: bool
    unlike: bool

    def settles(self, likeness: Likeness, kind: Kind) -> bool:
        """Whether the first is the payee without asking: a person and an address only by the very same name."""
        if not self.candidates or self.unlike or (kind in _ONLY_BY_THE_SAME_NAME and not self.same):
            return False
        return likeness.settles(self.likely, self.same)


_NOBODY = Ranked((), (), same=False, unlike=False)


def shared_numbers(rows: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Supplier numbers of a ledger that stand for many payees (``Purchase Card Supplier``, ``99999999``).

    ``rows``: number and name. A number with six names or more that differ in more than their writing identifies nobody;
    leave it out of :attr:`Payee.number` and :attr:`Supplier.numbers`.
    """
    names: dict[str, set[str]] = defaultdict(set)
    for number, name in rows:
        names[number].add(read(name).key)
    return frozenset(number for number, found in names.items() if len(found) >= _NAMES_OF_A_SHARED_NUMBER)


def _answered(payee: Payee, look: Looks, answered: Mapping[tuple[str, str], Answer]) -> Decision | None:
    answer = answered.get(key_of(payee)) if answered else None
    if answer is None:
        return None
    kind = answer.kind or look.kind
    if answer.supplier is not None:
        return Decision(payee, Outcome.MATCHED, kind, supplier=answer.supplier, by=By.PERSON)
    nobody = kind in (Kind.REDACTED, Kind.INTERNAL)
    return Decision(payee, Outcome.NO_SUPPLIER if nobody else Outcome.NEW, kind, by=By.PERSON)


def _by_identifier(suppliers: Sequence[Supplier]) -> Mapping[tuple[str, str], list[int]]:
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for owner, supplier in enumerate(suppliers):
        for field, _ in _IDENTIFIERS:
            signs = supplier.numbers if field == "number" else [comparable(getattr(supplier, field))]
            for sign in dict.fromkeys(signs):
                if sign:
                    found[field, sign].append(owner)
    return found


def _contradicts(payee: Payee, supplier: Supplier) -> bool:
    """Whether both hold an identifier of one scheme, and not the same."""
    for field in ("company_number", "charity_number", "vat_number"):
        theirs = getattr(payee, field)
        ours = theirs and getattr(supplier, field)
        if ours and (one := comparable(theirs)) and (other := comparable(ours)) and one != other:
            return True
    return False


def _best(
    places: NDArray[np.int64], owners: NDArray[np.int64], likely: NDArray[np.float32]
) -> Iterable[tuple[int, list[int]]]:
    """For each payee the row of its best pair with each supplier, likeliest first; equals in the order of their ids."""
    order = np.lexsort((owners, -likely, places))
    _, first = np.unique(places[order] * (owners.max() + 1) + owners[order], return_index=True)
    rows = order[np.sort(first)]
    starts = np.flatnonzero(np.r_[True, np.diff(places[rows]) > 0])
    for place, part in zip(places[rows][starts].tolist(), np.split(rows, starts[1:]), strict=True):
        yield place, part.tolist()
