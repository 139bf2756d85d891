"""The hostile plugins of ``tests/hostile`` installed for this process and those that it starts."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from quarterday.registry import installed

HOSTILE = Path(__file__).parents[1] / "hostile"


def install(folder: Path, patch: pytest.MonkeyPatch, *names: str) -> None:
    """Lay down distributions of one module each, ``hostile_NAME`` from ``NAME.py``, in an otherwise empty folder."""
    for name in names:
        info = folder / f"hostile_{name}-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: hostile-{name}\nVersion: 1.0\n")
        points = f"[quarterday.plugins]\nhostile-{name} = hostile_{name}\n"
        (info / "entry_points.txt").write_text(points)
        shutil.copy(HOSTILE / f"{name}.py", folder / f"hostile_{name}.py")
    patch.syspath_prepend(folder)
    installed.cache_clear()
