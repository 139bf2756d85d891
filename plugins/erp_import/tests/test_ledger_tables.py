"""The ledger's tables keep to what every plugin's tables keep to, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from click.testing import CliRunner

from quarterday.cli.main import main
from quarterday.db.engine import open_engine
from quarterday.db.schema import upgrade
from quarterday.testing import TablesConformance, TablesTrial
from quarterday.testing.postgres import Cluster, binaries
from quarterday_erp_import.plugin import tables

DATABASES = ("sqlite", "postgresql") if binaries() else ("sqlite",)
NUMBERS = count(1)


def test_a_command_wants_them_up_to_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'record.db'}")
    upgrade(engine)
    engine.dispose()
    monkeypatch.setenv("QUARTERDAY_DATA_DIR", str(tmp_path))
    done = CliRunner().invoke(main, ["spend", "batches", "--authority", "northmoor"])
    assert done.exit_code == 4
    assert "The tables of the plugin “erp_import” aren't in the record yet; run “quarterday db upgrade”." in done.stderr


class TestTables(TablesConformance):
    @pytest.fixture
    def trial(self) -> TablesTrial:
        (said,) = tables()
        return TablesTrial("erp_import", said)

    @pytest.fixture(params=DATABASES)
    def database_url(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
        if request.param == "sqlite":
            yield f"sqlite:///{tmp_path / 'record.db'}"
            return
        cluster: Cluster = request.getfixturevalue("cluster")
        name = f"tables_{next(NUMBERS)}"
        yield cluster.create(name)
        cluster.drop(name)
