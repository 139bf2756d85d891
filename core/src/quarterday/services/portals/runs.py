"""The runs of an exchange with a portal: each begins with a row and ends with what came of it, in numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, select, update

from quarterday.db.models import PortalRun
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.domain.permissions import Permission
from quarterday.domain.sentences import said
from quarterday.errors import NotThere
from quarterday.ports import PortalTerms
from quarterday.services import scope
from quarterday.services.plugins.exchanged import terms_as_data, terms_of

MOST = 50
"""So many runs are shown at once."""


class Purpose(StrEnum):
    """What a run is for."""

    SYNC = "sync"
    RECONCILE = "reconcile"
    REPLAY = "replay"


@dataclass(frozen=True, slots=True)
class Run:
    """One run."""

    id: int
    portal: str
    purpose: Purpose
    actor: str
    """Who asked for it, as the audit trail has it."""
    began_at: datetime
    ended_at: datetime | None
    """None while it is under way."""
    counts: Mapping[str, Any]
    error: str
    """What cut it short, in a sentence; "" for nothing."""


def begin(
    work: Work, authority_id: int, portal: str, purpose: str, actor: str, *, terms: PortalTerms | None = None
) -> int:
    """Begin a run by the terms that hold; returns its id.

    Where an earlier one of that purpose never ended, its process was ended in the middle: that is said of it.
    """
    mine = (PortalRun.c.authority_id == authority_id, PortalRun.c.portal == portal, PortalRun.c.purpose == purpose)
    work.connection.execute(
        update(PortalRun)
        .where(*mine, PortalRun.c.ended_at.is_(None))
        .values(ended_at=work.now, error=said("It was cut short; the next run went on where it was."))
    )
    run = {"authority_id": authority_id, "portal": portal, "purpose": Purpose(purpose), "actor": actor, "error": ""}
    return work.add(PortalRun, **run, terms=terms_as_data(terms) if terms else None)


def agreed_last(work: Work, authority_id: int, portal: str) -> PortalTerms | None:
    """What was agreed with a portal, as the last run that could ask it was told; None before the first.

    It is for who can't ask the portal's plugin, like a page.
    """
    terms = work.connection.execute(
        select(PortalRun.c.terms)
        .where(PortalRun.c.authority_id == authority_id, PortalRun.c.portal == portal, PortalRun.c.terms.is_not(None))
        .order_by(PortalRun.c.id.desc())
        .limit(1)
    ).scalar()
    return terms_of(terms) if terms else None


def end(work: Work, run_id: int, counts: Mapping[str, Any], error: str = "") -> None:
    """End a run with what came of it, and what cut it short, in a sentence."""
    ended = {"ended_at": work.now, "counts": dict(counts), "error": error}
    work.connection.execute(update(PortalRun).where(PortalRun.c.id == run_id).values(**ended))


def runs(
    uow: UnitOfWork, actor: Actor, *, authority_id: int, portal: str = "", purpose: str = "", most: int = MOST
) -> list[Run]:
    """The last runs of an authority's exchange, the newest first; with one portal, or for one purpose.

    Raises :class:`~quarterday.errors.NotAllowed` for a role that sees no figures.
    """
    wanted = [PortalRun.c.authority_id == authority_id]
    wanted += [PortalRun.c.portal == portal] if portal else []
    wanted += [PortalRun.c.purpose == purpose] if purpose else []
    with uow.read(actor) as work:
        scope.needs(work, Permission.SEE_FIGURES)
        scope.authority(work, authority_id)
        rows = work.all(select(PortalRun).where(*wanted).order_by(PortalRun.c.id.desc()).limit(most))
    return [_run(row) for row in rows]


def one(uow: UnitOfWork, actor: Actor, *, run_id: int) -> Run:
    """One run; raises :class:`~quarterday.errors.NotThere` where there is none in the actor's scope, and as
    :func:`runs`."""
    with uow.read(actor) as work:
        scope.needs(work, Permission.SEE_FIGURES)
        row = work.one(select(PortalRun).where(PortalRun.c.id == run_id))
        if row is None or row.authority_id not in {one.id for one in scope.authorities(work)}:
            raise NotThere("There is no such run.")
    return _run(row)


def _run(row: Row[*tuple[Any, ...]]) -> Run:
    purpose = Purpose(row.purpose)
    return Run(row.id, row.portal, purpose, row.actor, row.recorded_at, row.ended_at, row.counts or {}, row.error)
