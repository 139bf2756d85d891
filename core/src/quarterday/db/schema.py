"""Which shape of the tables a database has, whether this Quarterday knows it, and bringing it up to date."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from quarterday.db.engine import for_reading
from quarterday.errors import NotConfigured

REVISION = "0021"
"""The newest revision under ``migrations/versions``: the shape of the tables that this Quarterday works with."""

VERSION_TABLE = "quarterday_schema"
"""Where a database says which revision it has; the name tells a record from any other database."""

MIGRATIONS = Path(__file__).with_name("migrations")


class NoRecord(NotConfigured):
    """There is no record yet where the settings say that it is kept."""


def revision(connection: Connection) -> str:
    """The revision of the record in this database, "" where nothing is in it.

    Raises :class:`NotConfigured` for a database that holds something else.
    """
    tables = inspect(connection).get_table_names()
    if VERSION_TABLE in tables:
        found = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}"))  # noqa: S608 (our own name)
        return str(found.scalar_one_or_none() or "")
    if tables:
        some = ", ".join(f"“{name}”" for name in sorted(tables)[:3])
        raise _unusable(f"The database holds the tables of something else (like {some}); name an empty one.")
    return ""


def require_current(engine: Engine) -> None:
    """Nothing, where the record has the shape this Quarterday works with; never creates a file.

    Raises :class:`NoRecord` where there is none, and :class:`NotConfigured` for one that is older or newer, for a
    database of something else, and for one that can't be reached; each says what to run.
    """
    if _is_missing(engine):
        raise NoRecord("database_url", "There is no record yet; run “quarterday db upgrade” to lay one down.")
    with _connected(for_reading(engine)) as connection:
        found = revision(connection)
    _refuse_unknown(found)
    if not found:
        raise NoRecord("database_url", "The database is empty yet; run “quarterday db upgrade” to lay the record down.")
    if found < REVISION:
        raise _unusable(
            f"The record has the tables of revision {found}, and this Quarterday works with {REVISION}; "
            "run “quarterday db backup FILE”, then “quarterday db upgrade”."
        )


def upgrade(engine: Engine) -> str:
    """Bring the record up to date, whole or not at all; returns the revision it had, "" for an empty database.

    Two at once do it once. Raises :class:`NotConfigured` for a newer record, for a database of something else, and
    for one that can't be reached.
    """
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with _connected(engine) as connection, connection.begin():
        if engine.dialect.name == "postgresql":  # SQLite has one writer anyway
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('quarterday db upgrade'))"))
        found = revision(connection)
        _refuse_unknown(found)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return found


def is_empty(engine: Engine) -> bool:
    """Whether nothing is in the database yet; never creates a file.

    Raises :class:`NotConfigured` for a database of something else, and for one that can't be reached.
    """
    if _is_missing(engine):
        return True
    with _connected(for_reading(engine)) as connection:
        return not revision(connection)


def _is_missing(engine: Engine) -> bool:
    """Whether the database is a SQLite file that isn't there."""
    path = engine.url.database
    return engine.dialect.name == "sqlite" and path is not None and path != ":memory:" and not Path(path).exists()


def _refuse_unknown(found: str) -> None:
    if found > REVISION:
        raise _unusable(
            f"The record was made by a newer Quarterday (its tables are of revision {found}, and this one knows them "
            f"up to {REVISION}); install that version again."
        )


def _connected(engine: Engine) -> Connection:
    try:
        return engine.connect()
    except DBAPIError as problem:
        said = (str(problem.orig).strip() or type(problem.orig).__name__).splitlines()[0]
        raise _unusable(f"The database {engine.url.render_as_string()} can't be used ({said}).") from problem


def _unusable(why: str) -> NotConfigured:
    return NotConfigured("database_url", why)
