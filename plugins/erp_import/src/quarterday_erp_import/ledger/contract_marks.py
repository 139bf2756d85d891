"""By what a payment is known to be on a contract, besides its reference: order numbers, other numbers, its services."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import select

from quarterday import NotThere, Refused
from quarterday.services import scope
from quarterday.services.access.permissions import Permission
from quarterday.services.ledger.asking import ask_after
from quarterday.services.record import Actor, UnitOfWork
from quarterday_erp_import.ledger.tables import ContractMark

if TYPE_CHECKING:
    from quarterday.db.work import Work

LONGEST = 100
"""How long a number or the name of a service may be."""


class Sort(StrEnum):
    """What a mark is."""

    ORDER = "order"
    """The number of an order under the contract."""
    CONTRACT = "contract"
    """A number under which the finance system knows the contract."""
    SERVICE = "service"
    """A service, directorate or cost centre that the contract is for; without any it is for each."""


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """One mark of a contract."""

    contract_id: int
    sort: Sort
    mark: str
    """As it was typed."""

    @property
    def of_contract(self) -> tuple[int, Sort, str]:
        """What makes two marks the same one."""
        return self.contract_id, self.sort, plain(self.mark)


@dataclass(frozen=True, slots=True)
class Marked:
    """A contract with its marks."""

    reference: str
    title: str
    marks: tuple[Mark, ...]


def plain(mark: str) -> str:
    """A mark without what people put between its letters and digits, as figures compare it."""
    return re.sub("[^0-9A-Z]+", "", mark.upper())


def add_marks(uow: UnitOfWork, actor: Actor, *, authority_id: int, marks: Iterable[Mark]) -> int:
    """Say that payments with these marks are on these contracts; returns how many of them are new.

    The ledger is asked again. Raises :class:`Refused` for a mark without letters and digits, for a number that another
    contract has, and where a contract isn't the authority's today.
    """
    with uow.begin(actor) as work:
        there = {one.of_contract for one in _looked_after(work, authority_id)}
        holders = {(sort, mark): of for of, sort, mark in there if sort is not Sort.SERVICE}
        new: dict[tuple[int, Sort, str], Mark] = {}
        for one in marks:
            of, sort, mark = one.of_contract
            if not mark or len(one.mark) > LONGEST:
                raise Refused("“{mark}” is no {sort}: write it as payments have it.", mark=one.mark[:40], sort=sort)
            if scope.contract(work, of).authority_id != authority_id:
                raise NotThere("There is no such contract.")
            if sort is not Sort.SERVICE and (holder := holders.setdefault((sort, mark), of)) != of:
                other = scope.contract(work, holder).reference
                raise Refused("{mark} is on {contract} already: take it off there.", mark=one.mark, contract=other)
            if one.of_contract not in there:
                new.setdefault(one.of_contract, one)
        _put(work, authority_id, list(new.values()), holds=True)
        return len(new)


def take_marks(uow: UnitOfWork, actor: Actor, *, authority_id: int, marks: Iterable[Mark]) -> None:
    """Take marks off contracts; the ledger is asked again. Raises :class:`Refused` for one that a contract hasn't."""
    with uow.begin(actor) as work:
        there = {one.of_contract: one for one in _looked_after(work, authority_id)}
        gone = []
        for one in marks:
            if one.of_contract not in there:
                raise Refused("The contract has no {sort} {mark}.", sort=one.sort, mark=one.mark)
            gone.append(there[one.of_contract])
        _put(work, authority_id, gone, holds=False)


def marked(uow: UnitOfWork, actor: Actor, *, authority_id: int) -> list[Marked]:
    """The authority's contracts of today that have marks, by reference."""
    with uow.read(actor) as work:
        scope.needs(work, Permission.SEE_FIGURES)
        scope.authority(work, authority_id)
        by_contract = defaultdict[int, list[Mark]](list)
        for one in marks_of(work, authority_id):
            by_contract[one.contract_id].append(one)
        return [
            Marked(one.reference, one.title, tuple(sorted(by_contract[one.id])))
            for one in scope.contracts(work)
            if one.authority_id == authority_id and one.id in by_contract
        ]


def marks_of(work: Work, authority_id: int) -> tuple[Mark, ...]:
    """The marks that an authority gave contracts, for a use case that has looked at the scope."""
    columns = ContractMark.c
    rows = work.all(
        select(columns.contract_id, columns.sort, columns.mark, columns.holds)
        .where(columns.authority_id == authority_id)
        .order_by(columns.id)
    )
    found: dict[tuple[int, Sort, str], Mark] = {}
    for row in rows:
        one = Mark(row.contract_id, Sort(row.sort), row.mark)
        found.pop(one.of_contract, None)
        if row.holds:
            found[one.of_contract] = one
    return tuple(found.values())


def _looked_after(work: Work, authority_id: int) -> tuple[Mark, ...]:
    """The marks that are there, once it is our turn to change them."""
    scope.needs(work, Permission.KEEP_CONTRACTS)
    scope.authority(work, authority_id)
    work.take_turns(f"erp_import/contract_marks/{authority_id}")
    return marks_of(work, authority_id)


def _put(work: Work, authority_id: int, marks: list[Mark], *, holds: bool) -> None:
    for one in marks:
        row = work.add(
            ContractMark,
            authority_id=authority_id,
            contract_id=one.contract_id,
            sort=one.sort,
            mark=one.mark,
            holds=holds,
            actor=work.actor.name,
        )
        action = "spend.contract_marked" if holds else "spend.contract_unmarked"
        work.audit(authority_id, action, f"contract/{one.contract_id}", row=row, sort=one.sort)
    if marks:
        ask_after(work, authority_id, f"contract_mark/{row}")
