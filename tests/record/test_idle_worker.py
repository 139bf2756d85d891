"""A worker that waits holds nothing in memory that only work needs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

UNUSED = {"alembic", "brotli", "cryptography", "defusedxml", "flask", "fsspec", "msgpack", "openpyxl", "pydantic"}
UNUSED |= {"pydantic_core", "requests", "rich", "sqlalchemy.orm", "tomlkit"}
WAITS = """
import sys
from quarterday.cli.main import main
main(["worker", "--once"], standalone_mode=False)
print(*sys.modules)
"""
"""What a worker does until it waits for something to be due, and what it has imported by then."""


@pytest.mark.usefixtures("uow")
def test_a_worker_that_waits_has_imported_nothing_that_only_work_needs(record_url: str, tmp_path: Path) -> None:
    (tmp_path / "quarterday.toml").write_text("import_seconds = 5\n")
    place = {"QUARTERDAY_DATABASE_URL": record_url, "QUARTERDAY_DATA_DIR": str(tmp_path)}
    ran = subprocess.run(
        [sys.executable, "-c", WAITS], env={**os.environ, **place}, capture_output=True, text=True, check=True
    )
    imported = set(ran.stdout.split())
    assert imported >= {"quarterday.services.background.worker", "quarterday.settings"}
    assert UNUSED & imported == set()
