"""The runner of each database, driven one delivery at a time, so that the same tests say the same of both."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from threading import Event

import pytest
from sqlalchemy import text

from quarterday.db import outbox, queue
from quarterday.db.columns import microseconds
from quarterday.db.work import Actor, UnitOfWork
from quarterday.ports import Receipt
from quarterday.services.background.kinds import Errand, Kind, Parcel
from quarterday.services.background.policy import HandOver, Outcomes, Parcels, Policy, Settled
from quarterday.services.background.queue_runner import QueueRunner, put_back_stalled
from quarterday.services.background.runner import Runner

HandOverOne = Callable[[outbox.Due, Parcel], Receipt]

TEST = Actor.operator("test")


class Embedded:
    """SQLite's."""

    def __init__(self, uow: UnitOfWork, kinds: Mapping[str, Kind | Errand], hand_over: HandOverOne) -> None:
        self._uow = uow
        self._kinds = kinds
        self._runner = Runner(uow, Policy(uow, kinds, one_by_one(hand_over), chance=lambda: 0))

    def deliver_next(self) -> Settled | None:
        """What became of the delivery that goes next; None when nothing is due."""
        settled = self._runner.deliver(1)
        return settled[0] if settled else None

    def is_killed(self) -> None:
        """The delivery that goes next is under way when the process ends."""
        with pytest.raises(KeyboardInterrupt):
            Runner(self._uow, Policy(self._uow, self._kinds, _cut_off)).deliver(1)

    def is_started_again(self) -> None:
        """What comes first where one ended before."""
        self._runner.take_back(lambda row_id: True)


class Queued:
    """PostgreSQL's: a whole procrastinate worker, which ends after one delivery.

    Procrastinate goes by the server's clock; where the record's is moved, what waits in the queue is moved with it.
    """

    def __init__(self, uow: UnitOfWork, kinds: Mapping[str, Kind | Errand], hand_over: HandOverOne) -> None:
        self._uow = uow
        self._policy = Policy(uow, kinds, one_by_one(hand_over), chance=lambda: 0)
        self._seen = uow.clock()

    def deliver_next(self) -> Settled | None:
        """As the other's."""
        self._keep_up_with_the_clock()
        told: list[Settled] = []
        stop = _Stop()

        def tell(settled: Settled) -> None:
            told.append(settled)
            stop.set()
            stop.was_seen.wait(10)  # before this job is finished, so that the worker fetches no other

        QueueRunner(self._uow, self._policy, tell).run(stop, at_once=1, once=True)
        return told[0] if told else None

    def is_killed(self) -> None:
        """What a worker leaves that was killed some time ago: its job is being done, its row under way."""
        self._keep_up_with_the_clock()
        with self._uow.begin(TEST) as work:
            worker = work.connection.execute(text("SELECT procrastinate_register_worker_v1()")).scalar_one()
            given = {"queues": None, "worker_id": worker, "now": microseconds(work.now)}
            job = work.connection.exec_driver_sql(queue.FETCH, given).mappings().one()
            assert job["taken"]["id"] == job["args"][queue.ROW]
            long_ago = "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour' WHERE id = :worker"
            work.connection.execute(text(long_ago), {"worker": worker})

    def is_started_again(self) -> None:
        """What the clock does, whichever worker starts or doesn't."""
        put_back_stalled(self._uow.engine)

    def _keep_up_with_the_clock(self) -> None:
        went_by: timedelta = self._uow.clock() - self._seen
        self._seen = self._uow.clock()
        with self._uow.begin(TEST) as work:
            moved = "UPDATE procrastinate_jobs SET scheduled_at = scheduled_at - :went_by WHERE status = 'todo'"
            work.connection.execute(text(moved), {"went_by": went_by})


AnyRunner = Embedded | Queued


def runner_of(uow: UnitOfWork, kinds: Mapping[str, Kind | Errand], hand_over: HandOverOne) -> AnyRunner:
    """The runner for a record on its database."""
    return (Queued if queue.is_kept(uow.engine) else Embedded)(uow, kinds, hand_over)


def deliver_all(runner: AnyRunner) -> None:
    """Deliver until nothing is due."""
    while runner.deliver_next():
        pass


class _Stop(Event):
    """Tells when somebody saw that it is set."""

    def __init__(self) -> None:
        super().__init__()
        self.was_seen = Event()

    def is_set(self) -> bool:
        if super().is_set():
            self.was_seen.set()
            return True
        return False


def one_by_one(hand_over: HandOverOne) -> HandOver:
    """What delivers parcel after parcel, by what delivers one or raises."""

    def all_of(parcels: Parcels) -> Outcomes:
        for row, parcel in parcels:
            try:
                yield row, hand_over(row, parcel)
            except Exception as error:
                yield row, error

    return all_of


def _cut_off(parcels: Parcels) -> Outcomes:
    next(parcels)
    raise KeyboardInterrupt
