"""The scope: what an actor may see (DESIGN 4.8). Every use case and every query on contracts goes through it.

An actor of an authority sees the contracts that are that authority's today, an actor of a supplier those to which the
supplier is a party today, the installation's operator sees all, and an actor of none of them sees nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Date, Select, and_, bindparam, false, func, select, true

from quarterday.db.models import (
    Authority,
    Contract,
    ContractAuthority,
    ContractEnd,
    ContractParty,
    Period,
    Return,
    ReturnExtension,
)
from quarterday.db.newest import newest
from quarterday.db.work import Work
from quarterday.domain.periods import Rhythm
from quarterday.domain.permissions import Permission
from quarterday.errors import NotAllowed, NotThere

_Contracts = Select[int, str, str, str, str, date, date, int]


@dataclass(frozen=True, slots=True)
class AuthorityRow:
    """An authority as it stands."""

    id: int
    key: str
    name: str
    first_month: int
    nation: str
    due_days: int
    closes_days: int
    last_closes_days: int


@dataclass(frozen=True, slots=True)
class ContractRow:
    """A contract as it stands, with the authority it belongs to today and the reference by which that one knows it."""

    id: int
    reference: str
    title: str
    kind: str
    rhythm: Rhythm
    starts: date
    ends: date
    authority_id: int


def contract(work: Work, contract_id: int, *, lock: bool = False) -> ContractRow:
    """The contract of that id; ``lock`` keeps other writers of it out until the transaction ends.

    Raises :class:`Refused` when there is none in the actor's scope.
    """
    found = _found(work, _locked if lock else _one, contract_id=contract_id)
    if not found:
        raise NotThere("There is no such contract.")
    return found[0]


def contracts(work: Work) -> list[ContractRow]:
    """The contracts in the actor's scope, by reference."""
    return _found(work, _by_reference)


def contract_of_reference(work: Work, authority_id: int, reference: str) -> ContractRow | None:
    """The contract that is the authority's today under this reference; None where none is in the actor's scope."""
    found = _found(work, _of_reference, reference=reference, holder_id=authority_id)
    return found[0] if found else None


def visible(work: Work) -> ColumnElement[bool]:
    """The condition that a row of ``contract`` lies in the actor's scope."""
    actor = work.actor
    if not actor.has_scope:
        return false()
    theirs = visible_to(actor.authority_id, actor.supplier_id, work.today)
    return theirs if actor.return_id is None else and_(theirs, _has_return(actor.return_id))


def visible_return(work: Work) -> ColumnElement[bool]:
    """The same of a row of ``return`` that is joined to its contract: of who came by a link to one, only that one."""
    only = work.actor.return_id
    return visible(work) if only is None else and_(visible(work), Return.c.id == only)


def visible_to(authority_id: Any, supplier_id: Any, today: Any) -> ColumnElement[bool]:
    """The same for an authority, a supplier or neither (None), as values or as parameters of a statement."""
    conditions: list[ColumnElement[bool]] = [true()]
    if authority_id is not None:
        theirs = select(ContractAuthority.c.id).where(
            ContractAuthority.c.contract_id == Contract.c.id,
            ContractAuthority.c.authority_id == authority_id,
            newest(ContractAuthority, ContractAuthority.c.contract_id, day=today),
        )
        conditions.append(theirs.correlate(Contract).exists())
    if supplier_id is not None:
        parts = select(ContractParty.c.id).where(
            ContractParty.c.contract_id == Contract.c.id,
            ContractParty.c.supplier_id == supplier_id,
            ContractParty.c.is_in,
            newest(ContractParty, ContractParty.c.contract_id, ContractParty.c.supplier_id, day=today),
        )
        conditions.append(parts.correlate(Contract).exists())
    return and_(*conditions)


def authority_of(work: Work, contract_id: int, day: date, at: datetime | None = None) -> int:
    """The id of the authority a contract belongs to on a day, as it was known at a moment.

    Before its first day, and before anything was known of it, a contract is the first authority's.

    Raises :class:`Refused` when there is no such contract in the actor's scope.
    """
    rows = work.all(
        select(ContractAuthority.c.authority_id, ContractAuthority.c.valid_from, ContractAuthority.c.recorded_at)
        .join(Contract, Contract.c.id == ContractAuthority.c.contract_id)
        .where(ContractAuthority.c.contract_id == contract_id, visible(work))
        .order_by(ContractAuthority.c.valid_from, ContractAuthority.c.id)
    )
    if not rows:
        raise NotThere("There is no such contract.")
    holding = [row for row in rows if row.valid_from <= day and (at is None or row.recorded_at <= at)]
    found: int = (holding or rows[:1])[-1].authority_id
    return found


def contract_ends(at: datetime | None = None) -> ColumnElement[date]:
    """The last day of a row of ``contract``, as it was agreed by a moment."""
    agreed = select(ContractEnd.c.ends).where(
        ContractEnd.c.contract_id == Contract.c.id, newest(ContractEnd, ContractEnd.c.contract_id, at=at)
    )
    return func.coalesce(agreed.correlate(Contract).scalar_subquery(), Contract.c.ends)


