"""Looking at records of ours that changed: each is held against what a portal has, by what both last had alike."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import JSON, BigInteger, Insert, Row, Select, Text, Update, bindparam, insert, literal, select, update

from quarterday.db import given
from quarterday.db.models import PortalRecord
from quarterday.db.work import Work
from quarterday.domain.merging import GONE, Merged, Step, merge, takes_verdict
from quarterday.domain.portal_records import (
    NOT_COMPARED,
    EvidenceSent,
    PortalTerms,
    RecordKind,
    VerdictsTaken,
    is_legible,
)
from quarterday.domain.sentences import said
from quarterday.errors import Refused
from quarterday.services.portals import conflicts, door, parcels, standing
from quarterday.services.portals.ours import Ours, newer, ours_of, stopped_by
from quarterday.services.portals.parcels import Going

_Record = Row[*tuple[Any, ...]]


class Look:
    """One look at some records of a kind, within a transaction."""

    def __init__(self, work: Work, authority_id: int, portal: str, kind: RecordKind, terms: PortalTerms) -> None:
        self.going: list[Going] = []
        """Those that go out."""
        self.stopped = self.conflicts = self.ruled = self.came_in = 0
        self._work = work
        self._authority_id = authority_id
        self._whose = {"authority_id": authority_id, "portal": portal, "kind": str(kind)}
        self._dialect = work.connection.dialect.name
        self._kind = kind
        self._terms = terms
        self._new: list[dict[str, Any]] = []
        self._sent: list[dict[str, Any]] = []
        self._seen: list[dict[str, Any]] = []

    def at(self, ids: Sequence[int]) -> None:
        """Look at them, and write down what doesn't go out; what goes is for :meth:`write`."""
        found = ours_of(self._work, self._authority_id, self._kind, ids, self._terms)
        rows = self._work.all(_records(self._dialect), **self._whose, ids=given.as_given(list(found)))
        records = {row.our_id: row for row in rows}
        doubtful = [row.id for row in rows if row.why or row.state != standing.SAME]
        left = conflicts.left(self._work, doubtful) if doubtful else {}
        too_large = self._too_large(found)
        for ours in found.values():
            record = records.get(ours.id)
            if record is not None and record.state == standing.UNDER_WAY:
                continue
            if ours.is_withdrawn and (record is None or not (record.sends or record.external_id)):
                continue
            if ours.id in too_large:
                self._stop(ours, record, too_large[ours.id])
            elif record is None:
                self._send(ours, None, ours.digest)
            else:
                self._weigh(ours, record, record.id in left and left[record.id] == (ours.digest, record.theirs_digest))
        given.run(self._work.connection, _seen(self._dialect), self._seen)

    def write(self, batch_id: int) -> None:
        """Write down that what goes out is under way with a batch."""
        now = {"batch": batch_id, "now": self._work.now}
        given.run(self._work.connection, _first(self._dialect), self._new, **self._whose, **now)
        given.run(self._work.connection, _sent(self._dialect), self._sent, **now)

    def _weigh(self, ours: Ours, record: _Record, is_left: bool) -> None:
        digest = ours.digest
        theirs = GONE if record.state == standing.GONE else record.theirs_digest
        merged = merge(
            record.agreed,
            digest,
            theirs,
            self._terms.agreements[self._kind],
            can_take=self._can_take(digest),
            newer=newer(ours, record.their_changed_at),
            is_left=is_left,
            is_answer=self._is_answer(),
            is_legible=is_legible(self._kind, record.theirs or {}) or theirs == GONE,
        )
        match merged.step:
            case Step.NOTHING if digest == theirs:
                self._see(record, ours.version, standing.SAME, "", digest)
            case Step.NOTHING:
                self._see(record, ours.version, record.state, record.why, record.agreed)
            case Step.SEND:
                if merged.proposed:
                    self.ruled += 1
                    self._notice(ours, record, theirs, merged)
                self._send(ours, record, digest)
            case Step.TAKE:
                self._take(ours, record, merged, theirs)
            case Step.ASK:
                self.conflicts += 1
                self._notice(ours, record, theirs, merged)
                self._see(record, ours.version, standing.CONFLICT, record.why, record.agreed)

    def _can_take(self, digest: str) -> bool:
        """Whether there is a door for a change of theirs to a record that is here."""
        return self._kind is RecordKind.VERDICT and takes_verdict(self._terms.verdicts, digest)

    def _is_answer(self) -> bool:
        return self._kind is RecordKind.VERDICT and self._terms.verdicts is VerdictsTaken.SUGGESTION

    def _notice(self, ours: Ours, record: _Record, theirs: str, merged: Merged) -> None:
        conflicts.notice(
            self._work,
            record.id,
            ours=ours.fields,
            ours_digest=ours.digest,
            theirs=None if theirs == GONE else record.theirs,
            theirs_digest=theirs,
            merged=merged,
        )

    def _send(self, ours: Ours, record: _Record | None, digest: str) -> None:
        sends = (record.sends if record else 0) + 1
        is_new = record is None or GONE in (record.state, record.theirs_digest)
        key = f"{ours.kind}-{ours.id}-{sends}-{digest[:12]}"
        seen, external_id = ("", "") if record is None or is_new else (record.their_version, record.external_id)
        self.going.append(parcels.going(ours, digest, send=key, external_id=external_id, seen=seen))
        sent = ours.fields
        if self._kind is RecordKind.EVIDENCE:
            sent = {name: text for name, text in sent.items() if name not in NOT_COMPARED}
        here = {"version": ours.version, "sent": sent, "sent_key": key, "sends": sends}
        if record is None:
            self._new.append({"our_id": ours.id, **here})
        else:
            # What they have is what ours takes the place of, so that a change they make meanwhile is told from it.
            self._sent.append({"id": record.id, "agreed": record.theirs_digest, **here})

    def _take(self, ours: Ours, record: _Record, merged: Merged, theirs: str) -> None:
        if merged.proposed:
            self.ruled += 1
            self._notice(ours, record, theirs, merged)
        try:
            with self._work.connection.begin_nested():
                door.take_stored(self._work, record.id, terms=self._terms)
        except Refused as why:
            self._stop(ours, record, str(why))
        else:
            self.came_in += 1

    def _stop(self, ours: Ours, record: _Record | None, why: str) -> None:
        self.stopped += 1
        if record is None:
            version = ours.version + stopped_by(self._terms)
            blank = dict.fromkeys(("external_id", "agreed", "theirs_digest", "their_version", "sent_key"), "")
            said_of = {"our_id": ours.id, "version": version, "state": standing.STOPPED, "why": why, "sends": 0}
            self._work.add(PortalRecord, **self._whose, **blank, **said_of)
        else:
            self._see(record, ours.version, standing.STOPPED, why, record.agreed)

    def _see(self, record: _Record, version: str, state: str, why: str, agreed: str) -> None:
        mark = stopped_by(self._terms) if state == standing.STOPPED else ""
        self._seen.append({"id": record.id, "version": version + mark, "state": state, "why": why, "agreed": agreed})

    def _too_large(self, found: dict[int, Ours]) -> dict[int, str]:
        if self._kind is not RecordKind.EVIDENCE or self._terms.evidence is not EvidenceSent.FILE:
            return {}
        return {
            our_id: said(
                "The file has {size:,.4g} MB, and at most {most:,.4g} MB are sent; hand it over in another way.",
                size=size / 2**20,
                most=parcels.MOST_BYTES / 2**20,
            )
            for our_id, size in parcels.sizes(self._work, found).items()
            if size > parcels.MOST_BYTES
        }


