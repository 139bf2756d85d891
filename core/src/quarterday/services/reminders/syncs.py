"""What plugins fail to do: parts of them that rest for an authority, and sources that can't be read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select

from quarterday.db.models import OutboxRow
from quarterday.db.outbox import State
from quarterday.db.queue import READING, SYNC
from quarterday.db.work import Work
from quarterday.domain.sentences import said
from quarterday.services.plugins.pauses import every_pause

HELD = timedelta(hours=1)
"""For how long a source may wait for a setting, which counts as no attempt, before that is a failure."""


_KINDS = (READING, SYNC)


@dataclass(frozen=True, slots=True)
class FailingSync:
    """A source, or a sink, that fails for one authority, or a source of the installation's."""

    authority_id: int | None
    """None for the installation's."""
    part: str
    """The id of the source or sink."""
    since: datetime
    why: str
    """What went wrong the last time, in a sentence."""


def failing_syncs(work: Work, *, times: int) -> list[FailingSync]:
    """What rests for an authority, and the sources of which so many attempts in a row failed or that wait for a setting
    for long, by authority and id; the installation's come first.
    """
    found = {(one.authority_id, one.part): one for one in _unread(work, times)}
    for pause in every_pause(work):
        why = said("{why} It is paused until an administrator lets it go on.", why=pause.why)
        found[pause.authority_id, pause.part] = FailingSync(pause.authority_id, pause.part, pause.since, why)
    return [found[key] for key in sorted(found, key=lambda key: (key[0] or 0, key[1]))]


def _unread(work: Work, times: int) -> list[FailingSync]:
    """Sources that were tried so often, or have waited so long, since a reading of them was last done."""
    later = OutboxRow.alias()
    of, of_later = OutboxRow.c.payload["source"].as_string(), later.c.payload["source"].as_string()
    went_well = select(later.c.id).where(
        later.c.kind.in_(_KINDS),
        later.c.state == State.DONE,
        later.c.authority_id.is_not_distinct_from(OutboxRow.c.authority_id),
        of_later == of,
        later.c.id > OutboxRow.c.id,
    )
    failed = (
        OutboxRow.c.kind.in_(_KINDS),
        OutboxRow.c.state.in_((State.DUE, State.DEAD)),
        OutboxRow.c.error != "",
        ~went_well.correlate(OutboxRow).exists(),
    )
    source = of.label("source")
    since, newest = func.min(OutboxRow.c.recorded_at), func.max(OutboxRow.c.id).label("newest")
    runs = (
        select(OutboxRow.c.authority_id, source, since.label("since"), newest)
        .where(*failed)
        .group_by(OutboxRow.c.authority_id, source)
        .having(or_(func.sum(OutboxRow.c.attempts) >= times, since <= work.now - HELD))
        .subquery()
    )
    columns = (runs.c.authority_id, runs.c.source, runs.c.since, OutboxRow.c.error)
    return [FailingSync(*row) for row in work.all(select(*columns).join(OutboxRow, OutboxRow.c.id == runs.c.newest))]
