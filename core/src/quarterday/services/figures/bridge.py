"""The bridge between two figures: two instants, two editions or value sets, or both. Nothing that is stored changes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from fractions import Fraction
from typing import NamedTuple

from sqlalchemy import case, select

from quarterday.db.models import Commitment, Entry, Review, Target
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.domain.bridge import Bridge, MeasureBridge, Step, Worth, add, between
from quarterday.domain.catalogue import Catalogue, LocalArea
from quarterday.domain.delivery import rests_on_local, takes_its_place
from quarterday.domain.diff import counterpart
from quarterday.domain.locality import meaning
from quarterday.domain.units import Runs
from quarterday.domain.valuation import Amount
from quarterday.domain.values import ValueSet
from quarterday.services.figures import as_at
from quarterday.services.figures.as_at import Wanted
from quarterday.services.measures.pins import Pin, pins
from quarterday.services.measures.valuations import Price, price


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """How a figure is looked at: as it was known at an instant, by the contracts' own pins or by another edition."""

    at: datetime | None = None
    """None for now."""
    edition: Catalogue | None = None
    """The edition to value all contracts by, for the ones it has a counterpart for; None for their own."""
    values: ValueSet | None = None
    """The values of that edition, or other values of the contracts' own editions."""


class _Item(NamedTuple):
    """One thing a figure counts: a target, or an accepted entry."""

    group: Hashable
    """What is valued as one quantity: an entry by itself, a flow's targets by pin, measure and period."""
    of: tuple[int, str, int]
    """Pin, measure and contract."""
    quantity: Fraction
    """In the measure's unit, after attribution."""
    day: date
    industry: str
    root: Hashable
    """The first of the entries that replaced one another; of a target its commitment."""
    is_late: bool
    recorded_at: datetime


Said = Iterable[tuple[Hashable, _Item]]
"""Items by what they are, in the order in which they were said."""


def bridge(
    uow: UnitOfWork,
    actor: Actor,
    *,
    first: View,
    second: View,
    authority_id: int | None = None,
    contract_id: int | None = None,
) -> list[MeasureBridge]:
    """The bridges from one view to another, of what is committed and of what is accepted, measure by measure.

    Both are figures of the contracts that have not ended by the view's day; what ended between is a step. Measures are
    those of the contracts' own editions, in catalogue order; percentages have no bridge, as they are never added.
    Raises :class:`~quarterday.errors.Refused` where there is no such contract in the actor's scope.
    """
    wanted = Wanted(authority_id=authority_id, contract_id=contract_id, is_running=True)
    with uow.read(actor) as work:
        books = pins(work)
        before, after = (_Side(work, replace(wanted, at=view.at), view, books) for view in (first, second))
        found: dict[tuple[int, str, Hashable], _Found] = {}
        for stage in ("committed", "accepted"):
            for (pin_id, ref, _), one in _between(before, after, stage):
                pin = books[pin_id]
                rests = rests_on_local(pin.edition, pin.measure(ref))
                key = pin.edition_id, ref, meaning(pin.local) if rests else None
                into = found.setdefault(key, _Found(pin, pin.local if rests else None))
                into.bridges[stage].append(one)
        return [
            MeasureBridge(
                measure=one.pin.measure(ref),
                edition=one.pin.edition.key,
                local=one.local,
                committed=add(one.bridges["committed"]),
                accepted=add(one.bridges["accepted"]),
            )
            for (_, ref, _), one in sorted(found.items(), key=_place)
        ]


@dataclass(frozen=True, slots=True)
class _Found:
    """The bridges of one measure, by stage."""

    pin: Pin
    local: LocalArea | None
    bridges: defaultdict[str, list[Bridge]] = field(default_factory=lambda: defaultdict(list))


def _place(found: tuple[tuple[int, str, Hashable], _Found]) -> tuple[int, int, str]:
    (edition_id, ref, _), one = found
    return edition_id, one.pin.places[ref], one.local.name if one.local else ""


