"""Forecasts: what is accepted so far, and what activities under way will still give to their end; nothing else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from sqlalchemy import CTE, and_, func, or_, select, union

from quarterday.db.models import Activity, ActivityFact, ActivityShare, Contract, Entry, Period, Return, Review
from quarterday.db.newest import newest
from quarterday.db.work import Work
from quarterday.domain.delivery import Figures, Stage, rests_on_local
from quarterday.domain.forecasting import Forecast, UnderWay, last_day, still_to_come
from quarterday.domain.locality import meaning
from quarterday.domain.units import Runs
from quarterday.domain.valuation import Amount, total
from quarterday.services import scope
from quarterday.services.figures import as_at
from quarterday.services.figures.as_at import Wanted
from quarterday.services.figures.delivery import Per, delivery
from quarterday.services.measures.pins import Pin, pins

Key = tuple[str, str, Hashable, int | None, int | None]


@dataclass(frozen=True, slots=True)
class _Coming:
    """What one activity will still give one contract under one measure; None where nobody can say."""

    pin: Pin
    ref: str
    contract_id: int
    supplier_id: int | None
    label: str
    quantity: Fraction | None
    worth: Amount


def forecasts(work: Work, wanted: Wanted, per: Collection[Per] = ()) -> list[Forecast]:
    """The delivery figures in the actor's scope, each with what is still to come, in the same order.

    An activity is under way when it has begun and not ended by the day. It goes on giving what it gives each month or
    week from the first day that isn't reported yet, and as much of it counts as did when it was last reported.
    Raises :class:`ValueError` for figures by period, because what is to come belongs to none yet.
    """
    if Per.PERIOD in per:
        raise ValueError("a forecast is for the whole of a contract, not for one period")
    coming: dict[Key, list[_Coming]] = defaultdict(list)
    for one in _under_way(work, wanted, by_supplier=Per.SUPPLIER in per):
        coming[_key(one, per)].append(one)
    found = [_forecast(figures, coming.pop(_key_of(figures), [])) for figures in delivery(work, wanted, per)]
    return [*found, *(_forecast(_no_figures(ones[0], per), ones) for ones in coming.values())]


def _under_way(work: Work, wanted: Wanted, *, by_supplier: bool) -> Iterator[_Coming]:
    measured = as_at.contracts(work, wanted, by_supplier=by_supplier)
    day = wanted.day(work)
    contracts = {row.id: row for row in work.all(_contracts(measured, wanted, day)) if row.ends >= day}
    known = pins(work, {row.pin_id for row in contracts.values()})
    shares = {
        (row.activity_id, row.contract_id): Fraction(row.numerator, row.denominator)
        for row in work.all(_shares(measured, wanted))
    }
    reported = {(row.activity_id, row.contract_id, row.ref): row for row in work.all(_reported(measured, wanted))}
    facts = {row.activity_id: row for row in work.all(_facts(wanted, day))}
    planned = {(activity, contract, facts[activity].ref) for activity, contract in shares if activity in facts}
    for activity_id, contract_id, ref in sorted(reported.keys() | planned):
        fact, contract = facts.get(activity_id), contracts.get(contract_id)
        if fact is None or contract is None:
            continue
        pin = known[contract.pin_id]
        if ref not in pin.places or pin.measure(ref).over_time is not Runs.FLOW:
            continue
        last = reported.get((activity_id, contract_id, ref))
        activity = _activity(fact, contract, last, shares.get((activity_id, contract_id)))
        measure = pin.measure(ref)
        ends = last_day(activity, pin.edition, measure)
        if ends < activity.since:
            continue
        quantity = still_to_come(activity, pin.edition, measure)
        worth = pin.price(ref, ends).worth((quantity or Fraction(0)).as_integer_ratio(), (1, 1)).amount
        yield _Coming(pin, ref, contract_id, contract.supplier_id, fact.label, quantity, worth)


def _activity(fact: Any, contract: Any, last: Any, share: Fraction | None) -> UnderWay:
    begins = [contract.opened or contract.starts, contract.starts]
    if fact.started:
        begins.append(fact.started)
    if last:
        begins.append(last.last + timedelta(days=1))
    if share is None:
        share = Fraction(last.share_numerator, last.share_denominator) if last else Fraction(1)
    return UnderWay(
        typed=fact.typed,
        started=fact.started,
        ends=fact.ends,
        share=share,
        counts=_counted(last) if last else Fraction(1),
        since=max(begins),
        contract_ends=contract.ends,
    )


def _counted(last: Any) -> Fraction:
    """The part of a claim that counted: as it was decided, and by the rules while it isn't."""
    claimed = Fraction(last.numerator, last.denominator)
    if last.decision == "rejected" or not claimed:
        return Fraction(0)
    if last.decision == "accepted":
        return Fraction(last.accepted, last.accepted_under) / claimed
    return Fraction(last.findings["counted"]) / claimed


