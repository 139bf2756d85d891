"""What an authority's plugins fail to do for it: parts of them that rest, and sources that can't be read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from quarterday.db.models import OutboxRow
from quarterday.db.outbox import State
from quarterday.db.queue import READING
from quarterday.db.work import Work
from quarterday.domain.sentences import said
from quarterday.services.plugins.pauses import every_pause


@dataclass(frozen=True, slots=True)
class FailingSync:
    """A source, or a sink, that fails for one authority."""

    authority_id: int
    part: str
    """The id of the source or sink."""
    since: datetime
    why: str
    """What went wrong the last time, in a sentence."""


def failing_syncs(work: Work, *, times: int) -> list[FailingSync]:
    """What rests for an authority, and the sources of which so many attempts in a row failed, by authority and id."""
    found = {(one.authority_id, one.part): one for one in _unread(work, times)}
    for pause in every_pause(work):
        why = said("{why} It is paused until an administrator lets it go on.", why=pause.why)
        found[pause.authority_id, pause.part] = FailingSync(pause.authority_id, pause.part, pause.since, why)
    return [found[key] for key in sorted(found)]


def _unread(work: Work, times: int) -> list[FailingSync]:
    """Sources that were tried so often since a reading of them was last done."""
    later = OutboxRow.alias()
    of, of_later = OutboxRow.c.payload["source"].as_string(), later.c.payload["source"].as_string()
    went_well = select(later.c.id).where(
        later.c.kind == READING,
        later.c.state == State.DONE,
        later.c.authority_id == OutboxRow.c.authority_id,
        of_later == of,
        later.c.id > OutboxRow.c.id,
    )
    failed = (
        OutboxRow.c.kind == READING,
        OutboxRow.c.authority_id.is_not(None),
        OutboxRow.c.state.in_((State.DUE, State.DEAD)),
        OutboxRow.c.error != "",
        ~went_well.correlate(OutboxRow).exists(),
    )
    source = of.label("source")
    since, newest = func.min(OutboxRow.c.recorded_at).label("since"), func.max(OutboxRow.c.id).label("newest")
    runs = (
        select(OutboxRow.c.authority_id, source, since, newest)
        .where(*failed)
        .group_by(OutboxRow.c.authority_id, source)
        .having(func.sum(OutboxRow.c.attempts) >= times)
        .subquery()
    )
    columns = (runs.c.authority_id, runs.c.source, runs.c.since, OutboxRow.c.error)
    return [FailingSync(*row) for row in work.all(select(*columns).join(OutboxRow, OutboxRow.c.id == runs.c.newest))]
