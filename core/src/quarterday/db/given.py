"""Many rows, or ids, given to one statement as one parameter: what drivers do for each row costs more than the rest.

They are given as JSON, which both databases read. A column is text, a whole number or JSON.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    ColumnElement,
    Connection,
    FromClause,
    Select,
    Text,
    any_,
    bindparam,
    cast,
    column,
    func,
    select,
    true,
    type_coerce,
)
from sqlalchemy.types import TypeEngine

Kind = type[Text] | type[BigInteger] | type[JSON]


def as_given(rows: Sequence[Mapping[str, Any]] | Collection[int]) -> str:
    """Rows, or ids, as the parameter ``given`` takes them."""
    return json.dumps(rows if isinstance(rows, list) else list(rows))


def each_given(rows: Select[*tuple[Any, ...]], record_id: ColumnElement[Any], dialect: str) -> Select[*tuple[Any, ...]]:
    """The rows, of those whose id is among the ones in the parameter ``ids``; found by one id after the other.

    Of a table that PostgreSQL has no statistics of yet it would look at all that the other conditions leave.
    """
    if dialect != "postgresql":
        return rows.where(is_given(record_id, dialect))
    ids = func.unnest(_array(bindparam("ids", type_=Text)))
    each = ids.table_valued(column("id", BigInteger), name="each").render_derived()
    one = rows.where(record_id == each.c.id).lateral("one")
    return select(*one.c).select_from(each.join(one, true()))


def is_given(record_id: ColumnElement[Any], dialect: str, name: str = "ids") -> ColumnElement[bool]:
    """The condition that an id is among those in a parameter of that name."""
    ids = bindparam(name, type_=Text)
    if dialect == "postgresql":  # by an array, for which it has a plan
        return record_id == any_(_array(ids))
    return record_id.in_(select(func.json_each(ids).table_valued("value").c.value))


def rows_given(dialect: str, **columns: Kind) -> FromClause:
    """The rows in the parameter ``given``, with those columns."""
    given = bindparam("given", type_=Text)
    if dialect == "postgresql":
        typed = [column(name, _plain(kind)) for name, kind in columns.items()]
        rows: FromClause = func.json_to_recordset(cast(given, JSON)).table_valued(*typed, name="given")
        return rows.render_derived(with_types=True)  # type: ignore[attr-defined,no-any-return]
    value = func.json_each(given).table_valued("value", name="each").c.value
    taken: list[ColumnElement[Any]] = [
        type_coerce(func.json_extract(value, f"$.{name}"), kind()).label(name) for name, kind in columns.items()
    ]
    return select(*taken).cte("given").prefix_with("MATERIALIZED")  # or each is read where it is named, time and again


def run(connection: Connection, statement: Any, rows: Sequence[Mapping[str, Any]], **more: Any) -> None:
    """Run a statement on rows, and on other parameters; nothing for no rows."""
    if rows:
        connection.execute(statement, {"given": as_given(rows), **more})


def plan_anew(connection: Connection) -> None:
    """Have PostgreSQL plan each statement of this transaction anew.

    A plan that it made for the first of many batches, while a table was as good as empty, is no good for the rest.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL plan_cache_mode = force_custom_plan")


def _array(ids: ColumnElement[str]) -> ColumnElement[Sequence[int]]:
    return cast(func.translate(ids, "[]", "{}"), ARRAY(BigInteger))


def _plain(kind: Kind) -> TypeEngine[Any]:
    return JSON() if kind is JSON else kind()
