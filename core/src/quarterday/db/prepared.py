"""Statements made beforehand, run as the driver takes them: SQLAlchemy makes words and types of each once.

Most of the time of a short statement is SQLAlchemy's work around the driver, and a page has ten of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Select
from sqlalchemy.engine import Row
from sqlalchemy.engine.result import SimpleResultMetaData
from sqlalchemy.exc import DBAPIError, MultipleResultsFound

from quarterday.db.told import bare

_known: WeakKeyDictionary[Any, dict[str, _Prepared | None]] = WeakKeyDictionary()
"""What was made of a statement, by its database's dialect; None where its words turn on its values (IN a list)."""


def rows_of(connection: Connection, query: Select[*tuple[Any, ...]], given: Mapping[str, Any]) -> list[Row[Any]]:
    """Every row of a statement that is kept and run again and again; ``given`` are its parameters.

    Somebody who listens to what goes to the driver hears of it. Raises what SQLAlchemy raises.
    """
    if connection.dispatch.before_cursor_execute:
        return list(connection.execute(query, given))
    dialect = connection.dialect
    by_dialect = _known.setdefault(query, {})
    if dialect.name not in by_dialect:
        made: Any = query.compile(dialect=dialect)
        turns_on_values = made.post_compile_params or made.literal_execute_params
        by_dialect[dialect.name] = None if turns_on_values else _Prepared(made)
    prepared = by_dialect[dialect.name]
    return prepared.rows(connection, given) if prepared else list(connection.execute(query, given).all())


def only(rows: list[Row[Any]]) -> Row[Any] | None:
    """The only row; None where there is none."""
    if len(rows) > 1:
        raise MultipleResultsFound("Multiple rows were found when one or none was required")
    return rows[0] if rows else None


class _Prepared:
    """One statement in the words of one database."""

    def __init__(self, made: Any) -> None:
        self._words: str = made.string
        self._order: Sequence[str] | None = made.positiontup
        self._fixed = {name: bind.effective_value for bind, name in made.bind_names.items() if not bind.required}
        self._writers: Mapping[str, Callable[[Any], Any]] = made._bind_processors
        columns = made._result_columns
        readers = [column.type._cached_result_processor(made.dialect, None) for column in columns]
        self._readers = [(at, reader) for at, reader in enumerate(readers) if reader]
        self._meta = SimpleResultMetaData([column.keyname for column in columns])

    def rows(self, connection: Connection, given: Mapping[str, Any]) -> list[Row[Any]]:
        if not connection.in_transaction():
            connection.begin()
        values = {**self._fixed, **given}
        for name, write in self._writers.items():
            values[name] = write(values[name])
        cursor = connection.connection.cursor()
        try:
            cursor.execute(self._words, values if self._order is None else [values[name] for name in self._order])
            found = cursor.fetchall()
        except connection.dialect.loaded_dbapi.Error as error:
            kind = connection.dialect.loaded_dbapi.Error
            bare(error)
            raise DBAPIError.instance(self._words, None, error, kind, dialect=connection.dialect) from error
        finally:
            cursor.close()
        if self._readers:
            found = [self._read(row) for row in found]
        meta = self._meta
        return [Row(meta, None, meta._key_to_index, row) for row in found]

    def _read(self, row: Sequence[Any]) -> tuple[Any, ...]:
        values = list(row)
        for at, reader in self._readers:
            values[at] = reader(values[at])
        return tuple(values)
