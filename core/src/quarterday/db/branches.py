"""Tables that a plugin has in the record's database: their shape, their revisions, and bringing them up to date.

Each plugin's revisions are a branch of their own with a version table of its own, so that one that is uninstalled, or
whose upgrade breaks, stops nobody else's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    ColumnElement,
    Connection,
    Date,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    event,
    inspect,
    select,
    text,
)
from sqlalchemy.types import TypeDecorator, TypeEngine

from quarterday.db.changes import changed
from quarterday.db.models import METADATA
from quarterday.db.schema import MIGRATIONS, VERSION_TABLE
from quarterday.errors import NotConfigured, Refused

_ENDING = "_schema"
_PLAIN = (Boolean, Date, Integer, JSON, String)
"""The kinds of column that come out of SQLite and PostgreSQL alike, and go into an export as they are."""


@dataclass(frozen=True, slots=True)
class Branch:
    """The tables of one plugin, the folder of its revisions, and the newest of them."""

    plugin: str
    metadata: MetaData
    folder: Path
    revision: str


def version_table(plugin: str) -> str:
    """Where a database says which revision a plugin's tables have."""
    return plugin + _ENDING


def revision_of(connection: Connection, plugin: str) -> str:
    """The revision that a plugin's tables have in this database, "" where there are none."""
    table = version_table(plugin)
    if not inspect(connection).has_table(table):
        return ""
    return str(connection.execute(text(f'SELECT version_num FROM "{table}"')).scalar() or "")  # noqa: S608 (a word)


def left_over(connection: Connection, plugins: Collection[str]) -> dict[str, int]:
    """The plugins that have tables in this database and are not among those, and how many tables each has."""
    names = set(inspect(connection).get_table_names())
    had = sorted(name.removesuffix(_ENDING) for name in names - {VERSION_TABLE} if name.endswith(_ENDING))
    return {
        plugin: sum(name.startswith(f"{plugin}_") for name in names - {version_table(plugin)})
        for plugin in had
        if plugin not in plugins
    }


def flaw(branch: Branch) -> str:
    """What is wrong with a plugin's tables or revisions, in a phrase; "" for nothing."""
    return flaw_of_tables(branch) or flaw_of_revisions(branch)


def plain(column_type: TypeEngine[Any]) -> TypeEngine[Any]:
    """The type as which a column's values are kept in the database, whatever the plugin makes of them."""
    return column_type.impl_instance if isinstance(column_type, TypeDecorator) else column_type


def of_authority(table: Table, authority_id: int) -> ColumnElement[bool] | None:
    """The condition that a row of a plugin's table hangs on an authority; None where no row of it hangs on any.

    It has its id in ``authority_id``, or refers to a row that hangs on it.
    """
    if "authority_id" in table.c:
        return table.c.authority_id == authority_id
    for column in table.columns:
        for key in column.foreign_keys:
            if not column.nullable and key.column.table is not table:
                inner = of_authority(key.column.table, authority_id)
                if inner is not None:
                    return column.in_(select(key.column).where(inner))
    return None


def upgrade(engine: Engine, branch: Branch) -> str:
    """Bring a plugin's tables up to date, whole or not at all; returns the revision they had, "" for none.

    Two at once do it once. Raises :class:`NotConfigured` for tables that are newer than the plugin,
    :class:`Refused` for a revision that changes a table of somebody else, and whatever a revision raises.
    """
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", _escaped(MIGRATIONS))
    config.set_main_option("version_locations", _escaped(branch.folder))
    config.set_main_option("path_separator", "newline")
    with engine.connect() as connection, connection.begin():
        if engine.dialect.name == "postgresql":  # SQLite has one writer anyway
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('quarterday db upgrade'))"))
        found = revision_of(connection, branch.plugin)
        if found > branch.revision:
            raise newer(branch.plugin, found, branch.revision)
        if found != branch.revision:
            config.attributes.update(
                connection=connection, metadata=branch.metadata, version_table=version_table(branch.plugin)
            )
            with _own_tables_only(connection, branch.plugin):
                command.upgrade(config, "head")
            _require_all(connection, branch)
    return found


