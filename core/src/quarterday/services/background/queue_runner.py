"""The runner of a record on PostgreSQL: procrastinate hands out the jobs, and each job delivers its outbox row.

Procrastinate decides who does a job, when it is tried again and which attempt at it is the living one; the row follows
in the transaction that settles it. A row is committed as under way before it is handed over. The work itself is done
in threads, several rows at once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any, TypeVar

from procrastinate import App, BaseRetryStrategy, JobContext, PsycopgConnector, RetryDecision
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.jobs import DeleteJobCondition, Job, Status
from procrastinate.manager import JobManager
from psycopg import OperationalError
from sqlalchemy import Engine, TextClause
from sqlalchemy.exc import DBAPIError

from quarterday.db import outbox, queue
from quarterday.db.outbox import Due, Ruling, State
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.services.background.policy import Policy, Settled

AFTER_TROUBLE = timedelta(seconds=30)
"""How long a row waits whose attempt couldn't be written down."""

ERRANDS_AT_ONCE = 2
"""How many things that may take long one worker does beside its deliveries."""

STOP_SECONDS = 0.2
"""How often a worker looks whether it is told to stop."""

PATIENCE = 60
"""How often it is tried, a second apart, to write down that a job is finished."""

T = TypeVar("T")

_log = logging.getLogger(__name__)
_RUNNER = Actor.operator("worker")


class QueueRunner:
    """Delivers what jobs of the queue stand for, by a policy; any number of them on a record, on any machine."""

    def __init__(self, uow: UnitOfWork, policy: Policy, tell: Callable[[Settled], None]) -> None:
        self._uow = uow
        self._policy = policy
        self._tell = tell

    def run(self, stop: Event, *, at_once: int, once: bool) -> None:
        """Do jobs, ``at_once`` of them at the same time, until ``stop`` is set, or ``once`` until none is due.

        A stop waits for the deliveries that are under way.
        """
        apart(lambda: self._run(stop, at_once, once))

    async def _run(self, stop: Event, at_once: int, once: bool) -> None:
        lanes = {queue.ERRANDS: ERRANDS_AT_ONCE, queue.QUEUE: at_once}
        app = app_of(self._uow.engine, most=sum(lanes.values()) + 1)
        app.task(name=queue.TASK, pass_context=True, retry=_AsRuled())(self._attempt)

        async def work(lane: str) -> None:
            await app.run_worker_async(
                queues=[lane],
                concurrency=lanes[lane],
                wait=not once,
                install_signal_handlers=False,
                delete_jobs=DeleteJobCondition.ALWAYS.value,
            )

        with ThreadPoolExecutor(sum(lanes.values()), "delivery") as threads:
            asyncio.get_running_loop().set_default_executor(threads)
            async with app.open_async():
                together = [[lane] for lane in lanes] if once else [list(lanes)]
                for group in together:  # once: errands first, since mails may come of them
                    await _until(stop, [asyncio.create_task(work(lane)) for lane in group if not stop.is_set()])

    def _attempt(self, context: JobContext, row_id: int) -> None:
        """One attempt at a row; raises :class:`_NotYet` where the job is to be done again later."""
        living = queue.is_attempt(context.job.id or 0, context.job.attempts)
        try:
            settled = self._settled(row_id, living)
        except DBAPIError:
            _log.exception("What becomes of delivery %s couldn't be written down.", row_id)
            raise
        if settled is None:
            return
        row, ruling = settled
        self._tell(Settled(row, ruling.state, ruling.why, ruling.reference))
        if ruling.state is State.DUE:
            raise _NotYet(ruling.wait)

    def _settled(self, row_id: int, living: TextClause) -> tuple[Due, Ruling] | None:
        """Deliver a row and settle it; None where there is nothing to do, or another attempt has it by now."""
        with self._uow.begin(_RUNNER) as work:
            row = outbox.take_this(work, row_id, living)
            if row is None:
                taken = self._taken_over(work, row_id, living)
                if not isinstance(taken, Due):
                    return taken
                row = taken
            if self._policy.repeats(row):  # were this lost, it would be delivered again, as it may be
                queue.without_waiting_for_the_disk(work.connection)
        ((row, ruling),) = self._policy.deliver([row])
        with self._uow.begin(_RUNNER) as work:
            if outbox.settle(work, row, ruling, living):
                return row, ruling
        _log.warning("Another attempt at delivery %s was begun before this one ended.", row.id)
        return None

    def _taken_over(self, work: Work, row_id: int, living: TextClause) -> Due | tuple[Due, Ruling] | None:
        """A row that isn't simply due: what an attempt left under way when its worker ended, or None."""
        found = outbox.found(work, row_id, living)
        match found:
            case (_, State.DUE, due):
                raise _NotYet(due - work.now)
            case (row, State.UNDER_WAY, _) if self._policy.repeats(row):
                return outbox.take_again(work, row_id)
            case (row, State.UNDER_WAY, _):
                ruling = self._policy.cut_short(row)
                outbox.settle(work, row, ruling)
                return row, ruling
        return None


def apart(begin: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """What comes of a coroutine, run in a loop and a thread of its own: the caller's may have a loop already."""
    with ThreadPoolExecutor(1, "queue") as alone:
        return alone.submit(copy_context().run, lambda: asyncio.run(begin())).result()


async def _until(stop: Event, working: Sequence[asyncio.Task[None]]) -> None:
    """Wait for those workers; when it is time to stop, or one ends, let the others end what they are at."""
    while not stop.is_set() and not any(one.done() for one in working) and working:
        await asyncio.wait(working, timeout=STOP_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    for one in working:
        one.cancel()
    for ended in await asyncio.gather(*working, return_exceptions=True):
        if isinstance(ended, Exception):
            raise ended


def app_of(engine: Engine, *, most: int) -> App:
    """Procrastinate on the record's database, with ``most`` connections; open it to use it."""
    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    app = App(connector=PsycopgConnector(conninfo=url, min_size=1, max_size=most))
    app.job_manager = _Patient(app.connector)
    return app


class _NotYet(Exception):
    """The job is to be done again after a while."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__(f"again in {wait}")
        self.wait = wait


class _AsRuled(BaseRetryStrategy):
    """A job is done again when its row is due again; one whose attempt couldn't be written down, a little later."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision:
        """When the job goes back into the queue."""
        wait = exception.wait if isinstance(exception, _NotYet) else AFTER_TROUBLE
        return RetryDecision(retry_at=datetime.now(UTC) + wait)


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


class _Patient(JobManager):
    """Writes down that a job is finished, or waits, also where the database goes away just then.

    A job that stayed as it is would belong to a living worker, and nobody would ever do it again. Procrastinate itself
    goes by a job's number alone; here one that was given to another attempt meanwhile is left to that.
    """

    async def finish_job(self, job: Job, status: Status, delete_job: bool) -> None:
        """Again and again for a minute."""
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


def put_back_stalled(engine: Engine) -> int:
    """Have the jobs done again that a worker had when it ended without a word; returns how many there were.

    Procrastinate itself leaves them with that worker. One counts as ended half a minute after it last said that it
    lives.
    """
    return apart(lambda: _put_back_stalled(app_of(engine, most=1)))


async def _put_back_stalled(app: App) -> int:
    number = 0
    async with app.open_async():
        for job in await app.job_manager.get_stalled_jobs():
            try:
                await app.job_manager.retry_job(job, retry_at=datetime.now(UTC))
            except UniqueViolation:  # somebody had the row tried again, so another job for it waits already
                await app.job_manager.finish_job(job, Status.FAILED, delete_job=True)
            number += 1
    return number
