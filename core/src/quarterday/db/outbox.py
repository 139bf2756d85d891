"""The outbox as a runner sees it: take a row, commit that it is under way, and settle it once it was handed over."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, select, update

from quarterday.db.models import OutboxRow
from quarterday.db.work import Work


class State(StrEnum):
    """How far a row is."""

    DUE = "due"
    UNDER_WAY = "under way"
    DONE = "done"
    DEAD = "dead"
    PERHAPS_SENT = "perhaps sent"
    """It was handed over, and nobody knows what came of it; it must not happen twice, so a person decides."""


@dataclass(frozen=True, slots=True)
class Due:
    """A row to deliver: what, for whom, under which key."""

    id: int
    authority_id: int | None
    kind: str
    key: str
    payload: dict[str, Any]
    attempts: int
    """How often it was handed over, this time included."""
    faults: int
    """How often that has ended in a fault so far."""


def take(work: Work) -> Due | None:
    """The row that goes next, now under way: of those that are due the most urgent, then the one that waits longest."""
    is_due = (OutboxRow.state == State.DUE, OutboxRow.due <= work.now)
    order = (OutboxRow.priority, OutboxRow.due, OutboxRow.id)
    row = work.one(select(*_COLUMNS).where(*is_due).order_by(*order).limit(1))
    if row is None:
        return None
    taken = replace(Due(*row), attempts=row.attempts + 1)
    _set(work, OutboxRow.id == taken.id, state=State.UNDER_WAY, attempts=taken.attempts)
    return taken


def under_way(work: Work) -> list[Due]:
    """The rows that are under way, or were when their runner ended."""
    rows = work.all(select(*_COLUMNS).where(OutboxRow.state == State.UNDER_WAY).order_by(OutboxRow.id))
    return [Due(*row) for row in rows]


def done(work: Work, row: Due, reference: str) -> None:
    """It has arrived; ``reference`` is what the receiver calls it."""
    receipt = {"reference": reference}
    _set(work, OutboxRow.id == row.id, state=State.DONE, receipt=receipt, error="", settled_at=work.now)


def give_up(work: Work, row: Due, state: State, why: str) -> None:
    """It is dead, or perhaps sent: nothing more happens to it until a person says so."""
    _set(work, OutboxRow.id == row.id, state=state, error=why, settled_at=work.now)


def again(work: Work, row: Due, why: str, wait: timedelta, *, is_fault: bool = False) -> None:
    """It is due again after the pause."""
    due = work.now + wait
    _set(work, OutboxRow.id == row.id, state=State.DUE, due=due, error=why, faults=row.faults + is_fault)


def hold(work: Work, row: Due, why: str, wait: timedelta) -> None:
    """It waits, with all that are of its kind and authority, until a setting is put right; this was no attempt."""
    until = work.now + wait
    _set(work, OutboxRow.id == row.id, state=State.DUE, attempts=row.attempts - 1)
    same = (OutboxRow.kind == row.kind, OutboxRow.authority_id == row.authority_id)
    _set(work, *same, OutboxRow.state == State.DUE, OutboxRow.due < until, due=until, error=why)


def start_anew(work: Work, ids: Collection[int]) -> None:
    """Those rows are due now, as if they had never been tried; their keys stay, so that nothing happens twice."""
    anew = {"state": State.DUE, "due": work.now, "attempts": 0, "faults": 0, "error": "", "settled_at": None}
    _set(work, OutboxRow.id.in_(ids), **anew)


_COLUMNS = (
    OutboxRow.id,
    OutboxRow.authority_id,
    OutboxRow.kind,
    OutboxRow.key,
    OutboxRow.payload,
    OutboxRow.attempts,
    OutboxRow.faults,
)


def _set(work: Work, *where: ColumnElement[bool], **values: Any) -> None:
    work.connection.execute(update(OutboxRow).where(*where).values(**values))
