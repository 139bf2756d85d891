"""Delivery figures from the record: the database adds, group by group, and Python adds the few groups exactly.

Every figure can be computed as at an instant: only rows recorded by then are seen (DESIGN 4.2).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Set
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Subquery, and_, case, func, literal, select
from sqlalchemy.orm import aliased

from quarterday.db.models import (
    Commitment,
    Contract,
    ContractParty,
    ContractPin,
    Entry,
    Review,
    Target,
    Valuation,
)
from quarterday.db.newest import newest
from quarterday.db.work import Work
from quarterday.domain.catalogue import Kind, Measure
from quarterday.domain.delivery import Figures, Stage
from quarterday.domain.units import Runs
from quarterday.domain.valuation import Amount, find_unit_value, total, value
from quarterday.services import scope, snapshots


class Per(StrEnum):
    """What figures are kept apart by, beside the measure."""

    CONTRACT = "contract"
    SUPPLIER = "supplier"
    PERIOD = "period"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which figures: of one contract, one supplier, or all in the actor's scope; as at an instant (now by default)."""

    per: frozenset[Per] = frozenset()
    contract_id: int | None = None
    supplier_id: int | None = None
    at: datetime | None = None


class Group(NamedTuple):
    """What rows are added within: one measure of one edition, valued alike, and whatever figures are kept apart by."""

    edition_id: int
    value_set_id: int | None
    local_area_id: int | None
    ref: str
    contract_id: int | None
    supplier_id: int | None
    period: date | None


@dataclass(frozen=True, slots=True)
class Part:
    """A sum of one group: for one contract and the period that ends on ``last``, where the measure needs that."""

    quantity: Fraction
    contract_id: int | None = None
    last: date | None = None
    micropounds: int = 0
    without_value: int = 0


Parts = dict[Group, list[Part]]


def delivery(work: Work, wanted: Wanted) -> list[Figures]:
    """The delivery figures in the actor's scope: measures in catalogue order, each as far apart as wanted.

    “Due by now” is the targets of the periods that ended before the day of ``wanted.at`` (today by default).
    """
    day = wanted.at.date() if wanted.at else work.today
    contracts = _contracts(work, wanted)
    apart = _not_flows(work, contracts)
    promised = _promised(work, contracts, wanted, apart)
    claimed = _claimed(work, contracts, wanted, apart)
    accepted = _accepted(work, contracts, wanted, apart)
    found = [
        _figures(work, group, promised.get(group, []), claimed.get(group, []), accepted.get(group, []), day)
        for group in dict.fromkeys([*promised, *claimed, *accepted])
    ]
    return [one for _, one in sorted(found, key=lambda pair: pair[0])]


def _contracts(work: Work, wanted: Wanted) -> Subquery:
    """The contracts in scope with the pins that counted at the instant."""
    pin = and_(ContractPin.contract_id == Contract.id, newest(ContractPin, ContractPin.contract_id, at=wanted.at))
    query: Any = (
        select(
            Contract.id,
            ContractPin.edition_id,
            ContractPin.value_set_id,
            ContractPin.local_area_id,
            (ContractParty.supplier_id if _by_supplier(wanted) else literal(None)).label("supplier_id"),
        )
        .join(ContractPin, pin)
        .where(scope.visible(work))
    )
    if wanted.contract_id is not None:
        query = query.where(Contract.id == scope.contract(work, wanted.contract_id).id)
    if _by_supplier(wanted):
        leads = and_(
            ContractParty.contract_id == Contract.id,
            newest(ContractParty, ContractParty.contract_id, ContractParty.supplier_id, at=wanted.at, day=work.today),
            ContractParty.is_in,
            ContractParty.role == "lead",
        )
        query = query.join(ContractParty, leads)
    if wanted.supplier_id is not None:
        query = query.where(ContractParty.supplier_id == wanted.supplier_id)
    measured: Subquery = query.subquery("measured")
    return measured


