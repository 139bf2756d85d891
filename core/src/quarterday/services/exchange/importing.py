"""Bringing an exported authority into an empty installation: every row under the id it had, in one transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Table, func, insert, select, text
from sqlalchemy.exc import IntegrityError

from quarterday.db import schema
from quarterday.db.copying import Told
from quarterday.db.models import METADATA, Authority, PluginFolder
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.errors import Refused, Trouble
from quarterday.evidence import Store
from quarterday.registry import installed
from quarterday.services import scope
from quarterday.services.exchange import of_plugins
from quarterday.services.exchange.manifest import Manifest, Part, read
from quarterday.services.exchange.rows import NotARow, row_of
from quarterday.services.exchange.selection import TABLES
from quarterday.services.installation.backups import copy_evidence
from quarterday.services.installation.plugin_files import copy_kept, home
from quarterday.services.tables.standing import laid_down

AT_ONCE = 1_000
"""How many rows go in with one statement."""


def import_authority(uow: UnitOfWork, actor: Actor, store: Store, *, folder: Path, told: Told) -> Manifest:
    """Bring the authority in an export into a record in which nothing is; evidence first, then every row, or none.

    Every file is held to its digest before anything is done. Raises :class:`Refused` for a folder that is no export,
    for one of other tables than this version's, where the record isn't empty, and for anybody but the operator;
    :class:`~quarterday.errors.Trouble` for an export that was damaged or changed.
    """
    branches = laid_down(uow.engine, installed())
    theirs = of_plugins.tables_of(branches)
    with uow.read(actor) as work:
        scope.only_the_operator(work)
        _must_be_empty(work, theirs)
    manifest, digest = read(folder)
    if manifest.revision != schema.REVISION:
        raise Refused(
            f"{folder} was made by Quarterday {manifest.made_by}, whose tables are of revision {manifest.revision}; "
            f"this one's are of {schema.REVISION}. Import it with that version, then upgrade."
        )
    of_plugins.must_be_here(folder, manifest, branches)
    theirs = of_plugins.tables_of({plugin: branches[plugin] for plugin in manifest.plugins})
    tables = (*TABLES, *(of_plugins.as_kept(one) for one in theirs))
    _must_be_whole(folder, manifest, tables)
    kept = Store(str(folder / "evidence"))
    if lost := copy_evidence(kept, store, sorted(kept.digests()), told):
        raise Trouble(f"The export's evidence was damaged: {' '.join(lost)}")
    if manifest.files:
        names = sorted(path.name for path in (folder / of_plugins.FILES).iterdir())
        copy_kept(folder / of_plugins.FILES, home(), names, told)
    with uow.begin(actor) as work:
        _must_be_empty(work, theirs)
        try:
            for number, table in enumerate(tables, 1):
                _put(work, table, _path(folder, table.name))
                told("the record", number, len(tables))
        except IntegrityError as problem:
            raise Trouble(f"{folder} doesn't hold together ({problem.orig}); export it again.") from problem
        _count_on(work, tables)
        key = Authority.c.key == manifest.authority
        authority_id = work.connection.execute(select(Authority.c.id).where(key)).scalar_one()
        subject = f"authority/{authority_id}"
        work.audit(authority_id, "authority.imported", subject, manifest=digest, rows=manifest.rows)
    return manifest


def _path(folder: Path, table: str) -> Path:
    return folder / "tables" / f"{table}.jsonl"


def _must_be_whole(folder: Path, manifest: Manifest, tables: tuple[Table, ...]) -> None:
    """Hold every file to what the manifest says of it."""
    wanted = {table.name for table in tables}
    if wanted != manifest.tables.keys():
        odd = ", ".join(sorted(wanted ^ manifest.tables.keys()))
        raise Refused(f"{folder} has other tables than this version of Quarterday ({odd}).")
    for name, part in manifest.tables.items():
        if _part(_path(folder, name)) != part:
            raise Trouble(f"{_path(folder, name)} isn't what it was when the export was made; export it again.")
    if of_plugins.digests_of(folder) != manifest.files:
        where = folder / of_plugins.FILES
        raise Trouble(f"The files in {where} aren't what they were when the export was made; export it again.")


def _part(path: Path) -> Part | None:
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            return Part(sum(1 for _ in file), digest)
    except FileNotFoundError:
        return None


def _must_be_empty(work: Work, theirs: tuple[Table, ...]) -> None:
    here = [table for table in METADATA.sorted_tables if table is not PluginFolder]  # what “db upgrade” leaves
    for table in (*here, *theirs):
        if work.connection.execute(select(func.count()).select_from(table)).scalar_one():
            raise Refused(
                f"The record isn't empty (“{table.name}” has rows), and an authority comes in under the ids it had; "
                "name an empty database."
            )


def _put(work: Work, table: Table, path: Path) -> None:
    rows = _rows(table, path)
    while some := list(islice(rows, AT_ONCE)):
        work.connection.execute(insert(table), some)


def _rows(table: Table, path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                yield row_of(table, line)
            except NotARow as problem:
                raise Trouble(f"{path}, line {number}: {problem}; export it again.") from problem


def _count_on(work: Work, tables: tuple[Table, ...]) -> None:
    """Let PostgreSQL number new rows after those that came with their numbers; SQLite does so by itself."""
    if work.connection.dialect.name != "postgresql":
        return
    for table in tables:
        if "id" in table.c:
            highest = work.connection.execute(select(func.max(table.c.id))).scalar_one()
            sequence = select(func.pg_get_serial_sequence(f'"{table.name}"', "id"))
            name = work.connection.execute(sequence).scalar_one()
            if name and highest:
                work.connection.execute(text("SELECT setval(:name, :highest)"), {"name": name, "highest": highest})
