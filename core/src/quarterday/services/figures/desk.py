"""The council's desk: returns by what is to do, and contracts, a page at a time, however many there are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Any, Generic, TypeVar

from sqlalchemy import BigInteger, ColumnElement, Date, Select, String, and_, bindparam, case, func, or_, select, true

from quarterday.db.models import (
    Contract,
    ContractAuthority,
    ContractOwner,
    ContractParty,
    Entry,
    Period,
    Return,
    Review,
    Revision,
    Supplier,
    User,
)
from quarterday.db.newest import newest, not_replaced
from quarterday.db.readings import kept
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.domain.permissions import Permission
from quarterday.services import scope
from quarterday.services.returns.open_later import open_later

PAGE = 50
"""How many rows a page has."""
_LONGEST_SEARCH = 100
Row = TypeVar("Row")


class Queue(StrEnum):
    """What is to do about a return, as its council sees it; each return is in one."""

    READY = "ready"
    """Something in it waits for a decision: nobody has decided, or a query on it is answered."""
    QUERIED = "queried"
    """All that isn't decided waits for the supplier."""
    LATE = "late"
    """Not submitted, its due day is over, and it, or what may count later of a last one, can still come."""
    DUE = "due"
    """Not submitted, and not late yet."""
    DONE = "done"
    """Every entry is decided, or there was nothing to report."""
    MISSED = "missed"
    """It closed for good without a return; what was done goes in a later one as a late claim."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody wants to see of a list: whose, which words, and from which row on."""

    manager_id: int | None = None
    """Only contracts that this person manages today."""
    words: str = ""
    """Only where the contract's reference or title or its lead's name has these, whatever the case."""
    skip: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDesk:
    """One return on the desk."""

    id: int
    period: str
    due: date
    closes: date
    contract_id: int
    reference: str
    title: str
    supplier: str
    """The lead's name; "" for a contract without one."""
    manager: str
    """Who manages the contract today; "" for nobody."""
    entries: int
    """How many entries it has that stand."""
    waiting: int
    """How many of them wait for the council."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelved:
    """One contract in the list."""

    id: int
    reference: str
    title: str
    starts: date
    ends: date
    supplier: str
    manager: str


@dataclass(frozen=True, slots=True, eq=False)
class Part(Generic[Row]):
    """One page of a list."""

    rows: tuple[Row, ...]
    has_more: bool
    """Whether others follow."""


def desk(uow: UnitOfWork, actor: Actor, *, queue: Queue, asked: Asked) -> Part[OnDesk]:
    """The returns of one queue in the actor's scope, :data:`PAGE` of them.

    Those that are to do stand by due day, those that are over the newest first. A return for a period that begins after
    its contract's end is asked for by nobody, and not listed unless it was submitted. Raises
    :class:`~quarterday.errors.Refused` for a supplier.
    """
    with uow.read(actor) as work:
        return kept(on_desk, work, queue, asked)


def on_desk(work: Work, queue: Queue, asked: Asked) -> Part[OnDesk]:
    """The step that reads them; returns and raises as :func:`desk`."""
    scope.needs(work, Permission.SEE_FIGURES)
    statement = _desk(queue, work.actor.authority_id is not None, asked.manager_id is not None, bool(asked.words))
    later = {"later": open_later(work)} if queue in (Queue.LATE, Queue.MISSED) else {}
    rows = work.all(statement, **_given(work, asked), **later)
    return Part(tuple(OnDesk(**row._mapping) for row in rows[:PAGE]), len(rows) > PAGE)


def queues(uow: UnitOfWork, actor: Actor, *, manager_id: int | None = None) -> dict[Queue, int]:
    """How many returns are in each queue that asks for something (not done, not missed), whoever's or one manager's.

    Raises :class:`~quarterday.errors.Refused` for a supplier.
    """
    with uow.read(actor) as work:
        return kept(_queues, work, manager_id)


def _queues(work: Work, manager_id: int | None) -> dict[Queue, int]:
    scope.needs(work, Permission.SEE_FIGURES)
    statement = _counted(work.actor.authority_id is not None, manager_id is not None)
    given = _given(work, Asked(manager_id=manager_id))
    found = {row.queue: row.returns for row in work.all(statement, **given, later=open_later(work))}
    return {queue: found.get(queue.value, 0) for queue in (Queue.READY, Queue.QUERIED, Queue.LATE, Queue.DUE)}


def shelf(uow: UnitOfWork, actor: Actor, *, asked: Asked) -> Part[Shelved]:
    """The contracts in the actor's scope by reference, :data:`PAGE` of them.

    Raises :class:`~quarterday.errors.Refused` for a supplier.
    """
    with uow.read(actor) as work:
        return kept(_on_shelf, work, asked)


def _on_shelf(work: Work, asked: Asked) -> Part[Shelved]:
    scope.needs(work, Permission.SEE_FIGURES)
    statement = _shelf(work.actor.authority_id is not None, asked.manager_id is not None, bool(asked.words))
    rows = work.all(statement, **_given(work, asked))
    return Part(tuple(Shelved(**row._mapping) for row in rows[:PAGE]), len(rows) > PAGE)


def _given(work: Work, asked: Asked) -> dict[str, Any]:
    pattern = asked.words[:_LONGEST_SEARCH].lower()
    for sign in ("\\", "%", "_"):
        pattern = pattern.replace(sign, f"\\{sign}")
    return {
        "today": work.today,
        "authority_id": work.actor.authority_id,
        "manager_id": asked.manager_id,
        "pattern": f"%{pattern}%",
        "skip": max(0, asked.skip),
    }


_TODAY = bindparam("today", type_=Date)
_OWNED = and_(
    ContractOwner.c.contract_id == Contract.c.id, newest(ContractOwner, ContractOwner.c.contract_id, day=_TODAY)
)
_SUBMITTED = select(Revision.c.id).where(Revision.c.return_id == Return.c.id).correlate(Return).exists()


def _standing() -> Any:
    """The entries of a row of ``return`` that nothing replaced."""
    return (Entry.c.return_id == Return.c.id, not_replaced())


def _word() -> ColumnElement[str]:
    """The newest word on a row of ``entry``; “answered” where there is none: both wait for the council."""
    newest_word = (
        select(Review.c.decision)
        .where(Review.c.entry_id == Entry.c.id)
        .order_by(Review.c.id.desc())
        .limit(1)
        .correlate(Entry)
    )
    return func.coalesce(newest_word.scalar_subquery(), "answered")


def has_word(*said: str) -> ColumnElement[bool]:
    """Whether a row of ``return`` has an entry of which one of these is the newest word."""
    return select(Entry.c.id).where(*_standing(), _word().in_(said)).correlate(Return).exists()


def _conditions() -> dict[Queue, ColumnElement[bool]]:
    """When a row of ``return`` is in each queue. Most are done, so that stands first where all are asked in turn."""
    waits, is_open = has_word("answered"), has_word("answered", "queried")
    wanted = and_(~_SUBMITTED, Period.c.first <= scope.contract_ends())
    can_come = or_(Period.c.closes >= _TODAY, Return.c.id.in_(bindparam("later", type_=BigInteger, expanding=True)))
    return {
        Queue.DONE: and_(_SUBMITTED, ~is_open),
        Queue.READY: and_(_SUBMITTED, waits),
        Queue.QUERIED: and_(_SUBMITTED, is_open, ~waits),
        Queue.LATE: and_(wanted, scope.return_due() < _TODAY, can_come),
        Queue.DUE: and_(wanted, scope.return_due() >= _TODAY),
        Queue.MISSED: and_(wanted, ~can_come),
    }


def queue_of() -> ColumnElement[str]:
    """In which queue a row of ``return`` is that is joined to its contract and period, as ``queue``; "" for none.

    The statement's parameter ``today`` says on which day, and ``later`` which returns that closed are open still:
    :func:`~quarterday.services.returns.open_later.open_later`.
    """
    return case(*((when, queue.value) for queue, when in _conditions().items()), else_="").label("queue")


def lead_name() -> ColumnElement[str]:
    """The lead's name of a row of ``contract``, "" for none; the statement's parameter ``today`` says on which day."""
    part = (
        select(Supplier.c.name)
        .join(ContractParty, ContractParty.c.supplier_id == Supplier.c.id)
        .where(ContractParty.c.contract_id == Contract.c.id, scope.is_lead(day=_TODAY))
        .limit(1)
        .correlate(Contract)
    )
    return func.coalesce(part.scalar_subquery(), "")


def _manager() -> ColumnElement[str]:
    named = (
        select(User.c.name).join(ContractOwner, ContractOwner.c.user_id == User.c.id).where(_OWNED).correlate(Contract)
    )
    return func.coalesce(named.scalar_subquery(), "")


def _wanted(of_authority: bool, managed: bool, searched: bool) -> list[ColumnElement[bool]]:
    """Which contracts are in scope and asked for, for rows of ``contract`` joined to that of today's authority."""
    conditions: list[ColumnElement[bool]] = [true()]
    if of_authority:
        conditions.append(ContractAuthority.c.authority_id == bindparam("authority_id", type_=BigInteger))
    if managed:
        conditions.append(
            Contract.c.id.in_(
                select(ContractOwner.c.contract_id).where(
                    ContractOwner.c.user_id == bindparam("manager_id"),
                    newest(ContractOwner, ContractOwner.c.contract_id, day=_TODAY),
                )
            )
        )
    if searched:
        pattern = bindparam("pattern", type_=String)
        places = (ContractAuthority.c.reference, Contract.c.title, lead_name())
        conditions.append(or_(*(func.lower(place).like(pattern, escape="\\") for place in places)))
    return conditions


