"""The demo as a process: whole after it was killed in the middle, kept by a second start, and in its own folder."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

QUARTERDAY = [sys.executable, "-c", "from quarterday.cli.main import main; main()"]
STATES = {"not started", "being written", "nothing to report", "submitted", "queried", "settled"}


def quarterday(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    whole = [*QUARTERDAY, "--data", str(folder), *words]
    return subprocess.run(whole, capture_output=True, text=True, check=False)


def told(folder: Path, *words: str) -> dict[str, Any]:
    found = quarterday(folder, *words, "--json")
    assert found.returncode == 0, found.stderr
    answer: dict[str, Any] = json.loads(found.stdout)
    return answer


@pytest.mark.timeout(400)
def test_a_demo_that_was_killed_is_laid_down_whole_and_kept(tmp_path: Path) -> None:
    words = [*QUARTERDAY, "--data", str(tmp_path), "demo", "--prepare"]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"})
    assert process.stdout is not None
    for line in process.stdout:
        if "the quarter from" in line:
            process.send_signal(signal.SIGKILL)
    process.stdout.close()
    assert process.wait() == -signal.SIGKILL
    first = quarterday(tmp_path, "demo", "--prepare")
    assert first.returncode == 0, first.stderr
    assert "ILLUSTRATIVE" in first.stdout
    assert first.stdout.count("/sign-in/l/") == 4
    returns = told(tmp_path, "return", "list")["returns"]
    assert {one["state"] for one in returns} == STATES
    assert len(told(tmp_path, "supplier", "list")["suppliers"]) == 12
    contracts = told(tmp_path, "contract", "list")["contracts"]
    assert len(contracts) == 30
    assert {one["kind"] for one in contracts} == {
        "contract",
        "call-off",
        "grant",
        "planning agreement",
        "local labour agreement",
    }
    assert Counter(one["state"] for one in told(tmp_path, "outbox", "list")["deliveries"]).keys() == {"done"}
    assert quarterday(tmp_path, "audit", "verify").returncode == 0
    standing = told(tmp_path, "sync", "status", "--authority", "northmoor")["standing"]
    assert {name: standing[name] for name in ("conflicts", "inbox")} == {"conflicts": 1, "inbox": 1}
    assert standing["states"]["verdict"] == {"waiting": 1}, "a suggestion beside its entry"
    again = quarterday(tmp_path, "demo", "--prepare")
    assert again.returncode == 0
    assert "Laying down" not in again.stdout
    assert told(tmp_path, "return", "list")["returns"] == returns


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("keep me")
    found = quarterday(tmp_path, "demo", "--prepare")
    assert found.returncode == 5
    assert "holds something else already" in found.stderr
    assert (tmp_path / "letter.txt").read_text() == "keep me"


def test_it_needs_nothing_that_only_tests_have() -> None:
    words = "import sys; sys.modules['pytest'] = None; import quarterday_demo.story, quarterday.testing.authenticator"
    assert subprocess.run([sys.executable, "-c", words], check=False).returncode == 0
