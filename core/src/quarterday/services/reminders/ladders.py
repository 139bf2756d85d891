"""The ladder of an authority: what holds now, and laying down another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from quarterday.db import models
from quarterday.db.newest import newest
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.domain import reminders
from quarterday.domain.permissions import Permission
from quarterday.domain.reminders import DEFAULT, Ladder, NotALadder
from quarterday.errors import Refused
from quarterday.services import scope


def ladder(uow: UnitOfWork, actor: Actor, *, authority_id: int) -> Ladder:
    """The ladder that holds now; raises :class:`Refused` where there is no such authority in the actor's scope."""
    with uow.read(actor) as work:
        scope.needs(work, Permission.SEE_FIGURES)
        return ladder_of(work, scope.authority(work, authority_id).id)


def ladder_of(work: Work, authority_id: int) -> Ladder:
    """The step that reads it: the newest that was laid down, else the one that holds until then."""
    row = work.one(
        select(models.Ladder.content).where(
            models.Ladder.authority_id == authority_id, newest(models.Ladder, models.Ladder.authority_id)
        )
    )
    return reminders.ladder(row.content) if row else DEFAULT


def set_ladder(uow: UnitOfWork, actor: Actor, *, authority_id: int, data: Mapping[str, Any]) -> Ladder:
    """Lay down how an authority has returns asked for, from now on; returns the ladder in ``data``.

    A rung that was done for a return isn't done again while its words stay; what isn't said is as in the default.
    Raises :class:`Refused` for what is no ladder, and where there is no such authority in the actor's scope.
    """
    try:
        wanted = reminders.ladder(data)
    except NotALadder as problem:
        raise Refused(str(problem)) from problem
    with uow.begin(actor) as work:
        scope.needs(work, Permission.WORD_MESSAGES)
        of = scope.authority(work, authority_id)
        row = work.add(
            models.Ladder,
            authority_id=of.id,
            content=reminders.as_data(wanted),
            by_user_id=actor.user_id,
        )
        work.audit(of.id, "ladder.set", f"ladder/{row}", rungs=len(wanted.rungs))
    return wanted