def newer(plugin: str, found: str, known: str) -> NotConfigured:
    """That a plugin's tables were made by a later version of it."""
    return NotConfigured(
        "plugins",
        f"The tables of the plugin “{plugin}” are of revision {found}, and this version of it knows them up to "
        f"{known}; install the later version again.",
    )


def flaw_of_tables(branch: Branch) -> str:
    """The same of its tables alone: their names, what they refer to and what their columns hold."""
    if not branch.metadata.tables:
        return "there is no table in it"
    prefix = f"{branch.plugin}_"
    if any(name.startswith(prefix) for name in (*METADATA.tables, VERSION_TABLE)):
        return f"tables of core's begin with “{prefix}”, too: the plugin needs another name"
    for table in branch.metadata.sorted_tables:
        if not table.name.startswith(prefix) or table.schema or table.name == version_table(branch.plugin):
            return f"its table “{table.fullname}” has a name that isn't its own: begin it with “{prefix}”"
        for column in table.columns:
            if not isinstance(plain(column.type), _PLAIN):
                return f"“{column.name}” of “{table.name}” is no text, whole number, yes or no, day or JSON"
        if why := _flaw_of_references(table, branch.metadata):
            return why
    return ""


def _flaw_of_references(table: Table, metadata: MetaData) -> str:
    """Why its references can't stay: what refers to another's table would hinder that other's changes."""
    for key in table.foreign_keys:
        target = key.target_fullname.rpartition(".")[0]
        if target not in metadata.tables:
            return f"“{table.name}” refers to “{target}”, which isn't one of its own tables: keep the number alone"
    return ""


def flaw_of_revisions(branch: Branch) -> str:
    """The same of its revisions alone: one chain on its own branch, up to the one that it names."""
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory(str(MIGRATIONS), version_locations=[str(branch.folder)])
    revisions = list(scripts.walk_revisions())
    if not revisions:
        return f"there is no revision in {branch.folder.name}"
    if len(scripts.get_heads()) > 1 or len(scripts.get_bases()) > 1:
        return "its revisions are no chain from one beginning to one end"
    if branch.plugin not in revisions[-1].branch_labels:
        return f"its first revision isn't on its own branch: write branch_labels = (“{branch.plugin}”,) in it"
    if (newest := revisions[0].revision) != branch.revision:
        return f"its newest revision is “{newest}”, and it says “{branch.revision}”"
    names = [one.revision for one in reversed(revisions)]
    if names != sorted(names):
        return "the names of its revisions don't rise from the first to the last, like 0001, 0002"
    return ""


@contextmanager
def _own_tables_only(connection: Connection, plugin: str) -> Iterator[None]:
    """Refuse, before it is done, whatever changes a table that isn't the plugin's own."""

    def look(_: object, __: object, statement: str, *others: object) -> None:
        for one in changed(statement):
            table = one.name if one.is_table else _table_of(connection, one.name)
            if not table.removeprefix("_alembic_tmp_").startswith(f"{plugin}_"):
                raise Refused(f"A revision of its tables changes “{table}”, which isn't its own.")

    event.listen(connection, "before_cursor_execute", look)
    try:
        yield
    finally:
        event.remove(connection, "before_cursor_execute", look)


def _table_of(connection: Connection, part: str) -> str:
    """The table that an index or a trigger is of; its own name where there is none of that name."""
    query = "SELECT tbl_name FROM sqlite_master WHERE name = :name"
    if connection.dialect.name == "postgresql":
        query = "SELECT tablename FROM pg_indexes WHERE indexname = :name"
    return str(connection.execute(text(query), {"name": part}).scalar() or part)


def _require_all(connection: Connection, branch: Branch) -> None:
    """Raise :class:`Refused` where the revisions didn't make a table that the plugin has."""
    if missing := sorted(branch.metadata.tables.keys() - set(inspect(connection).get_table_names())):
        raise Refused(f"Its revisions don't make its table “{missing[0]}”.")


def _escaped(path: Path) -> str:
    return str(path).replace("%", "%%")
