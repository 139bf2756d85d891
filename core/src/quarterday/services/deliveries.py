"""What the outbox holds, as people see it, and trying again what was given up."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, false, select, true

from quarterday.db import outbox
from quarterday.db.models import Authority, OutboxRow
from quarterday.db.outbox import State
from quarterday.db.work import Actor, UnitOfWork
from quarterday.errors import Refused


@dataclass(frozen=True, slots=True)
class Delivery:
    """One row of the outbox."""

    id: int
    authority: str | None
    """The key of the authority it is for; None for the installation."""
    kind: str
    key: str
    priority: int
    """The lower goes first."""
    state: State
    due: datetime
    attempts: int
    error: str
    """Why it waits or was given up, in a sentence."""
    reference: str | None
    """What the receiver calls it, once it has arrived."""
    recorded_at: datetime
    settled_at: datetime | None


def deliveries(uow: UnitOfWork, actor: Actor, *, state: State | None = None) -> list[Delivery]:
    """The deliveries in the actor's scope, in one state or in any, in the order in which they were asked for."""
    columns = (
        OutboxRow.id,
        Authority.key.label("authority"),
        OutboxRow.kind,
        OutboxRow.key,
        OutboxRow.priority,
        OutboxRow.state,
        OutboxRow.due,
        OutboxRow.attempts,
        OutboxRow.error,
        OutboxRow.receipt["reference"].as_string().label("reference"),
        OutboxRow.recorded_at,
        OutboxRow.settled_at,
    )
    query = select(*columns).outerjoin(Authority, Authority.id == OutboxRow.authority_id).where(_in_scope(actor))
    if state is not None:
        query = query.where(OutboxRow.state == state)
    with uow.read(actor) as work:
        rows = work.connection.execute(query.order_by(OutboxRow.id))
        return [Delivery(**{**row._mapping, "state": State(row.state)}) for row in rows]


def retry(uow: UnitOfWork, actor: Actor, *, ids: Collection[int]) -> int:
    """Have deliveries tried again, now and as if for the first time; returns how many.

    Raises :class:`Refused`, and changes none, where one of them isn't in the actor's scope, is under way, or is done.
    Its key stays, so that a receiver that keeps keys acts once, whatever it got before.
    """
    query = select(OutboxRow.id, OutboxRow.authority_id, OutboxRow.state)
    with uow.begin(actor) as work:
        found = work.all(query.where(OutboxRow.id.in_(ids), _in_scope(actor)).with_for_update())
        rows = {row.id: row for row in found}
        for delivery_id in ids:
            if delivery_id not in rows:
                raise Refused(f"There is no delivery {delivery_id}; “quarterday outbox list” shows those there are.")
            if rows[delivery_id].state in (State.DONE, State.UNDER_WAY):
                raise Refused(f"Delivery {delivery_id} is {rows[delivery_id].state}; there is nothing to try again.")
        outbox.start_anew(work, ids)
        for row in rows.values():
            work.audit(row.authority_id, "delivery.retried", f"delivery/{row.id}", state=row.state)
    return len(rows)


def _in_scope(actor: Actor) -> ColumnElement[bool]:
    if actor.supplier_id is not None:
        return false()
    return true() if actor.authority_id is None else OutboxRow.authority_id == actor.authority_id
