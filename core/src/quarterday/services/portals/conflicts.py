"""Conflicts: that both sides have a record otherwise, which somebody settles, or the rule of its kind has."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, and_, select

from quarterday.db.models import PortalConflict, PortalRecord, PortalSettlement, Words
from quarterday.db.newest import newest
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.domain.merging import Merged, Side, Step, decidable
from quarterday.domain.permissions import Permission
from quarterday.domain.portal_records import NOT_COMPARED, PortalTerms, RecordKind
from quarterday.errors import NotThere
from quarterday.services import scope
from quarterday.services.portals import runs, standing
from quarterday.services.portals import theirs as of_theirs

MOST = 50
"""So many conflicts are shown at once."""

LEAVE = "leave"
"""The decision that both stay as they are, until one of them changes."""

DECIDED_HERE = frozenset({RecordKind.VERDICT})
"""The kinds of which a content that is there already can become ours: a decision can be made anew, and what suppliers
said, what was promised and what backs it is theirs to change, or the contract's manager's."""

_REASON = Words.alias("reason")
_SAID = Words.alias("said_there")


@dataclass(frozen=True, slots=True)
class Settlement:
    """How a conflict was settled; the newest counts."""

    id: int
    decision: str
    """ours, theirs, leave."""
    actor: str
    reason: str
    """As somebody wrote it; "" for nothing."""
    at: datetime


@dataclass(frozen=True, slots=True)
class Conflict:
    """Both contents of a record, and what was done."""

    id: int
    record_id: int
    portal: str
    kind: RecordKind
    key: str
    """Our own key of it: ``entry/12``; "" for one that only they have."""
    external_id: str
    ours: Mapping[str, str] | None
    """The fields that we had; None where only they have it."""
    theirs: Mapping[str, str] | None
    """The fields that they had; None where it is gone over there."""
    their_words: str
    """What somebody wrote there, as long as it is what they were last seen to have; "" for nothing."""
    their_unknown: Mapping[str, str]
    """What the portal said besides, by its own names, for as long."""
    proposed: Side | None
    is_ruled: bool
    """The owner's word was followed without asking."""
    is_open: bool
    """It waits for somebody."""
    decisions: tuple[str, ...]
    """What somebody may decide: of ours, theirs and leave those that can be done; none once it is past."""
    settlement: Settlement | None
    at: datetime


def notice(
    work: Work,
    record_id: int,
    *,
    ours: Mapping[str, str] | None,
    ours_digest: str,
    theirs: Mapping[str, str] | None,
    theirs_digest: str,
    merged: Merged,
) -> int:
    """Write down a conflict of a record, once for these two contents; returns its id.

    What the rule decided is written down as ruled. A pair that was settled for one side and comes up again was changed
    in between, since what was settled isn't asked about: that is another conflict.
    """
    is_ruled = merged.step is not Step.ASK
    last = work.one(
        _conflicts().where(PortalConflict.c.record_id == record_id, newest(PortalConflict, PortalConflict.c.record_id))
    )
    same = (ours_digest, theirs_digest, is_ruled)
    is_over = last is not None and last.settlement_id is not None and last.decision != LEAVE
    if last is not None and not is_over and (last.ours_digest, last.theirs_digest, last.is_ruled) == same:
        return int(last.id)
    return work.add(
        PortalConflict,
        record_id=record_id,
        ours=_kept(ours),
        ours_digest=ours_digest,
        theirs=_kept(theirs),
        theirs_digest=theirs_digest,
        proposed=merged.proposed or "",
        is_ruled=is_ruled,
    )


def left(work: Work, records: Collection[int]) -> dict[int, tuple[str, str]]:
    """The two digests that somebody left as they are, ours and theirs, of those records of which it is so."""
    rows = work.all(
        select(PortalConflict.c.record_id, PortalConflict.c.ours_digest, PortalConflict.c.theirs_digest)
        .join(PortalSettlement, PortalSettlement.c.conflict_id == PortalConflict.c.id)
        .where(
            PortalConflict.c.record_id.in_(list(records)),
            newest(PortalConflict, PortalConflict.c.record_id),
            newest(PortalSettlement, PortalSettlement.c.conflict_id),
            PortalSettlement.c.decision == LEAVE,
        )
    )
    return {row.record_id: (row.ours_digest, row.theirs_digest) for row in rows}


def conflicts(
    uow: UnitOfWork,
    actor: Actor,
    *,
    authority_id: int,
    portal: str = "",
    open_only: bool = True,
    after: int = 0,
    most: int = MOST,
) -> list[Conflict]:
    """The conflicts of an authority's records, the oldest first, after the one of that id.

    Open is one that asks, that nobody has settled and that still stands. Raises
    :class:`~quarterday.errors.NotAllowed` for a role that sees no figures.
    """
    wanted = [PortalRecord.c.authority_id == authority_id, PortalConflict.c.id > after]
    wanted += [PortalRecord.c.portal == portal] if portal else []
    if open_only:
        wanted += [
            ~PortalConflict.c.is_ruled,
            PortalSettlement.c.id.is_(None),
            PortalRecord.c.state == standing.CONFLICT,
            newest(PortalConflict, PortalConflict.c.record_id),
        ]
    with uow.read(actor) as work:
        scope.needs(work, Permission.SEE_FIGURES)
        scope.authority(work, authority_id)
        rows = work.all(_conflicts().where(*wanted).order_by(PortalConflict.c.id).limit(most))
        last = last_of(work, {row.record_id for row in rows})
        terms = {one: runs.agreed_last(work, authority_id, one) for one in {row.portal for row in rows}}
    return [_conflict(row, terms[row.portal], is_last=last[row.record_id] == row.id) for row in rows]


