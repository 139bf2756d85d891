"""Exchanges that a person asks for: the worker does them soon."""

from __future__ import annotations

from sqlalchemy import select

from quarterday.db import queue
from quarterday.db.models import OutboxRow
from quarterday.db.outbox import State
from quarterday.db.work import Actor, Priority, UnitOfWork
from quarterday.domain.permissions import Permission
from quarterday.services import scope
from quarterday.services.portals.runs import Purpose


def ask_for(uow: UnitOfWork, actor: Actor, *, portal: str, authority_id: int, purpose: Purpose = Purpose.SYNC) -> bool:
    """Have the worker exchange records with a portal, or compare both sides, soon; returns whether that was asked for
    now. Where one of that purpose waits already, that one is for both who asked.

    Raises :class:`~quarterday.errors.NotAllowed` for a role that decides nothing.
    """
    with uow.begin(actor) as work:
        scope.needs(work, Permission.REVIEW)
        scope.authority(work, authority_id)
        work.take_turns(f"portal/{portal}/{authority_id}")
        there = work.all(
            select(OutboxRow.c.payload).where(
                OutboxRow.c.kind == queue.SYNC,
                OutboxRow.c.authority_id == authority_id,
                OutboxRow.c.state == State.DUE,
            )
        )
        payload = {"source": portal, "purpose": str(purpose)}
        if payload in [row.payload for row in there]:
            return False
        key = f"{purpose}/{portal}/{authority_id}/{work.now.isoformat()}"
        work.send(queue.SYNC, key, payload, authority_id=authority_id, priority=Priority.SOON)
        work.audit(authority_id, "portal.asked", f"portal/{portal}", purpose=str(purpose))
        return True
