"""The pages of an exchange over a record of a test's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from exchange_site import ExchangeSite
    from flask import Flask


@pytest.fixture(scope="session")
def empty_record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with an empty record, to be copied."""
    from exchange_site import lay_down

    return lay_down(tmp_path_factory.mktemp("empty") / "record.db")


@pytest.fixture(scope="session")
def exchange_app(empty_record: Path) -> Iterator[Flask]:
    """The pages of an installation with this plugin, made once, since compiling their templates takes long."""
    from council_site import app_with_screens

    yield from app_with_screens(empty_record)


@pytest.fixture
def site(
    exchange_app: Flask, empty_record: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ExchangeSite]:
    """A council that has set a portal, and has exchanged nothing with it yet; its supplier claimed 13 weeks."""
    from exchange_site import ExchangeSite

    monkeypatch.setenv("QUARTERDAY_DATA_DIR", str(tmp_path))
    yield from ExchangeSite.of(exchange_app, empty_record, tmp_path)
