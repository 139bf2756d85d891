"""Which row counts: of all that say something of one thing, the newest that was known by then and holds on that day."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from quarterday.db.columns import Base
from quarterday.db.models import Entry


def newest(
    table: type[Base],
    *keys: InstrumentedAttribute[Any],
    at: datetime | None = None,
    day: date | ColumnElement[date] | None = None,
) -> ColumnElement[bool]:
    """The condition that a row of ``table`` is the one that counts for its ``keys``.

    ``select(ContractOwner.user_id).where(newest(ContractOwner, ContractOwner.contract_id, day=today))``

    Only rows recorded by ``at`` are seen. Of a dated table (one with ``valid_from``) only rows that hold from ``day``
    or before are, and the latest ``valid_from`` counts; the id settles what is left, and elsewhere it settles all.
    With ``at`` or ``day`` left out nothing is too new. A row that ends something (``is_in`` False, an empty role) is a
    row like any other here: ask for it to be one that doesn't. In an outer join the condition belongs to the ON clause.
    """
    rows = table.__table__
    newer = _other(table)
    mine, theirs = rows.c, newer.c
    ahead: ColumnElement[bool] = theirs.id > mine.id
    if "valid_from" in mine:
        ahead = or_(theirs.valid_from > mine.valid_from, and_(theirs.valid_from == mine.valid_from, ahead))
    same = [_equal(mine[key.key], theirs[key.key]) for key in keys]
    rival = select(literal(1)).select_from(newer).where(*same, ahead, *_seen(newer, at, day)).correlate(rows)
    return and_(*_seen(rows, at, day), ~rival.exists())


def not_replaced() -> ColumnElement[bool]:
    """The condition that no other entry took the place of a row of ``entry``."""
    later = aliased(Entry)
    return ~select(later.id).where(later.replaces_entry_id == Entry.id).exists()


@cache
def _other(table: type[Base]) -> FromClause:
    """The table once more, made once: making it costs more than the rest of the condition."""
    return table.__table__.alias()


def _equal(mine: ColumnElement[Any], theirs: ColumnElement[Any]) -> ColumnElement[bool]:
    return mine.is_not_distinct_from(theirs) if getattr(mine, "nullable", False) else mine == theirs


def _seen(rows: FromClause, at: datetime | None, day: date | ColumnElement[date] | None) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if at is not None:
        conditions.append(rows.c.recorded_at <= at)
    if day is not None and "valid_from" in rows.c:
        conditions.append(rows.c.valid_from <= day)
    return conditions
