"""Upkeep of PostgreSQL's queue, for a job of the clock: what is to be delivered always has a job that is alive."""

from __future__ import annotations

from quarterday.db import outbox, queue
from quarterday.db.work import Actor, UnitOfWork

_CLOCK = Actor.operator("clock")


def keep_up(uow: UnitOfWork) -> str:
    """Put back what a worker had in hand when it ended, and what has no job; returns what it did, in a sentence.

    A row has no job after a backup without the queue was restored, after a move from SQLite, and where somebody
    emptied the queue. On SQLite there is no queue, and nothing to do.
    """
    if not queue.is_kept(uow.engine):
        return "There is no queue to look after; the only worker reads the outbox itself."
    from quarterday.services.background.queue_runner import put_back_stalled

    stalled = put_back_stalled(uow.engine)
    with uow.begin(_CLOCK) as work:
        work.take_turns("the queue's upkeep")
        ids = outbox.without_job(work)
        queue.defer(work.connection, work.now, ids)
    return f"Jobs of workers that ended, put back: {stalled:,}; deliveries without a job, given one: {len(ids):,}."
