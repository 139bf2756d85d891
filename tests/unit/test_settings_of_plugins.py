"""What an installation says to a plugin: in quarterday.toml, in the environment, and secrets in files of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from quarterday.errors import NotConfigured
from quarterday.settings import said_for

TOML = """
[plugins.portal-sync]
host = "portal.example"
token_file = "token"
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "quarterday.toml").write_text(TOML)
    (tmp_path / "token").write_text("in the folder\n")
    monkeypatch.setenv("QUARTERDAY_DATA_DIR", str(tmp_path))
    return tmp_path


def test_a_file_is_found_from_the_data_folder() -> None:
    assert said_for("portal-sync") == {"host": "portal.example", "token": "in the folder"}


def test_the_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "other").write_text("elsewhere")
    monkeypatch.setenv("QUARTERDAY_PORTAL_SYNC__HOST", "other.example")
    monkeypatch.setenv("QUARTERDAY_PORTAL_SYNC__TOKEN_FILE", str(tmp_path / "other"))
    assert said_for("portal-sync") == {"host": "other.example", "token": "elsewhere"}


def test_a_file_that_is_not_there_is_named_with_what_names_it(tmp_path: Path) -> None:
    (tmp_path / "token").unlink()
    with pytest.raises(NotConfigured, match=r"“token_file” in \[plugins.portal-sync\]"):
        said_for("portal-sync")
