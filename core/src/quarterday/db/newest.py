"""Which row counts: of all that say something of one thing, the newest that was known by then and holds on that day."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import Column, ColumnElement, FromClause, Table, and_, literal, or_, select

from quarterday.db.models import Entry


def newest(
    table: Table,
    *keys: Column[Any],
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
    newer = _other(table)
    mine, theirs = table.c, newer.c
    ahead: ColumnElement[bool] = theirs.id > mine.id
    if "valid_from" in mine:
        ahead = or_(theirs.valid_from > mine.valid_from, and_(theirs.valid_from == mine.valid_from, ahead))
    same = [_equal(mine[key.key], theirs[key.key]) for key in keys]
    rival = select(literal(1)).select_from(newer).where(*same, ahead, *_seen(newer, at, day)).correlate(table)
    return and_(*_seen(table, at, day), ~rival.exists())


def not_replaced() -> ColumnElement[bool]:
    """The condition that no other entry took the place of a row of ``entry``."""
    later = Entry.alias()
    return ~select(later.c.id).where(later.c.replaces_entry_id == Entry.c.id).exists()


@cache
def _other(table: Table) -> FromClause:
    """The table once more, made once: making it costs more than the rest of the condition."""
    return table.alias()


def _equal(mine: ColumnElement[Any], theirs: ColumnElement[Any]) -> ColumnElement[bool]:
    return mine.is_not_distinct_from(theirs) if getattr(mine, "nullable", False) else mine == theirs


def _seen(rows: FromClause, at: datetime | None, day: date | ColumnElement[date] | None) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if at is not None:
        conditions.append(rows.c.recorded_at <= at)
    if day is not None and "valid_from" in rows.c:
        conditions.append(rows.c.valid_from <= day)
    return conditions
