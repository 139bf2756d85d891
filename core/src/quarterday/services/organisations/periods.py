"""The calendar of an authority: its periods, and the returns that are opened for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType

from sqlalchemy import func, select
from sqlalchemy.engine import Row

from quarterday.db.models import Contract, ContractAuthority, ContractPin, Period, Return
from quarterday.db.newest import newest
from quarterday.db.work import Actor, UnitOfWork, Work, day_of
from quarterday.domain import periods as calendar
from quarterday.domain.periods import Rhythm
from quarterday.domain.permissions import Permission
from quarterday.errors import Refused
from quarterday.services import scope
from quarterday.services.scope import AuthorityRow


@dataclass(frozen=True, slots=True)
class Opened:
    """A return that was opened now."""

    return_id: int
    contract_id: int
    period: calendar.Period


Spanned = tuple[date, date]
"""The first and the last day of a span."""


@dataclass(frozen=True, slots=True)
class ToOpen:
    """A return that is to be opened."""

    contract_id: int
    rhythm: Rhythm
    period: calendar.Period


@dataclass(frozen=True, slots=True)
class _Reporting:
    """A contract that reports to the authority."""

    id: int
    rhythm: Rhythm
    starts: date
    ends: date
    since: date
    """The day its commitments were recorded, or it started where that was later."""


def open_returns(uow: UnitOfWork, actor: Actor, *, authority_id: int, on: date) -> list[Opened]:
    """Open the return of every contract with commitments whose period has begun by a day; returns the new ones.

    A return is opened on its period's first day, so that a supplier can save entries while the period runs, and is due
    after its end. A contract gets the period in which ``on`` lies, and those between it and the one in which its
    commitments were recorded that were missed; a day in the past opens an earlier one. Done twice it opens nothing
    more. A contract that came from another authority keeps the returns it has, and gets none for days they cover.

    Raises :class:`Refused` when there is no such authority in the actor's scope, or the day is still to come.
    """
    with uow.begin(actor) as work:
        scope.needs(work, Permission.KEEP_CONTRACTS)
        authority = scope.authority(work, authority_id, lock=True)
        if on > work.today:
            raise Refused("{day} is still to come; a period's returns are opened once it has begun.", day=on)
        ids = dict[tuple[Rhythm, calendar.Period], int]()
        opened = []
        for one in to_open(work, authority, on):
            key = (one.rhythm, one.period)
            period_id = ids[key] if key in ids else ids.setdefault(key, put_period(work, authority, *key))
            return_id = work.add(Return, contract_id=one.contract_id, period_id=period_id, draft_version=0)
            work.audit(authority_id, "return.opened", f"return/{return_id}", contract=one.contract_id, period=period_id)
            opened.append(Opened(return_id, one.contract_id, one.period))
        return opened


def to_open(
    work: Work, authority: AuthorityRow, on: date, also: Mapping[int, Sequence[Spanned]] = MappingProxyType({})
) -> Iterator[ToOpen]:
    """The returns that :func:`open_returns` opens for a day; a step.

    ``also`` are spans of days, by contract, that are counted as covered by a return beside those that are.
    """
    have = _have(work, authority.id, on)
    for contract in _reporting(work, authority.id, on):
        covered = [*have[contract.id], *also.get(contract.id, ())]
        for period in _to_open(contract, covered, authority.first_month, on):
            yield ToOpen(contract.id, contract.rhythm, period)


def return_of(uow: UnitOfWork, actor: Actor, *, contract_id: int, day: date) -> int:
    """The id of a contract's return for the period in which a day lies.

    Raises :class:`Refused` when it isn't opened, or there is no such contract in the actor's scope.
    """
    with uow.read(actor) as work:
        scope.contract(work, contract_id)
        found = work.connection.execute(
            select(Return.c.id)
            .join(Period, Period.c.id == Return.c.period_id)
            .where(Return.c.contract_id == contract_id, Period.c.first <= day, day <= Period.c.last)
            .order_by(Period.c.first, Return.c.id)
        ).scalar()
    if found is None:
        raise Refused("This contract has no return for {day}; open the period's returns first.", day=day)
    return found


def period_named(authority: AuthorityRow, text: str) -> calendar.Period:
    """The quarter, half-year or year that a person names, of an authority's financial year; raises :class:`Refused`
    for what names none."""
    try:
        return calendar.named(text, first_month=authority.first_month)
    except calendar.NotAPeriod as problem:
        raise Refused(str(problem)) from problem


def put_period(work: Work, authority: AuthorityRow, rhythm: Rhythm, period: calendar.Period) -> int:
    """The id of an authority's period, which is added, with its due and closing day, where it isn't there yet."""
    if (found := _there(work, authority, rhythm, period)) is not None:
        return int(found.id)
    due, closes = _days(authority, period)
    return work.add(
        Period,
        authority_id=authority.id,
        rhythm=rhythm,
        name=period.name,
        first=period.first,
        last=period.last,
        due=due,
        closes=closes,
    )


def days_of(work: Work, authority: AuthorityRow, rhythm: Rhythm, period: calendar.Period) -> Spanned:
    """The days on which returns for an authority's period are due and close, whether it is there already or not."""
    found = _there(work, authority, rhythm, period)
    return (found.due, found.closes) if found else _days(authority, period)


