"""The jobs of the clock as an operator sees them: when each struck and strikes next, what came of it, pausing one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from quarterday.db.models import JobPause, JobRun, Occurrence, OutboxRow
from quarterday.db.newest import newest
from quarterday.db.outbox import State
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.domain.sentences import Sentence, listed, numbered, said
from quarterday.ports import Every, Job
from quarterday.registry import Registry
from quarterday.services import scope
from quarterday.services.background import clock
from quarterday.services.background.striking import after
from quarterday.services.plugins.jobs import Offered, job_of, jobs

_DAYS = (
    *(said("Monday"), said("Tuesday"), said("Wednesday"), said("Thursday"), said("Friday")),
    *(said("Saturday"), said("Sunday")),
)


@dataclass(frozen=True, slots=True)
class Ran:
    """One time a job was done, or failed."""

    struck_for: datetime
    ended: datetime
    seconds: float
    good: bool
    said: str
    """What it did, or why it failed, in a sentence."""


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A job and how it stands."""

    name: str
    plugin: str
    summary: str
    when: str
    """In words: ``every 5 minutes``, ``daily at 06:00``."""
    paused: bool
    last_struck: datetime | None
    """When the clock struck for it last; None where it never did."""
    state: str | None
    """How far what the last strike asked for is; None where it asked for nothing, or never struck."""
    next: datetime | None
    """The moment it is due next; None while it is paused."""
    last: Ran | None
    """What came of it the last time."""


def scheduled(uow: UnitOfWork, actor: Actor, registry: Registry) -> list[Scheduled]:
    """The jobs that plugins offer, by name; raises :class:`Refused` for anybody but the operator."""
    with uow.read(actor) as work:
        scope.only_the_operator(work)
        return [_standing(work, offered) for _, offered in sorted(jobs(registry).items())]


def run(uow: UnitOfWork, actor: Actor, registry: Registry, *, job: str) -> int:
    """Ask for a job now, whatever its hour and also while it is paused; returns the number of the outbox row.

    Raises :class:`Refused` for a job that no plugin offers, and for anybody but the operator.
    """
    _, offered = job_of(registry, job)
    with uow.begin(actor) as work:
        scope.only_the_operator(work)
        key = clock.key_of(offered.name, f"by-hand/{work.now.isoformat()}")
        row_id = clock.ask_for(work, offered.name, work.now, key)
        work.audit(None, "job.asked_for", f"job/{offered.name}", delivery=row_id)
        return row_id


def pause(uow: UnitOfWork, actor: Actor, registry: Registry, *, job: str) -> bool:
    """Have the clock pass a job by until :func:`resume`; returns whether it wasn't paused already.

    What it asked for before still happens. Raises as :func:`run`.
    """
    return _set_paused(uow, actor, job_of(registry, job).job, paused=True)


def resume(uow: UnitOfWork, actor: Actor, registry: Registry, *, job: str) -> bool:
    """Have a paused job done again from its next hour on; returns whether it was paused. Raises as :func:`run`."""
    return _set_paused(uow, actor, job_of(registry, job).job, paused=False)


def _set_paused(uow: UnitOfWork, actor: Actor, job: Job, *, paused: bool) -> bool:
    with uow.begin(actor) as work:
        scope.only_the_operator(work)
        work.take_turns(f"pausing {job.name}")
        if clock.is_paused(work, job.name) is paused:
            return False
        work.add(JobPause, job=job.name, paused=paused, actor=actor.name)
        work.audit(None, "job.paused" if paused else "job.resumed", f"job/{job.name}")
        return True


def in_words(job: Job) -> Sentence:
    """When a job is done, as people say it."""
    if isinstance(job.when, Every):
        return numbered(job.when.minutes, "every minute", "every {n} minutes")
    if len(job.when.weekdays) == 7:
        return said("daily at {time:%H:%M}", time=job.when.at)
    days = listed(_DAYS[day] for day in sorted(job.when.weekdays))
    return said("{days} at {time:%H:%M}", days=days, time=job.when.at)


def _standing(work: Work, offered: Offered) -> Scheduled:
    job = offered.job
    named = clock.newest_struck(work, job.name)
    strike = named and work.one(
        select(Occurrence.c.recorded_at, OutboxRow.c.state, OutboxRow.c.id)
        .outerjoin(OutboxRow, OutboxRow.c.key == clock.key_of(job.name, named))
        .where(Occurrence.c.job == job.name, Occurrence.c.occurrence == named)
    )
    paused = clock.is_paused(work, job.name)
    return Scheduled(
        name=job.name,
        plugin=offered.plugin,
        summary=job.summary,
        when=in_words(job),
        paused=paused,
        last_struck=strike.recorded_at if strike else None,
        state=State(strike.state) if strike and strike.state else None,
        next=None if paused else after(job.when, work.now),
        last=_ran(work, job.name),
    )


def _ran(work: Work, job: str) -> Ran | None:
    columns = (JobRun.c.struck_for, JobRun.c.recorded_at, JobRun.c.milliseconds, JobRun.c.good, JobRun.c.said)
    row = work.one(select(*columns).where(JobRun.c.job == job, newest(JobRun, JobRun.c.job)))
    return row and Ran(row.struck_for, row.recorded_at, row.milliseconds / 1000, row.good, row.said)