def is_lead(*, day: Any, at: datetime | None = None) -> ColumnElement[bool]:
    """The condition that a row of ``contract_party`` is the lead of its contract on a day, as known by a moment."""
    return and_(
        newest(ContractParty, ContractParty.c.contract_id, ContractParty.c.supplier_id, day=day, at=at),
        ContractParty.c.is_in,
        ContractParty.c.role == "lead",
    )


def return_due(at: datetime | None = None) -> ColumnElement[date]:
    """The last day on which a row of ``return`` that is joined to its period is in time, as it was given by a moment.

    That is its period's, unless the council gave this one return more time.
    """
    given = select(ReturnExtension.c.due).where(
        ReturnExtension.c.return_id == Return.c.id, newest(ReturnExtension, ReturnExtension.c.return_id, at=at)
    )
    return func.coalesce(given.correlate(Return).scalar_subquery(), Period.c.due)


def authority(work: Work, authority_id: int, *, lock: bool = False) -> AuthorityRow:
    """The authority of that id; ``lock`` keeps other writers of its calendar and references out.

    Raises :class:`Refused` when there is none in the actor's scope; a supplier's scope has none.
    """
    query = _authorities(work).where(Authority.c.id == authority_id)
    row = work.one(query.with_for_update() if lock else query)
    if row is None:
        raise NotThere("There is no such authority.")
    return AuthorityRow(*row)


def authorities(work: Work) -> list[AuthorityRow]:
    """The authorities in the actor's scope, by key."""
    return [AuthorityRow(*row) for row in work.all(_authorities(work).order_by(Authority.c.key))]


def needs(work: Work, permission: Permission) -> None:
    """Raise :class:`~quarterday.errors.NotAllowed` where the actor's role doesn't allow that."""
    if work.actor.may(permission):
        return
    if permission is Permission.REPORT:
        raise NotAllowed("Only those who report for the contract's suppliers can do this; invite one of them.")
    if work.actor.authority_id is None:
        raise NotAllowed("Only the council can do this; ask the contract's manager.")
    raise NotAllowed("Your role doesn't allow this; ask an administrator of your council.")


def only_the_operator(work: Work) -> None:
    """Raise :class:`~quarterday.errors.NotAllowed` for anybody but the installation's operator."""
    if not work.actor.is_operator:
        raise NotAllowed("Only the operator of this installation can do this.")


def _has_return(return_id: Any) -> ColumnElement[bool]:
    its = select(Return.c.contract_id).where(Return.c.id == return_id).correlate(None)
    return Contract.c.id == its.scalar_subquery()


def _found(work: Work, statement: Callable[[bool, bool, bool], _Contracts], **given: Any) -> list[ContractRow]:
    """The contracts that a statement finds in the actor's scope; it is made once for each kind of scope."""
    actor = work.actor
    if not actor.has_scope:
        return []
    ids = {"authority_id": actor.authority_id, "supplier_id": actor.supplier_id, "return_id": actor.return_id}
    rows = work.all(statement(*(one is not None for one in ids.values())), **ids, today=work.today, **given)
    return [ContractRow(*row[:4], Rhythm(row.rhythm), *row[5:]) for row in rows]


@cache
def _one(*kind: bool) -> _Contracts:
    return _contracts(*kind).where(Contract.c.id == bindparam("contract_id"))


@cache
def _locked(*kind: bool) -> _Contracts:
    return _one(*kind).with_for_update(of=Contract)


@cache
def _by_reference(*kind: bool) -> _Contracts:
    return _contracts(*kind).order_by(ContractAuthority.c.reference, Contract.c.id)


@cache
def _of_reference(*kind: bool) -> _Contracts:
    holds = ContractAuthority.c.authority_id == bindparam("holder_id")
    return _contracts(*kind).where(ContractAuthority.c.reference == bindparam("reference"), holds)


def _contracts(of_authority: bool, of_supplier: bool, of_return: bool) -> _Contracts:
    """The contracts in the scope of an authority, of a supplier, of who came by a link to a return, or of all."""
    today = bindparam("today", type_=Date)
    mine = visible_to(
        bindparam("authority_id", type_=BigInteger) if of_authority else None,
        bindparam("supplier_id", type_=BigInteger) if of_supplier else None,
        today,
    )
    return (
        select(
            Contract.c.id,
            ContractAuthority.c.reference,
            Contract.c.title,
            Contract.c.kind,
            Contract.c.rhythm,
            Contract.c.starts,
            contract_ends().label("ends"),
            ContractAuthority.c.authority_id,
        )
        .join(ContractAuthority, ContractAuthority.c.contract_id == Contract.c.id)
        .where(
            newest(ContractAuthority, ContractAuthority.c.contract_id, day=today),
            mine,
            _has_return(bindparam("return_id", type_=BigInteger)) if of_return else true(),
        )
    )


def _authorities(work: Work) -> Select[int, str, str, int, str, int, int, int]:
    actor = work.actor
    mine: ColumnElement[bool] = true()
    if not actor.is_operator:
        mine = false() if actor.supplier_id is not None else Authority.c.id == actor.authority_id
    return select(
        Authority.c.id,
        Authority.c.key,
        Authority.c.name,
        Authority.c.first_month,
        Authority.c.nation,
        Authority.c.due_days,
        Authority.c.closes_days,
        Authority.c.last_closes_days,
    ).where(mine)
