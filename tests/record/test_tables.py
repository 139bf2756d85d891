"""Tables of plugins: laid down and upgraded beside the record, and one plugin's faults cost nobody else anything."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect, text
from tables_made_up import SOUND, MadeUp, registry

from quarterday.db import branches, schema
from quarterday.db.work import UnitOfWork
from quarterday.errors import NotConfigured
from quarterday.ports import Health
from quarterday.services.messages.mailbox import FOLDER as MAILBOX
from quarterday.services.returns.evidencing import FOLDER as EVIDENCE
from quarterday.services.tables import standing as tables
from quarterday.services.tables.standing import Brought

OTHER = replace(SOUND, plugin="kitchen", files="")


@pytest.fixture
def engine(uow: UnitOfWork) -> Engine:
    return uow.engine


def names(engine: Engine) -> set[str]:
    """The tables that are there besides core's."""
    found = set(inspect(engine).get_table_names())
    return {name for name in found if name.startswith(("library_", "kitchen_"))}


def test_they_are_laid_down_and_then_up_to_date(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugins = registry(tmp_path, monkeypatch, SOUND)
    with pytest.raises(NotConfigured, match=r"“library” aren't in the record yet; run “quarterday db upgrade”\.$"):
        tables.require_current(engine, "library", plugins)
    assert tables.bring_up_to_date(engine, plugins) == (Brought("library", "", "0002"),)
    tables.require_current(engine, "library", plugins)
    assert names(engine) == {"library_book", "library_page", "library_schema"}
    assert tables.bring_up_to_date(engine, plugins) == (Brought("library", "0002", "0002"),)
    schema.require_current(engine)


def test_older_ones_are_refused_until_they_are_upgraded(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = replace(SOUND, tables=SOUND.tables.partition("Page = ")[0], second="", revision="0001")
    assert tables.bring_up_to_date(engine, registry(tmp_path, monkeypatch, older))[0].after == "0001"
    plugins = registry(tmp_path, monkeypatch, SOUND)
    with pytest.raises(NotConfigured, match="are of revision 0001, and it works with 0002; run “quarterday db up"):
        tables.require_current(engine, "library", plugins)
    assert tables.bring_up_to_date(engine, plugins) == (Brought("library", "0001", "0002"),)


def test_newer_ones_are_refused_and_left_alone(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plugins = registry(tmp_path, monkeypatch, SOUND)
    tables.bring_up_to_date(engine, plugins)
    with engine.begin() as connection:
        connection.execute(text("UPDATE library_schema SET version_num = '0009'"))
    with pytest.raises(NotConfigured, match="are of revision 0009, and this version of it knows them up to 0002"):
        tables.require_current(engine, "library", plugins)
    (brought,) = tables.bring_up_to_date(engine, plugins)
    assert brought.after == "0009"
    assert "install the later version again" in brought.failed


def wrong(part: str, old: str, new: str) -> MadeUp:
    return SOUND.changed(part, old, new)


WRONG = {
    "a name that isn't its own": wrong("tables", '"NAME_page"', '"page"'),
    "the name of its version table": wrong("tables", '"NAME_page"', '"NAME_schema"'),
    "core's table": wrong("tables", 'ID, ForeignKey("NAME_book.id")', 'ID, ForeignKey("contract.id")'),
    "a float": wrong("tables", 'Column("number", BigInteger', 'Column("number", __import__("sqlalchemy").Float'),
    "no tables": replace(SOUND, tables="from sqlalchemy import MetaData\nMETADATA = MetaData()"),
    "no metadata": replace(SOUND, metadata=":Book"),
    "a module that breaks": replace(SOUND, tables="raise ValueError('no')"),
    "a malformed place": replace(SOUND, metadata=""),
    "a malformed folder": replace(SOUND, files="../elsewhere"),
    "core's folder": replace(SOUND, files=EVIDENCE),
    "core's other folder": replace(SOUND, files=MAILBOX),
    "off the branch": wrong("first", 'branch_labels = ("NAME",)', ""),
    "on another branch": wrong("first", 'branch_labels = ("NAME",)', 'branch_labels = ("default",)'),
    "two beginnings": wrong("second", 'down_revision = "0001"', "down_revision = None"),
    "another newest": replace(SOUND, revision="0003"),
    "names that don't rise": replace(
        SOUND.changed("first", '"0001"', '"b"').changed("second", '"0002"', '"a"').changed("second", '"0001"', '"b"'),
        revision="a",
    ),
    "core's prefix": replace(SOUND, plugin="supplier"),
    "no word": replace(SOUND, plugin="my-library"),
}
"""Plugins of which everything is sound but one thing, which shows before anything is done."""

BREAKING = {
    "raises": wrong("second", "def upgrade():", "def upgrade():\n    raise ValueError('I am lost')"),
    "exits": wrong("second", "def upgrade():", "def upgrade():\n    raise SystemExit(3)"),
    "drops core's": wrong("second", "def upgrade():", "def upgrade():\n    op.drop_table('valuation')"),
    "alters core's": wrong(
        "second", "def upgrade():", "def upgrade():\n    op.add_column('contract', sa.Column('x', sa.Text()))"
    ),
    "indexes core's": wrong(
        "second", "def upgrade():", "def upgrade():\n    op.create_index('ix_x', 'contract', ['reference'])"
    ),
    "empties core's": wrong("second", "def upgrade():", "def upgrade():\n    op.execute('DELETE  FROM \"authority\"')"),
    "writes to core's": wrong(
        "second", "def upgrade():", "def upgrade():\n    op.execute('UPDATE authority SET key=1')"
    ),
    "inserts past a conflict": wrong(
        "second",
        "def upgrade():",
        'def upgrade():\n    op.execute("INSERT OR REPLACE INTO authority (id) SELECT 1")'
        " if op.get_bind().dialect.name == 'sqlite' else op.execute('TRUNCATE library_book, authority CASCADE')",
    ),
    "hides it behind WITH": wrong(
        "second",
        "def upgrade():",
        "def upgrade():\n    op.execute('WITH a AS (SELECT 1) -- and\\n DELETE FROM authority')",
    ),
    "drops core's index": wrong(
        "second", "def upgrade():", "def upgrade():\n    op.drop_index('ix_ledger_figure_contract_id')"
    ),
    "makes too few": wrong("second", "def upgrade():", "def upgrade():\n    return"),
}
"""Plugins whose second revision does one thing that it may not."""


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)  # it shows before a database is asked
@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_costs_that_plugin_its_tables(
    what: str, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugins = registry(tmp_path, monkeypatch, WRONG[what], OTHER)
    assert [one.plugin for one in tables.bring_up_to_date(engine, plugins)] == ["kitchen"]
    assert names(engine) == {"kitchen_book", "kitchen_page", "kitchen_schema"}
    (failure,) = plugins.failures
    assert (failure.plugin, failure.hook) == (WRONG[what].plugin, "tables")
    with pytest.raises(NotConfigured, match=r"can't be used|aren't in the record"):
        tables.require_current(engine, WRONG[what].plugin, plugins)
    tables.require_current(engine, "kitchen", plugins)


@pytest.mark.parametrize("what", BREAKING)
def test_a_revision_that_breaks_leaves_the_tables_as_they_were(
    what: str, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugins = registry(tmp_path, monkeypatch, BREAKING[what], OTHER)
    before = set(inspect(engine).get_table_names())
    broken, kitchen = sorted(tables.bring_up_to_date(engine, plugins), key=lambda one: one.plugin, reverse=True)
    assert (broken.plugin, broken.before, broken.after) == ("library", "", "")
    assert "its tables can't be brought up to date" in broken.failed
    assert kitchen == Brought("kitchen", "", "0002")
    assert set(inspect(engine).get_table_names()) - before == {"kitchen_book", "kitchen_page", "kitchen_schema"}
    assert [column["name"] for column in inspect(engine).get_columns("contract")].count("x") == 0


def test_a_folder_belongs_to_one_plugin(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plugins = registry(tmp_path, monkeypatch, SOUND, replace(OTHER, files=SOUND.files))
    (brought,) = tables.bring_up_to_date(engine, plugins)
    (failure,) = plugins.failures
    assert {brought.plugin, failure.plugin} == {"library", "kitchen"}
    assert "its folder “books” is the one of the plugin" in str(failure)


def test_after_an_uninstall_they_stay_and_the_doctor_says_so(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables.bring_up_to_date(engine, registry(tmp_path, monkeypatch, SOUND))
    (verdict,) = tables.examine(engine, registry(tmp_path, monkeypatch))
    assert verdict.health is Health.WARNING
    assert verdict.what == "the plugin “library” isn't installed, and its tables are still here (2), as it left them."
    assert verdict.to_do.endswith("“library_”.")
    assert names(engine) == {"library_book", "library_page", "library_schema"}
    (verdict,) = tables.examine(engine, registry(tmp_path, monkeypatch, SOUND))
    assert (verdict.health, verdict.what) == (Health.GOOD, "up to date: 1")


def test_the_doctor_names_tables_that_are_not_up_to_date(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (verdict,) = tables.examine(engine, registry(tmp_path, monkeypatch, SOUND))
    assert verdict.health is Health.WRONG
    assert verdict.what.endswith("aren't in the record yet; run “quarterday db upgrade”.")


def test_a_plugin_without_tables_needs_none(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tables.require_current(engine, "library", registry(tmp_path, monkeypatch))
    with engine.connect() as connection:
        assert branches.revision_of(connection, "library") == ""
