"""Many rows, or ids, given to one statement as one parameter: what drivers do for each row costs more than the rest.

They are given as JSON, which both databases read. A column is text, a whole number or JSON.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    Connection,
    FromClause,
    Select,
    Text,
    bindparam,
    cast,
    column,
    func,
    select,
    type_coerce,
)
from sqlalchemy.types import TypeEngine

Kind = type[Text] | type[BigInteger] | type[JSON]


def as_given(rows: Sequence[Mapping[str, Any]] | Collection[int]) -> str:
    """Rows, or ids, as the parameter ``given`` takes them."""
    return json.dumps(rows if isinstance(rows, list) else list(rows))


@cache
def ids_given(dialect: str, name: str = "ids") -> Select[int]:
    """The ids in a parameter of that name, as a subquery for ``in_``."""
    given = bindparam(name, type_=Text)
    if dialect == "postgresql":
        return select(cast(func.json_array_elements_text(cast(given, JSON)), BigInteger))
    return select(func.json_each(given).table_valued("value").c.value)


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
    return select(*taken).subquery("given")


def run(connection: Connection, statement: Any, rows: Sequence[Mapping[str, Any]], **more: Any) -> None:
    """Run a statement on rows, and on other parameters; nothing for no rows."""
    if rows:
        connection.execute(statement, {"given": as_given(rows), **more})


def _plain(kind: Kind) -> TypeEngine[Any]:
    return JSON() if kind is JSON else kind()