@cache
def _records(dialect: str) -> Select[*tuple[Any, ...]]:
    ours = (
        select(PortalRecord)
        .where(
            PortalRecord.c.authority_id == bindparam("authority_id", type_=BigInteger),
            PortalRecord.c.portal == bindparam("portal", type_=Text),
            PortalRecord.c.kind == bindparam("kind", type_=Text),
        )
        .with_for_update()
    )
    return given.each_given(ours, PortalRecord.c.our_id, dialect)


@cache
def _seen(dialect: str) -> Update:
    rows = given.rows_given(dialect, id=BigInteger, version=Text, state=Text, why=Text, agreed=Text)
    changed = {name: rows.c[name] for name in ("version", "state", "why", "agreed")}
    return update(PortalRecord).where(PortalRecord.c.id == rows.c.id).values(**changed)


@cache
def _sent(dialect: str) -> Update:
    rows = given.rows_given(dialect, id=BigInteger, agreed=Text, **_SENT)
    changed = {name: rows.c[name] for name in ("agreed", *_SENT)}
    return update(PortalRecord).where(PortalRecord.c.id == rows.c.id).values(**changed, **_UNDER_WAY)


@cache
def _first(dialect: str) -> Insert:
    rows = given.rows_given(dialect, our_id=BigInteger, **_SENT)
    texts = {name: literal("") for name in ("external_id", "agreed", "theirs_digest", "their_version")}
    whose = {name: bindparam(name, type_=PortalRecord.c[name].type) for name in ("authority_id", "portal", "kind")}
    taken = {"our_id": rows.c.our_id, **{name: rows.c[name] for name in _SENT}}
    now = {"recorded_at": bindparam("now", type_=PortalRecord.c.recorded_at.type)}
    values = {**whose, **taken, **texts, **_UNDER_WAY, **now}
    return insert(PortalRecord).from_select(list(values), select(*values.values()))


_SENT: dict[str, given.Kind] = {"version": Text, "sent": JSON, "sent_key": Text, "sends": BigInteger}
_UNDER_WAY: dict[str, Any] = {
    "state": literal(standing.UNDER_WAY),
    "why": literal(""),
    "batch_id": bindparam("batch", type_=BigInteger),
    "sent_at": bindparam("now", type_=PortalRecord.c.sent_at.type),
}