def _between(before: _Side, after: _Side, stage: str) -> Iterator[tuple[tuple[int, str, int], Bridge]]:
    """The bridge of every group that is in one of the figures or in both, with the pin, measure and contract of it."""
    ones, others = before.items[stage], after.items[stage]
    changes: dict[Hashable, list[tuple[Step, Fraction]]] = defaultdict(list)
    quantities: dict[Hashable, Fraction] = defaultdict(Fraction)
    sample: dict[Hashable, _Item] = {}
    comings = _Comings(before, stage)
    for key in dict.fromkeys((*ones, *others)):
        one, other = ones.get(key), others.get(key)
        item = one or other
        if item is None:
            continue
        group: Hashable = (
            item.group,
            before.pin(item.of),
            after.pin(item.of),
        )  # a contract can get values between the two
        sample.setdefault(group, item)
        if one:
            quantities[group] += one.quantity
        if one and other:
            changes[group].append((Step.VARIED, other.quantity - one.quantity))
        elif one:
            changes[group].append((_leaving(one, after, stage), -one.quantity))
        else:
            changes[group].append((comings.step(item), item.quantity))
    for group, item in sample.items():
        then = after.worth(item)
        yield (
            item.of,
            between(quantities[group], changes[group], before.worth(item) or then or _nothing, then or _nothing),
        )


def _leaving(item: _Item, after: _Side, stage: str) -> Step:
    """Why an item is in the earlier figure only."""
    if not after.counts(item.of):
        return Step.ENDED
    newer = after.standing[stage].get(item.of[1:])
    if newer is None or stage == "committed":
        return Step.VARIED
    return Step.LATE if newer.is_late else Step.DELIVERED


class _Comings:
    """Why items are in the later figure only."""

    def __init__(self, before: _Side, stage: str) -> None:
        self._before, self._stage = before, stage
        self._roots = {item.root for item in before.items[stage].values()}

    def step(self, item: _Item) -> Step:
        """The step with which an item comes."""
        if item.root in self._roots:
            return Step.VARIED
        if self._stage == "committed":
            return Step.NEW
        if item.recorded_at <= self._before.until:
            return Step.VARIED if self._before.counts(item.of) else Step.NEW
        return Step.LATE if item.is_late else Step.DELIVERED


def _nothing(quantity: Fraction) -> Amount:
    """The worth of what a figure doesn't count."""
    return Amount(0)


