"""The worker: delivers what is due as long as it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from threading import Event

from quarterday.db import queue
from quarterday.db.only_worker import only_worker
from quarterday.db.outbox import Due
from quarterday.db.work import Actor, UnitOfWork
from quarterday.ports import Receipt
from quarterday.registry import installed
from quarterday.services import audit_trail
from quarterday.services.background.kinds import KINDS, Errand, Kind, Parcel, errands
from quarterday.services.background.policy import Policy, Settled
from quarterday.services.background.runner import Runner
from quarterday.services.plugins.children import Children, Order
from quarterday.services.plugins.configured import values_of
from quarterday.services.plugins.pauses import watched
from quarterday.services.plugins.sinks import sink_of

LOOK_SECONDS = 1.0
"""How often the outbox is looked at while nothing is due."""

AT_ONCE = 4
"""How many deliveries one worker has under way at the same time, on PostgreSQL."""


def run(
    uow: UnitOfWork,
    *,
    stop: Event,
    tell: Callable[[Settled], None],
    once: bool = False,
    at_once: int = AT_ONCE,
    kinds: Mapping[str, Kind | Errand] = KINDS,
) -> None:
    """Be a worker of the record until ``stop`` is set, or with ``once`` until nothing is due.

    ``tell`` hears of each delivery; ``kinds`` says how each is made. A stop waits for what is under way. On PostgreSQL
    any number of workers run, each with ``at_once`` deliveries at a time; on SQLite one, which delivers them one by
    one. What the audit trail has by now is sealed first; from then on the clock has it sealed each minute. Raises
    :class:`~quarterday.errors.Refused` where another worker runs on SQLite.
    """
    with Children() as children:
        policy = Policy(uow, {**errands(children), **kinds}, partial(_hand_over, uow, children))
        if queue.is_kept(uow.engine):
            from quarterday.services.background.queue_runner import QueueRunner

            audit_trail.seal(uow)
            QueueRunner(uow, policy, tell).run(stop, at_once=at_once, once=once)
        else:
            with only_worker(uow.engine):
                audit_trail.seal(uow)
                _run_alone(uow, Runner(uow, policy), stop, tell, once)


def _run_alone(uow: UnitOfWork, runner: Runner, stop: Event, tell: Callable[[Settled], None], once: bool) -> None:
    for settled in runner.take_back():
        tell(settled)
    while not stop.is_set():
        if found := runner.deliver_next():
            tell(found)
        elif once:
            return
        else:
            stop.wait(LOOK_SECONDS)


def _hand_over(uow: UnitOfWork, children: Children, row: Due, parcel: Parcel) -> Receipt:
    """Have the sink deliver, by the settings of the row's authority as they are now, unless it rests there."""
    plugin = sink_of(installed(), parcel.sink).plugin
    with watched(uow, row.authority_id, plugin, parcel.sink):
        with uow.read(Actor.operator("worker")) as work:
            values = values_of(work, row.authority_id, plugin)
        return children.deliver(Order(parcel.sink, values, parcel.document, row.key, row.authority_id))
