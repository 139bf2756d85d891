"""Procrastinate's jobs, kept together with the outbox rows that they stand for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager
from psycopg import OperationalError
from sqlalchemy import Engine

from quarterday.db import queue
from quarterday.db.columns import microseconds
from quarterday.db.outbox import Due

PATIENCE = 60
"""How often it is tried, a second apart, to write down that a job is finished."""

Attempt = tuple[int, int]
"""The id of a job, and which attempt at it."""


def app_of(engine: Engine, *, most: int) -> App:
    """Procrastinate on the record's database, with ``most`` connections; open it to use it."""
    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    app = App(connector=PsycopgConnector(conninfo=url, min_size=1, max_size=most))
    app.job_manager = Jobs(app, lambda: datetime.now(UTC))
    return app


def attempt_at(job: Job) -> Attempt:
    """What tells this attempt at a job from any other."""
    return job.id or 0, job.attempts


class Jobs(JobManager):
    """Takes a job's row with the job, and leaves a job alone that was finished with its row.

    It writes down that a job is finished, or waits, also where the database goes away just then: one that stayed as it
    is would belong to a living worker, and nobody would ever do it again. Procrastinate itself goes by a job's number
    alone; here one that was given to another attempt meanwhile is left to that.
    """

    def __init__(self, app: App, clock: Callable[[], datetime]) -> None:
        super().__init__(app.connector)
        self._clock = clock
        self.taken: dict[Attempt, Due] = {}
        """The rows that are under way since their job was fetched, until somebody begins to deliver them."""
        self.finished: set[Attempt] = set()
        """The attempts that were finished with their row, until procrastinate hears of it."""

    async def fetch_job(self, queues: Iterable[str] | None, worker_id: int) -> Job | None:
        """The next job; where its row is due, that is under way from now on, in one statement and one transaction."""
        given = {"queues": queues, "worker_id": worker_id, "now": microseconds(self._clock())}
        row = await self.connector.execute_query_one_async(queue.FETCH, **given)
        taken = row.pop("taken")
        if row["id"] is None:
            return None
        job = Job.from_row(row)
        if taken is not None:
            self.taken[attempt_at(job)] = Due(**taken)
        return job

    async def finish_job(self, job: Job, status: Status, delete_job: bool) -> None:
        """Again and again for a minute, unless it was finished with its row."""
        if attempt_at(job) in self.finished:
            self.finished.remove(attempt_at(job))
        else:
            await self._written(job, _FINISH, status=status.value, delete_job=delete_job)

    async def retry_job(
        self,
        job: Job,
        retry_at: datetime | None = None,
        priority: int | None = None,
        queue: str | None = None,
        lock: str | None = None,
    ) -> None:
        """Again and again for a minute."""
        at = retry_at or datetime.now(UTC)
        await self._written(job, _RETRY, retry_at=at, priority=priority, queue=queue, lock=lock)

    async def _written(self, job: Job, query: str, **values: Any) -> None:
        its = {"job_id": job.id, "attempts": job.attempts}
        await _patiently(lambda: self.connector.execute_query_async(query, **its, **values))


_LIVING = """
    WITH living AS (
        SELECT id FROM procrastinate_jobs
        WHERE id = %(job_id)s AND status = 'doing' AND attempts = %(attempts)s FOR UPDATE
    )
"""
_FINISH = _LIVING + "SELECT procrastinate_finish_job_v1(id, %(status)s, %(delete_job)s) FROM living"  # noqa: S608 (our own words)
_RETRY = (
    _LIVING + "SELECT procrastinate_retry_job_v2(id, %(retry_at)s, %(priority)s, %(queue)s, %(lock)s) FROM living"  # noqa: S608
)


async def _patiently(write: Callable[[], Awaitable[None]]) -> None:
    for attempt in range(PATIENCE):
        try:
            await write()
        except ConnectorException as error:
            if not isinstance(error.__cause__, OperationalError) or attempt == PATIENCE - 1:
                raise
            await asyncio.sleep(1)
        else:
            return
