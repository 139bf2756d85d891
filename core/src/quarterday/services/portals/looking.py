"""Looking at records of ours that changed: each is held against what a portal has, by what both last had alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, bindparam, select, update

from quarterday.db.models import PortalRecord
from quarterday.db.work import Work
from quarterday.domain.merging import GONE, Merged, Step, merge, takes_verdict
from quarterday.domain.portal_records import (
    NOT_COMPARED,
    EvidenceSent,
    PortalTerms,
    RecordKind,
    VerdictsTaken,
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
        self._kind = kind
        self._terms = terms
        self._new: list[dict[str, Any]] = []
        self._sent: list[dict[str, Any]] = []
        self._seen: list[dict[str, Any]] = []

    def at(self, ids: Sequence[int]) -> None:
        """Look at them, and write down what doesn't go out; what goes is for :meth:`write`."""
        found = ours_of(self._work, self._authority_id, self._kind, ids, self._terms)
        records = {row.our_id: row for row in self._work.all(_RECORDS, **self._whose, ids=list(found))}
        left = conflicts.left(self._work, [row.id for row in records.values() if row.why or row.state != standing.SAME])
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
                self._send(ours, None)
            else:
                self._weigh(ours, record, record.id in left and left[record.id] == (ours.digest, record.theirs_digest))
        if self._seen:
            self._work.connection.execute(_SEEN, self._seen)

    def write(self, batch_id: int) -> None:
        """Write down that what goes out is under way with a batch."""
        sent_with = {"batch_id": batch_id, "sent_at": self._work.now}
        if self._new:
            self._work.add_all(PortalRecord, [{**_FIRST, **self._whose, **one, **sent_with} for one in self._new])
        if self._sent:
            self._work.connection.execute(_SENT, [{**one, "b_batch": batch_id} for one in self._sent])

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
                self._send(ours, record)
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

    def _send(self, ours: Ours, record: _Record | None) -> None:
        sends = (record.sends if record else 0) + 1
        is_gone = record is not None and GONE in (record.state, record.theirs_digest)
        key = f"{ours.kind}-{ours.id}-{sends}-{ours.digest[:12]}"
        seen = "" if record is None or is_gone else record.their_version
        external_id = "" if record is None or is_gone else record.external_id
        self.going.append(parcels.going(ours, send=key, external_id=external_id, seen=seen))
        sent = {name: text for name, text in ours.fields.items() if name not in NOT_COMPARED}
        if record is None:
            self._new.append(
                {"our_id": ours.id, "version": ours.version, "sent": sent, "sent_key": key, "sends": sends}
            )
            return
        self._sent.append(
            {
                "b_id": record.id,
                "b_version": ours.version,
                "b_sent": sent,
                "b_key": key,
                "b_sends": sends,
                "b_at": self._work.now,
                # What they have is what ours takes the place of, so that a change they make meanwhile is told from it.
                "b_agreed": record.theirs_digest,
            }
        )

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
            self._work.add(
                PortalRecord,
                **{**_FIRST, **self._whose, "our_id": ours.id, "version": version},
                state=standing.STOPPED,
                why=why,
                sent=None,
                sent_key="",
                sends=0,
            )
        else:
            self._see(record, ours.version, standing.STOPPED, why, record.agreed)

    def _see(self, record: _Record, version: str, state: str, why: str, agreed: str) -> None:
        mark = stopped_by(self._terms) if state == standing.STOPPED else ""
        self._seen.append(
            {"b_id": record.id, "b_version": version + mark, "b_state": state, "b_why": why, "b_agreed": agreed}
        )

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


_RECORDS: Select[*tuple[Any, ...]] = (
    select(PortalRecord)
    .where(
        PortalRecord.c.authority_id == bindparam("authority_id"),
        PortalRecord.c.portal == bindparam("portal"),
        PortalRecord.c.kind == bindparam("kind"),
        PortalRecord.c.our_id.in_(bindparam("ids", expanding=True)),
    )
    .with_for_update()
)
_SEEN = (
    update(PortalRecord)
    .where(PortalRecord.c.id == bindparam("b_id"))
    .values(
        version=bindparam("b_version"), state=bindparam("b_state"), why=bindparam("b_why"), agreed=bindparam("b_agreed")
    )
)
_SENT = (
    update(PortalRecord)
    .where(PortalRecord.c.id == bindparam("b_id"))
    .values(
        version=bindparam("b_version"),
        state=standing.UNDER_WAY,
        why="",
        agreed=bindparam("b_agreed"),
        sent=bindparam("b_sent"),
        sent_key=bindparam("b_key"),
        sends=bindparam("b_sends"),
        sent_at=bindparam("b_at"),
        batch_id=bindparam("b_batch"),
    )
)
_FIRST = {
    "external_id": "",
    "agreed": "",
    "state": standing.UNDER_WAY,
    "why": "",
    "theirs_digest": "",
    "their_version": "",
}
