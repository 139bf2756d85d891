"""More time for one return: another day by which it is in time, with the reason. The period's own day stays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from quarterday.db.models import Period, Return, ReturnExtension
from quarterday.db.work import Actor, UnitOfWork
from quarterday.domain.permissions import Permission
from quarterday.errors import Refused
from quarterday.services import scope, words
from quarterday.services.returns import addressees
from quarterday.services.returns.reported import reported


@dataclass(frozen=True, slots=True)
class Extended:
    """A return that was given more time."""

    return_id: int
    before: date
    due: date


def extend(uow: UnitOfWork, actor: Actor, *, return_id: int, due: date, reason: str) -> Extended:
    """Let a return that isn't submitted be in time until another day; those who report it are told the new one.

    The day may also be an earlier one than was given before, but none before the period's own. When the period closes
    stays as it is. Reminders follow the new day from now on: one that was written by the old one isn't sent any more,
    and none is repeated.

    Raises :class:`Refused` for the day that it has, one that is over, one before the period's own or after it closes,
    for a return that was submitted, for no reason, and for a supplier.
    """
    with uow.begin(actor) as work:
        scope.needs(work, Permission.KEEP_CONTRACTS)
        found = reported(work, return_id)
        work.take_turns(f"{found.subject}/due")
        before = addressees.due(work, return_id)
        own = work.connection.execute(
            select(Period.c.due).join(Return, Return.c.period_id == Period.c.id).where(Return.c.id == return_id)
        ).scalar_one()
        if found.revisions:
            raise Refused("This return was submitted already; it needs no more time.")
        if due == before:
            raise Refused("This return is due on {due} already.", due=due)
        if due < own:
            raise Refused("Every return for this period is due on {due}; choose a day after it.", due=own)
        if due > found.closes:
            raise Refused(
                "This return closes on {closes}: choose a day until then. What comes later is reported with "
                "a later return, as a late claim.",
                closes=found.closes,
            )
        if due < work.today:
            raise Refused("{due} is over; choose today or a later day.", due=due)
        words_id = words.keep(work, reason)
        if words_id is None:
            raise Refused("Say why this return gets more time; the reason is kept with the new day.")
        extension_id = work.add(
            ReturnExtension, return_id=return_id, due=due, words_id=words_id, by_user_id=actor.user_id
        )
        days = {"before": before.isoformat(), "due": due.isoformat()}
        work.audit(found.authority_id, "return.extended", found.subject, **days)
        for person in addressees.reporters(work, return_id):
            work.send(
                "mail.more_time",
                f"more_time/{extension_id}/{person.id}",
                {"return_id": return_id, "user": person.id, "extension": extension_id},
                authority_id=found.authority_id,
            )
        return Extended(return_id, before, due)
