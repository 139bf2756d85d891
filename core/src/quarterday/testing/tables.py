"""The conformance kit for a plugin's own tables: subclass it in your plugin's tests, name them, run pytest."""
# ruff: noqa: S101 - a test kit asserts

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Engine

from quarterday.db import branches, schema
from quarterday.db.branches import Branch
from quarterday.db.engine import open_engine
from quarterday.ports import Tables
from quarterday.services.tables import said, standing


@dataclass(frozen=True, slots=True)
class TablesTrial:
    """What is tried: the plugin's name, and what it answers to ``tables()``."""

    plugin: str
    tables: Tables
    stays: frozenset[str] = frozenset()
    """The tables whose rows hang on no authority, and stay where they are when one is exported."""

    def load(self) -> Branch:
        """The tables themselves, imported as the host does."""
        return standing.load(self.plugin, self.tables)


class TablesConformance:
    """What every plugin's tables keep to.

    ::

        class TestTables(TablesConformance):
            @pytest.fixture
            def trial(self):
                return TablesTrial("portal_sync", Tables("portal.tables:METADATA", "portal.migrations", "0002"))

    It tries them on SQLite; override ``database_url`` to try them on an empty PostgreSQL database, too. Each check is a
    test of its own, so that a failure names the one sentence that is broken.
    """

    @pytest.fixture
    def trial(self) -> TablesTrial:
        """The plugin, and what it says of its tables."""
        raise NotImplementedError("Override the fixture “trial”: return a TablesTrial with your tables.")

    @pytest.fixture
    def database_url(self, tmp_path: Path) -> str:
        """The URL of an empty database."""
        return f"sqlite:///{tmp_path / 'record.db'}"

    def test_it_says_where_its_tables_are(self, trial: TablesTrial) -> None:
        """The names can be read, and nothing of core's begins with the plugin's name."""
        why = said.flaw(trial.plugin, trial.tables)
        assert why is None, why

    def test_its_tables_and_its_revisions_are_there(self, trial: TablesTrial) -> None:
        """The MetaData and the folder of revisions can be imported from the places it names."""
        try:
            trial.load()
        except Exception as error:
            pytest.fail(f"they can't be imported: {error!r}")

    def test_its_tables_are_its_own(self, trial: TablesTrial) -> None:
        """Their names begin with the plugin's, they refer to none but its own, and hold what both databases keep."""
        why = branches.flaw_of_tables(trial.load())
        assert not why, why

    def test_its_revisions_are_a_branch_of_their_own(self, trial: TablesTrial) -> None:
        """They are one chain that begins on the plugin's own branch and ends with the revision it names."""
        why = branches.flaw_of_revisions(trial.load())
        assert not why, why

    def test_its_revisions_make_its_tables(self, trial: TablesTrial, database_url: str) -> None:
        """In an empty record they make the tables as the MetaData has them, to the last column and index."""
        with _upgraded(trial.load(), database_url) as engine:
            odd = _differences(trial.load(), engine)
            assert not odd, f"otherwise than in the MetaData: {'; '.join(odd)}"

    def test_no_revision_offers_a_way_back(self, trial: TablesTrial) -> None:
        """The way back is a backup: what a downgrade throws away nobody gets again."""
        from alembic.script import ScriptDirectory

        scripts = ScriptDirectory(str(schema.MIGRATIONS), version_locations=[str(trial.load().folder)])
        back = [one.revision for one in scripts.walk_revisions() if hasattr(one.module, "downgrade")]
        assert not back, f"revisions with a downgrade(): {', '.join(back)}"

    def test_its_rows_go_along_with_their_authority(self, trial: TablesTrial) -> None:
        """Each table's rows hang on an authority, or the trial says that they stay where they are."""
        branch = trial.load()
        stays = {one.name for one in branch.metadata.sorted_tables if branches.of_authority(one, 1) is None}
        assert stays == trial.stays, f"on no authority hang: {', '.join(sorted(stays)) or 'none'}; add authority_id"


@contextmanager
def _upgraded(branch: Branch, url: str) -> Iterator[Engine]:
    """A record in an empty database, with the plugin's tables in it."""
    engine = open_engine(url)
    try:
        schema.upgrade(engine)
        branches.upgrade(engine, branch)
        yield engine
    finally:
        engine.dispose()


def _differences(branch: Branch, engine: Engine) -> list[str]:
    """What the MetaData has otherwise than the database, in words."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    def is_its_own(name: str | None, kind: str, _: object) -> bool:
        return kind != "table" or str(name).startswith(f"{branch.plugin}_")

    options = {"version_table": branches.version_table(branch.plugin), "include_name": is_its_own}
    with engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection, opts=options), branch.metadata)
    return [" ".join(str(part) for part in (one if isinstance(one, tuple) else one[0])) for one in found]
