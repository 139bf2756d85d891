"""A record with the ledger's tables in it, once on SQLite and once on PostgreSQL, and files with made-up lines."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from made_up_ledger import Council, Northmoor, a_ledger

from quarterday.db.engine import open_engine
from quarterday.db.schema import upgrade
from quarterday.registry import installed
from quarterday.services.record import UnitOfWork
from quarterday.services.tables.standing import bring_up_to_date
from quarterday.testing.clock import Clock
from quarterday.testing.postgres import Cluster, binaries, running_cluster
from quarterday_erp_import.ledger.files import LineFiles
from quarterday_erp_import.ledger.tables import METADATA

MORNING = datetime(2026, 7, 1, 9, 30, tzinfo=UTC)
if TYPE_CHECKING:
    from flask import Flask
    from ledger_site import LedgerSite

DATABASES = ("sqlite", "postgresql") if binaries() else ("sqlite",)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """The one PostgreSQL server of this run."""
    with running_cluster() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def postgresql(cluster: Cluster) -> str:
    """The URL of the one PostgreSQL record of this run."""
    url = cluster.create("ledger")
    lay_down(url)
    return url


@pytest.fixture(scope="session")
def sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with an empty record, to be copied."""
    path = tmp_path_factory.mktemp("template") / "record.db"
    lay_down(f"sqlite:///{path}")
    return path


@pytest.fixture(params=DATABASES)
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a record without batches. On PostgreSQL other tests' authorities are there."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_file"), tmp_path / "record.db")
        return f"sqlite:///{tmp_path / 'record.db'}"
    url: str = request.getfixturevalue("postgresql")
    engine = open_engine(url)
    with engine.begin() as connection:
        for table in reversed(METADATA.sorted_tables):
            connection.execute(table.delete())
    engine.dispose()
    return url


@pytest.fixture
def uow(ledger_url: str) -> Iterator[UnitOfWork]:
    """An empty record with the ledger's tables, at half past nine on 1 July 2026."""
    engine = open_engine(ledger_url)
    yield UnitOfWork(engine, Clock(MORNING))
    engine.dispose()


@pytest.fixture
def files(tmp_path: Path) -> LineFiles:
    """An empty folder for lines."""
    return LineFiles(tmp_path / "ledger")


@pytest.fixture(scope="session")
def northmoor_template(tmp_path_factory: pytest.TempPathFactory, sqlite_file: Path) -> tuple[Path, Council]:
    """A data folder with a whole made-up ledger, to be copied."""
    data = tmp_path_factory.mktemp("northmoor")
    shutil.copy(sqlite_file, data / "record.db")
    engine = open_engine(f"sqlite:///{data / 'record.db'}")
    council = a_ledger(UnitOfWork(engine, Clock(MORNING)), LineFiles(data / "ledger"), data, key="northmoor")
    engine.dispose()
    return data, council


@pytest.fixture
def northmoor(
    northmoor_template: tuple[Path, Council], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Northmoor]:
    """A whole made-up ledger on SQLite, at half past nine on 1 July 2026."""
    template, council = northmoor_template
    data = tmp_path / "data"
    shutil.copytree(template, data)
    monkeypatch.setenv("QUARTERDAY_DATA_DIR", str(data))
    engine = open_engine(f"sqlite:///{data / 'record.db'}")
    yield Northmoor(UnitOfWork(engine, Clock(MORNING)), LineFiles(data / "ledger"), data, council)
    engine.dispose()


@pytest.fixture(scope="session")
def ledger_app(sqlite_file: Path) -> Iterator[Flask]:
    """The pages of an installation with this plugin, made once, since compiling their templates takes long."""
    from council_site import app_with_screens

    yield from app_with_screens(sqlite_file)


@pytest.fixture
def visited(
    ledger_app: Flask, sqlite_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[LedgerSite]:
    """The same over an empty record and an empty data folder, with the people of a council."""
    from ledger_site import LedgerSite

    monkeypatch.setenv("QUARTERDAY_DATA_DIR", str(tmp_path))
    yield from LedgerSite.of(ledger_app, sqlite_file, tmp_path)


def lay_down(url: str) -> None:
    engine = open_engine(url)
    upgrade(engine)
    bring_up_to_date(engine, installed())
    engine.dispose()
