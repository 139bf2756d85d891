"""The worker: seals the audit trail each minute, and delivers what is due as long as it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from threading import Event
from time import monotonic

from quarterday.db.only_worker import only_worker
from quarterday.db.outbox import Due
from quarterday.db.work import Actor, UnitOfWork
from quarterday.ports import Receipt
from quarterday.registry import installed
from quarterday.services import audit_trail
from quarterday.services.background.kinds import KINDS, Errand, Kind, Parcel
from quarterday.services.background.runner import Runner, Settled
from quarterday.services.plugins.configured import values_of
from quarterday.services.plugins.courier import Courier, Order
from quarterday.services.plugins.sinks import sink_of

SEAL_SECONDS = 60.0
"""How often the audit trail is sealed."""

LOOK_SECONDS = 1.0
"""How often the outbox is looked at while nothing is due."""


def run(
    uow: UnitOfWork,
    *,
    stop: Event,
    tell: Callable[[Settled], None],
    once: bool = False,
    kinds: Mapping[str, Kind | Errand] = KINDS,
) -> None:
    """Be the record's worker until ``stop`` is set, or with ``once`` until nothing is due.

    ``tell`` hears of each delivery; ``kinds`` says how each is made. A stop waits for the delivery that is under way.
    Raises :class:`~quarterday.errors.Refused` where another worker runs, and for a record on PostgreSQL.
    """
    with only_worker(uow.engine), Courier() as courier:
        runner = Runner(uow, kinds, partial(_hand_over, uow, courier))
        for settled in runner.take_back():
            tell(settled)
        sealed: float | None = None
        while not stop.is_set():
            if sealed is None or monotonic() - sealed >= SEAL_SECONDS:
                audit_trail.seal(uow)
                sealed = monotonic()
            if found := runner.deliver_next():
                tell(found)
            elif once:
                return
            else:
                stop.wait(LOOK_SECONDS)


def _hand_over(uow: UnitOfWork, courier: Courier, row: Due, parcel: Parcel) -> Receipt:
    """Have the sink deliver, by the settings of the row's authority as they are now."""
    plugin = sink_of(installed(), parcel.sink).plugin
    with uow.read(Actor.operator("worker")) as work:
        values = values_of(work, row.authority_id, plugin)
    return courier.deliver(Order(parcel.sink, values, parcel.document, row.key))