def conflict(uow: UnitOfWork, actor: Actor, *, conflict_id: int) -> Conflict:
    """One conflict; raises :class:`Refused` where there is none in the actor's scope, and as :func:`conflicts`."""
    with uow.read(actor) as work:
        scope.needs(work, Permission.SEE_FIGURES)
        row = of_id(work, conflict_id)
        last = last_of(work, {row.record_id})
        terms = runs.agreed_last(work, row.authority_id, row.portal)
    return _conflict(row, terms, is_last=last[row.record_id] == row.id)


def of_id(work: Work, conflict_id: int) -> Row[*tuple[Any, ...]]:
    """The row of a conflict, with its record's; raises :class:`NotThere` where there is none in the actor's scope."""
    row = work.one(_conflicts().where(PortalConflict.c.id == conflict_id))
    if row is None or row.authority_id not in {one.id for one in scope.authorities(work)}:
        raise NotThere("There is no such conflict.")
    return row


def decisions_of(row: Row[*tuple[Any, ...]], terms: PortalTerms | None) -> tuple[str, ...]:
    """What somebody may decide of the newest conflict of a record, by what was agreed."""
    kind = RecordKind(row.kind)
    can_take = kind in DECIDED_HERE
    if row.is_ruled:
        return (str(Side.OURS if row.proposed == Side.THEIRS else Side.THEIRS),) if can_take else ()
    agreement = terms.agreements.get(kind) if terms else None
    does = decidable(row.ours_digest, row.theirs_digest, agreement, can_take=can_take) if agreement else ()
    return (*map(str, does), LEAVE)


def last_of(work: Work, records: Collection[int]) -> dict[int, int]:
    """The newest conflict of each of those records."""
    newer = newest(PortalConflict, PortalConflict.c.record_id)
    rows = work.all(
        select(PortalConflict.c.record_id, PortalConflict.c.id).where(PortalConflict.c.record_id.in_(records), newer)
    )
    return {row.record_id: row.id for row in rows}


def _conflict(row: Row[*tuple[Any, ...]], terms: PortalTerms | None, *, is_last: bool) -> Conflict:
    there = row.seen_digest == row.theirs_digest
    is_open = is_last and not row.is_ruled and row.settlement_id is None and row.state == standing.CONFLICT
    may_change = row.is_ruled if row.settlement_id is None else row.decision == LEAVE
    settlement = Settlement(row.settlement_id, row.decision, row.settled_by, row.reason or "", row.settled_at)
    return Conflict(
        row.id,
        row.record_id,
        row.portal,
        RecordKind(row.kind),
        "" if row.our_id is None else f"{row.kind}/{row.our_id}",
        row.external_id,
        row.ours,
        row.theirs,
        of_theirs.words_in(row.said_there) if there else "",
        of_theirs.unknown_of(of_theirs.said_in(row.said_there)) if there else {},
        Side(row.proposed) if row.proposed else None,
        row.is_ruled,
        is_open,
        decisions_of(row, terms) if is_open or (is_last and may_change) else (),
        settlement if row.settlement_id is not None else None,
        row.recorded_at,
    )


def _conflicts() -> Select[*tuple[Any, ...]]:
    """Conflicts with their records, and how each was settled last."""
    counts = newest(PortalSettlement, PortalSettlement.c.conflict_id)
    return (
        select(
            PortalConflict,
            PortalRecord.c.authority_id,
            PortalRecord.c.portal,
            PortalRecord.c.kind,
            PortalRecord.c.our_id,
            PortalRecord.c.external_id,
            PortalRecord.c.state,
            PortalRecord.c.theirs_digest.label("seen_digest"),
            PortalSettlement.c.id.label("settlement_id"),
            PortalSettlement.c.decision,
            PortalSettlement.c.actor.label("settled_by"),
            PortalSettlement.c.recorded_at.label("settled_at"),
            _REASON.c.text.label("reason"),
            _SAID.c.text.label("said_there"),
        )
        .join(PortalRecord, PortalRecord.c.id == PortalConflict.c.record_id)
        .outerjoin(PortalSettlement, and_(PortalSettlement.c.conflict_id == PortalConflict.c.id, counts))
        .outerjoin(_REASON, _REASON.c.id == PortalSettlement.c.words_id)
        .outerjoin(_SAID, _SAID.c.id == PortalRecord.c.theirs_words_id)
    )


def _kept(fields: Mapping[str, str] | None) -> dict[str, str] | None:
    """The fields as a conflict keeps them: without links and files."""
    return None if fields is None else {name: one for name, one in fields.items() if name not in NOT_COMPARED}
