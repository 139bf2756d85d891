"""Exporting an authority: one moment of all that is its own, into a folder that is there whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy import Table, func, select

from quarterday.db import schema
from quarterday.db.copying import Told, settle
from quarterday.db.models import METADATA, Evidence, OutboxRow, PluginSetting, ValueSetSnapshot
from quarterday.db.outbox import State
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.domain.permissions import Permission
from quarterday.errors import Refused
from quarterday.evidence import Store
from quarterday.registry import installed
from quarterday.services import scope
from quarterday.services.exchange import of_plugins
from quarterday.services.exchange.manifest import EXPLANATION, FORM, Manifest, Part, WithoutValues
from quarterday.services.exchange.rows import line_of
from quarterday.services.exchange.selection import TABLES, Selection
from quarterday.services.installation.backups import copy_evidence
from quarterday.services.installation.plugin_files import copy_kept, home
from quarterday.services.returns.evidencing import digests_in_use
from quarterday.services.tables.said import tables
from quarterday.services.tables.standing import laid_down, left_behind

AT_ONCE = 5_000
"""How many rows are in memory at a time."""


@dataclass(frozen=True, slots=True)
class Exported:
    """An export that was made."""

    manifest: Manifest
    digest: str
    """SHA-256 of the manifest, by which the whole export is known."""
    undelivered: int
    """How many deliveries of the authority are still due here; they stay here."""


def export_authority(
    uow: UnitOfWork, actor: Actor, store: Store, *, authority_id: int, folder: Path, told: Told
) -> Exported:
    """Write all of an authority into a new folder, its evidence too, while others read and write.

    Values that may not be passed on stay behind, with every valuation that rests on them, and secrets do (DOMAIN 6).
    So do the tables of a plugin that isn't here, or isn't up to date; the export says so.
    That it was exported, and under which digest, is in the audit trail. Raises :class:`Refused` for anybody but the
    operator or the authority's own people, and where the folder exists.
    """
    if folder.exists():
        raise Refused(f"There is a {folder} already; name a new folder.")
    registry = installed()
    branches = laid_down(uow.engine, registry)
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f"{folder.name}.", suffix=".partial", dir=folder.parent))
    try:
        (partial / "tables").mkdir()
        with uow.read(actor) as work:
            scope.needs(work, Permission.ADMINISTER)
            authority = scope.authority(work, authority_id)
            selection = Selection(work, authority_id)
            theirs = of_plugins.tables_of(branches)
            parts = {}
            for number, table in enumerate((*TABLES, *theirs), 1):
                parts[table.name] = _write(work, selection, table, partial / "tables")
                told("the record", number, len(TABLES) + len(theirs))
            files = _evidence(work, selection)
            without = _without_values(work, selection)
            undelivered = _undelivered(work, authority_id)
        lost = copy_evidence(store, Store(str(partial / "evidence")), sorted(files), told)
        names = {tables(registry)[plugin].files for plugin in branches} - {""}
        copy_kept(home(), partial / of_plugins.FILES, sorted(names), told, authority_id=authority_id)
        manifest = Manifest(
            form=FORM,
            authority=authority.key,
            made_at=uow.clock().isoformat(timespec="seconds"),
            made_by=version("quarterday"),
            revision=schema.REVISION,
            tables=parts,
            evidence=len(files) - len(lost),
            lost=(*lost, *left_behind(uow.engine, branches)),
            without_values=without,
            plugins={plugin: branch.revision for plugin, branch in branches.items()},
            files=of_plugins.digests_of(partial),
        )
        (partial / "README.txt").write_text(EXPLANATION, "utf-8")
        digest = manifest.write(partial)
        for path in (partial / "README.txt", *partial.glob("*.json"), *(partial / "tables").iterdir(), partial):
            settle(path)
        partial.rename(folder)
        settle(folder.parent)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    with uow.begin(actor) as work:
        subject = f"authority/{authority_id}"
        work.audit(authority_id, "authority.exported", subject, manifest=digest, rows=manifest.rows, files=len(files))
    return Exported(manifest, digest, undelivered)


def _write(work: Work, selection: Selection, table: Table, folder: Path) -> Part:
    """Write the rows of one table that go along into a file, in the order of their keys."""
    query, shape = of_plugins.rows_of(table, selection.authority_id), of_plugins.as_kept(table)
    if table.metadata is METADATA:
        query = select(table).where(selection.condition(table)).order_by(*table.primary_key.columns)
        shape = table
    digest, number = sha256(), 0
    with (folder / f"{table.name}.jsonl").open("wb") as file:
        for row in work.connection.execution_options(yield_per=AT_ONCE).execute(query).mappings():
            line = line_of(shape, _without_secrets(table, dict(row)))
            file.write(line)
            digest.update(line)
            number += 1
    return Part(number, digest.hexdigest())


def _without_secrets(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    if table is ValueSetSnapshot and not row["is_redistributable"]:
        return {**row, "content": None}
    return {**row, "sealed": ""} if table is PluginSetting else row


def _evidence(work: Work, selection: Selection) -> set[str]:
    """The files of evidence that go along; one that was erased is nowhere any more."""
    files = select(Evidence.c.digest).where(selection.condition(Evidence), Evidence.c.kind == "file")
    return {row.digest for row in work.all(files)} & digests_in_use(work)


def _without_values(work: Work, selection: Selection) -> tuple[WithoutValues, ...]:
    rows = work.all(
        select(
            ValueSetSnapshot.c.name,
            ValueSetSnapshot.c.edition_key,
            ValueSetSnapshot.c.digest,
            ValueSetSnapshot.c.licence,
            ValueSetSnapshot.c.source,
        )
        .where(selection.condition(ValueSetSnapshot), ~ValueSetSnapshot.c.is_redistributable)
        .order_by(ValueSetSnapshot.c.id)
    )
    return tuple(WithoutValues(*row) for row in rows)


def _undelivered(work: Work, authority_id: int) -> int:
    waiting = (OutboxRow.c.authority_id == authority_id, OutboxRow.c.state.in_((State.DUE, State.UNDER_WAY)))
    return work.connection.execute(select(func.count()).select_from(OutboxRow).where(*waiting)).scalar_one()
