"""What plugins keep of an authority, as it goes along: rows of their tables and the files that these name."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Column, MetaData, Select, Table, select, true, type_coerce

from quarterday.db.branches import Branch, of_authority, plain
from quarterday.errors import Refused
from quarterday.services.exchange.manifest import Manifest

FILES = "plugins"
"""The folder in an export with the files of plugins."""


def tables_of(branches: Mapping[str, Branch]) -> tuple[Table, ...]:
    """The tables of plugins whose rows hang on an authority, those first to which others refer."""
    every = [table for _, branch in sorted(branches.items()) for table in branch.metadata.sorted_tables]
    return tuple(one for one in every if of_authority(one, 0) is not None)


def as_kept(table: Table) -> Table:
    """A plugin's table as the database keeps it, without what the plugin makes of a value in Python."""
    columns = [Column(one.name, plain(one.type), primary_key=one.primary_key) for one in table.columns]
    return Table(table.name, MetaData(), *columns)


def rows_of(table: Table, authority_id: int) -> Select[*tuple[Any, ...]]:
    """The rows of a plugin's table that hang on an authority, as they are kept, in the order of their keys."""
    columns = [type_coerce(one, plain(one.type)).label(one.name) for one in table.columns]
    condition = of_authority(table, authority_id)
    return select(*columns).where(true() if condition is None else condition).order_by(*table.primary_key.columns)


def must_be_here(folder: Path, manifest: Manifest, branches: Mapping[str, Branch]) -> None:
    """Raise :class:`Refused` where a plugin that an export has rows of isn't here with tables of the same revision."""
    for plugin, revision in manifest.plugins.items():
        if plugin not in branches:
            raise Refused(
                f"{folder} holds tables of the plugin “{plugin}”, which aren't in this record: install it, "
                "and run “quarterday db upgrade”."
            )
        if branches[plugin].revision != revision:
            raise Refused(
                f"{folder} holds tables of the plugin “{plugin}” of revision {revision}, and this one's are of "
                f"{branches[plugin].revision}; import it with that version of the plugin, then upgrade."
            )


def digests_of(folder: Path) -> dict[str, str]:
    """The SHA-256 of each file of plugins in an export, by its path there."""
    there = sorted(path for path in (folder / FILES).rglob("*") if path.is_file())
    found = {}
    for path in there:
        with path.open("rb") as file:
            found[path.relative_to(folder).as_posix()] = hashlib.file_digest(file, "sha256").hexdigest()
    return found
