"""What an authority gives to a portal: its records as they are today, each with a version that any change changes.

Only contracts that are the authority's today count, and what hangs on them. An entry that was replaced stays a record
of its own, since a decision made over there is on what was seen there; it goes out with a quantity of 0 from then on,
as does one that is no longer accepted where only accepted ones go out. So both sides' totals agree, whether or not the
other side keeps names for its records.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, select

from quarterday.db.given import as_given
from quarterday.db.models import SupplierIdentifier, Target
from quarterday.db.newest import newest
from quarterday.db.work import Work
from quarterday.domain.catalogue import Measure
from quarterday.domain.exact import exact_text
from quarterday.domain.identifiers import SCHEMES
from quarterday.domain.merging import Side
from quarterday.domain.portal_records import EntriesSent, PortalTerms, RecordKind, digest_of
from quarterday.domain.units import Runs
from quarterday.services.measures import snapshots
from quarterday.services.portals import found

AT_ONCE = 1000
"""So many records are looked at together where all are."""

_MANY = 4096
"""So many quantities are remembered as text: many records have the same one."""


@dataclass(frozen=True, slots=True)
class Ours:
    """One record of ours, as it goes out; what somebody wrote, links and files are added when it does."""

    kind: RecordKind
    id: int
    version: str
    """It changes with each fact that the record rests on."""
    fields: Mapping[str, str]
    at: datetime
    """When it was changed last."""
    is_withdrawn: bool = False
    """It doesn't count any more: it goes out only where it did before, and isn't missed over there."""

    @property
    def key(self) -> str:
        """What we call it: ``entry/56``."""
        return f"{self.kind}/{self.id}"

    @property
    def digest(self) -> str:
        """What tells this content of it from another."""
        return digest_of(self.kind, self.fields)


def ours_of(work: Work, authority_id: int, kind: RecordKind, ids: Iterable[int], terms: PortalTerms) -> dict[int, Ours]:
    """The records of those ids that go out by the terms, by id; one that doesn't go out is missing.

    An actor of another authority, or of a supplier, finds none.
    """
    wanted = list(ids)
    if not wanted or not _is_in_scope(work, authority_id):
        return {}
    rows = work.all(
        found.contents(kind, terms.entries is EntriesSent.ACCEPTED, work.connection.dialect.name),
        ids=as_given(wanted),
        authority_id=authority_id,
        today=work.today,
    )
    return {one.id: one for one in _MAKERS[kind](work, rows)}


def ours_here(work: Work, authority_id: int, kind: RecordKind, our_id: int, terms: PortalTerms) -> Ours | None:
    """One record of ours, for theirs to be held against; a decision is one whether or not its entry goes out."""
    every = replace(terms, entries=EntriesSent.CLAIMED) if kind is RecordKind.VERDICT else terms
    return ours_of(work, authority_id, kind, [our_id], every).get(our_id)


def everything(work: Work, authority_id: int, kind: RecordKind, terms: PortalTerms) -> Iterator[Ours]:
    """All the records of a kind that go out by the terms, by id; no more than some are held at a time."""
    statement = found.following(kind, terms.entries is EntriesSent.ACCEPTED)
    after = 0
    while _is_in_scope(work, authority_id):
        given = {"authority_id": authority_id, "today": work.today, "after": after, "most": AT_ONCE}
        ids = [row.id for row in work.all(statement, **given)]
        yield from ours_of(work, authority_id, kind, ids, terms).values()
        if len(ids) < AT_ONCE:
            return
        after = ids[-1]


def changed(
    work: Work,
    authority_id: int,
    portal: str,
    kind: RecordKind,
    terms: PortalTerms,
    *,
    after: int = 0,
    most: int = AT_ONCE,
) -> list[int]:
    """The ids of the next records whose version isn't the one that was looked at last, in order.

    One that was stopped is among them once the mapping is another, and none that is under way.
    """
    if not _is_in_scope(work, authority_id):
        return []
    rows = work.all(
        found.changed(kind, terms.entries is EntriesSent.ACCEPTED),
        authority_id=authority_id,
        today=work.today,
        portal=portal,
        mark=stopped_by(terms),
        gives=terms.agreements[kind].goes_out,
        after=after,
        most=most,
    )
    return [row.id for row in rows]


def stopped_by(terms: PortalTerms) -> str:
    """What the version of a record that was stopped ends with: by another mapping it is tried again."""
    return f"/{terms.mapping[:12]}"


def newer(ours: Ours, their_changed_at: datetime | None) -> Side | None:
    """Who changed a record last, by clocks that may be wrong; None where the portal doesn't say when."""
    if their_changed_at is None:
        return None
    return Side.OURS if ours.at >= their_changed_at else Side.THEIRS


def _is_in_scope(work: Work, authority_id: int) -> bool:
    return work.actor.is_operator or work.actor.authority_id == authority_id


