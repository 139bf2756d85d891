"""Whom to remind of which return on a day: read from the record, and from what will be opened by then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Date,
    Select,
    String,
    and_,
    bindparam,
    or_,
    select,
    union,
)

from quarterday.db.models import (
    Contract,
    ContractAuthority,
    ContractOwner,
    ContractParty,
    Membership,
    Period,
    Reminder,
    Return,
    ReturnExtension,
    Revision,
)
from quarterday.db.newest import newest
from quarterday.db.work import Work
from quarterday.domain.contracts import MemberRole
from quarterday.domain.reminders import Ladder, Reached, To, reached
from quarterday.services import scope
from quarterday.services.organisations.bank_holidays import bank_holidays
from quarterday.services.scope import AuthorityRow

AT_ONCE = 500
"""How many contracts' people are looked up in one statement."""


@dataclass(frozen=True, slots=True, order=True)
class Notice:
    """That somebody is to hear of a return, by a rung of the ladder."""

    user_id: int
    is_staff: bool
    """Whether they are somebody of the authority, not of a supplier."""
    due: date
    return_id: int
    """Negative for a return that isn't opened yet."""
    contract_id: int
    first: date
    last: date
    """Its period."""
    rung: str


@dataclass(frozen=True, slots=True)
class Upcoming:
    """A return that will be open by then."""

    number: int
    """A negative number that stands for its id."""
    contract_id: int
    first: date
    last: date
    due: date
    closes: date


def notices(work: Work, of: AuthorityRow, ladder: Ladder, upcoming: Sequence[Upcoming] = ()) -> list[Notice]:
    """What is to be said on the day of the transaction, by whom it is said to and then by due day: a step.

    It is about the authority's returns that are open, not submitted and asked for, each with the newest rung that it
    has reached for whom that speaks to; nobody hears of one return by one rung twice. ``upcoming`` counts as open too.
    On a day on which no mail goes out it is nothing.
    """
    holidays = bank_holidays(of.nation)
    if not ladder.is_sending_day(work.today, holidays):
        return []
    given = {"today": work.today, "authority_id": of.id, "role": lead_role(work, of.id)}
    found: list[Notice] = []
    days = {row.due for row in work.all(_DUE_DAYS, today=work.today)}
    for one in reached(ladder, work.today, holidays):
        if any(one.after < day <= one.until for day in days):
            found += _open(work, one, given)
        found += _expected(work, one, upcoming, given)
    return sorted(found)


def _open(work: Work, one: Reached, given: dict[str, Any]) -> Iterator[Notice]:
    to, name = one.rung.to, str(one.rung)
    for row in work.all(_untold(to), **given, after=one.after, until=one.until, rung=name):
        yield Notice(row.user_id, to is not To.SUPPLIER, row.due, row.id, row.contract_id, row.first, row.last, name)


def _expected(work: Work, one: Reached, upcoming: Sequence[Upcoming], given: dict[str, Any]) -> Iterator[Notice]:
    due = [row for row in upcoming if one.after < row.due <= one.until and row.closes >= work.today]
    for start in range(0, len(due), AT_ONCE):
        part = due[start : start + AT_ONCE]
        people: dict[int, list[int]] = {}
        theirs = _people(one.rung.to).where(Contract.c.id.in_([row.contract_id for row in part]))
        for contract_id, user_id in work.connection.execute(theirs, given):
            people.setdefault(contract_id, []).append(user_id)
        for row in part:
            for user_id in people.get(row.contract_id, []):
                what = (row.due, row.number, row.contract_id, row.first, row.last)
                yield Notice(user_id, one.rung.to is not To.SUPPLIER, *what, str(one.rung))


def lead_role(work: Work, authority_id: int) -> str:
    """The role of those who are spoken to as leads: where there is none, the administrator does everything."""
    is_lead = (Membership.c.authority_id == authority_id, Membership.c.role == MemberRole.LEAD, _COUNTS)
    there = work.one(select(Membership.c.id).where(*is_lead).limit(1), today=work.today)
    return MemberRole.LEAD if there else MemberRole.ADMINISTRATOR


_TODAY = bindparam("today", type_=Date)
_AUTHORITY = bindparam("authority_id", type_=BigInteger)
_COUNTS = newest(Membership, Membership.c.user_id, Membership.c.authority_id, Membership.c.supplier_id, day=_TODAY)


