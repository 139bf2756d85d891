"""For every check of the kit a plugin whose tables fail exactly that one, so that no check is only decoration."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tables_made_up import SOUND, MadeUp

from quarterday.testing import TablesConformance, TablesTrial

CHECKS = {name: check for name, check in vars(TablesConformance).items() if name.startswith("test_")}
KIT = TablesConformance()

FAILING = {
    "test_it_says_where_its_tables_are": replace(SOUND, files="Books"),
    "test_its_tables_are_its_own": SOUND.changed("tables", "JSON, ", "JSON, Float, ")
    .changed("tables", 'Column("number", BigInteger', 'Column("number", Float')
    .changed("second", 'sa.Column("number", sa.BigInteger()', 'sa.Column("number", sa.Float()'),
    "test_its_revisions_are_a_branch_of_their_own": SOUND.changed("first", 'branch_labels = ("NAME",)', ""),
    "test_its_revisions_make_its_tables": SOUND.changed(
        "first", 'sa.Column("read_on", sa.Date()),', 'sa.Column("read_at", sa.Date()),'
    ),
    "test_no_revision_offers_a_way_back": replace(SOUND, second=f"{SOUND.second}\n\ndef downgrade():\n    pass\n"),
    "test_its_rows_go_along_with_their_authority": SOUND.changed("tables", '"authority_id"', '"council_id"').changed(
        "first", '"authority_id"', '"council_id"'
    ),
}
"""By check, a plugin with which it fails, and no other does."""


def failed(plugin: MadeUp, folder: Path, patch: pytest.MonkeyPatch) -> list[str]:
    """The checks that fail."""
    (folder / plugin.plugin).mkdir()
    _, said = plugin.install(folder, patch)
    trial, url = TablesTrial(plugin.plugin, said), f"sqlite:///{folder / 'record.db'}"

    def fails(check: Callable[..., None]) -> bool:
        given = {"trial": trial, "database_url": url}
        try:
            check(KIT, **{name: given[name] for name in inspect.signature(check).parameters if name != "self"})
        except (AssertionError, AttributeError, pytest.fail.Exception):
            return True
        finally:
            (folder / "record.db").unlink(missing_ok=True)
        return False

    return [name for name, check in CHECKS.items() if fails(check)]


def test_sound_tables_pass_every_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert failed(SOUND, tmp_path, monkeypatch) == []


@pytest.mark.parametrize("check", FAILING)
def test_a_check_finds_what_it_is_for(check: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert failed(FAILING[check], tmp_path, monkeypatch) == [check]


def test_tables_that_are_not_there_fail_every_check_that_looks_at_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = failed(replace(SOUND, metadata=":Nothing"), tmp_path, monkeypatch)
    assert found == [name for name in CHECKS if name != "test_it_says_where_its_tables_are"]
    assert CHECKS.keys() == {*FAILING, "test_its_tables_and_its_revisions_are_there"}
