"""Comparing all that we have with all that a portal listed, some records at a time, whatever their number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Row, Select, func, select

from quarterday.db.models import PortalRecord
from quarterday.db.work import Work
from quarterday.domain.exact import NotANumber, number
from quarterday.domain.merging import GONE
from quarterday.domain.portal_records import FIELDS, NOT_COMPARED, PortalTerms, RecordKind
from quarterday.services.portals import standing
from quarterday.services.portals.compared import SHOWN, Difference, Tally, Total, Which
from quarterday.services.portals.ours import AT_ONCE, Ours, everything, ours_of

_MEASURED = {RecordKind.COMMITMENT: "target", RecordKind.ENTRY: "quantity", RecordKind.VERDICT: "quantity"}
"""The field that is added up of each kind that has one."""

T = TypeVar("T")
_Record = Row[*tuple[Any, ...]]


class Comparison:
    """What we have of one kind, held against what one run's listing had of it."""

    def __init__(
        self, work: Work, authority_id: int, portal: str, kind: RecordKind, terms: PortalTerms, run_id: int
    ) -> None:
        self.tally = Tally(kind)
        self.differences: list[Difference] = []
        self._totals: dict[tuple[str, str], Total] = {}
        self._shown = dict.fromkeys(Which, 0)
        self._work = work
        self._authority_id = authority_id
        self._kind = kind
        self._terms = terms
        self._run_id = run_id
        self._mine = (
            PortalRecord.c.authority_id == authority_id,
            PortalRecord.c.portal == portal,
            PortalRecord.c.kind == str(kind),
        )

    def whole(self) -> None:
        """Compare them all."""
        matched = 0
        every = everything(self._work, self._authority_id, self._kind, self._terms)
        for some in _some_at_a_time(every, AT_ONCE):
            there = self._records({one.id for one in some})
            measures = self._measures({one.id for one in some})
            for ours in some:
                matched += self._hold(ours, there.get(ours.id), measures)
        self._count_theirs(matched)
        states = select(PortalRecord.c.state, func.count().label("number")).where(*self._mine)
        for row in self._work.all(states.group_by(PortalRecord.c.state)):
            if row.state == standing.CONFLICT:
                self.tally.asked = row.number

    @property
    def totals(self) -> list[Total]:
        """Of each measure, by ref."""
        return [self._totals[key] for key in sorted(self._totals)]

    def _hold(self, ours: Ours, record: _Record | None, measures: Mapping[int, tuple[str, str]]) -> bool:
        """Hold one of ours against theirs; returns whether they listed it."""
        is_listed = record is not None and record.listed_run_id == self._run_id
        if ours.is_withdrawn and not is_listed:
            return False
        self.tally.ours += 1
        if not is_listed and not self._terms.agreements[self._kind].goes_out:
            self.tally.unsent += 1
            return False
        is_stopped = record is not None and record.state == standing.STOPPED
        self.tally.stopped += is_stopped
        self._add(ours.fields, measures.get(ours.id), "ours", is_stopped=is_stopped)
        if record is None or not is_listed:
            self.tally.only_here += 1
            self.tally.gone += record is not None and record.theirs_digest == GONE
            self._show(Which.ONLY_HERE, ours.key, "" if record is None else record.external_id)
        elif record.theirs_digest == ours.digest:
            self.tally.alike += 1
        else:
            self.tally.different += 1
            self.tally.left += record.state == standing.SAME and bool(record.why)
            self._show(Which.DIFFERENT, ours.key, record.external_id, _differing(self._kind, ours, record.theirs))
        return is_listed

    def _count_theirs(self, matched: int) -> None:
        """Add up what they listed, and find what of it we haven't."""
        after = 0
        while True:
            rows = self._work.all(self._listed(after))
            named = {row.our_id for row in rows if row.our_id is not None}
            measures = self._measures(named)
            self.tally.theirs += len(rows)
            for row in rows:
                self._add(row.theirs or {}, measures.get(row.our_id), "theirs")
                self.tally.unmapped += _is_unmapped(row)
            if self._shown[Which.ONLY_THERE] < SHOWN:
                is_ours = ours_of(self._work, self._authority_id, self._kind, named, self._terms)
                for row in rows:
                    if row.our_id not in is_ours:
                        key = "" if row.our_id is None else f"{self._kind}/{row.our_id}"
                        self._show(Which.ONLY_THERE, key, row.external_id)
            if len(rows) < AT_ONCE:
                break
            after = rows[-1].id
        self.tally.only_there = self.tally.theirs - matched

    def _add(
        self, fields: Mapping[str, str], measure: tuple[str, str] | None, side: str, *, is_stopped: bool = False
    ) -> None:
        """Add one record to its measure's total."""
        name = _MEASURED.get(self._kind)
        if name is None or (self._kind is RecordKind.VERDICT and fields.get("decision") != "accepted"):
            return
        if self._kind is not RecordKind.VERDICT:
            measure = (fields.get("measure", ""), fields.get("unit", ""))
        if measure is None or not measure[0]:
            return  # it is among the unmapped
        total = self._totals.setdefault(measure, Total(self._kind, *measure))
        total.stopped += is_stopped
        try:
            quantity = _exact(fields.get(name, "")) * _exact(fields.get("share") or "1")
        except NotANumber:
            total.unread += 1
        else:
            setattr(total, side, getattr(total, side) + quantity)

    def _measures(self, entries: set[int]) -> dict[int, tuple[str, str]]:
        """Of verdicts the measure and unit of the entries that they are on."""
        if self._kind is not RecordKind.VERDICT or not entries:
            return {}
        there = ours_of(self._work, self._authority_id, RecordKind.ENTRY, entries, self._terms)
        return {one.id: (one.fields["measure"], one.fields["unit"]) for one in there.values()}

    def _records(self, ids: set[int]) -> dict[int, _Record]:
        rows = self._work.all(select(PortalRecord).where(*self._mine, PortalRecord.c.our_id.in_(ids)))
        return {row.our_id: row for row in rows}

    def _listed(self, after: int) -> Select[*tuple[Any, ...]]:
        return (
            select(PortalRecord)
            .where(*self._mine, PortalRecord.c.listed_run_id == self._run_id, PortalRecord.c.id > after)
            .order_by(PortalRecord.c.id)
            .limit(AT_ONCE)
        )

    def _show(self, which: Which, key: str, external_id: str, fields: Sequence[str] = ()) -> None:
        self._shown[which] += 1
        if self._shown[which] <= SHOWN:
            self.differences.append(Difference(self._kind, which, key, external_id, tuple(fields)))


def _differing(kind: RecordKind, ours: Ours, theirs: Mapping[str, str] | None) -> list[str]:
    """The names of the fields that both sides have otherwise."""
    names = [name for name in FIELDS[kind] if name not in NOT_COMPARED]
    return [name for name in names if ours.fields.get(name, "") != (theirs or {}).get(name, "")]


def _is_unmapped(row: _Record) -> bool:
    """Whether nothing here takes a record of theirs as it is."""
    return row.our_id is None and row.activity_id is None and row.state in (standing.WAITING, standing.STOPPED)


def _exact(text: str) -> Fraction:
    """A quantity as records have it: ``12.5`` or ``1/3``; raises :class:`NotANumber` for anything else."""
    above, slash, below = text.partition("/")
    if not slash:
        return number(text)
    if not (above.isdecimal() and below.isdecimal() and int(below)):
        raise NotANumber("It is no number.")
    return Fraction(int(above), int(below))


def _some_at_a_time(every: Iterable[T], most: int) -> Iterator[list[T]]:
    rest = iter(every)
    while some := list(islice(rest, most)):
        yield some
