"""Copies of a SQLite record: taken by the online backup while others write, and put back whole or not at all."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import cast

from sqlalchemy import Engine

from quarterday.db.copying import Told, settle
from quarterday.errors import Refused, Trouble

PAGES_AT_ONCE = 2_000
_BYTES_AT_ONCE = 2**23


def copy_out(engine: Engine, file: Path, told: Told) -> None:
    """Write one moment of the record into a new file, checked and on the disk; writers don't wait for it.

    Raises :class:`Trouble` where the record is damaged.
    """
    with closing(engine.raw_connection()) as pooled, closing(sqlite3.connect(file)) as target:
        source = cast(sqlite3.Connection, pooled.driver_connection)
        source.execute("BEGIN")  # holds the moment: without it the copy begins again whenever somebody writes
        source.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        try:
            source.backup(
                target, pages=PAGES_AT_ONCE, progress=lambda _, left, of: told("the record", of - left, of), sleep=0
            )
        finally:
            source.execute("ROLLBACK")
        target.execute("PRAGMA journal_mode=DELETE")
        _check(target, "The record is damaged")
    settle(file)


def require_empty(engine: Engine) -> None:
    """Raise :class:`Refused` where a record lies where this one is to be, or what SQLite left beside one."""
    path = Path(str(engine.url.database))
    for ending in ("", "-wal", "-shm", "-journal"):
        if (place := path.with_name(path.name + ending)).exists():
            raise Refused(f"There is a file {place}; move it away, because a backup goes only into an empty place.")


def copy_in(file: Path, engine: Engine, told: Told) -> None:
    """Put a copy where the record is to be; it is there whole, or not at all.

    Raises :class:`Refused` where something lies there already, and :class:`Trouble` where the copy is damaged.
    """
    require_empty(engine)
    path = Path(str(engine.url.database))
    partial = path.with_name(f"{path.name}.partial")
    size = file.stat().st_size
    try:
        with file.open("rb") as source, partial.open("wb") as target:
            while piece := source.read(_BYTES_AT_ONCE):
                target.write(piece)
                told("the record", target.tell(), size)
        with closing(sqlite3.connect(partial)) as copied:
            _check(copied, f"{file} is damaged")
        settle(partial)
        partial.rename(path)
    finally:
        partial.unlink(missing_ok=True)
    settle(path.parent)


def _check(database: sqlite3.Connection, what: str) -> None:
    try:
        (found,) = database.execute("PRAGMA integrity_check(1)").fetchone()
        torn = database.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.DatabaseError as problem:
        raise Trouble(f"{what} ({problem}); use an earlier backup.") from problem
    if found != "ok":
        raise Trouble(f"{what} ({found}); use an earlier backup.")
    if torn is not None:
        raise Trouble(
            f"{what} (a row of “{torn[0]}” refers to a row of “{torn[2]}” that is gone); use an earlier backup."
        )
