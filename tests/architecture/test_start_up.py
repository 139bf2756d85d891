"""Starting stays light: what is heavy is imported by the command that needs it."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {"brotli", "defusedxml", "flask", "msgpack", "openpyxl", "pydantic", "pydantic_settings", "requests", "rich"}
HEAVY |= {"alembic", "cryptography", "fsspec", "psycopg", "sqlalchemy", "sqlalchemy.orm", "tomlkit"}
EVERYTHING = """
from importlib import import_module
from pkgutil import walk_packages
import quarterday
for module in walk_packages(quarterday.__path__, "quarterday."):
    import_module(module.name)
"""


def loaded_by(code: str) -> set[str]:
    """The heavy packages that a fresh Python has imported after that code."""
    ending = "import sys; print(*sys.modules, file=sys.stderr)"
    run = subprocess.run([sys.executable, "-c", f"{code}\n{ending}"], capture_output=True, text=True, check=True)
    return HEAVY & set(run.stderr.split())


@pytest.mark.parametrize("words", ["['--help']", "['plugins', 'list']"])
def test_a_light_command_imports_nothing_heavy(words: str) -> None:
    assert loaded_by(f"from quarterday.cli.main import main\nmain({words}, standalone_mode=False)") == set()


def test_the_front_door_imports_nothing_heavy() -> None:
    assert loaded_by("import quarterday") == set()


def test_the_record_is_kept_without_the_orm() -> None:
    loaded = loaded_by(EVERYTHING)
    assert "sqlalchemy" in loaded
    assert "sqlalchemy.orm" not in loaded


@pytest.mark.parametrize("module", ["openpyxl", "sqlalchemy.orm"])
def test_a_heavy_import_is_seen(module: str) -> None:
    assert module in loaded_by(f"import {module}")
