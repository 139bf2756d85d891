"""How an authority's exchange with a portal stands: in numbers, and which records need somebody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from quarterday.db.models import PortalConflict, PortalFiling, PortalInbox, PortalRecord
from quarterday.db.newest import newest
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.domain.permissions import Permission
from quarterday.domain.portal_records import RecordKind, keyed
from quarterday.services import scope
from quarterday.services.portals import standing

MOST = 50
"""So many records are shown at once."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How the exchange with one portal stands."""

    portal: str
    states: Mapping[RecordKind, Mapping[str, int]]
    """How many records of each kind are in each state."""
    conflicts: int
    """Those that wait for somebody."""
    ruled: int
    """Those that the owner's word settled by itself."""
    inbox: int
    """What matches nothing here, and waits for somebody."""

    @property
    def stopped(self) -> int:
        """How many records can't go out."""
        return sum(states.get(standing.STOPPED, 0) for states in self.states.values())


@dataclass(frozen=True, slots=True)
class RecordRow:
    """One line of the sync ledger."""

    id: int
    portal: str
    kind: RecordKind
    key: str
    """Our own: ``entry/12``; "" for a record that only they have."""
    external_id: str
    state: str
    why: str
    sent: Mapping[str, str] | None
    sent_key: str
    sent_at: datetime | None
    answered_at: datetime | None
    theirs: Mapping[str, str] | None
    their_changed_at: datetime | None


def overview(uow: UnitOfWork, actor: Actor, *, authority_id: int) -> list[Standing]:
    """How each exchange of an authority stands, by the id of the portal; one that never ran isn't there.

    Raises :class:`~quarterday.errors.NotAllowed` for a role that sees no figures.
    """
    with uow.read(actor) as work:
        scope.needs(work, Permission.SEE_FIGURES)
        scope.authority(work, authority_id)
        states: dict[str, dict[RecordKind, dict[str, int]]] = {}
        counted = (
            select(PortalRecord.c.portal, PortalRecord.c.kind, PortalRecord.c.state, func.count().label("number"))
            .where(PortalRecord.c.authority_id == authority_id)
            .group_by(PortalRecord.c.portal, PortalRecord.c.kind, PortalRecord.c.state)
        )
        for row in work.all(counted):
            states.setdefault(row.portal, {}).setdefault(RecordKind(row.kind), {})[row.state] = row.number
        ruled, waiting = _ruled(work, authority_id), _waiting(work, authority_id)
    return [
        Standing(
            portal,
            {kind: found[kind] for kind in RecordKind if kind in found},
            conflicts=sum(kind.get(standing.CONFLICT, 0) for kind in found.values()),
            ruled=ruled.get(portal, 0),
            inbox=waiting.get(portal, 0),
        )
        for portal, found in sorted(states.items())
    ]


def records(
    uow: UnitOfWork,
    actor: Actor,
    *,
    authority_id: int,
    portal: str = "",
    state: str = "",
    key: str = "",
    after: int = 0,
    most: int = MOST,
) -> list[RecordRow]:
    """Lines of an authority's sync ledger, the oldest first, after the one of that id: of one portal, in one state, or
    the one with that key of ours.

    Raises :class:`~quarterday.errors.NotAllowed` for a role that sees no figures.
    """
    wanted = [PortalRecord.c.authority_id == authority_id, PortalRecord.c.id > after]
    wanted += [PortalRecord.c.portal == portal] if portal else []
    wanted += [PortalRecord.c.state == state] if state else []
    if key:
        kind, number = keyed(key)
        wanted += [PortalRecord.c.kind == kind, PortalRecord.c.our_id == number]
    with uow.read(actor) as work:
        scope.needs(work, Permission.SEE_FIGURES)
        scope.authority(work, authority_id)
        rows = work.all(select(PortalRecord).where(*wanted).order_by(PortalRecord.c.id).limit(most))
    return [
        RecordRow(
            row.id,
            row.portal,
            RecordKind(row.kind),
            "" if row.our_id is None else f"{row.kind}/{row.our_id}",
            row.external_id,
            row.state,
            row.why,
            row.sent,
            row.sent_key,
            row.sent_at,
            row.answered_at,
            row.theirs,
            row.their_changed_at,
        )
        for row in rows
    ]


def _ruled(work: Work, authority_id: int) -> dict[str, int]:
    """How many conflicts the rule settled, by portal."""
    counted = (
        select(PortalRecord.c.portal, func.count().label("number"))
        .join(PortalConflict, PortalConflict.c.record_id == PortalRecord.c.id)
        .where(PortalRecord.c.authority_id == authority_id, PortalConflict.c.is_ruled)
        .group_by(PortalRecord.c.portal)
    )
    return {row.portal: row.number for row in work.all(counted)}


def _waiting(work: Work, authority_id: int) -> dict[str, int]:
    """How many records wait in the inbox, by portal."""
    counted = (
        select(PortalRecord.c.portal, func.count().label("number"))
        .join(PortalInbox, PortalInbox.c.record_id == PortalRecord.c.id)
        .outerjoin(PortalFiling, PortalFiling.c.inbox_id == PortalInbox.c.id)
        .where(
            PortalRecord.c.authority_id == authority_id,
            PortalFiling.c.id.is_(None),
            newest(PortalInbox, PortalInbox.c.record_id),
        )
        .group_by(PortalRecord.c.portal)
    )
    return {row.portal: row.number for row in work.all(counted)}
