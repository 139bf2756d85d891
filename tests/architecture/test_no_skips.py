"""No test is left out: the linter refuses the marks, and a CI run that skips has failed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SKIPPING = "import pytest\n\n\ndef test_left_out():\n    pytest.skip('not today')\n"
RUNNING = "def test_runs():\n    pass\n"


@pytest.mark.parametrize(
    ("environment", "source", "code"),
    [({"CI": "true"}, SKIPPING, 1), ({}, SKIPPING, 0), ({"CI": "true"}, RUNNING, 0)],
    ids=["a skip in CI", "a skip elsewhere", "no skip in CI"],
)
def test_a_skipped_test_fails_the_run_in_ci_only(
    tmp_path: Path, environment: dict[str, str], source: str, code: int
) -> None:
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path)
    (tmp_path / "test_one.py").write_text(source)
    elsewhere = {name: value for name, value in os.environ.items() if name != "CI"}
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-c", "/dev/null", "--rootdir", tmp_path, tmp_path],
        env=elsewhere | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == code, run.stdout
    assert ("In CI every test must run, and 1 did not." in run.stdout) is (code == 1)


@pytest.mark.parametrize(
    "line",
    [
        "pytest.skip('not today')",
        "pytest.xfail('not today')",
        "pytest.importorskip('numpy')",
        "mark = pytest.mark.skip",
        "mark = pytest.mark.skipif(True, reason='not today')",
        "mark = pytest.mark.xfail",
    ],
)
def test_the_linter_refuses_to_leave_a_test_out(line: str) -> None:
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "ruff",
            "check",
            "--no-cache",
            "--output-format=concise",
            "--stdin-filename=tests/test_one.py",
        ],
        input=f"import pytest\n\n{line}\n",
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert [found.split()[1] for found in run.stdout.splitlines() if "TID251" in found] == ["TID251"]
