"""Telling a supplier's people that a return is open."""

from __future__ import annotations

from sqlalchemy import select

from quarterday.db.models import OutboxRow, Reminder
from quarterday.db.work import Actor, UnitOfWork
from quarterday.domain.permissions import Permission
from quarterday.domain.reminders import OPENED
from quarterday.errors import Refused
from quarterday.services import scope
from quarterday.services.access import links
from quarterday.services.returns import addressees
from quarterday.services.returns.reported import reported


def who_reports(uow: UnitOfWork, actor: Actor, *, return_id: int) -> list[int]:
    """The ids of those who report for a return's contract today; raises :class:`Refused` where there is no such one."""
    with uow.read(actor) as work:
        reported(work, return_id)
        return [person.id for person in addressees.reporters(work, return_id)]


def invite(uow: UnitOfWork, actor: Actor, *, return_id: int, user_id: int) -> tuple[int, bool]:
    """Write to somebody that a return is open, with a link that opens it; returns the delivery's id, and whether it
    was asked for now: each person is invited to a return once.

    Raises :class:`Refused` where there is no such return in the actor's scope, and for a person who doesn't report for
    its contract today.
    """
    with uow.begin(actor) as work:
        scope.needs(work, Permission.KEEP_CONTRACTS)
        found = reported(work, return_id)
        if user_id not in [person.id for person in addressees.reporters(work, return_id)]:
            raise Refused("This person doesn't report for the contract: invite somebody of its suppliers.")
        key = f"invitation/{return_id}/{user_id}"
        work.take_turns(key)
        there = work.one(select(OutboxRow.c.id).where(OutboxRow.c.key == key))
        if there is not None:
            return there.id, False
        work.find_or_add(Reminder, return_id=return_id, rung=str(OPENED), user_id=user_id)
        payload = {"return_id": return_id, "user": user_id, "token": links.for_return(work, user_id, return_id)}
        work.audit(found.authority_id, "return.invited", found.subject, user=user_id)
        return work.send("mail.invitation", key, payload, authority_id=found.authority_id), True
