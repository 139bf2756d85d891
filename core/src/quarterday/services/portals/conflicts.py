"""Conflicts: that both sides have a record otherwise, which somebody settles, or the rule of its kind has."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from quarterday.db.models import PortalConflict, PortalSettlement
from quarterday.db.newest import newest
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.domain.merging import Merged, Side, Step
from quarterday.domain.portal_records import NOT_COMPARED, RecordKind

MOST = 50
"""So many conflicts are shown at once."""

LEAVE = "leave"
"""The decision that both stay as they are, until one of them changes."""


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
    proposed: Side | None
    is_ruled: bool
    """The owner's word was followed without asking."""
    decisions: tuple[str, ...]
    """What somebody may decide: of ours, theirs and leave those that can be done."""
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

    What the rule decided is written down as ruled. A pair that somebody settled and that comes up again has become
    another conflict in between, since a settled one isn't asked about: it is a new one.
    """
    is_ruled = merged.step is not Step.ASK
    last = work.one(
        select(
            PortalConflict.c.id, PortalConflict.c.ours_digest, PortalConflict.c.theirs_digest, PortalConflict.c.is_ruled
        ).where(PortalConflict.c.record_id == record_id, newest(PortalConflict, PortalConflict.c.record_id))
    )
    if last is not None and (last.ours_digest, last.theirs_digest, last.is_ruled) == (
        ours_digest,
        theirs_digest,
        is_ruled,
    ):
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

    Open is one that asks, that nobody settled and that still stands.
    """
    raise NotImplementedError


def settle(uow: UnitOfWork, actor: Actor, *, conflict_id: int, decision: str, reason: str = "", seen: int = 0) -> int:
    """Settle a conflict; returns the settlement's id.

    ``seen`` is the id of the newest settlement of it that the person saw, 0 for none: where there is a newer one,
    nothing is decided.
    """
    raise NotImplementedError


def _kept(fields: Mapping[str, str] | None) -> dict[str, str] | None:
    """The fields as a conflict keeps them: without links and files."""
    return None if fields is None else {name: one for name, one in fields.items() if name not in NOT_COMPARED}