def _held() -> ColumnElement[bool]:
    """Joins a contract to the authority it belongs to today, with that one's reference for it."""
    return and_(
        ContractAuthority.c.contract_id == Contract.c.id,
        newest(ContractAuthority, ContractAuthority.c.contract_id, day=_TODAY),
    )


@cache
def _desk(queue: Queue, of_authority: bool, managed: bool, searched: bool) -> Select[*tuple[Any, ...]]:
    """The statement behind :func:`desk`: first which returns, then what is shown of these few."""
    is_over = queue in (Queue.DONE, Queue.MISSED)
    due = scope.return_due()
    order: tuple[Any, ...] = (due.desc() if is_over else due, ContractAuthority.c.reference, Return.c.id)
    which = (
        select(Return.c.id.label("id"), ContractAuthority.c.reference.label("reference"))
        .join(Period, Period.c.id == Return.c.period_id)
        .join(Contract, Contract.c.id == Return.c.contract_id)
        .join(ContractAuthority, _held())
        .where(*_wanted(of_authority, managed, searched), _conditions()[queue])
        .order_by(*order)
        .limit(PAGE + 1)
        .offset(bindparam("skip"))
        .subquery("which")
    )
    stand = select(func.count()).select_from(Entry).where(*_standing()).correlate(Return)
    waiting = stand.where(_word() == "answered")
    query: Any = (
        select(
            Return.c.id,
            Period.c.name.label("period"),
            due.label("due"),
            Period.c.closes,
            Return.c.contract_id,
            which.c.reference,
            Contract.c.title,
            lead_name().label("supplier"),
            _manager().label("manager"),
            stand.scalar_subquery().label("entries"),
            waiting.scalar_subquery().label("waiting"),
        )
        .join(which, which.c.id == Return.c.id)
        .join(Period, Period.c.id == Return.c.period_id)
        .join(Contract, Contract.c.id == Return.c.contract_id)
        .order_by(order[0], which.c.reference, Return.c.id)
    )
    return query  # type: ignore[no-any-return]


