"""A source of which every setting is a secret is read, and shown, like any other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hostile_site import install
from sqlalchemy import select

from quarterday.db.models import OutboxRow
from quarterday.db.work import UnitOfWork
from quarterday.registry import installed
from quarterday.services.background.reading import ask_for_readings
from quarterday.services.background.status import status
from quarterday.services.plugins.configuring import configure
from quarterday.testing.builders import OPERATOR, an_authority

AT = datetime(2026, 7, 1, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module", autouse=True)
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("sealed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QUARTERDAY_DATA_DIR", str(folder))
        install(folder / "site-packages", patch, "sealed")
        yield folder
    installed.cache_clear()


def set_token(uow: UnitOfWork, authority_id: int, token: str) -> None:
    configure(uow, OPERATOR, installed(), authority_id=authority_id, plugin="hostile-sealed", answers={"token": token})


def who_reads(uow: UnitOfWork) -> list[int | None]:
    ask_for_readings(uow, AT)
    with uow.read(OPERATOR) as work:
        rows = work.all(select(OutboxRow.c.authority_id).where(OutboxRow.c.kind == "source.read"))
    return [row.authority_id for row in rows]


def shown(uow: UnitOfWork, authority_id: int) -> list[str]:
    return [part.id for part in status(uow, OPERATOR, authority_id=authority_id).parts if part.reads]


@pytest.mark.usefixtures("secret_key")
def test_it_is_read_and_shown_for_who_set_it_alone(uow: UnitOfWork) -> None:
    first, second = an_authority(uow), an_authority(uow, key="second")
    set_token(uow, first, "what nobody sees")
    assert who_reads(uow) == [first]
    assert (shown(uow, first), shown(uow, second)) == (["sealed-source"], [])


@pytest.mark.usefixtures("secret_key")
def test_under_a_key_that_is_gone_it_is_asked_for_all_the_same(
    uow: UnitOfWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reading says which key is missing; nobody would hear of it otherwise."""
    authority = an_authority(uow)
    set_token(uow, authority, "what nobody sees")
    monkeypatch.setenv("QUARTERDAY_SECRET_KEY", "another key than that it was sealed under")
    assert who_reads(uow) == [authority]
    assert shown(uow, authority) == ["sealed-source"]


@pytest.mark.parametrize("is_there", [True, False])
def test_the_installations_is_read_where_its_secret_is_in_a_file(
    uow: UnitOfWork, site: Path, monkeypatch: pytest.MonkeyPatch, is_there: bool
) -> None:
    if is_there:
        (site / "token").write_text("what nobody sees")
    monkeypatch.setenv("QUARTERDAY_HOSTILE_SEALED__TOKEN_FILE", str(site / ("token" if is_there else "nowhere")))
    assert who_reads(uow) == [None]
    assert shown(uow, an_authority(uow)) == ["sealed-source"]
