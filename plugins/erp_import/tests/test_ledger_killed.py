"""An import that is killed anywhere leaves a whole batch or none, and a full disk leaves none and says so."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from made_up_lines import Part, Spend, a_line, lines

from quarterday import Trouble
from quarterday.services.record import UnitOfWork
from quarterday.testing.builders import OPERATOR, an_authority
from quarterday_erp_import.ledger import batches
from quarterday_erp_import.ledger.files import LineFiles
from quarterday_erp_import.ledger.importing import import_file

SCRIPT = Path(__file__).with_name("killed_imports.py")
SOAK = Path(__file__).with_name("soaked_ledger.py")
STEP = os.environ.get("KILL_EVERY", "7")
"""Every so many lines an import is killed; “make soak” says 1."""


def test_an_import_killed_at_any_line_leaves_a_whole_batch_or_none() -> None:
    run = subprocess.run(
        [sys.executable, SCRIPT, STEP],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SCRIPT.parent)},
        check=True,
    )
    kills = [json.loads(line) for line in run.stdout.splitlines()]
    assert [kill["killed"] for kill in kills] == [True] * (len(kills) - 1) + [False]
    assert {tuple(kill["before"]) for kill in kills} == {(), (True,)}
    assert all(kill["after"] == [True] and kill["files"] == 1 for kill in kills)
    assert all(kill["new_again"] is (kill["before"] == []) for kill in kills)


def test_after_any_step_that_is_killed_or_finds_the_disk_full_the_ledger_is_whole() -> None:
    run = subprocess.run(
        [sys.executable, SOAK, "--runs", "1", "--steps", "3", "--seed", "31"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SOAK.parent)},
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("ledgers gone through: 1 (seeds 31 to 31), steps killed: ")


def test_a_full_disk_is_said_and_leaves_nothing(uow: UnitOfWork, files: LineFiles, tmp_path: Path) -> None:
    authority = an_authority(uow)
    many = Part(lines(*(a_line(n, amount=n * 7_919) for n in range(1, 5_000))))
    spend = Spend.of(tmp_path, "june.csv", many)
    of = {"files": files, "path": spend.path, "authority_id": authority, "feed": "june", "read": spend.read}
    with files_no_larger_than(10_000), pytest.raises(Trouble, match=r"files can't be written \(.*File too large"):
        import_file(uow, OPERATOR, **of)
    assert list(files.folder.iterdir()) == []
    assert batches.batches(uow, OPERATOR, authority_id=authority) == []
    assert import_file(uow, OPERATOR, **of).is_new


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    """Files can't grow beyond so many bytes, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
