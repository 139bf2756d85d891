"""The outbox as a runner sees it: take a row, commit that it is under way, and settle it once it was handed over."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Engine, TextClause, and_, false, select, update

from quarterday.db import queue
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
    trace: str = ""
    """The id of the request, command or strike of the clock that asked for it."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """What becomes of a row that was under way."""

    state: State
    why: str = ""
    """A sentence where it is not done."""
    reference: str = ""
    """What the receiver calls it, where it is done."""
    wait: timedelta = timedelta()
    """For how long it isn't due, where it is to be tried again."""
    is_fault: bool = False
    is_attempt: bool = True
    """False where it wasn't begun: it isn't counted."""
    holds_others: bool = False
    """True where a setting is missing: all that are of its kind, authority and sink wait with it."""


Condition = ColumnElement[bool] | TextClause


def take(work: Work, most: int, *conditions: Condition) -> list[Due]:
    """The rows that go next, now under way: of those that are due the most urgent, then those that wait longest."""
    is_due = (OutboxRow.c.state == State.DUE, OutboxRow.c.due <= work.now, *conditions)
    order = (OutboxRow.c.priority, OutboxRow.c.due, OutboxRow.c.id)
    ids = [row.id for row in work.all(select(OutboxRow.c.id).where(*is_due).order_by(*order).limit(most))]
    taken = {row.id: row for row in _begin(work, OutboxRow.c.id.in_(ids))} if ids else {}
    return [taken[row_id] for row_id in ids]


def next_of(work: Work, column: ColumnElement[Any], *conditions: Condition) -> Any:
    """What stands in a column of the row that goes next; None where nothing is due."""
    is_due = (OutboxRow.c.state == State.DUE, OutboxRow.c.due <= work.now, *conditions)
    order = (OutboxRow.c.priority, OutboxRow.c.due, OutboxRow.c.id)
    return work.connection.execute(select(column).where(*is_due).order_by(*order).limit(1)).scalar()


def take_again(work: Work, row_id: int) -> Due | None:
    """A row that was left under way, taken for another attempt."""
    return next(iter(_begin(work, OutboxRow.c.id == row_id, OutboxRow.c.state == State.UNDER_WAY)), None)


def found(work: Work, row_id: int, *conditions: Condition) -> tuple[Due, State, datetime] | None:
    """That row, its state and when it is due, held against others; None where a condition doesn't hold."""
    query = select(*_COLUMNS, OutboxRow.c.state, OutboxRow.c.due).where(OutboxRow.c.id == row_id, *conditions)
    row: Any = work.one(query.with_for_update())
    return None if row is None else (Due(*row[:-2]), State(row.state), row.due)


def under_way(work: Work) -> list[Due]:
    """The rows that are under way, or were when their runner ended."""
    rows = work.all(select(*_COLUMNS).where(OutboxRow.c.state == State.UNDER_WAY).order_by(OutboxRow.c.id))
    return [Due(*row) for row in rows]


def settle(work: Work, row: Due, ruling: Ruling, *conditions: Condition) -> bool:
    """Write down what becomes of a row under way; False where it isn't any more, or a condition doesn't hold."""
    here = (OutboxRow.c.id == row.id, OutboxRow.c.state == State.UNDER_WAY, *conditions)
    match ruling.state:
        case State.DONE:
            values = {"receipt": {"reference": ruling.reference}, "error": "", "settled_at": work.now}
        case State.DEAD | State.PERHAPS_SENT:
            values = {"error": ruling.why, "settled_at": work.now}
        case _ if ruling.is_attempt:
            values = {"due": work.now + ruling.wait, "error": ruling.why, "faults": row.faults + ruling.is_fault}
        case _:
            values = {"due": work.now + ruling.wait, "error": ruling.why, "attempts": row.attempts - 1}
    if not _set(work, *here, state=ruling.state, **values):
        return False
    if ruling.holds_others:
        _hold(work, row, ruling)
    return True


def give_back(work: Work, rows: Collection[Due]) -> None:
    """Those rows were never handed over, and are due as they were before they were taken."""
    ids = [row.id for row in rows]
    if ids:
        _set(work, OutboxRow.c.id.in_(ids), state=State.DUE, attempts=OutboxRow.c.attempts - 1)


def _hold(work: Work, row: Due, ruling: Ruling) -> None:
    until = work.now + ruling.wait
    same = [OutboxRow.c.kind == row.kind, OutboxRow.c.authority_id == row.authority_id]
    for part in ("sink", "source"):  # another one has settings of its own
        same.append(OutboxRow.c.payload[part].as_string().is_not_distinct_from(row.payload.get(part)))
    _set(work, *same, OutboxRow.c.state == State.DUE, OutboxRow.c.due < until, due=until, error=ruling.why)


def start_anew(work: Work, ids: Collection[int]) -> None:
    """Those rows are due now, as if they had never been tried; their keys stay, so that nothing happens twice."""
    anew = {"state": State.DUE, "due": work.now, "attempts": 0, "faults": 0, "error": "", "settled_at": None}
    _set(work, OutboxRow.c.id.in_(ids), **anew)
    if queue.is_kept(work.connection):
        queue.recall(work.connection, ids)
        queue.defer(work.connection, work.now, ids)


def has_no_job(engine: Engine) -> ColumnElement[bool]:
    """That a row is to be delivered, or was under way, and has no job in PostgreSQL's queue; never so on SQLite."""
    if not queue.is_kept(engine):
        return false()
    return and_(OutboxRow.c.state.in_((State.DUE, State.UNDER_WAY)), ~queue.has_job())


def without_job(work: Work) -> list[int]:
    """The rows of which that is so."""
    lost = has_no_job(work.connection.engine)
    return [row.id for row in work.all(select(OutboxRow.c.id).where(lost).order_by(OutboxRow.c.id))]


_COLUMNS = (
    OutboxRow.c.id,
    OutboxRow.c.authority_id,
    OutboxRow.c.kind,
    OutboxRow.c.key,
    OutboxRow.c.payload,
    OutboxRow.c.attempts,
    OutboxRow.c.faults,
    OutboxRow.c.trace,
)


def _begin(work: Work, *where: Condition) -> list[Due]:
    taking = update(OutboxRow).where(*where).values(state=State.UNDER_WAY, attempts=OutboxRow.c.attempts + 1)
    rows: Any = work.connection.execute(taking.returning(*_COLUMNS))
    return [Due(*row) for row in rows]


def _set(work: Work, *where: Condition, **values: Any) -> int:
    return work.connection.execute(update(OutboxRow).where(*where).values(**values)).rowcount