class _Side:
    """One of the two figures: its items, and what each is worth."""

    def __init__(self, work: Work, wanted: Wanted, view: View, books: Mapping[int, Pin]) -> None:
        self._work, self._wanted, self._view, self._books = work, wanted, view, books
        self._measured = as_at.contracts(work, wanted)
        self._prices: dict[tuple[int, str, date, str], Price | None] = {}
        self.until = wanted.at or work.now
        self._contracts = {row.id: row.pin_id for row in work.all(select(self._measured.c.id, self._measured.c.pin_id))}
        self.items: dict[str, dict[Hashable, _Item]] = {}
        self.standing: dict[str, dict[tuple[str, int], _Item]] = {}
        """Of what doesn't add up over time the item that stands for each measure of a contract, by stage."""
        for stage, said in (("committed", self._targets()), ("accepted", self._accepted())):
            self.items[stage], self.standing[stage] = self._counting(said)

    def counts(self, of: tuple[int, str, int]) -> bool:
        """Whether this figure has such a measure of such a contract in it at all."""
        pin_id, ref, contract_id = of
        return contract_id in self._contracts and self._carried(pin_id, ref) is not None

    def pin(self, of: tuple[int, str, int]) -> Pin:
        """The pin by which this figure values a contract; of one that it doesn't count, the pin it is named with."""
        pin_id, _, contract_id = of
        return self._books[self._contracts.get(contract_id, pin_id)]

    def worth(self, item: _Item) -> Worth | None:
        """What quantities like an item's are worth; None where the edition of the view doesn't have its measure."""
        pin_id, ref, contract_id = item.of
        key = self._contracts.get(contract_id, pin_id), ref, item.day, item.industry
        if key not in self._prices:
            self._prices[key] = self._looked_up(*key)
        unit = self._prices[key]
        return None if unit is None else lambda quantity: unit.worth(quantity.as_integer_ratio(), (1, 1)).amount

    def _looked_up(self, pin_id: int, ref: str, day: date, industry: str) -> Price | None:
        pin, carried = self._books[pin_id], self._carried(pin_id, ref)
        if carried is None:
            return None
        edition, name = carried
        values = self._view.values if self._view.edition or self._view.values else pin.values
        return price(edition, values, pin.local, name, day, industry)

    def _carried(self, pin_id: int, ref: str) -> tuple[Catalogue, str] | None:
        """The edition and the ref by which a measure is looked at."""
        pin = self._books[pin_id]
        if self._view.edition is None:
            return pin.edition, ref
        measure = counterpart(pin.edition, pin.measure(ref), self._view.edition)
        return (self._view.edition, measure.ref) if measure else None

    def _counting(self, said: Said) -> tuple[dict[Hashable, _Item], dict[tuple[str, int], _Item]]:
        """The items that count, of all in the order in which they were said: a flow's all, else the one that stands."""
        items: dict[Hashable, _Item] = {}
        standing: dict[tuple[str, int], _Item] = {}
        keys: dict[tuple[str, int], Hashable] = {}
        for key, item in said:
            pin_id, ref, _ = item.of
            runs = self._books[pin_id].measure(ref).over_time
            if runs is Runs.RATE or self._carried(pin_id, ref) is None:
                continue
            if runs is Runs.FLOW:
                items[key] = item
                continue
            of = ref, item.of[2]
            before = standing.get(of)
            if before is None or takes_its_place(runs, before.quantity):
                items.pop(keys.get(of), None)
                items[key] = standing[of] = item
                keys[of] = key
        return items, standing

    def _targets(self) -> Said:
        joined, counts = as_at.targets(self._measured, self._wanted)
        for row in self._work.all(
            select(
                self._measured.c.pin_id, self._measured.c.id.label("contract_id"), Commitment.c.ref,
                Target.c.commitment_id, Target.c.first, Target.c.last, Target.c.numerator, Target.c.denominator,
                Target.c.recorded_at,
            )
            .select_from(joined).where(counts).order_by(Target.c.last, Target.c.id)
        ):  # fmt: skip
            is_flow = self._books[row.pin_id].measure(row.ref).over_time is Runs.FLOW
            key = row.commitment_id, row.first
            yield (
                key,
                _Item(
                    group=(row.pin_id, row.ref, row.last) if is_flow else key,
                    of=(row.pin_id, row.ref, row.contract_id),
                    quantity=Fraction(row.numerator, row.denominator),
                    day=row.last,
                    industry="",
                    root=row.commitment_id,
                    is_late=False,
                    recorded_at=row.recorded_at,
                ),
            )

    def _accepted(self) -> Said:
        joined, counts = as_at.claims(self._measured, self._wanted)
        replaced = self._replaced()
        for row in self._work.all(
            select(
                self._measured.c.pin_id, Entry.c.id, Entry.c.contract_id, Entry.c.ref, Entry.c.is_late,
                Entry.c.value_day, Entry.c.industry, Entry.c.share_numerator, Entry.c.share_denominator,
                as_at.IS_WEAK.label("is_weak"), Review.c.numerator, Review.c.denominator, Review.c.recorded_at,
            )
            .select_from(joined).where(counts, Review.c.id.is_not(None))
            .order_by(Entry.c.last, case((as_at.IS_WEAK, 0), else_=1), Entry.c.value_day, Entry.c.id)
        ):  # fmt: skip
            is_flow = self._books[row.pin_id].measure(row.ref).over_time is Runs.FLOW
            if row.is_weak and not row.numerator and not is_flow:
                continue
            share = Fraction(row.share_numerator, row.share_denominator)
            yield (
                row.id,
                _Item(
                    group=row.id,
                    of=(row.pin_id, row.ref, row.contract_id),
                    quantity=Fraction(row.numerator, row.denominator) * share,
                    day=row.value_day,
                    industry=row.industry,
                    root=_root(replaced, row.id),
                    is_late=row.is_late,
                    recorded_at=row.recorded_at,
                ),
            )

    def _replaced(self) -> dict[int, int]:
        """Which entry each amendment replaced."""
        joined = Entry.join(self._measured, self._measured.c.id == Entry.c.contract_id)
        query = select(Entry.c.id, Entry.c.replaces_entry_id).select_from(joined)
        rows = self._work.all(query.where(Entry.c.replaces_entry_id.is_not(None)))
        return {row.id: row.replaces_entry_id for row in rows if row.replaces_entry_id is not None}


def _root(replaced: Mapping[int, int], entry_id: int) -> int:
    while entry_id in replaced:
        entry_id = replaced[entry_id]
    return entry_id
