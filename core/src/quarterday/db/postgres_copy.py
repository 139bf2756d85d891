"""Copies of a PostgreSQL record, by PostgreSQL's own ``pg_dump`` and ``pg_restore``."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import Engine, inspect

from quarterday.db.copying import Told
from quarterday.errors import Refused, Trouble

DEBIAN = Path("/usr/lib/postgresql")
"""Where Debian and Ubuntu keep the programs, by version."""

_TABLE = re.compile(r"pg_(dump: dumping contents of|restore: processing data for) table ")


def copy_out(engine: Engine, file: Path, told: Told) -> None:
    """Write one moment of the record into a new file in PostgreSQL's custom format; writers don't wait for it.

    Raises :class:`Trouble` where ``pg_dump`` isn't installed or fails.
    """
    _run(engine, "pg_dump", ["--format=custom", f"--file={file}"], len(inspect(engine).get_table_names()), told)


def require_empty(engine: Engine) -> None:
    """Raise :class:`Refused` where there is anything in the database."""
    if tables := inspect(engine).get_table_names():
        why = f"The database holds tables already ({len(tables)})"
        raise Refused(f"{why}; name an empty one, because a backup goes only into an empty place.")


def copy_in(file: Path, engine: Engine, told: Told) -> None:
    """Put a copy into the database, in one transaction.

    Raises :class:`Refused` where there is anything in the database, and :class:`Trouble` where ``pg_restore`` isn't
    installed or fails.
    """
    require_empty(engine)
    _run(engine, "pg_restore", ["--single-transaction", "--exit-on-error", str(file)], 0, told)


def program(name: str, debian: Path = DEBIAN) -> Path:
    """One of PostgreSQL's programs: the newest that Debian installed, else the one on the path.

    Raises :class:`Trouble` where there is none.
    """
    installed = sorted(debian.glob(f"*/bin/{name}"), key=lambda path: float(path.parts[-3]))
    if installed:
        return installed[-1]
    if on_the_path := shutil.which(name):
        return Path(on_the_path)
    raise Trouble(
        f"{name} isn't installed here, and a PostgreSQL record needs it; install the package postgresql-client."
    )


def _run(engine: Engine, name: str, options: list[str], tables: int, told: Told) -> None:
    url = engine.url.set(drivername="postgresql", password=None).render_as_string()
    options = ["--no-owner", "--no-privileges", "--verbose", "--no-password", f"--dbname={url}", *options]
    environment = {**os.environ, "LC_ALL": "C"}
    if engine.url.password:
        environment["PGPASSWORD"] = engine.url.password  # on the command line every account here could read it
    running = subprocess.Popen(  # noqa: S603 (our own words, and the operator's URL)
        [str(program(name)), *options], env=environment, stderr=subprocess.PIPE, text=True, errors="replace"
    )
    with running:
        try:
            said = _follow(running.stderr or [], tables, told)
        except BaseException:
            running.kill()
            raise
    if running.returncode:
        raise Trouble(f"{name} failed: {said or f'exit code {running.returncode}'}")


def _follow(lines: Iterable[str], tables: int, told: Told) -> str:
    """Tell how far it has come by what the program says; returns the first error it names, or ""."""
    done, said = 0, ""
    for line in lines:
        if _TABLE.match(line):
            done += 1
            told("the record", done, max(tables, done))
        elif "error:" in line:
            said = said or line.partition("error:")[2].strip()
    return said
