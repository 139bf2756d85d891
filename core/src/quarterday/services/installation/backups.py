"""Backups: a folder with one moment of the record and the evidence it refers to, and the way back from it."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from quarterday.db import postgres_copy, schema, sqlite_copy
from quarterday.db.copying import Told, settle
from quarterday.db.work import Actor, UnitOfWork
from quarterday.errors import Refused, Trouble
from quarterday.evidence import Lost, Store
from quarterday.registry import installed
from quarterday.services.installation.plugin_files import changed, copy_kept, home, list_digests
from quarterday.services.returns.evidencing import digests_in_use
from quarterday.services.tables.folders import folders

LABEL = "backup.json"
PLUGINS = "plugins"
"""The folder in a backup with the files of plugins."""
LIST = "plugins.sha256"
"""The file in a backup with the digests of these files."""

_COPIES = {"sqlite": sqlite_copy, "postgresql": postgres_copy}
_FILES = {"sqlite": "record.db", "postgresql": "record.dump"}


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup's label says of it."""

    taken_at: str
    """ISO, UTC."""
    made_by: str
    """The version of Quarterday."""
    database: str
    """sqlite or postgresql; a backup goes back into the same."""
    revision: str
    """The shape of its tables."""
    digest: str
    """SHA-256 of the copy of the database."""
    files: int
    """How many evidence files are in it."""
    plugin_files: int = 0
    """How many files of plugins, like batches of a ledger."""
    plugin_list: str = ""
    """SHA-256 of the list of their digests; "" in a backup that has none, from before there were lists."""


@dataclass(frozen=True, slots=True)
class Copied:
    """A backup that was taken or restored, and the evidence files that were missing or damaged on the way."""

    backup: Backup
    lost: tuple[str, ...]
    """A sentence each."""


def back_up(uow: UnitOfWork, store: Store, folder: Path, told: Told) -> Copied:
    """Take a backup into a new folder, which is there whole or not at all, while others read and write.

    The record comes first, its evidence and the files of plugins after it, so that every file it refers to was there
    already. Raises :class:`Refused` where the folder exists, :class:`NotConfigured` for a record of another shape, and
    :class:`Trouble` where the record is damaged or a program of PostgreSQL is missing.
    """
    if folder.exists():
        raise Refused(f"There is a {folder} already; name a new folder, like one with today's date.")
    schema.require_current(uow.engine)
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f"{folder.name}.", suffix=".partial", dir=folder.parent))
    try:
        kind = uow.engine.dialect.name
        _COPIES[kind].copy_out(uow.engine, partial / _FILES[kind], told)
        with uow.read(Actor.operator("cli")) as work:
            digests = sorted(digests_in_use(work))
        lost = copy_evidence(store, Store(str(partial / "evidence")), digests, told)
        kept = folders(uow.engine, installed())
        theirs = copy_kept(home(), partial / PLUGINS, kept.names, told)
        (partial / LIST).write_text(list_digests(partial / PLUGINS), "utf-8")
        backup = Backup(
            taken_at=uow.clock().isoformat(timespec="seconds"),
            made_by=version("quarterday"),
            database=kind,
            revision=schema.REVISION,
            digest=_digest(partial / _FILES[kind]),
            files=len(digests) - len(lost),
            plugin_files=theirs,
            plugin_list=_digest(partial / LIST),
        )
        (partial / LABEL).write_text(json.dumps(asdict(backup), indent=2) + "\n")
        settle(partial / LIST)
        settle(partial / LABEL)
        settle(partial)
        partial.rename(folder)
        settle(folder.parent)
    except BaseException:
        shutil.rmtree(partial)
        raise
    return Copied(backup, (*lost, *map(_unknown, kept.unknown)))


def restore(engine: Engine, store: Store, folder: Path, told: Told) -> Copied:
    """Put a backup where the settings say that the record and its evidence are kept: the record last, whole or not
    at all.

    Raises :class:`Refused` for a folder that is no backup, a backup from the other database or from a newer
    Quarterday, and where there is a record already; :class:`Trouble` for a damaged one.
    """
    backup = label(folder)
    kind = engine.dialect.name
    if backup.database != kind:
        there = f"{folder} is a backup of {backup.database}, and the settings name {kind}"
        raise Refused(f"{there}; restore it into {backup.database}.")
    if backup.revision > schema.REVISION:
        raise Refused(f"{folder} was made by Quarterday {backup.made_by}, which is newer than this one; install that.")
    copy = folder / _FILES[kind]
    if _digest(copy) != backup.digest:
        raise Trouble(f"{copy} isn't what it was when the backup was taken; use an earlier backup.")
    _COPIES[kind].require_empty(engine)
    if backup.plugin_list and _digest(folder / LIST) != backup.plugin_list:
        raise Trouble(f"{folder / LIST} isn't what it was when the backup was taken; use an earlier backup.")
    kept = Store(str(folder / "evidence"))
    lost = copy_evidence(kept, store, sorted(kept.digests()), told)
    damaged = changed(folder / PLUGINS, (folder / LIST).read_text("utf-8")) if backup.plugin_list else ()
    if (folder / PLUGINS).is_dir():
        names = sorted(path.name for path in (folder / PLUGINS).iterdir())
        copy_kept(folder / PLUGINS, home(), names, told, without=damaged)
    _COPIES[kind].copy_in(copy, engine, told)
    return Copied(backup, (*lost, *map(_damaged, damaged)))


def label(folder: Path) -> Backup:
    """What the label of a backup says; raises :class:`Refused` where the folder is no whole backup."""
    try:
        said: dict[str, Any] = json.loads((folder / LABEL).read_text())
        backup = Backup(**said)
        datetime.fromisoformat(backup.taken_at)
    except (OSError, ValueError, TypeError) as problem:
        raise Refused(f"{folder} is no backup of Quarterday: it has no {LABEL} that can be read.") from problem
    return backup


def copy_evidence(source: Store, target: Store, digests: Iterable[str], told: Told) -> tuple[str, ...]:
    """Copy files from store to store; returns a sentence for each that is missing or damaged."""
    wanted = list(digests)
    lost = []
    for number, digest in enumerate(wanted, 1):
        try:
            with source.open(digest) as file, target.receive(file, digest, most_bytes=sys.maxsize) as received:
                target.keep(received)
        except Lost as problem:
            lost.append(str(problem))
        told("the evidence", number, len(wanted))
    return tuple(lost)


def _damaged(name: str) -> str:
    return f"The file {name} of a plugin is missing or damaged in the backup; use an earlier one for it."


def _unknown(plugin: str) -> str:
    return (
        f"Whether the plugin “{plugin}” keeps files beside its tables isn't known, so none of them are in it: enable "
        "it, run “quarterday db upgrade”, then do this again."
    )


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError as problem:
        raise Trouble(f"{path} is missing; use an earlier backup.") from problem
