"""The tables themselves: which can be used, how they stand in the record, bringing them up to date.

What is wrong with one plugin's tables is recorded as its failure, and the others' are used.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache, partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy import Engine, MetaData

from quarterday.db import branches
from quarterday.db.branches import Branch
from quarterday.db.engine import for_reading
from quarterday.errors import NotConfigured
from quarterday.finding import installed_names
from quarterday.ports import Health, Tables, Verdict
from quarterday.registry import Failure, Registry
from quarterday.services.tables.folders import remember
from quarterday.services.tables.said import HOOK, speaks, tables


@dataclass(frozen=True, slots=True)
class Brought:
    """What came of bringing a plugin's tables up to date."""

    plugin: str
    before: str
    """The revision they had, "" for none."""
    after: str
    """The one they have."""
    failed: str = ""
    """Why that isn't the newest, in a sentence; "" where it is."""


@cache
def branches_of(registry: Registry) -> dict[str, Branch]:
    """The tables themselves, by plugin, imported now; what can't be used is recorded as a failure."""
    found: dict[str, Branch] = {}
    for plugin, said in tables(registry).items():
        branch = registry.use(plugin, HOOK, partial(load, plugin, said))
        if isinstance(branch, Failure):
            continue
        why = registry.use(plugin, HOOK, partial(branches.flaw, branch))
        if why == "":
            found[plugin] = branch
        elif isinstance(why, str):
            registry.fail(plugin, HOOK, f"its tables are left out: {why}")
    return found


def bring_up_to_date(engine: Engine, registry: Registry) -> tuple[Brought, ...]:
    """Bring the tables of each plugin up to date, one plugin after the other; one that breaks stops no other."""
    return tuple(_bring(engine, registry, branch) for branch in branches_of(registry).values())


def require_current(engine: Engine, plugin: str, registry: Registry) -> None:
    """Nothing, where the plugin has no tables, or they have the shape it works with.

    Raises :class:`NotConfigured`, with the command to run, where they are missing, older or newer, and where what it
    says of them can't be used.
    """
    said = tables(registry).get(plugin)
    if said is None:
        if speaks(plugin, registry):
            raise NotConfigured(
                "plugins", f"The tables of the plugin “{plugin}” can't be used; “quarterday doctor” says why."
            )
        return
    with for_reading(engine).connect() as connection:
        found = branches.revision_of(connection, plugin)
    if found > said.revision:
        raise branches.newer(plugin, found, said.revision)
    if found != said.revision:
        have = f"are of revision {found}, and it works with {said.revision}" if found else "aren't in the record yet"
        raise NotConfigured("plugins", f"The tables of the plugin “{plugin}” {have}; run “quarterday db upgrade”.")


def laid_down(engine: Engine, registry: Registry) -> dict[str, Branch]:
    """The plugins whose tables are in this record in the shape that they work with, by plugin."""
    with for_reading(engine).connect() as connection:
        return {
            plugin: branch
            for plugin, branch in branches_of(registry).items()
            if branches.revision_of(connection, plugin) == branch.revision
        }


def left_behind(engine: Engine, taken: Collection[str]) -> tuple[str, ...]:
    """A sentence for each plugin that has tables in this record, and isn't among those whose tables are taken along."""
    with for_reading(engine).connect() as connection:
        left = branches.left_over(connection, taken)
    return tuple(
        f"The tables of the plugin “{plugin}” ({number}) aren't in it: have the plugin installed and enabled, run "
        "“quarterday db upgrade”, then do this again."
        for plugin, number in left.items()
    )


def examine(engine: Engine, registry: Registry) -> Iterator[Verdict]:
    """What ``quarterday doctor`` says of plugins' tables: which aren't up to date, and which were left behind."""
    good = 0
    for plugin in branches_of(registry):
        try:
            require_current(engine, plugin, registry)
        except NotConfigured as trouble:
            yield Verdict(Health.WRONG, str(trouble), "Its jobs, sources and sinks wait until then.")
        else:
            good += 1
    with for_reading(engine).connect() as connection:
        left = branches.left_over(
            connection, {plugin.name for plugin in registry.plugins if speaks(plugin.name, registry)}
        )
    for plugin, number in left.items():
        there = plugin in installed_names()
        how = "is switched off, or has none any more" if there else "isn't installed"
        what = f"the plugin “{plugin}” {how}, and its tables are still here ({number}), as it left them."
        to_do = "Install or enable it again; or, when nobody needs them any more, have them dropped by hand: "
        yield Verdict(Health.WARNING, what, f"{to_do}all whose names begin with “{plugin}_”.")
    if good:
        yield Verdict(Health.GOOD, f"up to date: {good}")


def _bring(engine: Engine, registry: Registry, branch: Branch) -> Brought:
    plugin = branch.plugin
    try:
        before = branches.upgrade(engine, branch)
        remember(engine, plugin, tables(registry)[plugin].files)
        return Brought(plugin, before, branch.revision)
    except (Exception, SystemExit) as error:  # whatever a plugin's revision does
        failed = str(registry.fail(plugin, HOOK, f"its tables can't be brought up to date: {error}"))
        with for_reading(engine).connect() as connection:
            found = branches.revision_of(connection, plugin)
        return Brought(plugin, found, found, f"{failed}.")


def load(plugin: str, said: Tables) -> Branch:
    """The tables that a plugin says something of, imported now; raises whatever the plugin raises."""
    module, _, attribute = said.metadata.partition(":")
    metadata = getattr(import_module(module), attribute)
    if not isinstance(metadata, MetaData):
        raise TypeError(f"{said.metadata} is no MetaData of SQLAlchemy")
    spec = find_spec(said.migrations)
    if spec is None or not spec.submodule_search_locations:
        raise LookupError(f"there is no package {said.migrations}")
    return Branch(plugin, metadata, Path(next(iter(spec.submodule_search_locations))), said.revision)