def _contracts(measured: CTE, wanted: Wanted, day: date) -> Any:
    """Each contract with its span, and the first day of the period that it reports on now."""
    known = () if wanted.at is None else (Return.c.recorded_at <= wanted.at,)
    opened = (
        select(func.max(Period.c.first))
        .join(Return, Return.c.period_id == Period.c.id)
        .where(Return.c.contract_id == measured.c.id, Period.c.first <= day, *known)
    )
    return select(
        measured.c.id, measured.c.pin_id, measured.c.supplier_id, Contract.c.starts,
        scope.contract_ends(wanted.at).label("ends"),
        opened.scalar_subquery().label("opened"),
    ).join(Contract, Contract.c.id == measured.c.id)  # fmt: skip


def _shares(measured: CTE, wanted: Wanted) -> Any:
    return (
        select(
            ActivityShare.c.activity_id,
            ActivityShare.c.contract_id,
            ActivityShare.c.numerator,
            ActivityShare.c.denominator,
        )
        .join(measured, measured.c.id == ActivityShare.c.contract_id)
        .where(newest(ActivityShare, ActivityShare.c.activity_id, ActivityShare.c.contract_id, at=wanted.at))
    )


def _facts(wanted: Wanted, day: date) -> Any:
    """What is known of each activity that goes on at the day; for one contract of those that it has a part in."""
    query = (
        select(
            ActivityFact.c.activity_id, Activity.c.label, ActivityFact.c.ref, ActivityFact.c.started,
            ActivityFact.c.ends, ActivityFact.c.typed,
        )
        .join(Activity, Activity.c.id == ActivityFact.c.activity_id)
        .where(
            newest(ActivityFact, ActivityFact.c.activity_id, at=wanted.at),
            or_(ActivityFact.c.started.is_(None), ActivityFact.c.started <= day),
            or_(ActivityFact.c.ends.is_(None), ActivityFact.c.ends >= day),
        )
    )  # fmt: skip
    if wanted.contract_id is None:
        return query
    shared, reported = (
        select(table.c.activity_id).where(table.c.contract_id == wanted.contract_id, table.c.activity_id.is_not(None))
        for table in (ActivityShare, Entry)
    )
    return query.where(ActivityFact.c.activity_id.in_(union(shared, reported)))


def _reported(measured: CTE, wanted: Wanted) -> Any:
    """The claims for activities that stand, each with the newest decision on it, in the order of their periods."""
    joined, counts = as_at.entries(measured, wanted)
    decided = and_(Review.c.entry_id == Entry.c.id, newest(Review, Review.c.entry_id, at=wanted.at))
    return (
        select(
            Entry.c.activity_id, Entry.c.contract_id, Entry.c.ref, Entry.c.last, Entry.c.numerator, Entry.c.denominator,
            Entry.c.share_numerator, Entry.c.share_denominator, Entry.c.findings, Review.c.decision,
            Review.c.numerator.label("accepted"), Review.c.denominator.label("accepted_under"),
        )
        .select_from(joined.outerjoin(Review, decided))
        .where(counts, Entry.c.activity_id.is_not(None))
        .order_by(Entry.c.last, Entry.c.id)
    )  # fmt: skip


def _forecast(figures: Figures, coming: list[_Coming]) -> Forecast:
    known = [one for one in coming if one.quantity is not None]
    quantity = sum((one.quantity for one in known if one.quantity), Fraction(0))
    return Forecast(
        figures=figures,
        to_come=Stage(quantity=quantity, worth=total(one.worth for one in known)),
        activities=len(known),
        unknown=tuple(one.label for one in coming if one.quantity is None),
    )


def _no_figures(one: _Coming, per: Collection[Per]) -> Figures:
    """For what is to come where nothing was promised or claimed yet."""
    edition, _, _, contract_id, supplier_id = _key(one, per)
    measure = one.pin.measure(one.ref)
    local = one.pin.local if rests_on_local(one.pin.edition, measure) else None
    return Figures(measure=measure, edition=edition, local=local, contract_id=contract_id, supplier_id=supplier_id)


def _key(one: _Coming, per: Collection[Per]) -> Key:
    local = one.pin.local if rests_on_local(one.pin.edition, one.pin.measure(one.ref)) else None
    contract_id = one.contract_id if Per.CONTRACT in per else None
    supplier_id = one.supplier_id if Per.SUPPLIER in per else None
    return one.pin.edition.key, one.ref, meaning(local), contract_id, supplier_id


def _key_of(figures: Figures) -> Key:
    return (
        figures.edition, figures.measure.ref, meaning(figures.local), figures.contract_id, figures.supplier_id,
    )  # fmt: skip
