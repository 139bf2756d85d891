"""Doing a job that the clock asked for, and writing down what came of it."""

from __future__ import annotations

from datetime import datetime
from time import monotonic

from sqlalchemy import select

from quarterday.db.models import JobRun, OutboxRow
from quarterday.db.outbox import Due
from quarterday.db.work import Actor, UnitOfWork
from quarterday.guard import Fault
from quarterday.registry import installed
from quarterday.services.background.clock import key_of, newest_struck
from quarterday.services.plugins.children import Busy, Children
from quarterday.services.plugins.jobs import job_of

MOST_WORDS = 1000
"""How much of what a job says is kept, in characters."""

_WORKER = Actor.operator("worker")


def do(children: Children, uow: UnitOfWork, row: Due) -> str:
    """Do the job of an outbox row, in a process of its plugin; returns what it did, in a sentence.

    A job that was struck for again meanwhile is left to that later strike, so that a worker that was away does each job
    once. Raises what the job raises, and :class:`~quarterday.errors.Refused` where no plugin offers it any more.
    """
    name, at = row.payload["job"], datetime.fromisoformat(row.payload["at"])
    plugin, job = job_of(installed(), name)
    if _is_left_to_a_later_one(uow, name, row.key):
        return "It was struck for again, and that strike does it."
    begun = monotonic()
    try:
        said = children.do(plugin, job.load, at)
    except Busy:  # it wasn't begun, so nothing came of it
        raise
    except Exception as error:
        _note(uow, name, at, begun, good=False, said=Fault.of(error).what)
        raise
    _note(uow, name, at, begun, good=True, said=said)
    return said


def _is_left_to_a_later_one(uow: UnitOfWork, job: str, key: str) -> bool:
    with uow.read(_WORKER) as work:
        later = key_of(job, newest_struck(work, job) or "")
        is_asked_for = select(OutboxRow.c.id).where(OutboxRow.c.key == later)
        return key < later and work.one(is_asked_for) is not None


def _note(uow: UnitOfWork, job: str, at: datetime, begun: float, *, good: bool, said: str) -> None:
    took = int((monotonic() - begun) * 1000)
    with uow.begin(_WORKER) as work:
        work.add(JobRun, job=job, struck_for=at, good=good, said=said[:MOST_WORDS], milliseconds=took)