def _by_supplier(wanted: Wanted) -> bool:
    return Per.SUPPLIER in wanted.per or wanted.supplier_id is not None


def _not_flows(work: Work, contracts: Subquery) -> set[str]:
    """Refs that don't simply add over time in some edition in use: their rows are needed contract by contract."""
    editions = work.all(select(contracts.c.edition_id).distinct())
    return {
        measure.ref
        for row in editions
        for measure in snapshots.edition(work, row.edition_id).measures
        if measure.over_time is not Runs.FLOW
    }


def _promised(work: Work, contracts: Subquery, wanted: Wanted, apart: Set[str]) -> Parts:
    """The targets that count, by period: what a unit is worth may change by date, and only some periods are over."""
    targets = (
        select(Commitment.contract_id, Commitment.ref, Target.first, Target.last)
        .add_columns(Target.numerator.label("numerator"), Target.denominator.label("denominator"))
        .add_columns(literal(0).label("micropounds"), literal(0).label("without_value"))
        .join(Commitment, Commitment.id == Target.commitment_id)
        .where(newest(Target, Target.commitment_id, Target.first, at=wanted.at))
        .subquery("said")
    )
    return _added(work, contracts, targets, wanted, apart, by_period=True)


def _claimed(work: Work, contracts: Subquery, wanted: Wanted, apart: Set[str]) -> Parts:
    """What stands claimed: entries that no later one replaces, at this contract's share."""
    entries = (
        _entries(wanted)
        .add_columns((Entry.numerator * Entry.share_numerator).label("numerator"))
        .add_columns((Entry.denominator * Entry.share_denominator).label("denominator"))
        .add_columns(literal(0).label("micropounds"), literal(0).label("without_value"))
        .subquery("said")
    )
    return _added(work, contracts, entries, wanted, apart)


def _accepted(work: Work, contracts: Subquery, wanted: Wanted, apart: Set[str]) -> Parts:
    """What was accepted by the newest word on each entry, with the value written beside it."""
    entries = (
        _entries(wanted)
        .add_columns((Review.numerator * Entry.share_numerator).label("numerator"))
        .add_columns((Review.denominator * Entry.share_denominator).label("denominator"))
        .add_columns(
            Valuation.micropounds.label("micropounds"),
            case((Valuation.is_complete, 0), else_=1).label("without_value"),
        )
        .join(Review, Review.entry_id == Entry.id)
        .join(Valuation, Valuation.review_id == Review.id)
        .where(Review.decision == "accepted", newest(Review, Review.entry_id, at=wanted.at))
        .subquery("said")
    )
    return _added(work, contracts, entries, wanted, apart)


def _entries(wanted: Wanted) -> Any:
    later = aliased(Entry)
    replaced = select(literal(1)).where(later.replaces_entry_id == Entry.id)
    query = select(Entry.contract_id, Entry.ref, Entry.first, Entry.last)
    if wanted.at is not None:
        query = query.where(Entry.recorded_at <= wanted.at)
        replaced = replaced.where(later.recorded_at <= wanted.at)
    return query.where(~replaced.exists())


def _added(
    work: Work, contracts: Subquery, said: Subquery, wanted: Wanted, apart: Set[str], *, by_period: bool = False
) -> Parts:
    """The sums of ``said`` by group: flows added up, the rest contract by contract and period by period."""
    found: Parts = defaultdict(list)
    for is_apart in (False, True) if apart else (False,):
        columns: list[tuple[ColumnElement[Any], bool]] = [
            (contracts.c.edition_id, True),
            (contracts.c.value_set_id, True),
            (contracts.c.local_area_id, True),
            (said.c.ref, True),
            (contracts.c.id, Per.CONTRACT in wanted.per),
            (contracts.c.supplier_id, Per.SUPPLIER in wanted.per),
            (said.c.first, Per.PERIOD in wanted.per),
            (contracts.c.id, is_apart),
            (said.c.last, is_apart or by_period),
            (said.c.denominator, True),
        ]
        keys = [column if is_kept else literal(None) for column, is_kept in columns]
        sums = (func.sum(said.c.numerator), func.sum(said.c.micropounds), func.sum(said.c.without_value))
        query = (
            select(*keys, *sums)
            .select_from(said)
            .join(contracts, contracts.c.id == said.c.contract_id)
            .where(said.c.ref.in_(apart) if is_apart else said.c.ref.not_in(apart))
            .group_by(*dict.fromkeys(column for column, is_kept in columns if is_kept))
        )
        for *group, contract_id, last, denominator, numerator, micropounds, without in work.connection.execute(query):
            quantity = Fraction(int(numerator), int(denominator))
            part = Part(quantity, contract_id, last, int(micropounds), int(without))
            found[Group(*group)].append(part)
    return found