def _contracts(work: Work, rows: Sequence[Row[Any]]) -> Iterator[Ours]:
    numbers = _numbers(work, {row.supplier_id for row in rows if row.supplier_id is not None})
    for row in rows:
        fields = {
            "contract": row.reference,
            "title": row.title,
            "supplier": row.supplier or "",
            "supplier_number": numbers.get(row.supplier_id, ""),
            "starts": row.starts.isoformat(),
            "ends": row.ends.isoformat(),
        }
        at = max(one for one in (row.held_at, row.ended_at, row.led_at) if one is not None)
        yield Ours(RecordKind.CONTRACT, row.id, row.version, fields, at)


def _numbers(work: Work, suppliers: set[int]) -> dict[int, str]:
    """The number by which each of those suppliers is known best: of a company, before that of a charity."""
    rows = work.all(select(SupplierIdentifier).where(SupplierIdentifier.c.supplier_id.in_(suppliers)))
    ranks = {scheme: rank for rank, scheme in enumerate(SCHEMES)}
    best = sorted(rows, key=lambda row: (ranks.get(row.scheme, len(ranks)), row.id), reverse=True)
    return {row.supplier_id: f"{row.scheme}-{row.value}" for row in best}


def _commitments(work: Work, rows: Sequence[Row[Any]]) -> Iterator[Ours]:
    targets: dict[int, list[tuple[int, int]]] = defaultdict(list)
    changed_at: dict[int, datetime] = {}
    counting = newest(Target, Target.c.commitment_id, Target.c.first)
    of = Target.c.commitment_id.in_([row.id for row in rows])
    for target in work.all(select(Target).where(of, counting).order_by(Target.c.first)):
        targets[target.commitment_id].append((target.numerator, target.denominator))
        before = changed_at.get(target.commitment_id, target.recorded_at)
        changed_at[target.commitment_id] = max(before, target.recorded_at)
    measures = _Measures(work)
    for row in rows:
        measure = measures.of(row.edition_id, row.ref)
        fields = {
            "contract": row.reference,
            "measure": row.ref,
            "unit": measure.unit.id,
            "target": _promised(measure, targets[row.id]),
        }
        yield Ours(RecordKind.COMMITMENT, row.id, row.version, fields, changed_at.get(row.id, row.recorded_at))


def _promised(measure: Measure, targets: Sequence[tuple[int, int]]) -> str:
    """What is promised for the whole contract: a flow's targets add up, of anything else the last one counts."""
    if measure.over_time is Runs.FLOW:
        return exact_text(sum((Fraction(*one) for one in targets), Fraction(0)))
    return exact_text(Fraction(*targets[-1])) if targets else "0"


def _entries(work: Work, rows: Sequence[Row[Any]]) -> Iterator[Ours]:
    measures = _Measures(work)
    for row in rows:
        fields = {
            "contract": row.reference,
            "measure": row.ref,
            "unit": measures.of(row.edition_id, row.ref).unit.id,
            "first": row.first.isoformat(),
            "last": row.last.isoformat(),
            "quantity": "0" if row.is_withdrawn else _exact(row.numerator, row.denominator),
            "share": _exact(row.share_numerator, row.share_denominator),
        }
        yield Ours(RecordKind.ENTRY, row.id, row.version, fields, row.recorded_at, bool(row.is_withdrawn))


def _evidence(work: Work, rows: Sequence[Row[Any]]) -> Iterator[Ours]:
    for row in rows:
        fields = {
            "entry": str(row.entry_id),
            "kind": row.kind,
            "link": "",
            "file": "",
            "media_type": row.media_type,
            "digest": row.digest,
        }
        yield Ours(RecordKind.EVIDENCE, row.id, row.version, fields, row.recorded_at, bool(row.is_withdrawn))


def _verdicts(work: Work, rows: Sequence[Row[Any]]) -> Iterator[Ours]:
    for row in rows:
        quantity = _exact(row.numerator, row.denominator) if row.decision == "accepted" else ""
        fields = {"entry": str(row.id), "decision": row.decision, "quantity": quantity}
        yield Ours(RecordKind.VERDICT, row.id, row.version, fields, row.recorded_at, bool(row.is_withdrawn))


_MAKERS = {
    RecordKind.CONTRACT: _contracts,
    RecordKind.COMMITMENT: _commitments,
    RecordKind.ENTRY: _entries,
    RecordKind.EVIDENCE: _evidence,
    RecordKind.VERDICT: _verdicts,
}


class _Measures:
    """The measures of editions, by ref."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._known: dict[int, dict[str, Measure]] = {}

    def of(self, edition_id: int, ref: str) -> Measure:
        """The measure of an edition."""
        if edition_id not in self._known:
            edition = snapshots.edition(self._work, edition_id)
            self._known[edition_id] = {measure.ref: measure for measure in edition.measures}
        return self._known[edition_id][ref]


@lru_cache(_MANY)
def _exact(numerator: int, denominator: int) -> str:
    return str(numerator) if denominator == 1 else exact_text(Fraction(numerator, denominator))
