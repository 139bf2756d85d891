"""The pages of an installation with its plugins' screens, over a record of a test's own, and who visits them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from flask import Flask
from visits import Visitor

from quarterday.db.engine import open_engine
from quarterday.evidence import Keeper, Limits, Store
from quarterday.services.access import sessions
from quarterday.services.organisations import people
from quarterday.services.plugins.screens import Made, made
from quarterday.services.record import UnitOfWork
from quarterday.testing.builders import OPERATOR, an_authority
from quarterday.testing.clock import Clock
from quarterday_webforms.app import create_app
from quarterday_webforms.screens import SiteDesk, flaw
from quarterday_webforms.site import Site
from quarterday_webforms.theme import Theme

KEY = "a key for tests, which signs nothing that anybody keeps"
MORNING = datetime(2026, 7, 1, 9, 30, tzinfo=UTC)


@dataclass(frozen=True)
class CouncilSite:
    """A site, and its council."""

    app: Flask
    uow: UnitOfWork
    folder: Path
    """The data folder."""
    authority: int

    @classmethod
    def of(cls, app: Flask, record: Path, folder: Path) -> Iterator[Self]:
        """An app over a copy of an empty record, and an empty data folder, at half past nine on 1 July 2026."""
        shutil.copy(record, folder / "record.db")
        engine = open_engine(f"sqlite:///{folder / 'record.db'}")
        uow = UnitOfWork(engine, Clock(MORNING))
        app.extensions["quarterday"] = site_of(uow, folder)
        yield cls(app, uow, folder, an_authority(uow, key="northmoor"))
        engine.dispose()

    def visitor(self, role: str = "lead", authority: int = 0) -> Visitor:
        """Somebody who is signed in."""
        email = f"{role.replace(' ', '-')}-{authority}@northmoor.example"
        whose = {"authority_id": authority or self.authority}
        user = people.add_user(self.uow, OPERATOR, email=email, name="Priya Marlow", role=role, **whose)
        return visitor_to(self.app, self.uow, user)


def visitor_to(app: Flask, uow: UnitOfWork, user_id: int, return_id: int | None = None) -> Visitor:
    """A browser of somebody who is signed in; with ``return_id`` by a link that opens that return alone."""
    with uow.begin(OPERATOR) as work:
        cookie = sessions.open_session(work, user_id=user_id, return_id=return_id, label="Firefox on Windows")
    client = app.test_client()
    with client.session_transaction() as kept:
        kept["visit"] = cookie
    return Visitor(client)


def app_with_screens(record: Path) -> Iterator[Flask]:
    """The app with what all installed plugins add, to be made once, since compiling its templates takes long."""
    engine = open_engine(f"sqlite:///{record}")
    offered = [one for one in made(SiteDesk, flaw) if isinstance(one, Made)]
    yield create_app(site_of(UnitOfWork(engine), record.parent), offered=offered)
    engine.dispose()


def site_of(uow: UnitOfWork, folder: Path) -> Site:
    """A site over a record; evidence of at most a megabyte, three pieces an entry."""
    return Site(
        uow=uow,
        keeper=Keeper(Store(str(folder / "evidence")), Limits(most_bytes=2**20, most_pieces=3)),
        cookie_key=KEY,
        theme=Theme(council="Northmoor Council"),
        megabytes=1,
        is_secure=False,
        data_dir=folder,
        keeps_mails=False,
    )
