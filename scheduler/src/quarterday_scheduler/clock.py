"""``quarterday clock``: strikes when a job is due, and does none itself."""

from __future__ import annotations

import logging
import signal
from collections.abc import Iterable
from datetime import datetime
from threading import Event, Thread

import click
from apscheduler.events import EVENT_SCHEDULER_STARTED
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.base import BaseTrigger

from quarterday import Job, Retryable
from quarterday.services.background.clock import strike
from quarterday.services.background.striking import after
from quarterday.services.logs import trace
from quarterday.services.record import UnitOfWork

LOG = logging.getLogger("quarterday.clock")

AGAIN_SECONDS = 5.0
"""How long the clock waits before it strikes again where the record couldn't be reached."""

TOLD = (signal.SIGINT, signal.SIGTERM)
"""The signals that end the clock."""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Write the log as lines of JSON.")
def clock(as_json: bool) -> None:
    """Strike when a job is due, until it is stopped (Ctrl-C, or a TERM signal); a worker does the jobs.

    Any number of clocks may run on a record: each job is struck for once. What was due while none ran is caught up
    once, at the start.
    """
    from quarterday import NotConfigured
    from quarterday.services import logs
    from quarterday.services.plugins.jobs import installed_jobs
    from quarterday.services.record import open_record

    logs.begin(as_json=as_json)
    jobs = installed_jobs()
    if not jobs:
        raise NotConfigured("plugins", "No plugin offers a job, so there is nothing to strike for; enable one.")
    go_on_striking(open_record(), jobs)


def go_on_striking(uow: UnitOfWork, jobs: Iterable[Job]) -> None:
    """Be a clock on the record until a signal says stop; what was missed is struck for at once."""
    stopped = Event()
    # One thread, so that the jobs are struck for one after the other: a strike takes milliseconds.
    scheduler = BlockingScheduler(
        jobstores={"default": MemoryJobStore()},
        executors={"default": ThreadPoolExecutor(1)},
        job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1},
    )
    for job in jobs:
        scheduler.add_job(_strike, Striking(job), args=(uow, job, stopped), id=job.name, next_run_time=uow.clock())

    def begun(event: object) -> None:
        LOG.info("the clock runs", extra={"jobs": len(scheduler.get_jobs())})
        Thread(target=end, daemon=True).start()

    def end() -> None:
        signal.sigwait(TOLD)
        stopped.set()
        scheduler.shutdown(wait=False)

    # A thread waits for the signals: a handler would stop the scheduler in the midst of whatever it is at.
    signal.pthread_sigmask(signal.SIG_BLOCK, TOLD)
    scheduler.add_listener(begun, EVENT_SCHEDULER_STARTED)
    scheduler.start()


class Striking(BaseTrigger):  # type: ignore[misc]
    """When a job is due, as APScheduler asks it."""

    def __init__(self, job: Job) -> None:
        self._when = job.when

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """The first moment that is still to come."""
        return after(self._when, max(previous_fire_time or now, now))


def _strike(uow: UnitOfWork, job: Job, stopped: Event) -> None:
    """Strike, and where the record can't be reached do so again until it can, or the clock stops."""
    with trace.traced():
        while not stopped.is_set():
            try:
                if strike(uow, job):
                    LOG.info("struck", extra={"job": job.name})
                return
            except Retryable as trouble:
                LOG.error("%s The clock goes on trying.", trouble, extra={"job": job.name})
                stopped.wait(AGAIN_SECONDS)
