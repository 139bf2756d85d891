"""The lanes of a record's only worker: work for one goes on beside work for another, so that nobody waits for somebody
else's slow receiver, and no mail for a long job.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event, Lock
from typing import Any

from sqlalchemy import ColumnElement, String, cast, func

from quarterday.db import outbox
from quarterday.db.models import OutboxRow
from quarterday.db.only_worker import HandedOver
from quarterday.db.work import Actor, UnitOfWork
from quarterday.services.background.policy import Policy, Settled
from quarterday.services.background.runner import Runner

MOST = 4
"""So many deliveries are under way side by side, each for another authority, and so many errands."""

LOOK_SECONDS = 1.0
"""How often the outbox is looked at while nothing is due."""

_WORKER = Actor.operator("worker")


@dataclass(frozen=True, slots=True)
class _Sort:
    """A sort of work, and what of it is done one after the other."""

    which: ColumnElement[bool]
    whose: ColumnElement[Any]
    most: int | None
    """So many rows are taken at a time; None for a whole batch."""


class Lanes:
    """Delivers what is due, for several authorities side by side, and for each in order."""

    def __init__(
        self, uow: UnitOfWork, policy: Policy, handed_over: HandedOver, tell: Callable[[Settled], None]
    ) -> None:
        self._uow = uow
        self._policy = policy
        self._handed_over = handed_over
        self._tell = tell
        self._telling = Lock()
        self._look = Event()
        is_errand = OutboxRow.c.kind.in_(policy.errands)
        authority = func.coalesce(OutboxRow.c.authority_id, 0)
        source = OutboxRow.c.payload["source"].as_string() + "/" + cast(authority, String)
        self._sorts = (
            _Sort(~is_errand, authority, None),
            _Sort(is_errand, func.coalesce(OutboxRow.c.payload["job"].as_string(), source, OutboxRow.c.key), 1),
        )
        self._busy: dict[tuple[int, Hashable], Future[None]] = {}

    def run(self, stop: Event, *, once: bool) -> None:
        """Deliver until ``stop`` is set, or with ``once`` until nothing is due; what is under way is ended first."""
        for settled in Runner(self._uow, self._policy).take_back(self._handed_over.was):
            self._tell(settled)
        with ThreadPoolExecutor(2 * MOST, "lane") as threads:
            while not stop.is_set():
                self._look.clear()
                self._begin(threads)
                if once and not self._busy:
                    return
                self._look.wait(LOOK_SECONDS)
                for lane, future in list(self._busy.items()):
                    if future.done():
                        del self._busy[lane]
                        future.result()  # what is wrong with the record ends the worker

    def _begin(self, threads: ThreadPoolExecutor) -> None:
        """Begin what is due for those for whom nothing is under way."""
        for number, sort in enumerate(self._sorts):
            while True:
                busy = [whose for of, whose in self._busy if of == number]
                if len(busy) >= MOST or (whose := self._next(sort, busy)) is None:
                    break
                if number == 0 and not busy:
                    self._handed_over.begin()
                future = threads.submit(self._deliver, sort, whose)
                self._busy[number, whose] = future
                future.add_done_callback(lambda _: self._look.set())

    def _next(self, sort: _Sort, busy: list[Hashable]) -> Hashable | None:
        """For whom the row is that goes next."""
        with self._uow.read(_WORKER) as work:
            whose: Hashable | None = outbox.next_of(work, sort.whose, sort.which, sort.whose.not_in(busy))
            return whose

    def _deliver(self, sort: _Sort, whose: Hashable) -> None:
        settled = Runner(self._uow, self._policy, sort.which, sort.whose == whose).deliver(sort.most)
        with self._telling:
            for one in settled:
                self._tell(one)