def _figures(
    work: Work, group: Group, promised: list[Part], claimed: list[Part], accepted: list[Part], day: date
) -> tuple[tuple[Any, ...], Figures]:
    """The figures of one group, with their place: editions by age, measures as their catalogue has them."""
    edition = snapshots.edition(work, group.edition_id)
    place, measure = next((at, one) for at, one in enumerate(edition.measures) if one.ref == group.ref)
    over = [part for part in promised if part.last is not None and part.last < day]
    figures = Figures(
        measure=measure,
        edition=edition.key,
        local_area_id=group.local_area_id if measure.is_local_economic else None,
        committed=_target(work, group, measure, promised),
        due=_target(work, group, measure, over),
        claimed=Stage(quantity=_together(measure, claimed)),
        accepted=_delivered(measure, accepted),
        contract_id=group.contract_id,
        supplier_id=group.supplier_id,
        period=group.period.isoformat() if group.period else "",
    )
    order = (group.edition_id, group.contract_id or 0, group.supplier_id or 0, place, figures.period)
    return (*order, group.value_set_id or 0, group.local_area_id or 0), figures


def _counting(measure: Measure, parts: list[Part]) -> list[Part]:
    """The parts that count: all of a flow; of a stock, a rate or what happens once, the latest of each contract."""
    if measure.over_time is Runs.FLOW:
        return parts
    latest: dict[int | None, Part] = {}
    for part in sorted(parts, key=lambda one: one.last or date.min):
        latest[part.contract_id] = part
    return list(latest.values())


def _together(measure: Measure, parts: list[Part]) -> Fraction | None:
    counting = _counting(measure, parts)
    if measure.over_time is Runs.RATE and len(counting) > 1:
        return None
    return sum((part.quantity for part in counting), Fraction(0))


def _target(work: Work, group: Group, measure: Measure, parts: list[Part]) -> Stage:
    """Targets, valued as what is accepted would be: by the unit value of each period's last day."""
    if measure.kind is not Kind.MONETISED:
        return Stage(quantity=_together(measure, parts))
    edition = snapshots.edition(work, group.edition_id)
    values = snapshots.value_set(work, group.value_set_id)
    local = snapshots.local_area(work, group.local_area_id)
    amounts = []
    for part in _counting(measure, parts):
        found, why = find_unit_value(measure, edition.key, values, local=local, day=part.last, industry="")
        if found is None:
            amounts.append(Amount(0, False, (why,)))
        else:
            amounts.append(Amount(value(part.quantity.as_integer_ratio(), found.value.as_integer_ratio())))
    return Stage(quantity=_together(measure, parts), worth=total(amounts))


def _delivered(measure: Measure, parts: list[Part]) -> Stage:
    if measure.kind is not Kind.MONETISED:
        return Stage(quantity=_together(measure, parts))
    counting = _counting(measure, parts)
    without = sum(part.without_value for part in counting)
    why = f"{measure.ref}: {without} accepted entr{'y has' if without == 1 else 'ies have'} no unit value."
    worth = Amount(sum(part.micropounds for part in counting), not without, (why,) if without else ())
    return Stage(quantity=_together(measure, parts), worth=worth)
