"""The record of this installation: where it is kept, opened for use cases, brought up to date."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING, TypeVar
from weakref import finalize

from sqlalchemy import Engine

from quarterday.db import schema
from quarterday.db.engine import open_engine
from quarterday.db.work import Actor, UnitOfWork, day_of
from quarterday.errors import NotConfigured
from quarterday.finding import installed_names
from quarterday.ports import Health, Verdict
from quarterday.settings import Settings, load, said_for

if TYPE_CHECKING:
    from quarterday.plugin_settings import PluginSettings
    from quarterday.registry import Registry
    from quarterday.services.tables.standing import Brought

__all__ = [
    "FILE",
    "Actor",
    "UnitOfWork",
    "Upgraded",
    "day_of",
    "examine",
    "installation_settings",
    "installation_settings_of",
    "is_empty_record",
    "open_record",
    "record_engine",
    "require_tables",
    "settings_kept",
    "upgrade_record",
]

S = TypeVar("S", bound="PluginSettings")


@dataclass
class _Kept:
    """Settings that were read, and for how long they are good."""

    seconds: float
    settings: Settings | None = None
    read_at: float = 0.0


_kept: list[_Kept] = []

FILE = "record.db"
"""The SQLite file in the data folder that is the record where the settings name no database."""


def open_record(clock: Callable[[], datetime] = lambda: datetime.now(UTC), *, plugin: str = "") -> UnitOfWork:
    """The record that the settings name, ready for use cases, by a clock (the demo moves its own).

    A command of a plugin that has tables of its own names the ``plugin``, so that it runs on these tables only in the
    shape that it works with.

    Raises :class:`~quarterday.errors.NotConfigured`, with the command to run, for a record that isn't there, for one
    of another shape than this Quarterday's, and for a database that can't be reached or holds something else.
    """
    uow = UnitOfWork(record_engine(), clock)
    finalize(uow, uow.engine.dispose)  # a command's record is closed when the command lets go of it
    schema.require_current(uow.engine)
    if plugin:
        from quarterday.registry import installed
        from quarterday.services.tables.standing import require_current

        require_current(uow.engine, plugin, installed())
    return uow


def examine() -> Iterator[Verdict]:
    """What ``quarterday doctor`` says of the record."""
    try:
        uow = open_record()
    except schema.NoRecord as trouble:
        yield Verdict(Health.WARNING, str(trouble), "Without a record only single returns can be valued.")
    except NotConfigured as trouble:
        if trouble.field == "database_url":  # what else is wrong with the settings, their own check says
            yield Verdict(Health.WRONG, str(trouble), "Nothing can be recorded until then.")
    else:
        yield Verdict(Health.GOOD, f"it is kept in {uow.engine.dialect.name}, and its tables are up to date")


@dataclass(frozen=True, slots=True)
class Upgraded:
    """What came of bringing the record up to date."""

    before: str
    """The revision it had, "" for none."""
    after: str
    plugins: tuple[Brought, ...]
    """What came of the tables of plugins."""


def upgrade_record() -> Upgraded:
    """Bring the record up to date, or lay one down, and then the tables that plugins have in it.

    Raises :class:`~quarterday.errors.NotConfigured` for a newer record, and for a database that can't be reached or
    holds something else; what goes wrong with a plugin's tables is in the answer.
    """
    from quarterday.registry import installed
    from quarterday.services.tables.standing import bring_up_to_date

    engine = record_engine()
    try:
        before = schema.upgrade(engine)
        return Upgraded(before, schema.REVISION, bring_up_to_date(engine, installed()))
    finally:
        engine.dispose()


def require_tables(plugin: str, registry: Registry) -> None:
    """Nothing, where the tables that a plugin has in the record have the shape it works with.

    For what works in the plugin's name. Raises :class:`~quarterday.errors.NotConfigured` with the command to run.
    """
    from quarterday.services.tables.standing import require_current

    engine = record_engine()
    try:
        schema.require_current(engine)
        require_current(engine, plugin, registry)
    finally:
        engine.dispose()


def is_empty_record() -> bool:
    """Whether there is no record yet; raises :class:`~quarterday.errors.NotConfigured` for a database of something
    else, and for one that can't be reached."""
    engine = record_engine()
    try:
        return schema.is_empty(engine)
    finally:
        engine.dispose()


def record_engine() -> Engine:
    """An engine for the database that the settings name, whatever is in it."""
    settings = installation_settings()
    url = settings.database_url.get_secret_value() if settings.database_url else f"sqlite:///{FILE}"
    return open_engine(url, folder=settings.data_dir)


def installation_settings() -> Settings:
    """The settings of this process; raises :class:`~quarterday.errors.NotConfigured` with all that is wrong."""
    if not _kept:
        return load(installed_names())
    kept = _kept[-1]
    if kept.settings is None or monotonic() - kept.read_at >= kept.seconds:
        kept.settings, kept.read_at = load(installed_names()), monotonic()
    return kept.settings


@contextmanager
def settings_kept(seconds: float) -> Iterator[None]:
    """For as long as this lasts, the settings are read again only after so many seconds, by all threads.

    For a worker, which asks for them with each mail; reading them takes as long as writing one.
    """
    _kept.append(_Kept(seconds))
    try:
        yield
    finally:
        _kept.pop()


def installation_settings_of(plugin: str, kind: type[S]) -> S:
    """What this installation says to one plugin, as the plugin's class of settings reads it.

    Raises :class:`~quarterday.errors.NotConfigured` with a sentence for each thing that is wrong.
    """
    from quarterday.plugin_settings import taken

    return taken(kind, said_for(plugin))
