"""`quarterday db`: a record is laid down, backed up and restored from outside, and each refusal says what to do."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select, text
from tables_made_up import SOUND, registry

from quarterday.cli.main import main
from quarterday.db.engine import open_engine
from quarterday.db.models import Supplier
from quarterday.db.schema import REVISION, VERSION_TABLE
from quarterday.db.work import Actor, UnitOfWork
from quarterday.services.organisations.suppliers import add_supplier
from quarterday_erp_import.plugin import tables

CLI = Actor.operator("cli")
LEDGER = tables()[0].revision

Quarterday = Callable[..., Result]


@pytest.fixture
def quarterday(tmp_path: Path, empty_url: str, monkeypatch: pytest.MonkeyPatch) -> Quarterday:
    """Run the command on an empty database, or on the one named."""
    (tmp_path / "data").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QUARTERDAY_DATA_DIR", str(tmp_path / "data"))

    def run(*words: str, url: str = empty_url) -> Result:
        monkeypatch.setenv("QUARTERDAY_DATABASE_URL", url)
        return CliRunner().invoke(main, words)

    return run


@pytest.fixture
def another_url(empty_url: str, database: str, request: pytest.FixtureRequest) -> str:
    """A second empty place, on the same kind of database."""
    if database == "sqlite":
        return empty_url.replace("record.db", "restored.db")
    return str(request.getfixturevalue("cluster").create("restored"))


def suppliers(url: str) -> list[str]:
    engine = open_engine(url)
    with UnitOfWork(engine).read(CLI) as work:
        names = [row.name for row in work.all(select(Supplier.c.name))]
    engine.dispose()
    return names


def test_a_record_is_laid_down_backed_up_and_restored(
    quarterday: Quarterday, empty_url: str, another_url: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    laid = quarterday("db", "upgrade")
    ledger = "The tables of the plugin “erp_import” are"
    said = f"The record is laid down (revision {REVISION}).\n{ledger} laid down (revision {LEDGER}).\n"
    assert (laid.exit_code, laid.stdout, laid.stderr) == (0, said, "")
    said = f"The record is up to date (revision {REVISION}).\n{ledger} up to date (revision {LEDGER}).\n"
    assert quarterday("db", "upgrade").stdout == said
    engine = open_engine(empty_url)
    add_supplier(UnitOfWork(engine), CLI, name="Northmoor Building")
    engine.dispose()
    taken = quarterday("db", "backup", "backups/one")
    said = f"The backup is in backups/one: the record (revision {REVISION}) and 0 evidence files.\n"
    assert (taken.exit_code, taken.stdout, taken.stderr) == (0, said, "")
    restored = quarterday("db", "restore", "backups/one", url=another_url)
    assert (restored.exit_code, restored.stderr) == (0, "")
    assert restored.stdout.endswith(f" is restored: the record (revision {REVISION}) and 0 evidence files.\n")
    assert suppliers(another_url) == ["Northmoor Building"]
    if another_url.startswith("postgresql"):
        request.getfixturevalue("cluster").drop("restored")


def test_json_says_the_same(quarterday: Quarterday) -> None:
    ledger = {"plugin": "erp_import", "before": "", "after": LEDGER, "failed": ""}
    done = json.loads(quarterday("db", "upgrade", "--json").stdout)
    assert done == {"before": None, "after": REVISION, "plugins": [ledger]}
    taken = json.loads(quarterday("db", "backup", "one", "--json").stdout)
    assert (taken["revision"], taken["files"], taken["lost"]) == (REVISION, 0, [])


def test_a_plugin_whose_tables_break_is_named_and_the_record_is_there(
    quarterday: Quarterday, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = SOUND.changed("second", "def upgrade():", "def upgrade():\n    raise ValueError('I am lost')")
    made = registry(tmp_path, monkeypatch, broken)
    monkeypatch.setattr("quarterday.registry.installed", lambda: made)
    done = quarterday("db", "upgrade")
    assert (done.exit_code, done.stdout) == (1, f"The record is laid down (revision {REVISION}).\n")
    assert "its tables can't be brought up to date: I am lost" in done.stderr
    assert quarterday("contract", "list", "--authority", "nowhere").exit_code == 5


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["backup", "one"], 4, "run “quarterday db upgrade” to lay "),
        (["restore", "data"], 5, "is no backup of Quarterday"),
        (["restore", "nowhere"], 2, "Directory 'nowhere' does not exist"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    quarterday: Quarterday, words: list[str], code: int, sentence: str
) -> None:
    ran = quarterday("db", *words)
    assert (ran.exit_code, ran.stdout) == (code, "")
    assert sentence in ran.stderr


def test_a_backup_goes_into_a_new_folder_only(quarterday: Quarterday, tmp_path: Path) -> None:
    quarterday("db", "upgrade")
    (tmp_path / "here").mkdir()
    ran = quarterday("db", "backup", "here")
    assert (ran.exit_code, ran.stdout) == (5, "")
    assert "already; name a new folder" in ran.stderr


def test_a_newer_record_is_left_alone(quarterday: Quarterday, empty_url: str) -> None:
    quarterday("db", "upgrade")
    engine = open_engine(empty_url)
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    engine.dispose()
    ran = quarterday("db", "upgrade")
    assert (ran.exit_code, ran.stdout) == (4, "")
    assert "made by a newer Quarterday" in ran.stderr
