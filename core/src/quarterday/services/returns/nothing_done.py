"""Saying of one measure that nothing was done in a return's period: an answer, where an empty page is none."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from quarterday.db.models import DraftEntry, NothingDone
from quarterday.db.newest import newest
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.domain.permissions import Permission
from quarterday.errors import NotThere, Refused
from quarterday.services import scope
from quarterday.services.returns.reported import must_be_open, reported, take_turn

_STANDING = select(NothingDone.c.ref).where(
    NothingDone.c.return_id == bindparam("return_id"),
    newest(NothingDone, NothingDone.c.return_id, NothingDone.c.ref),
    NothingDone.c.is_nothing,
)


def say_nothing(
    uow: UnitOfWork, actor: Actor, *, return_id: int, seen_version: int, ref: str, is_nothing: bool = True
) -> int:
    """Say that nothing was done for a measure of a return, or take that back; returns the return's version now.

    Said again it changes nothing. An entry that is written for the measure afterwards counts in its place. Raises
    :class:`Refused` for a closed period, a return that was submitted, and a measure that something is written for;
    :class:`~quarterday.services.returns.reported.SomebodyElse` when the return is no longer at ``seen_version``.
    """
    with uow.begin(actor) as work:
        scope.needs(work, Permission.REPORT)
        found = reported(work, return_id)
        measure = found.edition.measure(ref)
        if measure is None:
            raise NotThere("There is no such measure in this return.")
        if (measure.ref in nothing_done(work, return_id)) == is_nothing:
            return found.draft_version
        must_be_open(work, found, [measure.ref])
        if found.revisions:
            raise Refused("This return was submitted as it is; what is left out goes in the next one as a late claim.")
        drafted = select(DraftEntry.c.id).where(DraftEntry.c.return_id == return_id, DraftEntry.c.ref == measure.ref)
        if is_nothing and work.one(drafted.limit(1)) is not None:
            raise Refused(
                "Something is written for “{measure}”: take it out first, if there is nothing.", measure=measure.title
            )
        version = take_turn(work, found, seen_version)
        work.add(NothingDone, return_id=return_id, ref=measure.ref, is_nothing=is_nothing)
        action = "measure.nothing_done" if is_nothing else "measure.reopened"
        work.audit(found.authority_id, action, found.subject, ref=measure.ref, version=version)
        return version


def nothing_done(work: Work, return_id: int) -> frozenset[str]:
    """The step that reads of which measures it was said last that nothing was done."""
    return frozenset(row.ref for row in work.all(_STANDING, return_id=return_id))
