"""An exchange with a portal that answers badly, by a worker that is killed, loses, doubles and writes over nothing."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

SOAK = Path(__file__).with_name("soaked_portal.py")


def soaked(*words: str) -> subprocess.CompletedProcess[str]:
    path = {**os.environ, "PYTHONPATH": str(SOAK.parent)}
    return subprocess.run([sys.executable, SOAK, *words], capture_output=True, text=True, env=path, check=False)


@pytest.mark.timeout(300)
def test_what_both_sides_have_is_the_same_once_everything_is_settled() -> None:
    done = soaked("--runs", "3", "--steps", "1", "--seed", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 exchanges" in done.stdout
    assert ", 0 wrong; " in done.stdout
    assert re.findall(r"records [a-z ]+ (\d+)", done.stdout) == ["0"] * 4
    assert int(re.findall(r"worker killed (\d+)", done.stdout)[0]) > 0


@pytest.mark.timeout(300)
def test_what_is_lost_doubled_or_written_over_is_found() -> None:
    done = soaked("--careless", "--steps", "0", "--seed", "1")
    assert done.returncode == 1
    for what in ("lost: entry/", "doubled: entry/99", "different: entry/", "written over: C-"):
        assert what in done.stdout, done.stdout