def asked_for(to: To, *columns: Any) -> Select[*tuple[Any, ...]]:
    """Columns of an authority's returns that are open, not submitted and asked for, once for each a rung speaks to.

    It joins ``return``, ``period``, ``contract``, the authority's ``contract_authority`` and the ``membership`` of who
    is spoken to; the parameters are ``authority_id``, ``today`` and ``role``, that of :func:`lead_role`.
    """
    submitted = select(Revision.c.id).where(Revision.c.return_id == Return.c.id).correlate(Return)
    theirs = and_(
        ContractAuthority.c.contract_id == Contract.c.id,
        ContractAuthority.c.authority_id == _AUTHORITY,
        newest(ContractAuthority, ContractAuthority.c.contract_id, day=_TODAY),
    )
    query: Any = (
        _heard(select(*columns).select_from(Return).join(Contract, Contract.c.id == Return.c.contract_id), to)
        .join(Period, Period.c.id == Return.c.period_id)
        .join(ContractAuthority, theirs)
        .where(~submitted.exists(), Period.c.closes >= _TODAY, Period.c.first <= scope.contract_ends())
        .distinct()
    )
    return query  # type: ignore[no-any-return]


_DUE_DAYS: Any = union(
    select(Period.c.due).where(Period.c.closes >= _TODAY),
    select(ReturnExtension.c.due)
    .join(Return, Return.c.id == ReturnExtension.c.return_id)
    .join(Period, Period.c.id == Return.c.period_id)
    .where(Period.c.closes >= _TODAY),
)
"""The days on which anything that can be open is due; most rungs speak of none of them, and needn't be looked for."""


def _is_due_within(after: BindParameter[date], until: BindParameter[date]) -> ColumnElement[bool]:
    """The condition that a return is due after the one day and by the other, as :func:`scope.return_due` has it.

    PostgreSQL can't guess how many days that it has to work out lie in a span, but it knows the periods' own days; with
    the few returns that were given more time told apart it joins the others by hashing and not one by one.
    """
    more_time = select(ReturnExtension.c.return_id)
    due_then = more_time.where(
        newest(ReturnExtension, ReturnExtension.c.return_id),
        ReturnExtension.c.due > after,
        ReturnExtension.c.due <= until,
    )
    return and_(
        Period.c.due <= until,  # nobody is given less time: few periods are looked into
        or_(and_(Period.c.due > after, Return.c.id.not_in(more_time)), Return.c.id.in_(due_then)),
    )


@cache
def _untold(to: To) -> Select[*tuple[Any, ...]]:
    """Who is to hear of which return that is due within a span of days, and hasn't by that rung."""
    due = scope.return_due()
    told = select(Reminder.c.id).where(
        Reminder.c.return_id == Return.c.id,
        Reminder.c.rung == bindparam("rung", type_=String),
        Reminder.c.user_id == Membership.c.user_id,
    )
    columns = (Membership.c.user_id, due.label("due"), Return.c.id, Return.c.contract_id, Period.c.first, Period.c.last)
    return asked_for(to, *columns).where(
        _is_due_within(bindparam("after", type_=Date), bindparam("until", type_=Date)),
        ~told.correlate(Return, Membership).exists(),
    )


@cache
def _people(to: To) -> Select[*tuple[Any, ...]]:
    """Whom a rung speaks to, for rows of ``contract``."""
    query: Any = select(Contract.c.id, Membership.c.user_id).select_from(Contract)
    return _heard(query, to).distinct()  # type: ignore[no-any-return]


def _heard(query: Any, to: To) -> Any:
    """A query on rows of ``contract``, joined to the membership of each whom a rung speaks to."""
    of_authority = and_(Membership.c.authority_id == _AUTHORITY, Membership.c.role != "", _COUNTS)
    match to:
        case To.SUPPLIER:
            is_party = and_(
                ContractParty.c.contract_id == Contract.c.id,
                ContractParty.c.is_in,
                newest(ContractParty, ContractParty.c.contract_id, ContractParty.c.supplier_id, day=_TODAY),
            )
            reports = and_(Membership.c.supplier_id == ContractParty.c.supplier_id, Membership.c.role != "", _COUNTS)
            return query.join(ContractParty, is_party).join(Membership, reports)
        case To.MANAGER:
            manages = and_(
                ContractOwner.c.contract_id == Contract.c.id,
                newest(ContractOwner, ContractOwner.c.contract_id, day=_TODAY),
            )
            themselves = and_(Membership.c.user_id == ContractOwner.c.user_id, of_authority)
            return query.join(ContractOwner, manages).join(Membership, themselves)
        case To.LEAD:
            return query.join(Membership, and_(of_authority, Membership.c.role == bindparam("role", type_=String)))
