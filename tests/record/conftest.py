"""The record to test on: a fresh one on SQLite and one on PostgreSQL, and a clock that stands still."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest
from council import Kept, made_once
from emptied import Records
from sqlalchemy import text

from quarterday.db import queue
from quarterday.db.engine import open_engine
from quarterday.db.models import METADATA
from quarterday.db.schema import REVISION, VERSION_TABLE
from quarterday.db.work import UnitOfWork
from quarterday.testing.clock import Clock
from quarterday.testing.postgres import Cluster, binaries, running_cluster

DATABASES = ("sqlite", "postgresql") if binaries() else ("sqlite",)
TEMPLATE = "template_record"
COUNCIL = "template_council"
numbers = count(1)


def pytest_report_header() -> str:
    return f"databases: {', '.join(DATABASES)}" + ("" if binaries() else " (no PostgreSQL server is installed)")


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """The one PostgreSQL server of this run."""
    with running_cluster() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def template(cluster: Cluster) -> str:
    """A PostgreSQL database with an empty record, to be copied."""
    _lay_down(cluster.create(TEMPLATE))
    return TEMPLATE


@pytest.fixture(scope="session")
def records(cluster: Cluster, template: str) -> Records:
    """Databases with an empty record."""
    return Records(cluster, template)


@pytest.fixture(scope="session")
def template_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with an empty record, to be copied."""
    path = tmp_path_factory.mktemp("template") / "record.db"
    _lay_down(f"sqlite:///{path}")
    return path


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest) -> str:
    """Which database a test runs on; ask for it where the test must know."""
    return str(request.param)


@pytest.fixture
def empty_url(database: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database in which nothing is."""
    if database == "sqlite":
        yield f"sqlite:///{tmp_path / 'record.db'}"
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    name = f"test_{next(numbers)}"
    yield cluster.create(name)
    cluster.drop(name)


@pytest.fixture
def record_url(database: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty record."""
    if database == "sqlite":
        shutil.copy(request.getfixturevalue("template_file"), tmp_path / "record.db")
        yield f"sqlite:///{tmp_path / 'record.db'}"
        return
    with request.getfixturevalue("records").one() as url:
        yield url


@pytest.fixture(scope="session")
def council_file(template_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """A SQLite file with a whole council in it, to be copied."""
    folder = tmp_path_factory.mktemp("council")
    shutil.copy(template_file, folder / "record.db")
    return made_once(f"sqlite:///{folder / 'record.db'}", str(folder / "record.db"), folder)


@pytest.fixture(scope="session")
def council_template(cluster: Cluster, template: str, tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """A PostgreSQL database with a whole council in it, to be copied."""
    folder = tmp_path_factory.mktemp("council")
    return made_once(cluster.create(COUNCIL, template=template), COUNCIL, folder)


@pytest.fixture(scope="session")
def councils(cluster: Cluster, council_template: Kept) -> Records:
    """Databases with a whole council in them."""
    return Records(cluster, council_template.record)


@pytest.fixture
def kept_council(database: str, request: pytest.FixtureRequest) -> Kept:
    """The council that was made once on this database."""
    kept: Kept = request.getfixturevalue("council_file" if database == "sqlite" else "council_template")
    return kept


@pytest.fixture
def council_url(kept_council: Kept, database: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a record with a whole council in it."""
    if database == "sqlite":
        shutil.copy(kept_council.record, tmp_path / "record.db")
        yield f"sqlite:///{tmp_path / 'record.db'}"
        return
    with request.getfixturevalue("councils").one() as url:
        yield url


@pytest.fixture
def clock() -> Clock:
    """The clock of the record: it stands at half past nine on 1 July 2026 until a test moves it."""
    return Clock(datetime(2026, 7, 1, 9, 30, tzinfo=UTC))


@pytest.fixture
def secret_key(monkeypatch: pytest.MonkeyPatch) -> str:
    """The installation has a key: what links and second factors are made with."""
    key = "a key for tests, of which nobody is to think much"
    monkeypatch.setenv("QUARTERDAY_SECRET_KEY", key)
    return key


@pytest.fixture
def uow(record_url: str, clock: Clock) -> Iterator[UnitOfWork]:
    """An empty record, once on each database."""
    engine = open_engine(record_url)
    yield UnitOfWork(engine, clock)
    engine.dispose()


def _lay_down(url: str) -> None:
    engine = open_engine(url)
    METADATA.create_all(engine)
    with engine.begin() as connection:
        if queue.is_kept(connection):
            queue.lay_down(connection)
        connection.execute(text(f"CREATE TABLE {VERSION_TABLE} (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
        connection.execute(text(f"INSERT INTO {VERSION_TABLE} VALUES ('{REVISION}')"))
    engine.dispose()
