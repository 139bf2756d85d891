"""Opening the database that a URL names: SQLite in its careful mode, or PostgreSQL."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from quarterday.db.told import without_values
from quarterday.errors import NotConfigured

BUSY_SECONDS = 30
"""How long one SQLite writer waits for another (5 s gave errors with 64 writers; 30 s gave none, measured)."""


def open_engine(url: str, *, folder: Path = Path()) -> Engine:
    """An engine for ``sqlite:///…`` or ``postgresql://…``; nothing is connected yet.

    A SQLite file named without its folder lies in ``folder``. On SQLite every transaction begins IMMEDIATE, because
    one that reads first and writes later fails under load, and is synced to disk before it is acknowledged. An error
    of either names the statement and never its values, which would stand in logs. Raises :class:`NotConfigured` for any
    other URL.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as problem:
        raise NotConfigured("database_url", "“database_url” is not a database URL; write sqlite:///FILE.") from problem
    match parsed.get_backend_name():
        case "sqlite":
            if parsed.database:
                parsed = parsed.set(database=str(folder / parsed.database))
            engine = create_engine(
                parsed, hide_parameters=True, connect_args={"timeout": BUSY_SECONDS, "isolation_level": None}
            )
            event.listen(engine, "connect", _careful)
            event.listen(engine, "begin", _begin)
            return engine
        case "postgresql":
            engine = create_engine(
                parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True, hide_parameters=True
            )
            event.listen(engine, "handle_error", without_values)
            return engine
        case other:
            why = f"“database_url” names {other}; Quarterday keeps its record in sqlite:///… or postgresql://…."
            raise NotConfigured("database_url", why)


def for_reading(engine: Engine) -> Engine:
    """The same engine for transactions that only read: each sees one moment, and neither waits for a writer nor
    holds one up."""
    if engine.dialect.name == "postgresql":
        return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return engine.execution_options(only_reads=True)


def _careful(connection: Any, record: object) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    only_reads = connection.get_execution_options().get("only_reads", False)
    # By the driver itself: what SQLAlchemy does around a statement is twenty times the work of this one.
    begin = "BEGIN" if only_reads else "BEGIN IMMEDIATE"
    try:
        connection.connection.driver_connection.execute(begin)  # type: ignore[union-attr]
    except sqlite3.Error as error:
        raise DBAPIError.instance(begin, None, error, sqlite3.Error, dialect=connection.dialect) from error
