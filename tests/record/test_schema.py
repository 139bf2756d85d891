"""The revisions make the tables of the models, whole or not at all; a database of another shape is refused."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from zipfile import ZipFile

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, event, inspect, text

from quarterday.db.engine import open_engine
from quarterday.db.models import METADATA
from quarterday.db.schema import MIGRATIONS, REVISION, VERSION_TABLE, require_current, upgrade
from quarterday.errors import NotConfigured

CORE = Path(__file__).parents[2] / "core"


@pytest.fixture
def engine(empty_url: str) -> Engine:
    engine = open_engine(empty_url)
    yield engine
    engine.dispose()


def why(engine: Engine) -> str:
    """The sentence with which the database is refused."""
    with pytest.raises(NotConfigured) as caught:
        require_current(engine)
    assert caught.value.field == "database_url"
    return str(caught.value)


def differences(engine: Engine) -> list[object]:
    """What the models have otherwise than the database, but for the queue's tables."""
    ours = {
        "version_table": VERSION_TABLE,
        "include_name": lambda name, kind, _: not (kind == "table" and name.startswith("procrastinate_")),
    }
    with engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection, opts=ours), METADATA))


def test_an_upgrade_from_nothing_makes_the_tables_of_the_models(engine: Engine) -> None:
    assert upgrade(engine) == ""
    require_current(engine)
    assert differences(engine) == []
    assert upgrade(engine) == REVISION


def test_a_column_that_no_revision_makes_is_found(engine: Engine) -> None:
    upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE authority DROP COLUMN nation"))
    ((kind, _, table, column),) = differences(engine)
    assert (kind, table, column.name) == ("add_column", "authority", "nation")


def test_an_upgrade_that_breaks_off_leaves_nothing(engine: Engine) -> None:
    statements: list[str] = []

    def break_off(connection: object, cursor: object, statement: str, *others: object) -> None:
        statements.append(statement)
        if "CREATE TABLE valuation" in statement:
            raise RuntimeError("the machine went away")

    event.listen(engine, "before_cursor_execute", break_off)
    with pytest.raises(RuntimeError, match="the machine went away"):
        upgrade(engine)
    event.remove(engine, "before_cursor_execute", break_off)
    assert any("CREATE TABLE authority" in statement for statement in statements)
    assert inspect(engine).get_table_names() == []
    assert upgrade(engine) == ""


def test_two_upgrades_at_once_are_one(empty_url: str) -> None:
    engines = [open_engine(empty_url) for _ in range(2)]
    with ThreadPoolExecutor() as threads:
        found = list(threads.map(upgrade, engines))
    assert sorted(found) == ["", REVISION]
    for engine in engines:
        engine.dispose()


def test_a_database_without_a_record_is_refused(engine: Engine) -> None:
    assert "run “quarterday db upgrade” to lay " in why(engine)


def test_a_missing_file_is_not_made_by_looking(tmp_path: Path) -> None:
    assert why(open_engine(f"sqlite:///{tmp_path / 'record.db'}")).startswith("There is no record yet; run")
    assert list(tmp_path.iterdir()) == []


def test_a_database_of_something_else_is_refused(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE recipe (id INTEGER)"))
    sentence = "The database holds the tables of something else (like “recipe”); name an empty one."
    assert why(engine) == sentence
    with pytest.raises(NotConfigured, match="something else"):
        upgrade(engine)
    assert inspect(engine).get_table_names() == ["recipe"]


def test_an_older_record_is_refused_until_it_is_upgraded(engine: Engine) -> None:
    upgrade(engine)
    _set_revision(engine, "0000")
    assert why(engine).startswith(
        f"The record has the tables of revision 0000, and this Quarterday works with {REVISION};"
    )
    assert why(engine).endswith("run “quarterday db backup FILE”, then “quarterday db upgrade”.")


def test_a_newer_record_is_refused_and_left_alone(engine: Engine) -> None:
    upgrade(engine)
    _set_revision(engine, "9999")
    assert why(engine).startswith("The record was made by a newer Quarterday (its tables are of revision 9999,")
    with pytest.raises(NotConfigured, match="newer Quarterday"):
        upgrade(engine)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "record.db").write_text("Dear Sir or Madam, please find our return attached." * 20)
    engine = open_engine(f"sqlite:///{tmp_path / 'record.db'}")
    assert why(engine) == f"The database {engine.url} can't be used (file is not a database)."


def test_a_server_that_is_not_there_is_named_without_its_password(tmp_path: Path) -> None:
    sentence = why(open_engine(f"postgresql://quarterday:secret@/record?host={tmp_path}"))
    assert sentence.startswith("The database postgresql+psycopg://quarterday:***@/record")
    assert "No such file or directory" in sentence


def test_the_revision_worked_with_is_the_last_there_is() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_current_head() == REVISION


def test_no_revision_offers_a_way_back() -> None:
    revisions = ScriptDirectory(str(MIGRATIONS)).walk_revisions()
    assert [one.revision for one in revisions if hasattr(one.module, "downgrade")] == []


def test_a_wheel_holds_the_revisions(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", tmp_path]
    subprocess.run(command, cwd=CORE, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with ZipFile(wheel) as built:
        inside = {name.removeprefix("quarterday/db/migrations/") for name in built.namelist()}
    assert inside >= {str(path.relative_to(MIGRATIONS)) for path in MIGRATIONS.rglob("*.py")}


def _set_revision(engine: Engine, revision: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '{revision}'"))
