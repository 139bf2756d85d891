"""Contracts: adding one with its parties, and who holds and manages it on a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import select

from quarterday.db.models import Contract, ContractAuthority, ContractOwner, ContractParty
from quarterday.db.newest import newest
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.domain import names
from quarterday.domain.contracts import ContractKind, PartyRole, word
from quarterday.domain.periods import Rhythm
from quarterday.domain.permissions import Permission
from quarterday.errors import Refused
from quarterday.services import scope
from quarterday.services.organisations import people, suppliers
from quarterday.services.scope import ContractRow

LATEST_END = date(2199, 12, 31)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewContract:
    """A contract as somebody types it."""

    reference: str
    """The authority's own, of which it has one only."""
    title: str
    starts: date
    ends: date
    """The last day, included."""
    parties: Mapping[int, str]
    """Supplier id → role; exactly one is the lead."""
    kind: str = ContractKind.CONTRACT
    rhythm: str = Rhythm.QUARTER
    owner_id: int | None = None
    """Who manages it; one of the authority's people."""


@dataclass(frozen=True, slots=True)
class Party:
    """A supplier's part in a contract, and the day from which it holds."""

    supplier_id: int
    role: PartyRole
    valid_from: date


def add_contract(uow: UnitOfWork, actor: Actor, *, authority_id: int, contract: NewContract) -> int:
    """Add a contract to an authority; returns its id.

    It has no commitments yet (:func:`~quarterday.services.promises.awards.award`). Raises :class:`Refused` where its
    reference is taken in this authority, it ends before it starts, there isn't exactly one lead, or something isn't
    there.
    """
    with uow.begin(actor) as work:
        scope.needs(work, Permission.KEEP_CONTRACTS)
        return put_contract(work, authority_id, contract)


def put_contract(work: Work, authority_id: int, new: NewContract) -> int:
    """The step that adds a contract; raises as :func:`add_contract`."""
    scope.authority(work, authority_id, lock=True)
    checked = tidied(new)
    must_be_free(work, authority_id, checked.reference)
    for supplier_id in checked.parties:
        suppliers.supplier(work, supplier_id)
    if checked.owner_id is not None:
        must_be_staff(work, checked.owner_id, authority_id, work.today)
    return lay_down(work, authority_id, [checked])[0]


def tidied(new: NewContract) -> NewContract:
    """The contract in the record's own words; raises :class:`Refused` for what can't be right in itself."""
    try:
        checked = replace(
            new,
            reference=names.reference(new.reference),
            title=names.name(new.title, "the contract's title"),
            kind=word(ContractKind, new.kind, "kind of contract"),
            rhythm=word(Rhythm, new.rhythm, "rhythm"),
            parties={supplier_id: word(PartyRole, role, "role") for supplier_id, role in new.parties.items()},
        )
    except ValueError as problem:
        raise Refused(str(problem)) from problem
    if list(checked.parties.values()).count(PartyRole.LEAD) != 1:
        raise Refused("A contract has exactly one lead among its suppliers; say who it is.")
    must_make_a_span(new.starts, new.ends)
    return checked


def lay_down(work: Work, authority_id: int, checked: Sequence[NewContract]) -> list[int]:
    """The step that adds contracts that were found good, few statements for however many; returns their ids."""
    columns = ("title", "kind", "rhythm", "starts", "ends")
    ids = work.add_each(Contract, [{name: getattr(new, name) for name in columns} for new in checked])
    since = [min(new.starts, work.today) for new in checked]  # before it starts, too, somebody must see it
    every = list(zip(ids, checked, since, strict=True))
    work.add_all(
        ContractAuthority,
        [
            {"contract_id": made, "authority_id": authority_id, "reference": new.reference, "valid_from": day}
            for made, new, day in every
        ],
    )
    work.add_all(
        ContractParty,
        [
            {"contract_id": made, "supplier_id": supplier_id, "role": role, "is_in": True, "valid_from": day}
            for made, new, day in every
            for supplier_id, role in new.parties.items()
        ],
    )
    work.add_all(
        ContractOwner,
        [
            {"contract_id": made, "user_id": new.owner_id, "valid_from": day}
            for made, new, day in every
            if new.owner_id is not None
        ],
    )
    for made, new, _ in every:
        work.audit(
            authority_id,
            "contract.added",
            f"contract/{made}",
            suppliers=list(new.parties),
            owner=new.owner_id,
            starts=new.starts.isoformat(),
            ends=new.ends.isoformat(),
        )
    return ids


