"""The runner of a record on PostgreSQL: procrastinate hands out the jobs, and each job delivers its outbox row.

Procrastinate decides who does a job, when it is tried again and which attempt at it is the living one; the row follows
in the transaction that settles it. A row is committed as under way before it is handed over. The work itself is done
in threads, several rows at once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Event
from typing import Any, TypeVar

from procrastinate import App, BaseRetryStrategy, JobContext, RetryDecision
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import DeleteJobCondition, Job, Status
from sqlalchemy import Engine, TextClause
from sqlalchemy.exc import DBAPIError

from quarterday.db import outbox, queue
from quarterday.db.outbox import Due, Ruling, State
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.services.background.policy import Policy, Settled
from quarterday.services.background.queue_jobs import Attempt, Jobs, app_of, attempt_at

AFTER_TROUBLE = timedelta(seconds=30)
"""How long a row waits whose attempt couldn't be written down."""

ERRANDS_AT_ONCE = 2
"""How many things that may take long one worker does beside its deliveries."""

STOP_SECONDS = 0.2
"""How often a worker looks whether it is told to stop."""

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
        app.job_manager = jobs = Jobs(app, self._uow.clock)
        app.task(name=queue.TASK, pass_context=True, retry=_AsRuled())(partial(self._attempt, jobs))

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

    def _attempt(self, jobs: Jobs, context: JobContext, row_id: int) -> None:
        """One attempt at a row; raises :class:`_NotYet` where the job is to be done again later."""
        try:
            settled = self._settled(jobs, attempt_at(context.job), row_id)
        except DBAPIError:
            _log.exception("What becomes of delivery %s couldn't be written down.", row_id)
            raise
        if settled is None:
            return
        row, ruling = settled
        self._tell(Settled(row, ruling.state, ruling.why, ruling.reference))
        if ruling.state is State.DUE:
            raise _NotYet(ruling.wait)

    def _settled(self, jobs: Jobs, attempt: Attempt, row_id: int) -> tuple[Due, Ruling] | None:
        """Deliver a row and settle it; None where there is nothing to do, or another attempt has it by now.

        The job of a row that is settled for good is finished with it, or neither is.
        """
        living = queue.is_attempt(*attempt)
        row = jobs.taken.pop(attempt, None)
        if row is None:
            with self._uow.begin(_RUNNER) as work:
                taken = self._taken_over(work, row_id, living)
            if not isinstance(taken, Due):
                return taken
            row = taken
        ((row, ruling),) = self._policy.deliver([row])
        with self._uow.begin(_RUNNER) as work:
            is_settled = outbox.settle(work, row, ruling, living)
            is_over = is_settled and ruling.state is not State.DUE
            if is_over:
                queue.finish(work.connection, *attempt)
        if is_over:
            jobs.finished.add(attempt)
        if is_settled:
            return row, ruling
        _log.warning("Another attempt at delivery %s was begun before this one ended.", row.id)
        return None

    def _taken_over(self, work: Work, row_id: int, living: TextClause) -> Due | tuple[Due, Ruling] | None:
        """A row that wasn't due when its job was fetched: left under way by an attempt whose worker ended, or None."""
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
