"""What was sent to a portal and goes there again, as it was: for one that was put back to an earlier state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, bindparam, select, update

from quarterday.db.models import PortalRecord
from quarterday.db.work import Work
from quarterday.domain.portal_records import PortalTerms, RecordKind, digest_of
from quarterday.services.portals import parcels, standing
from quarterday.services.portals.parcels import Going

_Record = Row[*tuple[Any, ...]]


class Again:
    """Some records of a kind that may go again, within a transaction, after a run has seen the portal's whole listing.

    What they have now is what it may replace. Of a record that isn't in the listing that is nothing.
    """

    def __init__(
        self, work: Work, authority_id: int, portal: str, kind: RecordKind, terms: PortalTerms, run_id: int
    ) -> None:
        self.going: list[Going] = []
        self._work = work
        self._kind = kind
        self._terms = terms
        self._run_id = run_id
        self._mine = (
            PortalRecord.c.authority_id == authority_id,
            PortalRecord.c.portal == portal,
            PortalRecord.c.kind == str(kind),
        )
        self._marked: list[dict[str, Any]] = []

    def at(self, ids: Sequence[int]) -> None:
        """Look at the records of those ids of ours."""
        wanted = select(PortalRecord).where(*self._mine, PortalRecord.c.our_id.in_(ids)).order_by(PortalRecord.c.our_id)
        for record in self._work.all(wanted.with_for_update()):
            if not may_go_again(record):
                continue
            is_there = record.listed_run_id == self._run_id
            seen, external_id = (record.their_version, record.external_id) if is_there else ("", "")
            one = parcels.going_again(record, seen=seen, external_id=external_id)
            self.going.append(one)
            self._marked.append({"b_id": record.id, "b_version": one.version, "b_theirs": seen})

    def write(self, batch_id: int) -> None:
        """Write down that what goes is under way with a batch."""
        self._work.connection.execute(_MARKED, [{**one, "b_batch": batch_id} for one in self._marked])


def may_go_again(record: _Record) -> bool:
    """Whether what was sent of a record is what they have, or what they didn't take: anything else is newer."""
    if not record.sent_key or record.sent is None:
        return False
    if record.state == standing.STOPPED:
        return bool(record.theirs_digest == record.agreed)
    return bool(
        record.state == standing.SAME and digest_of(RecordKind(record.kind), record.sent) == record.theirs_digest
    )


_MARKED = (
    update(PortalRecord)
    .where(PortalRecord.c.id == bindparam("b_id"))
    .values(
        version=bindparam("b_version"),
        state=standing.UNDER_WAY,
        why="",
        agreed=PortalRecord.c.theirs_digest,
        their_version=bindparam("b_theirs"),
        batch_id=bindparam("b_batch"),
    )
)