def contract_by_reference(uow: UnitOfWork, actor: Actor, *, authority_id: int, reference: str) -> ContractRow:
    """The contract that is an authority's today under this reference; raises :class:`Refused`."""
    with uow.read(actor) as work:
        if found := scope.contract_of_reference(work, authority_id, reference.strip()):
            return found
    raise Refused("There is no contract “{reference}”.", reference=reference[:60])


def contracts(uow: UnitOfWork, actor: Actor) -> list[ContractRow]:
    """The contracts in the actor's scope, by reference."""
    with uow.read(actor) as work:
        return scope.contracts(work)


def parties_on(work: Work, contract_id: int, day: date, at: datetime | None = None) -> tuple[Party, ...]:
    """The suppliers with a part in a contract on a day, the lead first, as it was known at a moment."""
    rows = work.all(
        select(ContractParty.c.supplier_id, ContractParty.c.role, ContractParty.c.valid_from)
        .where(
            ContractParty.c.contract_id == contract_id,
            newest(ContractParty, ContractParty.c.contract_id, ContractParty.c.supplier_id, day=day, at=at),
            ContractParty.c.is_in,
        )
        .order_by(ContractParty.c.id)
    )
    found = [Party(row.supplier_id, PartyRole(row.role), row.valid_from) for row in rows]
    return tuple(sorted(found, key=lambda party: party.role is not PartyRole.LEAD))


def leads(work: Work) -> dict[int, int]:
    """The lead supplier today of every contract in the actor's scope: contract id → supplier id."""
    rows = work.all(
        select(ContractParty.c.contract_id, ContractParty.c.supplier_id)
        .join(Contract, Contract.c.id == ContractParty.c.contract_id)
        .where(
            newest(ContractParty, ContractParty.c.contract_id, ContractParty.c.supplier_id, day=work.today),
            ContractParty.c.is_in,
            ContractParty.c.role == PartyRole.LEAD,
            scope.visible(work),
        )
    )
    return {row.contract_id: row.supplier_id for row in rows}


def owner_on(work: Work, contract_id: int, day: date, at: datetime | None = None) -> int | None:
    """The id of who manages a contract on a day, as it was known at a moment; None for nobody."""
    row = work.one(
        select(ContractOwner.c.user_id).where(
            ContractOwner.c.contract_id == contract_id,
            newest(ContractOwner, ContractOwner.c.contract_id, day=day, at=at),
        )
    )
    return row.user_id if row else None


def must_make_a_span(starts: date, ends: date) -> None:
    """Raise :class:`Refused` for days between which no contract can run."""
    if ends < starts:
        raise Refused(
            "The contract ends {ends}, before it starts ({starts}); correct one of them.", ends=ends, starts=starts
        )
    if ends > LATEST_END:
        raise Refused("The contract ends {ends}; where no end is agreed, enter the day it is expected to.", ends=ends)


def must_be_free(work: Work, authority_id: int, reference: str) -> None:
    """Raise :class:`Refused` where a contract of the authority has this reference."""
    if scope.contract_of_reference(work, authority_id, reference):
        raise Refused(
            "This authority has a contract “{reference}” already; a reference is used once.", reference=reference
        )


def must_be_staff(work: Work, user_id: int, authority_id: int, day: date) -> None:
    """Raise :class:`Refused` for somebody who has no role with the authority on that day."""
    if not people.role_of(work, user_id, authority_id=authority_id, day=day):
        raise Refused("A contract's owner has a role with its authority; give them one first (“quarterday user add”).")
