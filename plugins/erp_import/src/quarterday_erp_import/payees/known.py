"""The suppliers that are known, and who a payee is among them.

First what a person decided, then identifiers, then the name: the same, or so like one of them, and so unlike all
others, that nobody needs to be asked. Everything else that may be someone known is asked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from quarterday_erp_import.payees.identifiers import comparable, contradicts
from quarterday_erp_import.payees.kinds import Kind, Looks, looks, plainly_a_supplier
from quarterday_erp_import.payees.many import uncollected
from quarterday_erp_import.payees.names import Name, read
from quarterday_erp_import.payees.payee import (
    CANDIDATES,
    Answer,
    By,
    Candidate,
    Decision,
    Outcome,
    Payee,
    Supplier,
    key_of,
    newest,
)

if TYPE_CHECKING:
    from quarterday_erp_import.payees.likeness import Likeness
    from quarterday_erp_import.payees.nearest import Nearest

_NAMES_OF_A_SHARED_NUMBER = 6
_IDENTIFIERS = (
    ("company_number", By.COMPANY_NUMBER),
    ("charity_number", By.CHARITY_NUMBER),
    ("number", By.NUMBER),
    ("vat_number", By.VAT_NUMBER),
)


class Known:
    """Known suppliers, ready to be asked about. Their order doesn't matter; their ids are told apart by their text."""

    def __init__(self, suppliers: Iterable[Supplier], likeness: Likeness | None = None) -> None:
        self._likeness = likeness
        with uncollected():
            self._suppliers = sorted(suppliers, key=lambda one: one.id)
            self._by_identifier = _by_identifier(self._suppliers)

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
            name = None
            if own_names or cards or not plainly_a_supplier(payee.name):
                name = read(payee.name)
            look = looks(name, own_names=own_names, card=cards) if name else Looks(Kind.SUPPLIER)
            decision = _answered(payee, look, answered) or self._identified(payee, look)
            if decision is None:
                open_rows.append(len(decided))
                names.append(read(look.behind) if look.behind else name or read(payee.name))
                seen.append(look)
            decided.append(decision)
        if open_rows:
            by_name = self.nearest.decided([payees[row] for row in open_rows], names, seen, threads)
            for row, decision in zip(open_rows, by_name, strict=True):
                decided[row] = decision
        return [decision for decision in decided if decision is not None]

    def search(self, text: str) -> tuple[Candidate, ...]:
        """The known suppliers whose names are nearest to what somebody types, at most five, the likeliest first."""
        return self.nearest.ranked([Payee(text)])[0].candidates

    def _identified(self, payee: Payee, look: Looks) -> Decision | None:
        """The decision that identifiers give; a withheld name is never looked behind."""
        if look.sure and look.kind in (Kind.REDACTED, Kind.INTERNAL):
            return Decision(payee, Outcome.NO_SUPPLIER, look.kind)
        found: dict[int, By] = {}
        for field, by in _IDENTIFIERS:
            if said := getattr(payee, field):
                sign = said if field == "number" else comparable(said)
                for owner in self._by_identifier.get((field, sign), ()) if sign else ():
                    found.setdefault(owner, by)
        if not found:
            return None
        fitting = {owner: by for owner, by in found.items() if not contradicts(payee, self._suppliers[owner])}
        of = {self._suppliers[owner].one_with or self._suppliers[owner].id for owner in found}
        if len(of) == 1 and len(fitting) == len(found):
            owner, by = min(
                fitting.items(), key=lambda one: (payee.number not in self._suppliers[one[0]].numbers, one[0])
            )
            return Decision(payee, Outcome.MATCHED, look.kind, supplier=self._suppliers[owner].id, by=fitting[owner])
        offered = tuple(
            Candidate(self._suppliers[owner].id, next(iter(self._suppliers[owner].names), ""), 0.5, by)
            for owner, by in sorted(found.items())[:CANDIDATES]
        )
        return Decision(payee, Outcome.ASKED, look.kind, candidates=offered)

    @cached_property
    def nearest(self) -> Nearest:
        """The names, made ready once one has to be compared: identifiers settle most payees."""
        from quarterday_erp_import.payees.nearest import Nearest

        return Nearest(self._suppliers, self._likeness)


def shared_numbers(rows: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Supplier numbers of a ledger that stand for many payees (``Purchase Card Supplier``, ``99999999``).

    ``rows``: number and name. A number with six names or more that differ in more than their writing identifies nobody;
    leave it out of :attr:`Payee.number` and :attr:`Supplier.numbers`.
    """
    names: dict[str, set[str]] = defaultdict(set)
    for number, name in rows:
        names[number].add(name)
    many = (one for one in names.items() if len(one[1]) >= _NAMES_OF_A_SHARED_NUMBER)
    return frozenset(
        number for number, found in many if len({read(name).key for name in found}) >= _NAMES_OF_A_SHARED_NUMBER
    )


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
