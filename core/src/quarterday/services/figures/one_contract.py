"""One contract as its manager sees it: what it promised and delivered, period by period, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, select

from quarterday.db.models import (
    Authority,
    Contract,
    ContractAuthority,
    ContractEnd,
    ContractOwner,
    ContractParty,
    Period,
    Return,
    Supplier,
    User,
    Words,
)
from quarterday.db.readings import kept
from quarterday.db.work import Actor, UnitOfWork, Work, day_of
from quarterday.domain.catalogue import Measure
from quarterday.domain.delivery import Figures, Totals, totals
from quarterday.domain.forecasting import Forecast
from quarterday.domain.periods import Period as NamedPeriod
from quarterday.domain.periods import Rhythm, period_of
from quarterday.domain.permissions import Permission
from quarterday.domain.units import Runs
from quarterday.domain.values import Shipped
from quarterday.services import scope
from quarterday.services.figures.as_at import Wanted
from quarterday.services.figures.delivery import Per, delivery
from quarterday.services.figures.desk import Queue, queue_of
from quarterday.services.figures.forecasts import forecasts
from quarterday.services.promises.dossier import Dossier, dossier_of
from quarterday.services.returns.open_later import open_later
from quarterday.services.scope import ContractRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """One return of the contract."""

    id: int
    period: str
    due: date
    queue: Queue | None
    """None where nobody asks for it: its period begins after the contract's end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InPeriod:
    """What one period brought of one measure, in its unit, and all up to then."""

    name: str
    is_over: bool
    due: Fraction
    """Promised for the period."""
    accepted: Fraction
    due_so_far: Fraction
    accepted_so_far: Fraction
    """Of a flow the sum with all before; of anything else the level."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """One dated change of who holds, manages or owns the contract, or of when it ends."""

    day: date
    """From when on it holds; of another end the day it was recorded."""
    kind: str
    """manager, party in, party out, authority, end."""
    name: str = ""
    """Of the manager, supplier or authority; "" for nobody."""
    detail: str = ""
    """The party's role, the authority's reference, or why it ends on another day."""
    ends: date | None = None
    """The other last day."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OneContract:
    """A contract with its delivery figures."""

    dossier: Dossier
    figures: tuple[Forecast, ...]
    """By measure, in the catalogue's order; none before the award."""
    returns: tuple[Reported, ...]
    """The newest first."""
    changes: tuple[Changed, ...]
    is_illustrative: bool
    """Whether its £ come from made-up values."""
    measure: Measure | None
    """The one whose periods are shown: that asked for, else the one furthest behind; None where nothing is promised."""
    periods: tuple[InPeriod, ...]
    """Of that measure: those that have begun."""

    @property
    def pounds(self) -> Mapping[str, Totals]:
        """The £ of each stage: promised, due by now, accepted."""
        found = [one.figures for one in self.figures]
        return {
            "committed": totals(found, lambda one: one.committed),
            "due": totals(found, lambda one: one.due),
            "accepted": totals(found, lambda one: one.accepted),
        }

    @property
    def why_incomplete(self) -> list[str]:
        """Why some of these £ are missing, each reason once."""
        stages = [stage for one in self.figures for stage in (one.figures.committed, one.figures.accepted)]
        return sorted({reason for stage in stages for reason in stage.worth.reasons})


def one_contract(uow: UnitOfWork, actor: Actor, *, contract_id: int, ref: str = "") -> OneContract:
    """The contract of that id, with the periods of the measure of that ref where it has figures.

    Raises :class:`~quarterday.errors.Refused` where there is none in the actor's scope, and for a supplier.
    """
    with uow.read(actor) as work:
        return kept(_one_contract, work, contract_id, ref)


def _one_contract(work: Work, contract_id: int, ref: str) -> OneContract:
    scope.needs(work, Permission.SEE_FIGURES)
    found = dossier_of(work, contract_id=contract_id)
    wanted = Wanted(contract_id=contract_id)
    figures = forecasts(work, wanted) if found.pinned else []
    measure = _shown([one.figures for one in figures], ref)
    values = found.pinned.values if found.pinned else None
    return OneContract(
        dossier=found,
        figures=tuple(figures),
        returns=tuple(
            Reported(id=row.id, period=row.name, due=row.due, queue=Queue(row.queue) if row.queue else None)
            for row in work.all(_returns(), contract_id=contract_id, today=work.today, later=open_later(work))
        ),
        changes=tuple(_changes(work, contract_id)),
        is_illustrative=bool(values and values.shipped is Shipped.ILLUSTRATIVE),
        measure=measure,
        periods=tuple(_periods(work, wanted, found, measure)) if measure else (),
    )


def _shown(figures: Sequence[Figures], ref: str) -> Measure | None:
    """The measure that was asked for; else the one of which the largest part of what is due is missing."""
    for one in figures:
        if one.measure.ref == ref:
            return one.measure
    promised = [one for one in figures if one.committed.quantity] or list(figures)
    return max(promised, key=_part_missing).measure if promised else None


