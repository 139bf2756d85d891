"""The clock writes down that it struck, and puts the job in the outbox; a worker does it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError

from quarterday.db import queue
from quarterday.db.models import JobPause, JobRun, Occurrence, OutboxRow
from quarterday.db.newest import newest
from quarterday.db.outbox import State
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.errors import Retryable
from quarterday.ports import Job
from quarterday.services.background.striking import due, occurrence

KEPT = timedelta(days=7)
"""How long it is kept when a job was struck for and what came of it; the last strike and runs of each job stay."""

RUNS_KEPT = 3
"""So many: as many as have to fail in a row before somebody is told, also of a job that is done once a week."""

_CLOCK = Actor.operator("clock")


def strike(uow: UnitOfWork, job: Job) -> bool:
    """Strike for the newest moment a job is due for; returns whether this was the first to do so and asked for it.

    That it struck and the row in the outbox are one transaction, so any number of clocks strike once. Moments that
    passed while no clock ran are caught up by one strike, for the newest; a paused job's pass by. Raises
    :class:`Retryable` where the record can't be reached.
    """
    try:
        with uow.begin(_CLOCK) as work:
            at = due(job.when, work.now)
            named = occurrence(job.when, at)
            if not work.add_new(Occurrence, job=job.name, occurrence=named) or is_paused(work, job.name):
                return False
            ask_for(work, job.name, at, key_of(job.name, named))
    except (OperationalError, InterfaceError, InternalError) as error:
        raise Retryable(f"The record can't be reached ({type(error.orig).__name__}).") from error
    return True


def ask_for(work: Work, job: str, at: datetime, key: str) -> int:
    """The step that puts a job in the outbox; returns the row's id."""
    return work.send(queue.JOB, key, {"job": job, "at": at.isoformat()})


def key_of(job: str, named: str) -> str:
    """The key of the outbox row of one occurrence."""
    return f"job/{job}/{named}"


def is_paused(work: Work, job: str) -> bool:
    """Whether a job is paused."""
    found = work.one(select(JobPause.c.paused).where(JobPause.c.job == job, newest(JobPause, JobPause.c.job)))
    return found is not None and found.paused


def newest_struck(work: Work, job: str) -> str | None:
    """The newest occurrence of a job that was struck; None where none was."""
    named = select(func.max(Occurrence.c.occurrence)).where(Occurrence.c.job == job)
    return work.connection.execute(named).scalar_one()


def struck_last(work: Work) -> datetime | None:
    """When some clock struck last, for whichever job; None where none ever did."""
    return work.connection.execute(
        select(Occurrence.c.recorded_at).order_by(Occurrence.c.id.desc()).limit(1)
    ).scalar_one_or_none()


def forget(uow: UnitOfWork) -> int:
    """Remove what is left of jobs that were done :data:`KEPT` ago or earlier; returns how many strikes that were."""
    with uow.begin(_CLOCK) as work:
        before = work.now - KEPT
        asked = (OutboxRow.c.kind == queue.JOB, OutboxRow.c.state == State.DONE, OutboxRow.c.settled_at < before)
        work.connection.execute(delete(OutboxRow).where(*asked))
        place = func.row_number().over(partition_by=JobRun.c.job, order_by=JobRun.c.id.desc()).label("place")
        runs = select(JobRun.c.id, place).subquery()
        last = select(runs.c.id).where(runs.c.place <= RUNS_KEPT)
        work.connection.execute(delete(JobRun).where(JobRun.c.recorded_at < before, JobRun.c.id.not_in(last)))
        last = select(func.max(Occurrence.c.id)).group_by(Occurrence.c.job)
        old = delete(Occurrence).where(Occurrence.c.recorded_at < before, Occurrence.c.id.not_in(last))
        return work.connection.execute(old).rowcount
