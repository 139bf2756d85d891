"""A site to visit: an empty record on SQLite, and a clock that stands still."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from council_site import site_of, visitor_to
from flask import Flask
from visits import Visitor

from quarterday.db import readings, schema
from quarterday.db.engine import open_engine
from quarterday.db.work import Work
from quarterday.services.record import UnitOfWork
from quarterday.testing.clock import Clock
from quarterday_webforms import kept
from quarterday_webforms.app import create_app


@pytest.fixture
def clock() -> Clock:
    """It stands at half past nine on 1 July 2026 until a test moves it."""
    return Clock(datetime(2026, 7, 1, 9, 30, tzinfo=UTC))


@pytest.fixture(scope="session")
def empty_record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with an empty record, to be copied."""
    path = tmp_path_factory.mktemp("empty") / "record.db"
    engine = open_engine(f"sqlite:///{path}")
    schema.upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture
def uow(empty_record: Path, clock: Clock, tmp_path: Path) -> Iterator[UnitOfWork]:
    """An empty record."""
    path = tmp_path / "record.db"
    path.write_bytes(empty_record.read_bytes())
    engine = open_engine(f"sqlite:///{path}")
    yield UnitOfWork(engine, clock)
    engine.dispose()


@pytest.fixture(scope="session")
def whole_app(empty_record: Path) -> Iterator[Flask]:
    """The app, made once, since compiling its templates takes long."""
    engine = open_engine(f"sqlite:///{empty_record}")
    yield create_app(site_of(UnitOfWork(engine), empty_record.parent))
    engine.dispose()


@pytest.fixture
def app(whole_app: Flask, uow: UnitOfWork, tmp_path: Path) -> Flask:
    """The app of a site with that record; evidence of at most a megabyte, three pieces an entry."""
    whole_app.extensions["quarterday"] = site_of(uow, tmp_path)
    return whole_app


@pytest.fixture(autouse=True)
def kept_pages_are_as_drawn_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every page of every test that was kept is drawn anew as well, and must be the same."""
    draw = kept.drawn

    def both(one: kept.Page) -> list[str]:
        anew = kept.Page(one.key, one.template, one.shown)
        found = draw(one)
        assert found == draw.__wrapped__(anew), f"{one.template} follows from more than {one.key}"
        return found

    monkeypatch.setattr(kept, "drawn", both)


@pytest.fixture
def visitor(app: Flask, uow: UnitOfWork) -> Callable[..., Visitor]:
    """Lets somebody visit: ``visitor(user_id)``, or with ``return_id`` by a link that opens that return alone."""

    def of(user_id: int, return_id: int | None = None) -> Visitor:
        return visitor_to(app, uow, user_id, return_id)

    return of


@pytest.fixture(autouse=True)
def kept_readings_are_as_read_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every reading of every test that was kept is made anew as well, and must say the same."""
    holds = readings.Kept.holds

    def both(one: readings.Kept, work: Work, now: list[Any]) -> bool:
        if not holds(one, work, now):
            return False
        anew = one.read(work, *one.given)
        assert repr(anew) == repr(one.found), f"{one.read.__name__} follows from more than the rows it reads"
        return True

    monkeypatch.setattr(readings.Kept, "holds", both)
