"""The worker: delivers what is due as long as it runs."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from threading import Event

from quarterday.db import queue
from quarterday.db.only_worker import only_worker
from quarterday.db.outbox import Due
from quarterday.db.work import Actor, UnitOfWork
from quarterday.registry import installed
from quarterday.services import audit_trail
from quarterday.services.background.kinds import KINDS, Errand, Kind, Parcel, errands
from quarterday.services.background.lanes import Lanes
from quarterday.services.background.policy import Outcomes, Parcels, Policy, Settled
from quarterday.services.plugins.children import Children, Order
from quarterday.services.plugins.configured import values_of
from quarterday.services.plugins.pauses import Breaker
from quarterday.services.plugins.sinks import sink_of
from quarterday.services.record import settings_kept

SETTINGS_SECONDS = 1.0
"""How old the settings may be by which something is delivered."""

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
    any number of workers run, each with ``at_once`` deliveries at a time; on SQLite one, which delivers for some
    authorities side by side, and for each in order. What the audit trail has by now is sealed first; from then on the
    clock has it sealed each minute. Raises :class:`~quarterday.errors.Refused` where another worker runs on SQLite.
    """
    with Children() as children, settings_kept(SETTINGS_SECONDS):
        all_kinds = {**errands(children), **kinds}
        if queue.is_kept(uow.engine):
            from quarterday.services.background.queue_runner import QueueRunner

            audit_trail.seal(uow)
            policy = Policy(uow, all_kinds, partial(_hand_over, uow, children, lambda row_id: None))
            QueueRunner(uow, policy, tell).run(stop, at_once=at_once, once=once)
        else:
            with only_worker(uow.engine) as handed_over:
                audit_trail.seal(uow)
                policy = Policy(uow, all_kinds, partial(_hand_over, uow, children, handed_over.note))
                Lanes(uow, policy, handed_over, tell).run(stop, once=once)


def _hand_over(uow: UnitOfWork, children: Children, note: Callable[[int], None], parcels: Parcels) -> Outcomes:
    """Have the sink deliver, by the settings of the rows' authority as they are now, unless it rests there."""
    first = next(parcels, None)
    if first is None:
        return
    asked: deque[Due] = deque([first[0]])
    try:
        plugin = sink_of(installed(), first[1].sink).plugin
        breaker = Breaker(uow, first[0].authority_id, plugin, first[1].sink)
        with uow.read(Actor.operator("worker")) as work:
            values = values_of(work, first[0].authority_id, plugin)

        def orders() -> Iterator[Order]:
            following: tuple[Due, Parcel] | None = first
            while following is not None:
                row, parcel = following
                note(row.id)
                yield Order(parcel.sink, values, parcel.document, row.key, row.authority_id)
                following = None if breaker.rests else next(parcels, None)
                if following is not None:
                    asked.append(following[0])

        for _, outcome in children.deliver_all(orders()):
            breaker.saw(outcome)
            yield asked.popleft(), outcome
    except Exception as error:
        for row in asked:
            yield row, error