@cache
def _counted(of_authority: bool, managed: bool) -> Select[*tuple[Any, ...]]:
    sorted_in = (
        select(queue_of())
        .select_from(Return)
        .join(Period, Period.c.id == Return.c.period_id)
        .join(Contract, Contract.c.id == Return.c.contract_id)
        .join(ContractAuthority, _held())
        .where(*_wanted(of_authority, managed, searched=False))
        .subquery()
    )
    return (
        select(sorted_in.c.queue, func.count().label("returns"))
        .where(sorted_in.c.queue.not_in(["", Queue.DONE.value, Queue.MISSED.value]))
        .group_by(sorted_in.c.queue)
    )


@cache
def _shelf(of_authority: bool, managed: bool, searched: bool) -> Select[*tuple[Any, ...]]:
    query: Any = (
        select(
            Contract.c.id,
            ContractAuthority.c.reference,
            Contract.c.title,
            Contract.c.starts,
            scope.contract_ends().label("ends"),
            lead_name().label("supplier"),
            _manager().label("manager"),
        )
        .select_from(Contract)
        .join(ContractAuthority, _held())
        .where(*_wanted(of_authority, managed, searched))
        .order_by(ContractAuthority.c.reference, Contract.c.id)
        .limit(PAGE + 1)
        .offset(bindparam("skip"))
    )
    return query  # type: ignore[no-any-return]
