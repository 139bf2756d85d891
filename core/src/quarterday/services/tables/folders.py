"""The folders of the data folder in which plugins keep files: known as long as their tables are in the record.

A plugin that isn't loaded can't be asked, so what it said when its tables were brought up to date is remembered.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine, select

from quarterday.db import branches
from quarterday.db.engine import for_reading
from quarterday.db.models import PluginFolder
from quarterday.db.newest import newest
from quarterday.db.work import Actor, UnitOfWork
from quarterday.registry import Registry
from quarterday.services.tables.said import tables


@dataclass(frozen=True, slots=True)
class Folders:
    """Where the files are that go with the plugins' tables."""

    names: tuple[str, ...]
    """In the data folder."""
    unknown: tuple[str, ...]
    """The plugins whose tables are there, and that never said whether they keep files."""


def remember(engine: Engine, plugin: str, folder: str) -> None:
    """Keep in which folder a plugin has its files, "" for none, where that isn't known yet."""
    uow = UnitOfWork(engine)
    with uow.begin(Actor.operator("db")) as work:
        work.take_turns(f"plugin-folder/{plugin}")
        counts = newest(PluginFolder, PluginFolder.c.plugin)
        known = work.one(select(PluginFolder.c.folder).where(PluginFolder.c.plugin == plugin, counts))
        if known is None or known.folder != folder:
            work.add(PluginFolder, plugin=plugin, folder=folder)


def folders(engine: Engine, registry: Registry) -> Folders:
    """The folders whose files go with what is in this record, whether their plugins are loaded or not."""
    said = {plugin: one.files for plugin, one in tables(registry).items()}
    with for_reading(engine).connect() as connection:
        there = branches.left_over(connection, ())
        counts = newest(PluginFolder, PluginFolder.c.plugin)
        rows = connection.execute(select(PluginFolder.c.plugin, PluginFolder.c.folder).where(counts))
        known = {row.plugin: row.folder for row in rows} | said
    return Folders(
        tuple(sorted({known[plugin] for plugin in there if known.get(plugin)})),
        tuple(plugin for plugin in there if plugin not in known),
    )
