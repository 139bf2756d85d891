"""The ladder of an authority: what holds now, and laying down another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Standing:
    """The ladder that holds, as somebody who is to change it sees it."""

    ladder: Ladder
    version: int
    """0 until an authority lays one down."""

    @property
    def is_own(self) -> bool:
        """Whether it is another than the usual one."""
        return self.ladder != DEFAULT


def ladder(uow: UnitOfWork, actor: Actor, *, authority_id: int) -> Ladder:
    """The ladder that holds now; raises :class:`Refused` where there is no such authority in the actor's scope."""
    return standing(uow, actor, authority_id=authority_id).ladder


def standing(uow: UnitOfWork, actor: Actor, *, authority_id: int) -> Standing:
    """The same with its version, for :func:`set_ladder`."""
    with uow.read(actor) as work:
        scope.needs(work, Permission.SEE_FIGURES)
        return _standing(work, scope.authority(work, authority_id).id)


def ladder_of(work: Work, authority_id: int) -> Ladder:
    """The step that reads it: the newest that was laid down, else the one that holds until then."""
    return _standing(work, authority_id).ladder


def set_ladder(
    uow: UnitOfWork, actor: Actor, *, authority_id: int, data: Mapping[str, Any], seen: int | None = None
) -> Ladder:
    """Lay down how an authority has returns asked for, from now on; returns the ladder in ``data``.

    A rung that was done for a return isn't done again while its words stay; what isn't said is as in the default, and
    what holds already changes nothing. ``seen`` is the version on which the change is made. Raises :class:`Refused` for
    what is no ladder, where somebody changed it since, and where there is no such authority in the actor's scope.
    """
    try:
        wanted = reminders.ladder(data)
    except NotALadder as problem:
        raise Refused(str(problem)) from problem
    with uow.begin(actor) as work:
        scope.needs(work, Permission.WORD_MESSAGES)
        of = scope.authority(work, authority_id)
        work.take_turns(f"ladder/{of.id}")
        now = _standing(work, of.id)
        if wanted != now.ladder:
            if seen is not None and seen != now.version:
                raise Refused("Somebody changed the reminders since you opened them; look at them again.")
            row = work.add(
                models.Ladder,
                authority_id=of.id,
                content=reminders.as_data(wanted),
                by_user_id=actor.user_id,
            )
            work.audit(of.id, "ladder.set", f"ladder/{row}", rungs=len(wanted.rungs))
    return wanted


def _standing(work: Work, authority_id: int) -> Standing:
    row = work.one(
        select(models.Ladder.c.id, models.Ladder.c.content).where(
            models.Ladder.c.authority_id == authority_id, newest(models.Ladder, models.Ladder.c.authority_id)
        )
    )
    return Standing(reminders.ladder(row.content), row.id) if row else Standing(DEFAULT, 0)