def _part_missing(one: Figures) -> Fraction:
    return (one.behind or Fraction(0)) / one.due.quantity if one.due.quantity else Fraction(0)


def _periods(work: Work, wanted: Wanted, found: Dossier, measure: Measure) -> list[InPeriod]:
    """The periods of one measure that have begun, each with the sums or levels up to then."""
    figures = {
        one.period: one
        for one in delivery(work, wanted, {Per.PERIOD})
        if one.measure.ref == measure.ref and one.period is not None and one.period <= work.today
    }
    rows = work.all(_names(), contract_id=wanted.contract_id)
    known = {row.first: NamedPeriod(row.name, row.first, row.last) for row in rows}
    first_month = rows[0].first_month if rows else 4
    due = accepted = Fraction(0)
    listed = []
    for day, one in sorted(figures.items()):
        period = known.get(day) or _period(found.contract, day, first_month)
        now_due, now_accepted = (stage.quantity or Fraction(0) for stage in (one.committed, one.accepted))
        is_flow = measure.over_time is Runs.FLOW
        due = due + now_due if is_flow else now_due or due
        accepted = accepted + now_accepted if is_flow else now_accepted or accepted
        listed.append(
            InPeriod(
                name=period.name,
                is_over=period.last < work.today,
                due=now_due,
                accepted=now_accepted,
                due_so_far=due,
                accepted_so_far=accepted,
            )
        )
    return listed


def _period(contract: ContractRow, day: date, first_month: int) -> NamedPeriod:
    """The period that begins on a day, where there is no return for it, as for targets from before the record."""
    if contract.rhythm is Rhythm.END:
        return NamedPeriod(day.isoformat(), day, contract.ends)
    return period_of(contract.rhythm, day, first_month=first_month)


def _changes(work: Work, contract_id: int) -> list[Changed]:
    found = [
        Changed(day=row.valid_from, kind="manager", name=row.name or "")
        for row in work.all(_OWNERS, contract_id=contract_id)
    ]
    found += [
        Changed(day=row.valid_from, kind="party in" if row.is_in else "party out", name=row.name, detail=row.role)
        for row in work.all(_PARTIES, contract_id=contract_id)
    ]
    found += [
        Changed(day=row.valid_from, kind="authority", name=row.name, detail=row.reference)
        for row in work.all(_AUTHORITIES, contract_id=contract_id)
    ]
    found += [
        Changed(day=day_of(row.recorded_at), kind="end", ends=row.ends, detail=row.text or "")
        for row in work.all(_ENDS, contract_id=contract_id)
    ]
    return sorted(found, key=lambda one: one.day)


_OWNERS = (
    select(ContractOwner.c.valid_from, User.c.name)
    .outerjoin(User, User.c.id == ContractOwner.c.user_id)
    .where(ContractOwner.c.contract_id == bindparam("contract_id"))
    .order_by(ContractOwner.c.id)
)
_PARTIES = (
    select(ContractParty.c.valid_from, ContractParty.c.role, ContractParty.c.is_in, Supplier.c.name)
    .join(Supplier, Supplier.c.id == ContractParty.c.supplier_id)
    .where(ContractParty.c.contract_id == bindparam("contract_id"))
    .order_by(ContractParty.c.id)
)
_AUTHORITIES = (
    select(ContractAuthority.c.valid_from, ContractAuthority.c.reference, Authority.c.name)
    .join(Authority, Authority.c.id == ContractAuthority.c.authority_id)
    .where(ContractAuthority.c.contract_id == bindparam("contract_id"))
    .order_by(ContractAuthority.c.id)
)
_ENDS = (
    select(ContractEnd.c.recorded_at, ContractEnd.c.ends, Words.c.text)
    .outerjoin(Words, Words.c.id == ContractEnd.c.words_id)
    .where(ContractEnd.c.contract_id == bindparam("contract_id"))
    .order_by(ContractEnd.c.id)
)


@cache
def _names() -> Select[*tuple[Any, ...]]:
    return (
        select(Period.c.first, Period.c.last, Period.c.name, Authority.c.first_month)
        .join(Return, Return.c.period_id == Period.c.id)
        .join(Authority, Authority.c.id == Period.c.authority_id)
        .where(Return.c.contract_id == bindparam("contract_id"))
    )


@cache
def _returns() -> Select[*tuple[Any, ...]]:
    query: Any = (
        select(Return.c.id, Period.c.name, scope.return_due().label("due"), queue_of())
        .join(Period, Period.c.id == Return.c.period_id)
        .join(Contract, Contract.c.id == Return.c.contract_id)
        .where(Return.c.contract_id == bindparam("contract_id"))
        .order_by(scope.return_due().desc(), Return.c.id.desc())
    )
    return query  # type: ignore[no-any-return]
