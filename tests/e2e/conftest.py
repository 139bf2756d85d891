"""The town, built once; a server for each file of tests, on a copy of its own; one browser for all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import town as towns
from flask import Flask
from playwright.sync_api import Browser, sync_playwright
from routes import the_app
from running import Server, Visitor
from town import Town

from quarterday.testing.postgres import binaries

collect_ignore_glob = [] if os.environ.get("QUARTERDAY_FIELD_DATA") else ["test_field_*"]
CHROMIUM = shutil.which("chromium")
JAVA = shutil.which("java")
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
POSTGRESQL = binaries()
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what needs a browser, Java, nginx or PostgreSQL where ``make test`` could install none.

    It has said so then. Where it must all pass (``CI``) nothing is left out, and what is missing fails.
    """
    if os.environ.get("CI"):
        return
    programs = {"browser": CHROMIUM, "java": JAVA, "nginx": NGINX, "postgresql": POSTGRESQL}
    missing = {name for name, program in programs.items() if not program}
    needing = [item for item in items if missing & {*getattr(item, "fixturenames", ())}]
    items[:] = [item for item in items if item not in needing]
    config.hook.pytest_deselected(items=needing)


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    """The town as it was laid down; nobody changes this one."""
    return towns.build(tmp_path_factory.mktemp("town"))


@pytest.fixture(scope="module")
def server(town: Town, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The pages of a copy of the town."""
    folder = tmp_path_factory.mktemp("served")
    served = Server(town, folder / "data", folder / "log")
    yield served
    served.stop()


@pytest.fixture(scope="module")
def visitor(server: Server) -> Callable[[str], Visitor]:
    """Somebody by their role, signed in once for all the tests of a file."""
    known: dict[str, Visitor] = {}

    def of(role: str) -> Visitor:
        if role not in known:
            known[role] = server.visitor(role)
        return known[role]

    return of


@pytest.fixture(scope="session")
def app(town: Town) -> Flask:
    """The same app in this process, to be asked which routes it has."""
    return the_app(town.folder)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    with sync_playwright() as play:
        found = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield found
        found.close()


@pytest.fixture(scope="session")
def java() -> str:
    """The Java that runs the Nu validator."""
    assert JAVA
    return JAVA


@pytest.fixture(scope="session")
def nginx() -> str:
    """Debian's nginx."""
    assert NGINX
    return NGINX


@pytest.fixture(scope="session")
def postgresql() -> Path:
    """Where PostgreSQL's own programs are."""
    assert POSTGRESQL
    return POSTGRESQL


@pytest.fixture(scope="session")
def seen() -> Path:
    """The folder where pictures of what was seen are left."""
    folder = Path(__file__).parent / "seen"
    folder.mkdir(exist_ok=True)
    return folder
