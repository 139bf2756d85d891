"""A file whose taking in is killed anywhere is read once in the end, and without its source once it was kept."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).with_name("killed_feeds.py")
STEP = str(int(os.environ.get("KILL_EVERY", "7")) * 8 - 7)
"""Every so many lines it is killed; “make soak” has it at each."""


def test_a_file_whose_taking_in_is_killed_at_any_line_is_read_once() -> None:
    run = subprocess.run(
        [sys.executable, SCRIPT, STEP],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SCRIPT.parent)},
        check=True,
    )
    kills = [json.loads(line) for line in run.stdout.splitlines()]
    assert [kill["killed"] for kill in kills] == [True] * (len(kills) - 1) + [False]
    assert {kill["noted"] for kill in kills[:-1]} == {True, False}
    assert all(kill["read"] == 1 for kill in kills if kill["noted"]), "what was kept is read, whoever handed it in"
    assert {(*kill["states"], *kill["batches"], kill["files"]) for kill in kills} == {("read", True, 1)}
