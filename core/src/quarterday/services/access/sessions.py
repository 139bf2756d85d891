"""Sessions: opened by a link, found by the random value in a cookie, listed, and ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_urlsafe

from sqlalchemy import ColumnElement, select, update

from quarterday.db.models import SignInSession
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.domain.permissions import Permission
from quarterday.errors import NotAllowed, NotThere
from quarterday.services.access import visits
from quarterday.services.access.visits import LONGEST, Place, Standing, Visit
from quarterday.services.organisations.people import staff

__all__ = [
    "Place",
    "Session",
    "Standing",
    "Visit",
    "end",
    "end_all",
    "mine",
    "sessions_of",
    "visit",
]

TOUCHED_EVERY = timedelta(minutes=1)
"""How exactly it is kept when a session was last used: a write with every request would make readers wait."""


@dataclass(frozen=True, slots=True)
class Session:
    """A session that hasn't ended."""

    id: int
    label: str
    """The browser: “Firefox on Windows”."""
    opened_at: datetime
    seen_at: datetime
    return_id: int | None
    """The one return it opens; None for all that the person may do."""


def open_session(work: Work, *, user_id: int, return_id: int | None, label: str) -> str:
    """The step that opens a session for somebody; returns the random value for the cookie, which isn't kept."""
    cookie = token_urlsafe(32)
    session_id = work.add(
        SignInSession,
        cookie=visits.digest_of(cookie),
        user_id=user_id,
        return_id=return_id,
        label=label[:60],
        seen_at=work.now,
    )
    work.audit(None, "session.opened", f"session/{session_id}", user=user_id, **{"return": return_id})
    return cookie


def visit(uow: UnitOfWork, cookie: str) -> Visit | None:
    """Who comes with that cookie; None where the session has ended or nobody has it. One statement in most requests.

    A session ends when it was idle too long, after :data:`~quarterday.services.access.visits.LONGEST`, when it is
    ended, and when the person has no role any more.
    """
    actor = Actor("sign-in")
    with uow.read(actor) as work:
        found = visits.read(work, cookie)
        now = work.now
    if found and now - found.seen_at >= TOUCHED_EVERY:
        with uow.begin(actor) as work:
            _set(work, SignInSession.c.id == found.session_id, seen_at=now)
    return found


def mine(uow: UnitOfWork, visit: Visit) -> list[Session]:
    """The visitor's sessions, the newest first; of a session for one return itself alone."""
    with uow.read(_actor(visit)) as work:
        found = _living(work, visit.user_id)
    return [one for one in found if visit.return_id is None or one.id == visit.session_id]


def end(uow: UnitOfWork, visit: Visit, *, session_id: int | None = None) -> None:
    """End the visitor's own session, or another one of theirs; one that has ended stays so.

    Raises :class:`Refused` for a session that isn't theirs.
    """
    wanted = visit.session_id if session_id is None else session_id
    if visit.return_id is not None and wanted != visit.session_id:
        raise NotThere("There is no such session.")
    with uow.begin(_actor(visit)) as work:
        if work.one(select(SignInSession.c.id).filter_by(id=wanted, user_id=visit.user_id)) is None:
            raise NotThere("There is no such session.")
        _end(work, SignInSession.c.id == wanted)


def sessions_of(uow: UnitOfWork, actor: Actor, *, user_id: int) -> list[Session]:
    """Somebody's sessions, the newest first; raises :class:`Refused` as :func:`end_all` does."""
    with uow.read(actor) as work:
        must_administer(work, user_id)
        return _living(work, user_id)


def end_all(uow: UnitOfWork, actor: Actor, *, user_id: int) -> int:
    """End all of somebody's sessions; returns how many there were.

    Raises :class:`Refused` for anybody but the operator and an administrator of an authority whose staff they are.
    """
    with uow.begin(actor) as work:
        must_administer(work, user_id)
        return put_end(work, user_id)


def put_end(work: Work, user_id: int) -> int:
    """The step that ends all of somebody's sessions; returns how many there were."""
    return _end(work, SignInSession.c.user_id == user_id)


def must_administer(work: Work, user_id: int) -> None:
    """Raise :class:`Refused` for anybody but the operator and an administrator of an authority whose staff it is."""
    actor = work.actor
    if actor.is_operator:
        return
    if not actor.may(Permission.ADMINISTER) or actor.authority_id is None:
        raise NotAllowed("Only an administrator of the council can do this.")
    if user_id not in staff(work, actor.authority_id).values():
        raise NotThere("There is no such person.")


def _living(work: Work, user_id: int) -> list[Session]:
    columns = (
        SignInSession.c.id,
        SignInSession.c.label,
        SignInSession.c.recorded_at,
        SignInSession.c.seen_at,
        SignInSession.c.return_id,
    )
    living = (
        SignInSession.c.user_id == user_id,
        SignInSession.c.ended_at.is_(None),
        SignInSession.c.recorded_at > work.now - LONGEST,
    )
    found = [Session(*row) for row in work.all(select(*columns).where(*living).order_by(SignInSession.c.id.desc()))]
    is_staff = visits.is_staff(work, user_id)
    return [one for one in found if work.now < one.seen_at + visits.idle(is_staff=is_staff and one.return_id is None)]


def _end(work: Work, *where: ColumnElement[bool]) -> int:
    living = [row.id for row in work.all(select(SignInSession.c.id).where(*where, SignInSession.c.ended_at.is_(None)))]
    _set(work, SignInSession.c.id.in_(living), ended_at=work.now)
    for session_id in living:
        work.audit(None, "session.ended", f"session/{session_id}")
    return len(living)


def _set(work: Work, where: ColumnElement[bool], **values: datetime) -> None:
    work.connection.execute(update(SignInSession).where(where).values(**values))


def _actor(visit: Visit) -> Actor:
    return Actor(f"user/{visit.user_id}", user_id=visit.user_id)
