"""What the outbox holds, as people see it, and trying again what was given up."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, select, true

from quarterday.db import outbox
from quarterday.db.models import Authority, OutboxRow
from quarterday.db.outbox import State
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.domain.permissions import Permission
from quarterday.errors import Refused, Trouble
from quarterday.ports import Health, Verdict
from quarterday.services import scope
from quarterday.services.record import open_record

OVERDUE = timedelta(minutes=10)
"""How long something may be due before it counts as left lying."""


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
    is_lost: bool
    """Whether it is to be delivered and nobody will, because PostgreSQL's queue has no job for it; the upkeep of the
    queue, a job of the clock, gives it one."""


def deliveries(uow: UnitOfWork, actor: Actor, *, state: State | None = None, most: int | None = None) -> list[Delivery]:
    """The deliveries in the actor's scope, in one state or in any, in the order in which they were asked for.

    With ``most`` the newest so many; :func:`number_of` says how many there are.
    """
    columns = (
        OutboxRow.c.id,
        Authority.c.key.label("authority"),
        OutboxRow.c.kind,
        OutboxRow.c.key,
        OutboxRow.c.priority,
        OutboxRow.c.state,
        OutboxRow.c.due,
        OutboxRow.c.attempts,
        OutboxRow.c.error,
        OutboxRow.c.receipt["reference"].as_string().label("reference"),
        OutboxRow.c.recorded_at,
        OutboxRow.c.settled_at,
    )
    is_lost = outbox.has_no_job(uow.engine).label("is_lost")
    query = select(*columns, is_lost).outerjoin(Authority, Authority.c.id == OutboxRow.c.authority_id)
    newest_first = query.where(*_asked_for(actor, state)).order_by(OutboxRow.c.id.desc()).limit(most)
    with uow.read(actor) as work:
        scope.needs(work, Permission.ADMINISTER)
        rows = reversed(work.all(newest_first))
        return [Delivery(**{**row._mapping, "state": State(row.state)}) for row in rows]


def number_of(uow: UnitOfWork, actor: Actor, *, state: State | None = None) -> int:
    """How many deliveries there are in the actor's scope, in one state or in any."""
    with uow.read(actor) as work:
        scope.needs(work, Permission.ADMINISTER)
        query = select(func.count()).select_from(OutboxRow).where(*_asked_for(actor, state))
        return work.connection.execute(query).scalar_one()


def retry(uow: UnitOfWork, actor: Actor, *, ids: Collection[int]) -> int:
    """Have deliveries tried again, now and as if for the first time; returns how many.

    Raises :class:`Refused`, and changes none, where one of them isn't in the actor's scope, is under way, or is done.
    Its key stays, so that a receiver that keeps keys acts once, whatever it got before.
    """
    query = select(OutboxRow.c.id, OutboxRow.c.authority_id, OutboxRow.c.state)
    with uow.begin(actor) as work:
        scope.needs(work, Permission.ADMINISTER)
        found = work.all(query.where(OutboxRow.c.id.in_(ids), _in_scope(actor)).with_for_update())
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


def is_emptying(work: Work) -> bool:
    """Whether a delivery has ended in the last :data:`OVERDUE`: what is overdue is a backlog then, and isn't stuck."""
    ended = select(OutboxRow.c.id).where(OutboxRow.c.settled_at >= work.now - OVERDUE).limit(1)
    return work.one(ended) is not None


def examine() -> Iterator[Verdict]:
    """What ``quarterday doctor`` says of the outbox: what was given up, and what nobody takes."""
    try:
        uow = open_record()
    except Trouble:  # the check of the record says so
        return
    with uow.read(Actor("doctor")) as work:
        lost = OutboxRow.c.state.in_((State.DEAD, State.PERHAPS_SENT))
        late = and_(OutboxRow.c.state == State.DUE, OutboxRow.c.due < work.now - OVERDUE)
        given_up, overdue, without_job = (
            work.connection.execute(select(func.count()).select_from(OutboxRow).where(which)).scalar_one()
            for which in (lost, late, outbox.has_no_job(uow.engine))
        )
        is_stuck = overdue > 0 and not is_emptying(work)
    if given_up:
        to_do = "“quarterday outbox list” says why; “quarterday outbox retry” has them tried again."
        yield Verdict(Health.WARNING, f"given up: {given_up:,}.", to_do)
    if overdue:
        minutes = OVERDUE.seconds // 60
        worked_off = "They are being worked off; more workers do it sooner on PostgreSQL."
        to_do = "Nothing was delivered meanwhile: let “quarterday worker” run." if is_stuck else worked_off
        yield Verdict(Health.WARNING, f"due for more than {minutes} minutes: {overdue:,}.", to_do)
    if without_job:
        to_do = "Let “quarterday clock” run, or “quarterday jobs run upkeep”."
        yield Verdict(Health.WARNING, f"waiting without a job in PostgreSQL's queue: {without_job:,}.", to_do)
    if not given_up and not overdue and not without_job:
        yield Verdict(Health.GOOD, "nothing was given up, and nothing is overdue")


def _asked_for(actor: Actor, state: State | None) -> tuple[ColumnElement[bool], ...]:
    return (_in_scope(actor), true() if state is None else OutboxRow.c.state == state)


def _in_scope(actor: Actor) -> ColumnElement[bool]:
    return true() if actor.is_operator else OutboxRow.c.authority_id == actor.authority_id
