"""What somebody was sending when their session had ended: kept sealed until they are back on the same page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, select

from quarterday.db.models import ParkedForm, SignInSession
from quarterday.db.work import Actor, UnitOfWork
from quarterday.services.access import keys as access_keys
from quarterday.services.access.visits import Visit, digest_of

KEPT = timedelta(days=1)
"""How long it waits for its writer: over a night, not for somebody who never comes back."""
MOST = 5
"""How many are kept for one person: a browser has few pages open that are being filled in."""
_PURPOSE = "parked forms"


def park(uow: UnitOfWork, cookie: str, path: str, typed: Mapping[str, Sequence[str]]) -> bool:
    """Keep what was typed on a page, for whoever's session that cookie was; returns whether it was one of ours.

    What the same person parked on that page before gives way to it; nobody but they can open it, and the database
    alone can't.
    """
    keys = access_keys.installed()
    with uow.begin(Actor("sign-in")) as work:
        work.connection.execute(delete(ParkedForm).where(ParkedForm.c.recorded_at < work.now - KEPT))
        whose = work.one(select(SignInSession.c.user_id).where(SignInSession.c.cookie == digest_of(cookie)))
        if whose is None:
            return False
        sealed = keys.seal(_PURPOSE, whose.user_id, {name: list(texts) for name, texts in typed.items()})
        mine = (ParkedForm.c.user_id == whose.user_id, ParkedForm.c.path == path)
        work.connection.execute(delete(ParkedForm).where(*mine))
        work.add(ParkedForm, user_id=whose.user_id, path=path, sealed=sealed)
        newest = select(ParkedForm.c.id).where(ParkedForm.c.user_id == whose.user_id).order_by(ParkedForm.c.id.desc())
        older = ParkedForm.c.id.not_in(newest.limit(MOST).scalar_subquery())
        work.connection.execute(delete(ParkedForm).where(ParkedForm.c.user_id == whose.user_id, older))
    return True


def parked(uow: UnitOfWork, visit: Visit, path: str) -> dict[str, list[str]] | None:
    """What the visitor had typed on that page, None for nothing. It stays kept until :func:`clear`, so that a page
    that is loaded twice has it twice."""
    keys = access_keys.installed()
    with uow.read(_actor(visit)) as work:
        row = work.one(
            select(ParkedForm.c.sealed).where(*_mine(visit, path), ParkedForm.c.recorded_at > work.now - KEPT)
        )
    try:
        return keys.open(_PURPOSE, visit.user_id, row.sealed) if row else None
    except access_keys.CannotOpen:  # the key was changed meanwhile; what was sealed under the old one is nobody's
        return None


def clear(uow: UnitOfWork, visit: Visit, path: str) -> None:
    """Keep what the visitor had parked on that page no longer: they have sent it, or something else."""
    with uow.begin(_actor(visit)) as work:
        work.connection.execute(delete(ParkedForm).where(*_mine(visit, path)))


def _mine(visit: Visit, path: str) -> tuple[ColumnElement[bool], ...]:
    return ParkedForm.c.user_id == visit.user_id, ParkedForm.c.path == path


def _actor(visit: Visit) -> Actor:
    return Actor(f"user/{visit.user_id}", user_id=visit.user_id)