def _there(work: Work, authority: AuthorityRow, rhythm: Rhythm, period: calendar.Period) -> Row[int, date, date] | None:
    return work.one(
        select(Period.c.id, Period.c.due, Period.c.closes).where(
            Period.c.authority_id == authority.id,
            Period.c.rhythm == rhythm,
            Period.c.first == period.first,
            Period.c.last == period.last,
        )
    )


def _days(authority: AuthorityRow, period: calendar.Period) -> Spanned:
    return period.last + timedelta(days=authority.due_days), period.last + timedelta(days=authority.closes_days)


def _reporting(work: Work, authority_id: int, on: date) -> Iterator[_Reporting]:
    """The authority's contracts on a day that have commitments and have started."""
    rows = work.all(
        select(
            Contract.c.id,
            Contract.c.rhythm,
            Contract.c.starts,
            scope.contract_ends().label("ends"),
            func.min(ContractPin.c.recorded_at).label("awarded"),
        )
        .join(ContractPin, ContractPin.c.contract_id == Contract.c.id)
        .join(ContractAuthority, ContractAuthority.c.contract_id == Contract.c.id)
        .where(
            newest(ContractAuthority, ContractAuthority.c.contract_id, day=on),
            ContractAuthority.c.authority_id == authority_id,
            Contract.c.starts <= on,
            scope.visible(work),
        )
        .group_by(Contract.c.id)
        .order_by(Contract.c.id)
    )
    for row in rows:
        yield _Reporting(row.id, Rhythm(row.rhythm), row.starts, row.ends, max(row.starts, day_of(row.awarded)))


def _have(work: Work, authority_id: int, on: date) -> dict[int, list[tuple[date, date]]]:
    """The first and last days that the returns of the authority's contracts cover, by contract."""
    rows = work.all(
        select(Return.c.contract_id, Period.c.first, Period.c.last)
        .join(Period, Period.c.id == Return.c.period_id)
        .join(ContractAuthority, ContractAuthority.c.contract_id == Return.c.contract_id)
        .where(
            newest(ContractAuthority, ContractAuthority.c.contract_id, day=on),
            ContractAuthority.c.authority_id == authority_id,
        )
    )
    have: defaultdict[int, list[tuple[date, date]]] = defaultdict(list)
    for row in rows:
        have[row.contract_id].append((row.first, row.last))
    return have


def _to_open(
    contract: _Reporting, have: Sequence[tuple[date, date]], first_month: int, on: date
) -> Iterator[calendar.Period]:
    """The periods with a day of the contract that no return covers yet."""
    begins = max(contract.starts, min([contract.since, on, *(first for first, _ in have)]))
    if contract.rhythm is Rhythm.END:
        yield from _to_open_once(contract, have, on)
        return
    for period in calendar.periods(contract.rhythm, begins, min(contract.ends, on), first_month=first_month):
        if not _covers(have, max(period.first, begins), min(period.last, contract.ends)):
            yield period


def _to_open_once(contract: _Reporting, have: Sequence[tuple[date, date]], on: date) -> Iterator[calendar.Period]:
    """The period of a contract that reports at its end: its span, or what an extension added to the one it has."""
    starts = max((last + timedelta(days=1) for _, last in have), default=contract.starts)
    if starts <= min(on, contract.ends):
        yield from calendar.periods(Rhythm.END, starts, contract.ends)


def _covers(have: Sequence[tuple[date, date]], first: date, last: date) -> bool:
    """Whether each day from the first to the last is in one of the spans."""
    day = first
    for begins, ends in sorted(have):
        if begins <= day <= ends:
            day = ends + timedelta(days=1)
    return day > last
