"""Delivery figures from the record: the database adds, group by group, and Python adds the few groups exactly."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, FromClause, Null, case, func, null, select, text

from quarterday.db.models import Commitment, Entry, OpeningBalance, Review, Target, Valuation
from quarterday.db.work import Work
from quarterday.domain.catalogue import LocalArea, Measure
from quarterday.domain.delivery import NOTHING, Figures, Stage, rests_on_local, takes_its_place
from quarterday.domain.locality import meaning
from quarterday.domain.units import Runs
from quarterday.domain.valuation import Amount
from quarterday.services.figures import as_at
from quarterday.services.figures.as_at import Wanted
from quarterday.services.measures.pins import Pin, pins

_HALF = 2**32
_ROOM = text("SET LOCAL work_mem = '16MB'")
"""PostgreSQL takes the sums for more groups than they are, and with less room it sorts every row first."""

About = tuple[Any, ...]
"""What the worth of a figure follows from, as :meth:`_Found.worth` takes it: it is worked out for what counts only."""
Column = ColumnElement[Any]


class Per(StrEnum):
    """What figures are kept apart by, beside the measure."""

    CONTRACT = "contract"
    SUPPLIER = "supplier"
    PERIOD = "period"


def delivery(work: Work, wanted: Wanted, per: Collection[Per] = ()) -> list[Figures]:
    """The delivery figures in the actor's scope: measures in catalogue order, each as far apart as wanted.

    Figures on unlike definitions of “local” are apart. “Due by now” is the targets of the periods that ended before
    the day. £ of targets come from the sum of a measure's quantities for a period, rounded once where they are valued
    alike; £ of what was accepted from the valuations, entry by entry.
    """
    return _Adding(work, wanted, frozenset(per)).figures()


class _Group(NamedTuple):
    """What is added up as one: a measure of an edition, and whatever figures are kept apart by."""

    edition_id: int
    ref: str
    local: Hashable
    contract_id: int | None
    supplier_id: int | None
    period: date | None


@dataclass(slots=True)
class _Sum:
    """A stage being added up: numerators by denominator, micropounds, and why some of them are missing."""

    numerators: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))
    micropounds: int = 0
    reasons: dict[str, None] = field(default_factory=dict)

    def add(self, numerator: int, denominator: int, worth: Amount) -> None:
        self.numerators[denominator] += numerator
        self.micropounds += worth.micropounds
        self.reasons.update(dict.fromkeys(worth.reasons))

    @property
    def quantity(self) -> Fraction:
        return sum((Fraction(over, under) for under, over in self.numerators.items()), Fraction(0))

    def stage(self) -> Stage:
        reasons = tuple(sorted(self.reasons))
        return Stage(quantity=self.quantity, worth=Amount(self.micropounds, not reasons, reasons))


@dataclass(slots=True)
class _Found:
    """Everything found for one group, by stage: sums of what adds up, and of what doesn't the figure that stands."""

    edition: str
    measure: Measure
    local: LocalArea | None
    """The definition of “local” that the measure rests on; of several that mean the same the first by name."""
    runs: Runs
    sums: defaultdict[str, _Sum] = field(default_factory=lambda: defaultdict(_Sum))
    stand: defaultdict[str, dict[int, tuple[int, int, About]]] = field(default_factory=lambda: defaultdict(dict))

    def add(self, stage: str, contract_id: int, over: int, under: int, about: About) -> None:
        """One figure of one contract, said later than those before it."""
        if self.runs is Runs.FLOW:
            self.sums[stage].add(over, under, self.worth(stage, over, under, about))
            return
        stand = self.stand[stage]
        before = stand.get(contract_id)
        if before is None or takes_its_place(self.runs, before[0]):
            stand[contract_id] = over, under, about

    def worth(self, stage: str, over: int, under: int, about: About) -> Amount:
        """What a figure is worth: of what is only claimed nothing, of what was accepted what its valuations say.

        These come as micropounds and why some have no £: “” where all have, None where one was never valued. About
        promises and openings, whose quantities aren't shared, pin and day are known.
        """
        match stage:
            case "claimed":
                return NOTHING
            case "accepted":
                micropounds, why = about
                reasons = () if why == "" else (why or as_at.not_valued(self.measure.ref),)
                return Amount(micropounds or 0, not reasons, reasons)
            case _:
                pin, day = about
                worth: Amount = pin.price(self.measure.ref, day).worth((over, under), (1, 1)).amount
                return worth

    def stage(self, name: str) -> Stage:
        """The stage, once everything is found."""
        stand = self.stand.pop(name, {})
        if self.runs is Runs.RATE and len(stand) > 1:
            return Stage(quantity=None)
        for over, under, about in stand.values():
            self.sums[name].add(over, under, self.worth(name, over, under, about))
        return self.sums[name].stage()


