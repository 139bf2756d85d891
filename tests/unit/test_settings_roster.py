"""Which plugins load, and switching one without touching the rest of ``quarterday.toml``."""

from __future__ import annotations

import os
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarterday.errors import NotConfigured, Refused
from quarterday.roster import Roster, _switched, disabled, switch

WRITTEN = """\
# The settings of our council.
import_seconds = 5 # five\r

[plugins]
order = [ "b",
  # because a stands on it
  "a", ]
disabled = [
    "old", # since March
    "older",
]

[other.table]
x   =   "y"   """


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("QUARTERDAY_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("QUARTERDAY_IMPORT_SECONDS", raising=False)
    return tmp_path / "quarterday.toml"


def test_without_a_file_everything_loads_by_name(file: Path) -> None:
    assert not file.exists()
    assert Roster.read() == Roster((), (), 30)
    assert Roster.read().arranged({"c": 1, "a": 1, "b": 1}) == ["a", "b", "c"]


def test_the_file_orders_and_disables(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text('import_seconds = 3\n[plugins]\norder = ["c", "x", "c"]\ndisabled = ["a"]\n')
    roster = Roster.read()
    assert roster == Roster(("c", "x", "c"), ("a",), 3)
    assert roster.arranged({"a": 1, "b": 1, "c": 1}) == ["c", "a", "b"]
    assert roster.missing({"a": 1, "b": 1, "c": 1}) == ["x"]
    monkeypatch.setenv("QUARTERDAY_IMPORT_SECONDS", "0.5")
    assert Roster.read().seconds == 0.5


@pytest.mark.parametrize(
    "text",
    [
        "plugins = 1",
        "[plugins]\norder = 'a'",
        "[plugins]\ndisabled = [1]",
        "import_seconds = 0",
        "import_seconds = nan",
    ],
)
def test_a_roster_that_says_something_else_is_refused(file: Path, text: str) -> None:
    file.write_text(text)
    with pytest.raises(NotConfigured, match="must be"):
        Roster.read()


def test_switching_changes_one_line_and_no_other_byte(file: Path) -> None:
    file.write_bytes(WRITTEN.encode())
    assert switch("new", on=False)
    assert file.read_bytes().decode() == WRITTEN.replace('    "older",\n', '    "older",\n    "new",\n')
    assert disabled() == ("old", "older", "new")
    assert switch("new", on=True)
    assert file.read_bytes().decode() == WRITTEN
    assert switch("old", on=True)
    assert file.read_bytes().decode() == WRITTEN.replace('    "old", # since March\n', "")


def test_switching_what_stands_already_leaves_the_file_alone(file: Path) -> None:
    file.write_bytes(WRITTEN.encode())
    before = file.stat()
    assert not switch("old", on=False)
    assert not switch("new", on=True)
    assert (file.stat().st_mtime_ns, file.stat().st_ino) == (before.st_mtime_ns, before.st_ino)


def test_switching_makes_the_file_when_there_is_none(file: Path) -> None:
    assert not switch("a", on=True)
    assert not file.exists()
    assert switch("a", on=False)
    assert file.read_text() == '[plugins]\ndisabled = ["a"]\n'
    assert [path.name for path in file.parent.iterdir()] == ["quarterday.toml"]


def test_switching_keeps_rights_a_byte_order_mark_and_a_link(file: Path, tmp_path: Path) -> None:
    real = tmp_path / "elsewhere" / "settings.toml"
    real.parent.mkdir()
    real.write_text("\ufeffimport_seconds = 5\n")
    real.chmod(0o640)
    file.symlink_to(real)
    assert switch("a", on=False)
    assert file.is_symlink()
    assert real.read_text() == '\ufeffimport_seconds = 5\n\n[plugins]\ndisabled = ["a"]\n'
    assert real.stat().st_mode & 0o777 == 0o640


def test_a_file_that_is_no_toml_is_left_alone(file: Path) -> None:
    file.write_text("[plugins\n")
    with pytest.raises(NotConfigured, match="not valid TOML"):
        switch("a", on=False)
    assert file.read_text() == "[plugins\n"


def test_a_write_that_fails_leaves_the_old_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_bytes(WRITTEN.encode())

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Refused, match="No space left on device"):
        switch("new", on=False)
    assert file.read_bytes().decode() == WRITTEN
    assert [path.name for path in file.parent.iterdir()] == ["quarterday.toml"]


def test_switches_at_the_same_time_all_count(file: Path) -> None:
    file.write_bytes(WRITTEN.encode())
    names = [f"plugin{number}" for number in range(12)]
    with ThreadPoolExecutor(6) as threads:
        assert all(threads.map(lambda name: switch(name, on=False), names))
    assert sorted(disabled()) == sorted(["old", "older", *names])


@given(
    ends=st.sampled_from(["\n", "\r\n"]),
    before=st.sampled_from(["", "x = 1\n", "# only words\n", "[a]\nb = [1,\n 2]\n", 'plugins.order = ["q"]\n']),
    table=st.sampled_from(["", "[plugins]\n", "[plugins]\norder = []\n", "[plugins] # ours\n\n# none yet\n"]),
    after=st.sampled_from(["", "[z]\ny = '''\nlong\n'''", "[[many]]\nn = 1\n[[many]]\nn = 2\n"]),
    name=st.text('abc-_.é"\\', min_size=1, max_size=8),
)
def test_whatever_stands_in_the_file_means_the_same_afterwards(
    ends: str, before: str, table: str, after: str, name: str
) -> None:
    text = (before + ("" if "plugins" in before else table) + after).replace("\n", ends)
    said = tomllib.loads(text)
    off = _switched(text, name, on=False)
    meant = tomllib.loads(off)
    assert meant["plugins"].pop("disabled") == [name]
    assert meant == {"plugins": {}} | said
    assert tomllib.loads(_switched(off, name, on=True)) == {
        **said,
        "plugins": said.get("plugins", {}) | {"disabled": []},
    }
