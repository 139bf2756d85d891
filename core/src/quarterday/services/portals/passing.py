"""Passing by what a listing has as it is known already: it is marked as listed, many at once, and needs no door."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, select, update

from quarterday.db.models import PortalRecord
from quarterday.db.work import Work
from quarterday.errors import BadRecord, Refused
from quarterday.ports import Item
from quarterday.services.portals import standing
from quarterday.services.portals.exchanging import Begun
from quarterday.services.portals.theirs import Theirs, read, with_untold

_Records = Mapping[tuple[str, str], Row[*tuple[Any, ...]]]


def known_passed(work: Work, begun: Begun, batch: Sequence[Item | BadRecord]) -> list[Item | BadRecord]:
    """Mark what both sides have alike, by content and by the portal's own version, as listed; returns the rest."""
    there = _records(work, begun, [str(one.payload.get("external_id", "")) for one in batch if isinstance(one, Item)])
    known: list[int] = []
    rest: list[Item | BadRecord] = []
    for one in batch:
        record = _known(begun, there, one)
        if record is None:
            rest.append(one)
        else:
            known.append(record)
    if known:
        listed = update(PortalRecord).where(PortalRecord.c.id.in_(known))
        work.connection.execute(listed.values(listed_run_id=begun.run_id))
    return rest


def _records(work: Work, begun: Begun, names: Sequence[str]) -> _Records:
    """The records of those names that stand well, by kind and name; of two of one name neither."""
    rows = work.all(
        select(
            PortalRecord.c.id,
            PortalRecord.c.kind,
            PortalRecord.c.external_id,
            PortalRecord.c.our_id,
            PortalRecord.c.their_version,
            PortalRecord.c.theirs_digest,
            PortalRecord.c.agreed,
            PortalRecord.c.state,
            PortalRecord.c.sent,
        ).where(
            PortalRecord.c.authority_id == begun.exchange.authority_id,
            PortalRecord.c.portal == begun.exchange.portal,
            PortalRecord.c.kind.in_([str(kind) for kind in begun.exchange.terms.agreements]),
            PortalRecord.c.external_id.in_([name for name in names if name]),
        )
    )
    times = Counter((row.kind, row.external_id) for row in rows)
    return {
        (row.kind, row.external_id): row
        for row in rows
        if times[row.kind, row.external_id] == 1 and row.state == standing.SAME and row.theirs_digest == row.agreed
    }


def _known(begun: Begun, there: _Records, item: Item | BadRecord) -> int | None:
    """The id of the record that an item says nothing new of; None for anything else."""
    if isinstance(item, BadRecord):
        return None
    record = there.get((str(item.payload.get("record", "")), str(item.payload.get("external_id", ""))))
    if record is None:
        return None
    try:
        theirs = read(item.payload)
    except Refused:
        return None
    theirs = with_untold(record, theirs, begun.exchange.terms.untold.get(theirs.kind, ()))
    return record.id if _is_as_known(record, theirs) else None


def _is_as_known(record: Row[*tuple[Any, ...]], theirs: Theirs) -> bool:
    """A portal that keeps no versions may have changed its words alone, which is for the door to see."""
    return bool(
        theirs.version
        and theirs.version == record.their_version
        and theirs.digest == record.theirs_digest
        and theirs.our_id in (None, record.our_id)
        and not theirs.trouble
    )