class _Adding:
    """One computation of figures: what it asks the database, and what it has found so far."""

    def __init__(self, work: Work, wanted: Wanted, per: Collection[Per]) -> None:
        self._work, self._wanted, self._per = work, wanted, per
        self._day = wanted.day(work)
        if work.connection.dialect.name == "postgresql":
            work.connection.execute(_ROOM)
        self._contracts = as_at.contracts(work, wanted, by_supplier=Per.SUPPLIER in per)
        means = [self._contracts.c[name] for name in as_at.MEANS]
        found = work.all(select(*means, self._contracts.c.pin_id).distinct())
        known = pins(work, [pin_id for *_, pin_id in found])
        differing = [place for place in range(len(means)) if len({row[place] for row in found}) > 1]
        self._telling = [means[place] for place in differing]
        """The columns that tell the pins in use apart, often none: what is the same throughout needs no sorting."""
        self._pins = {tuple(row[place] for place in differing): known[row.pin_id] for row in found}
        self._places = {pin.edition_id: pin.places for pin in self._pins.values()}
        self._apart = sorted(
            {one.ref for pin in self._pins.values() for one in pin.edition.measures if one.over_time is not Runs.FLOW}
        )
        """Refs that don't simply add over time in some edition in use: their rows are needed one by one."""
        self._found: dict[_Group, _Found] = {}
        self._where: dict[tuple[Any, ...], tuple[_Found, Pin]] = {}
        self._known: dict[tuple[Hashable, str], tuple[Pin, LocalArea | None, Hashable]] = {}

    def figures(self) -> list[Figures]:
        self._add_targets()
        self._add_claims()
        if self._apart:
            self._note_targets()
            self._note_claims()
        self._note_openings()
        return [self._figures(group, self._found[group]) for group in sorted(self._found, key=self._place)]

    def _add_targets(self) -> None:
        """Targets of flows by period: what a unit is worth may change by date, and only some periods are over."""
        joined, counts = as_at.targets(self._contracts, self._wanted)
        keys = (Target.c.last, Target.c.denominator)
        wholes: dict[tuple[int, int, date], tuple[_Found, Pin, date, _Sum]] = {}
        for found, pin, (last, under), (over,) in self._sums(
            joined, counts, Commitment.c.ref, Target.c.first, keys, (Target.c.numerator,)
        ):
            whole = wholes.setdefault((id(found), id(pin), last), (found, pin, last, _Sum()))[-1]
            whole.add(over, under, NOTHING)
        for found, pin, last, whole in wholes.values():
            over, under = whole.quantity.as_integer_ratio()
            worth = found.worth("committed", over, under, (pin, last))
            for stage in self._stages(last):
                found.sums[stage].add(over, under, worth)

    def _add_claims(self) -> None:
        joined, counts = as_at.claims(self._contracts, self._wanted)
        keys = (
            Entry.c.denominator,
            Entry.c.share_numerator,
            Entry.c.share_denominator,
            Review.c.denominator,
            Valuation.c.reason,
        )
        values = (Entry.c.numerator, Review.c.numerator, Valuation.c.micropounds)
        for found, _, kept, (claimed, accepted, micropounds) in self._sums(
            joined, counts, Entry.c.ref, Entry.c.first, keys, values
        ):
            claimed_under, share_over, share_under, accepted_under, why = kept
            found.sums["claimed"].add(claimed * share_over, claimed_under * share_under, NOTHING)
            if accepted_under is not None:
                over, under = accepted * share_over, accepted_under * share_under
                found.sums["accepted"].add(over, under, found.worth("accepted", over, under, (micropounds, why)))

    def _note_targets(self) -> None:
        joined, counts = as_at.targets(self._contracts, self._wanted)
        columns = (Target.c.last, Target.c.numerator, Target.c.denominator)
        for found, pin, contract_id, (last, over, under) in self._rows(
            joined, counts, Commitment.c.ref, Target.c.first, columns, (Target.c.last,)
        ):
            about = pin, last
            for stage in self._stages(last):
                found.add(stage, contract_id, over, under, about)

    def _note_claims(self) -> None:
        """Claims for stocks, rates and what counts once, in the order in which they are said.

        Of two in one period the one that the rules let count is the later; one accepted at nothing because of them
        says nothing of the level.
        """
        joined, counts = as_at.claims(self._contracts, self._wanted)
        columns = (
            Entry.c.numerator, Entry.c.denominator, Entry.c.share_numerator, Entry.c.share_denominator, as_at.IS_WEAK,
            Review.c.numerator, Review.c.denominator, Valuation.c.micropounds, Valuation.c.reason,
        )  # fmt: skip
        order = (Entry.c.last, case((as_at.IS_WEAK, 0), else_=1), Entry.c.value_day, Entry.c.id)
        for found, _, contract_id, row in self._rows(joined, counts, Entry.c.ref, Entry.c.first, columns, order):
            over, under, share_over, share_under, weak, accepted, accepted_under, micropounds, why = row
            found.add("claimed", contract_id, over * share_over, under * share_under, ())
            if accepted or (accepted is not None and not weak):
                over, under = accepted * share_over, accepted_under * share_under
                found.add("accepted", contract_id, over, under, (micropounds, why))

    def _note_openings(self) -> None:
        """What was delivered before the record: no period of it, whatever figures are kept apart by."""
        if self._wanted.within is not None:
            return
        joined, counts = as_at.openings(self._contracts, self._wanted, self._day)
        columns = (OpeningBalance.c.as_of, OpeningBalance.c.numerator, OpeningBalance.c.denominator)
        query = select(*self._columns(OpeningBalance.c.ref, null()), self._contracts.c.id, *columns)
        for *group, contract_id, as_of, over, under in self._work.all(query.select_from(joined).where(counts)):
            found, pin = self._in(tuple(group))
            found.add("opening", contract_id, over, under, (pin, as_of))

    def _sums(
        self,
        joined: FromClause,
        counts: ColumnElement[bool],
        ref: Column,
        first: Column,
        keys: Sequence[Column],
        values: Sequence[Column],
    ) -> Iterator[tuple[_Found, Pin, Sequence[Any], list[int]]]:
        """The sums of ``values`` of flows by group and ``keys``, exact however large they are.

        PostgreSQL adds whole numbers without an end. SQLite stops at 64 bits, so there the halves are added apart.
        """
        group = self._columns(ref, first)
        weights: tuple[int, ...] = (_HALF, 1)
        if self._work.connection.dialect.name == "postgresql":
            weights, parts = (1,), list(values)
        else:
            parts = [half for value in values for half in (value // _HALF, value % _HALF)]
        query = select(*group, *keys, *map(func.sum, parts)).select_from(joined).where(counts)
        if self._apart:
            query = query.where(ref.not_in(self._apart))
        kept = [column for column in group if not isinstance(column, Null)]
        for row in self._work.all(query.group_by(*kept, *keys)):
            at, end = len(group), len(group) + len(keys)
            sums = [
                sum(int(part or 0) * weight for part, weight in zip(row[n:], weights, strict=False))
                for n in range(end, len(row), len(weights))
            ]
            yield *self._in(row[:at]), row[at:end], sums

    def _rows(
        self,
        joined: FromClause,
        counts: ColumnElement[bool],
        ref: Column,
        first: Column,
        columns: Sequence[Column],
        order: Sequence[Column],
    ) -> Iterator[tuple[_Found, Pin, int, Sequence[Any]]]:
        """The rows of measures that don't simply add, each with its contract."""
        group = self._columns(ref, first)
        query = select(*group, self._contracts.c.id, *columns).select_from(joined)
        at = len(group)
        for row in self._work.each(query.where(counts, ref.in_(self._apart)).order_by(*order)):
            found, pin = self._in(row[:at])
            yield found, pin, row[at], row[at + 1 :]

    def _columns(self, ref: Column, first: Column) -> tuple[Column, ...]:
        """What tells the pin and the measure, then what figures are kept apart by; NULL for what they aren't."""
        contracts, nothing = self._contracts.c, null()
        return (
            *self._telling,
            ref,
            contracts.id if Per.CONTRACT in self._per else nothing,
            contracts.supplier_id if Per.SUPPLIER in self._per else nothing,
            first if Per.PERIOD in self._per else nothing,
        )

    def _in(self, columns: tuple[Any, ...]) -> tuple[_Found, Pin]:
        """Where such rows are added; contracts that differ in nothing the measure rests on come together."""
        where = self._where.get(columns)
        if where is None:
            *telling, ref, contract_id, supplier_id, period = columns
            pin, local, means = self._measured_by(tuple(telling), ref)
            group = _Group(pin.edition_id, ref, means, contract_id, supplier_id, period)
            found = self._found.get(group)
            if found is None:
                measure = pin.measure(ref)
                found = self._found[group] = _Found(pin.edition.key, measure, local, measure.over_time)
            elif local and found.local and _name(local) < _name(found.local):
                found.local = local
            where = self._where[columns] = found, pin
        return where

    def _measured_by(self, telling: tuple[int | None, ...], ref: str) -> tuple[Pin, LocalArea | None, Hashable]:
        """The pin, and the definition of “local” with its meaning where the measure rests on it."""
        found = self._known.get((telling, ref))
        if found is None:
            pin = self._pins[telling]
            rests = rests_on_local(pin.edition, pin.measure(ref))
            found = pin, pin.local if rests else None, meaning(pin.local) if rests else None
            self._known[telling, ref] = found
        return found

    def _stages(self, last: date) -> tuple[str, ...]:
        return ("committed", "due") if last < self._day else ("committed",)

    def _place(self, group: _Group) -> tuple[Any, ...]:
        """Where figures stand in the list: editions by age, contracts, suppliers, then measures as catalogued."""
        found = self._found[group]
        apart = group.contract_id or 0, group.supplier_id or 0
        local = _name(found.local) if found.local else ("", "")
        return group.edition_id, *apart, self._places[group.edition_id][group.ref], local, group.period or date.min

    def _figures(self, group: _Group, found: _Found) -> Figures:
        return Figures(
            measure=found.measure,
            edition=found.edition,
            local=found.local,
            opening=found.stage("opening"),
            committed=found.stage("committed"),
            due=found.stage("due"),
            claimed=found.stage("claimed"),
            accepted=found.stage("accepted"),
            contract_id=group.contract_id,
            supplier_id=group.supplier_id,
            period=group.period,
        )


def _name(local: LocalArea) -> tuple[str, str]:
    """By what one of several definitions is chosen that mean the same."""
    return local.name, local.since
