"""Plugins to test the host with: bad ones, and distributions made on the spot."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from quarterday.registry import installed
from quarterday.services.measures.catalogues import catalogues

HOSTILE = Path(__file__).parents[1] / "hostile" / "plugins"


@pytest.fixture
def hostile(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of bad plugins, importable and forgotten again afterwards."""
    monkeypatch.syspath_prepend(HOSTILE)
    yield HOSTILE
    for plugin in HOSTILE.glob("*.py"):
        sys.modules.pop(plugin.stem, None)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty data folder, and a process that has asked no plugin yet."""
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("QUARTERDAY_DATA_DIR", str(folder))
    for asked in (installed, catalogues):
        asked.cache_clear()
    yield folder
    for asked in (installed, catalogues):
        asked.cache_clear()


Distribute = Callable[..., Path]


@pytest.fixture
def distribute(tmp_path: Path) -> Distribute:
    """Make a distribution as pip leaves it: a module and a ``.dist-info`` with the plugin's entry point."""

    def distribute(name: str, module: str, *, plugin: str = "", version: str = "1.0", points: str = "") -> Path:
        folder = tmp_path / "site-packages"
        info = folder / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n\nA plugin.\n")
        points = points or f"[quarterday.plugins]\n{plugin or name} = {name.replace('-', '_')}\n"
        (info / "entry_points.txt").write_text(points)
        (folder / f"{name.replace('-', '_')}.py").write_text(module)
        return folder

    return distribute


Quarterday = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def quarterday(tmp_path: Path) -> Quarterday:
    """Run the command line in a process of its own, in an empty folder, with the distributions made for the test."""
    folder = tmp_path / "data"
    folder.mkdir(exist_ok=True)
    command = Path(sys.executable).with_name("quarterday")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("QUARTERDAY_")}

    def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        environment = clean | {"PYTHONPATH": str(tmp_path / "site-packages")} | variables
        return subprocess.run(
            [command, *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False
        )

    return run
