"""An exchange with a portal that answers badly, by a worker that is killed, loses, doubles and writes over nothing."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

SOAK = Path(__file__).with_name("soaked_portal.py")


@pytest.fixture(scope="module")
def told() -> str:
    """What one exchange told, which was compared, and again once what must never be done was done."""
    path = {**os.environ, "PYTHONPATH": str(SOAK.parent)}
    words = ("--careless", "--runs", "1", "--steps", "2", "--seed", "3002")
    done = subprocess.run([sys.executable, SOAK, *words], capture_output=True, text=True, env=path, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


def numbers(of: str, told: str) -> list[int]:
    """What was counted under names that begin so."""
    return [int(number) for number in re.findall(rf"^{of}.* (\d+)$", told, re.M)]


@pytest.mark.timeout(300)
def test_what_both_sides_have_is_the_same_once_everything_is_settled(told: str) -> None:
    assert numbers("records ", told) == [0] * 4
    assert sum(number > 0 for number in numbers("fault: ", told)) >= 4, told
    assert sum(numbers("worker killed: between delivery and settling", told)) > 0, told
    for who in ("here: ", "there: "):
        assert sum(numbers(who, told)) > 0, told


@pytest.mark.timeout(300)
def test_what_is_lost_doubled_or_written_over_is_found(told: str) -> None:
    assert told.endswith(", 1 wrong\n")
    for what in ("lost: entry/", "doubled: entry/99", "different: entry ", "written over: C-"):
        assert what in told, told
