"""Reconciling: all that a portal holds comes in by the door, and is then held against all that we have."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Any

from sqlalchemy import Row, or_, select

from quarterday.db.models import PortalRecord, PortalRun
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.domain.merging import GONE, Step, merge
from quarterday.domain.permissions import Permission
from quarterday.domain.portal_records import RecordKind
from quarterday.errors import BadRecord, Refused
from quarterday.ports import Item
from quarterday.services import scope
from quarterday.services.plugins.children import Children
from quarterday.services.portals import compared, conflicts, door, standing
from quarterday.services.portals.compared import Reconciliation
from quarterday.services.portals.comparing import Comparison
from quarterday.services.portals.exchanging import Begun, Exchange, run
from quarterday.services.portals.ours import AT_ONCE, ours_of
from quarterday.services.portals.passing import known_passed
from quarterday.services.portals.runs import Purpose


def reconcile(
    uow: UnitOfWork, children: Children, *, authority_id: int, portal: str, actor_name: str
) -> Reconciliation:
    """Hold all that a portal has against all that we have; returns what was found, which is kept with the run.

    What came in meanwhile came by the door, and what they had and have no more is a conflict. Raises
    :class:`~quarterday.errors.Retryable` where an exchange with it is under way, and what the portal raises: what was
    read by then is kept, and nothing is compared with half a listing.
    """
    with run(
        uow,
        children,
        authority_id=authority_id,
        portal=portal,
        purpose=Purpose.RECONCILE,
        actor_name=actor_name,
    ) as begun:
        take_all(begun)
        # A portal that lists nothing at all has a fault rather than lost everything, and what can't be read of a
        # listing may be just what seems to be missing.
        if begun.counts["listed"] and not begun.counts["rejected"]:
            with uow.begin(begun.exchange.actor) as work:
                begun.counts["gone"] = note_gone(work, begun)
        found = _compared(begun)
        begun.counts |= found.counts()
    return found


def reconciliation(
    uow: UnitOfWork, actor: Actor, *, authority_id: int, portal: str, run_id: int = 0
) -> Reconciliation | None:
    """What the last reconciliation that came to its end found, or that of a run; None where there was none.

    It needs no call to the portal. Raises :class:`~quarterday.errors.NotAllowed` for a role that sees no figures.
    """
    wanted = [
        PortalRun.c.authority_id == authority_id,
        PortalRun.c.portal == portal,
        PortalRun.c.purpose == Purpose.RECONCILE,
        PortalRun.c.ended_at.is_not(None),
        PortalRun.c.error == "",
    ]
    wanted += [PortalRun.c.id == run_id] if run_id else []
    with uow.read(actor) as work:
        scope.needs(work, Permission.SEE_FIGURES)
        scope.authority(work, authority_id)
        rows = work.all(select(PortalRun).where(*wanted).order_by(PortalRun.c.id.desc()).limit(1))
    return compared.kept(rows[0].id, portal, rows[0].recorded_at, rows[0].counts or {}) if rows else None


def take_all(begun: Begun, *, unless: Callable[[Work, Begun, Item], bool] = lambda *_: False) -> None:
    """Have the whole listing taken by the door, batch by batch, each in a transaction of its own.

    What ``unless`` has dealt with doesn't come to the door.
    """
    exchange, counts = begun.exchange, begun.counts
    counts |= {"listed": 0, "rejected": 0}
    with closing(exchange.whole_listing()) as batches:
        for batch in batches:
            with exchange.uow.begin(exchange.actor) as work:
                counts["listed"] += len(batch)
                news = known_passed(work, begun, batch)
                counts["rejected"] += sum(not _is_taken(work, begun, item, unless) for item in news)


def _is_taken(work: Work, begun: Begun, item: Item | BadRecord, unless: Callable[[Work, Begun, Item], bool]) -> bool:
    """Whether the door took an item, or need not; it refuses what is no record."""
    if isinstance(item, BadRecord):
        return False
    if unless(work, begun, item):
        return True
    exchange = begun.exchange
    try:
        with work.connection.begin_nested():
            door.take(
                work,
                exchange.authority_id,
                item,
                portal=exchange.portal,
                terms=exchange.terms,
                run_id=begun.run_id,
                is_listing=True,
            )
    except Refused:
        return False
    return True


def note_gone(work: Work, begun: Begun) -> int:
    """Note of each record that they had, and that isn't in the whole listing of this run, that it is gone; how many.

    Of a file that was made before the last sending, what was sent since isn't missed: a record counts as had once a
    listing had it, or they gave it a name.
    """
    exchange, gone, after = begun.exchange, 0, 0
    while rows := _missing(work, begun, after):
        for kind in {row.kind for row in rows}:
            _note(work, exchange, RecordKind(kind), [row for row in rows if row.kind == kind])
        gone += len(rows)
        after = rows[-1].id
    return gone


def _missing(work: Work, begun: Begun, after: int) -> list[Row[*tuple[Any, ...]]]:
    """The next records that they had before this run, and that it didn't see."""
    exchange = begun.exchange
    return work.all(
        select(PortalRecord)
        .where(
            PortalRecord.c.id > after,
            PortalRecord.c.authority_id == exchange.authority_id,
            PortalRecord.c.portal == exchange.portal,
            PortalRecord.c.kind.in_([str(kind) for kind in exchange.terms.agreements]),
            PortalRecord.c.state != standing.UNDER_WAY,
            PortalRecord.c.theirs_digest != GONE,
            PortalRecord.c.listed_run_id.is_distinct_from(begun.run_id),
            or_(PortalRecord.c.listed_run_id.is_not(None), PortalRecord.c.external_id != ""),
        )
        .order_by(PortalRecord.c.id)
        .limit(AT_ONCE)
        .with_for_update()
    )


def _note(work: Work, exchange: Exchange, kind: RecordKind, rows: Sequence[Row[*tuple[Any, ...]]]) -> None:
    mine = ours_of(work, exchange.authority_id, kind, [row.our_id for row in rows if row.our_id], exchange.terms)
    left = conflicts.left(work, [row.id for row in rows])
    for row in rows:
        ours = mine.get(row.our_id)
        if ours is None or ours.is_withdrawn:
            standing.set_state(work, row.id, standing.GONE, theirs_digest=GONE, theirs=None, their_version="")
            continue
        is_left = left.get(row.id) == (ours.digest, GONE)
        agreement = exchange.terms.agreements[kind]
        merged = merge(row.agreed, ours.digest, GONE, agreement, can_take=False, is_left=is_left)
        state = standing.CONFLICT if merged.step is Step.ASK else standing.GONE
        standing.set_state(work, row.id, state, theirs_digest=GONE, theirs=None, their_version="")
        if merged.step is Step.ASK:
            conflicts.notice(
                work,
                row.id,
                ours=ours.fields,
                ours_digest=ours.digest,
                theirs=None,
                theirs_digest=GONE,
                merged=merged,
            )


def _compared(begun: Begun) -> Reconciliation:
    """Compare all kinds that are exchanged, as they are at one moment."""
    exchange, counts = begun.exchange, begun.counts
    with exchange.uow.read(exchange.actor) as work:
        found = Reconciliation(
            begun.run_id, exchange.portal, work.now, listed=counts["listed"], rejected=counts["rejected"]
        )
        for kind in [one for one in RecordKind if one in exchange.terms.agreements]:
            one = Comparison(work, exchange.authority_id, exchange.portal, kind, exchange.terms, begun.run_id)
            one.whole()
            found.tallies.append(one.tally)
            found.totals.extend(one.totals)
            found.differences.extend(one.differences)
    return found
