"""The record that the settings name is opened, or refused with what to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import make_url, select, text

from quarterday.db.engine import open_engine
from quarterday.db.models import Authority
from quarterday.db.schema import REVISION, VERSION_TABLE
from quarterday.db.work import Actor
from quarterday.errors import NotConfigured
from quarterday.ports import Health
from quarterday.services.record import examine, open_record, upgrade_record

CLI = Actor.operator("cli")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "data of 100% #1?"
    folder.mkdir()
    monkeypatch.setenv("QUARTERDAY_DATA_DIR", str(folder))
    return folder


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_record_lies_in_the_data_folder_where_nothing_is_said(folder: Path) -> None:
    with pytest.raises(NotConfigured, match="quarterday db upgrade"):
        open_record()
    assert names(folder) == []
    assert upgrade_record().before == ""
    uow = open_record()
    with uow.read(CLI) as work:
        assert work.all(select(Authority.c.id)) == []
    uow.engine.dispose()
    assert names(folder) == ["record.db"]


@pytest.mark.parametrize("named", ["sqlite:///other.db", "sqlite:///{folder}/other.db"])
def test_another_file_is_named_with_or_without_its_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    plain = folder.parent / "plain"
    plain.mkdir()
    monkeypatch.setenv("QUARTERDAY_DATA_DIR", str(plain))
    monkeypatch.setenv("QUARTERDAY_DATABASE_URL", named.format(folder=plain))
    assert upgrade_record().before == ""
    assert names(plain) == ["other.db"]


def test_the_settings_name_either_database(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUARTERDAY_DATABASE_URL", empty_url)
    assert upgrade_record().before == ""
    assert upgrade_record().before == REVISION
    uow = open_record()
    with uow.begin(CLI) as work:
        assert work.all(select(Authority.c.id)) == []
    uow.engine.dispose()


def test_a_url_may_stand_in_a_file_of_its_own(empty_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "url").write_text(f"{empty_url}\n")
    monkeypatch.setenv("QUARTERDAY_DATABASE_URL_FILE", str(folder / "url"))
    assert upgrade_record().before == ""


def test_the_doctor_says_how_it_stands_with_the_record(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUARTERDAY_DATABASE_URL", empty_url)
    (none,) = examine()
    assert (none.health, "quarterday db upgrade" in none.what) == (Health.WARNING, True)
    upgrade_record()
    (good,) = examine()
    assert (good.health, good.what) == (
        Health.GOOD,
        f"it is kept in {make_url(empty_url).get_backend_name()}, and its tables are up to date",
    )
    engine = open_engine(empty_url)
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    engine.dispose()
    (newer,) = examine()
    assert (newer.health, newer.what.partition(" (")[0]) == (
        Health.WRONG,
        "The record was made by a newer Quarterday",
    )


def test_what_else_is_wrong_with_the_settings_is_not_said_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUARTERDAY_NONSENSE", "1")
    assert list(examine()) == []
