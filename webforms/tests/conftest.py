"""A site to visit: an empty record on SQLite, a clock that stands still, and browsers that keep cookies and tokens."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from quarterday.db import schema
from quarterday.db.engine import open_engine
from quarterday.evidence import Keeper, Limits, Store
from quarterday.services.access import sessions
from quarterday.services.record import UnitOfWork
from quarterday.testing.builders import OPERATOR
from quarterday.testing.clock import Clock
from quarterday_webforms.app import create_app
from quarterday_webforms.site import Site
from quarterday_webforms.theme import Theme

KEY = "a key for tests, which signs nothing that anybody keeps"


@dataclass(frozen=True)
class Page:
    """An answer, as somebody sees it."""

    status: int
    html: str
    headers: Any

    @property
    def text(self) -> str:
        """Its words, without tags."""
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", self.html)).split())

    @property
    def title(self) -> str:
        return unescape(re.findall(r"<title>(.*?)</title>", self.html, re.DOTALL)[0])

    @property
    def names(self) -> list[str]:
        """The names of its controls."""
        return re.findall(r'<(?:input|textarea|select)[^>]* name="([^"]+)"', self.html)

    def value(self, name: str) -> str:
        """What stands in a box, or in a hidden field."""
        if area := re.search(rf'<textarea[^>]* name="{name}"[^>]*>(.*?)</textarea>', self.html, re.DOTALL):
            return unescape(area[1]).removeprefix("\n")  # a browser leaves the first line end out
        box = re.search(rf'<input[^>]* name="{name}"[^>]*', self.html)
        assert box, f"no box {name}"
        found = re.search(r' value="([^"]*)"', box[0])
        return unescape(found[1]) if found else ""

    @property
    def action(self) -> str:
        """Where its form sends to; "" for the page itself."""
        forms = re.findall(r'<form method="post"(?: action="([^"]*)")?(?: enctype="[^"]+")? novalidate>', self.html)
        return unescape(forms[-1])

    @property
    def errors(self) -> str:
        """What the error summary says."""
        found = re.search(r'<div class="govuk-error-summary".*?</ul>', self.html, re.DOTALL)
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", found[0])).split()) if found else ""


class Visitor:
    """A browser of somebody who is signed in."""

    def __init__(self, client: FlaskClient) -> None:
        self._client = client

    def open(self, address: str, *, follow: bool = False) -> Page:
        """Go to a page."""
        return self._page(self._client.get(address, follow_redirects=follow))

    def send(self, page: Page, address: str, /, *, follow: bool = True, **typed: Any) -> Page:
        """Press the button of a page's form that was filled in so; hidden fields go as they are."""
        hidden = {name: page.value(name) for name in ("csrf_token", "seen_version", "ref") if name in page.names}
        return self._page(self._client.post(page.action or address, data={**hidden, **typed}, follow_redirects=follow))

    def fill_in(self, address: str, /, **typed: Any) -> Page:
        """Go to a page and send its form."""
        return self.send(self.open(address), address, **typed)

    def _page(self, answer: Any) -> Page:
        text = answer.get_data(as_text=True) if "html" in answer.content_type else ""
        answer.close()
        return Page(answer.status_code, text, answer.headers)


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
    yield create_app(_site(UnitOfWork(engine), empty_record.parent))
    engine.dispose()


@pytest.fixture
def app(whole_app: Flask, uow: UnitOfWork, tmp_path: Path) -> Flask:
    """The app of a site with that record; evidence of at most a megabyte, three pieces an entry."""
    whole_app.extensions["quarterday"] = _site(uow, tmp_path)
    return whole_app


@pytest.fixture
def visitor(app: Flask, uow: UnitOfWork) -> Callable[..., Visitor]:
    """Lets somebody visit: ``visitor(user_id)``, or with ``return_id`` by a link that opens that return alone."""

    def of(user_id: int, return_id: int | None = None) -> Visitor:
        with uow.begin(OPERATOR) as work:
            cookie = sessions.open_session(work, user_id=user_id, return_id=return_id, label="Firefox on Windows")
        client = app.test_client()
        with client.session_transaction() as kept:
            kept["visit"] = cookie
        return Visitor(client)

    return of


def _site(uow: UnitOfWork, folder: Path) -> Site:
    return Site(
        uow=uow,
        keeper=Keeper(Store(str(folder / "evidence")), Limits(most_bytes=2**20, most_pieces=3)),
        cookie_key=KEY,
        theme=Theme(council="Northmoor Council"),
        megabytes=1,
        is_secure=False,
        keeps_mails=False,
    )
