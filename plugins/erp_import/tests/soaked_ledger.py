"""Imports, supersedes and leaves out at random, killed at any line or on a full disk, and looks at what each left.

Run as ``python soaked_ledger.py [--runs N] [--steps N] [--seed SEED]``: as many ledgers are gone through, each from
its own seed, which repeats the run. After every step the ledger is as it was before, or as the step leaves it whole:
its batches, which of them count, the audit trail and what the ledger is to be asked. Where this is run by root each
ledger lies on a small disk of its own, which is full at some steps.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any

import duckdb  # noqa: F401 (imported once, before the processes part)
import pyarrow.parquet as pq
from killed_imports import AUTHORITY, apart, lay_down
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

import quarterday_erp_import
from quarterday import Trouble
from quarterday.db.engine import open_engine
from quarterday.db.models import AuditRow, OutboxRow
from quarterday.services.record import UnitOfWork
from quarterday.testing.builders import OPERATOR
from quarterday_erp_import.ledger import accepting, batches
from quarterday_erp_import.ledger.files import LineFiles
from quarterday_erp_import.ledger.importing import import_file
from quarterday_erp_import.ledger.tables import Batch

OURS = str(Path(quarterday_erp_import.__file__).parent)
MEGABYTES = 24
"""How large a disk is."""
MOST_LINES = 3_000
"""A step is killed before one of so many lines of the ledger's code, or it ends before that."""
MONTHS = 4

Ledger = dict[str, Any]
"""What there is: “counts” by batch, “files” by digest, how many “audit” rows and “asked” ones, and what is “broken”."""
Step = tuple[str, int, int]
"""What is done, to which file or batch, and by which other one."""


def main() -> None:
    """Go through as many ledgers as are asked for; a wrong one ends it, with the seed that repeats it."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--runs", type=int, default=1)
    asked.add_argument("--steps", type=int, default=12)
    asked.add_argument("--seed", type=int, default=Random().randrange(10**9))
    said = asked.parse_args()
    kills = full = 0
    for seed in range(said.seed, said.seed + said.runs):
        with tempfile.TemporaryDirectory() as name, disk(Path(name)) as is_small:
            try:
                killed, filled = gone_through(Path(name), Random(seed), said.steps, is_small=is_small)
            except BaseException:
                sys.stderr.write(f"repeat it: python {sys.argv[0]} --steps {said.steps} --seed {seed}\n")
                raise
            kills, full = kills + killed, full + filled
    last = said.seed + said.runs - 1
    sys.stdout.write(f"ledgers gone through: {said.runs} (seeds {said.seed} to {last}), steps killed: {kills}, ")
    sys.stdout.write(f"steps on a full disk: {full}\n")


@contextmanager
def disk(folder: Path) -> Iterator[bool]:
    """A small disk at a folder, where whoever runs this may mount one; whether it is."""
    may = os.geteuid() == 0
    mounting = ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "tmpfs", str(folder)]
    is_small = may and subprocess.run(mounting, check=False, capture_output=True).returncode == 0
    try:
        yield is_small
    finally:
        if is_small:
            subprocess.run(["umount", folder], check=True)


def gone_through(folder: Path, chance: Random, steps: int, *, is_small: bool) -> tuple[int, int]:
    """Go through one ledger; returns how many of its steps were killed, and how many found the disk full."""
    apart(lambda: lay_down(folder / "record.db"))
    for month in range(1, MONTHS + 1):
        for again in (0, 1):
            rows = (f"Payee {n},{n % 27 + 1:02}/{month:02}/2026,{n}.{again}0,D{n}\n" for n in range(1, 40))
            text = "Supplier,Payment Date,Net Amount,Document\n" + "".join(rows)
            (folder / f"{month}-{again}.csv").write_text(text)
    kills = full = 0
    for _ in range(steps):
        before = there(folder)
        step = chosen(chance, before)
        after = expected(before, step, folder)
        if is_small and chance.random() < 0.4:
            fill(folder, chance.choice((0, 8, 32, 64)))
            done = apart(partial(taken, folder, step)) or {}
            (folder / "filler").unlink()
            full += "trouble" in done
            same(there(folder), after if done == {"done": True} else before, step)
        elif chance.random() < 0.8:
            at = int(MOST_LINES ** chance.random())  # short steps are killed as often as long ones
            kills += apart(partial(taken, folder, step, kill_at=at)) is None
            found = there(folder)
            same(found, after if found["counts"] != before["counts"] else before, step)
        if there(folder)["counts"] != after["counts"] or step[0] == "bring":
            assert apart(partial(taken, folder, step)) == {"done": True}, step
        same(there(folder), after, step)
    return kills, full


def chosen(chance: Random, ledger: Ledger) -> Step:
    """A step that can be taken."""
    counting = [int(one) for one, counts in ledger["counts"].items() if counts]
    others = [int(one) for one, counts in ledger["counts"].items() if not counts]
    possible: list[Step] = [("bring", chance.randint(1, MONTHS), chance.randrange(2))]
    if len(counting) > 1:
        first, second = chance.sample(counting, 2)
        possible.append(("supersede", first, second))
    if counting:
        possible.append(("leave out", chance.choice(counting), 0))
    if others:
        possible.append(("bring back", chance.choice(others), 0))
    return chance.choice(possible)


def expected(before: Ledger, step: Step, folder: Path) -> Ledger:
    """What there is once a step is taken."""
    what, first, second = step
    counts, files = dict(before["counts"]), dict(before["files"])
    if what == "bring":
        digest = sha256((folder / f"{first}-{second}.csv").read_bytes()).hexdigest()
        if digest in files:
            return before
        new = str(max(map(int, counts), default=0) + 1)
        files[digest], counts[new] = new, True
    else:
        counts[str(first)] = what == "bring back"
    return {
        "counts": counts,
        "files": files,
        "audit": before["audit"] + 1,
        "asked": before["asked"] + 1,
        "broken": [],
    }


def same(found: Ledger, wanted: Ledger, step: Step) -> None:
    """Nothing, where what is there is what is wanted."""
    assert found == wanted, f"{step}: {found} instead of {wanted}"


def taken(folder: Path, step: Step, *, kill_at: int = 0) -> dict[str, Any]:
    """Take a step, killed before that many-th line of the plugin's code."""
    lines = 0

    def watch(frame: FrameType, event: str, _: object) -> Any:
        nonlocal lines
        if not frame.f_code.co_filename.startswith(OURS):
            return None
        if event == "line":
            lines += 1
            if lines == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
        return watch

    what, first, second = step
    uow = UnitOfWork(open_engine(f"sqlite:///{folder / 'record.db'}"))
    files = LineFiles(folder / "ledger")
    if kill_at:
        sys.settrace(watch)
    try:
        doing(what, uow, files, folder, first, second)()
    except Trouble as trouble:
        return {"trouble": str(trouble)}
    except OperationalError as error:
        if "disk" not in str(error) and "full" not in str(error):
            raise
        return {"trouble": str(error)}
    finally:
        sys.settrace(None)
    return {"done": True}


def doing(what: str, uow: UnitOfWork, files: LineFiles, folder: Path, first: int, second: int) -> Callable[[], object]:
    """The use case of a step."""
    match what:
        case "bring":
            path = folder / f"{first}-{second}.csv"
            return lambda: import_file(uow, OPERATOR, files=files, path=path, authority_id=AUTHORITY, feed="spend")
        case "supersede":
            return lambda: batches.supersede(uow, OPERATOR, batch_id=first, by_batch_id=second)
        case "leave out":
            return lambda: accepting.leave_out(uow, OPERATOR, batch_id=first)
    with uow.read(OPERATOR) as work:
        is_replaced = batches.batch(work, first).superseded_by is not None
    bring_back = batches.reinstate if is_replaced else accepting.accept
    return lambda: bring_back(uow, OPERATOR, batch_id=first)


def there(folder: Path) -> Ledger:
    """What there is, in a process of its own that sweeps first."""
    found = apart(lambda: _there(folder))
    assert found is not None
    return found


def _there(folder: Path) -> Ledger:
    uow = UnitOfWork(open_engine(f"sqlite:///{folder / 'record.db'}"))
    files = LineFiles(folder / "ledger")
    batches.sweep(uow, OPERATOR, files=files, older_than=timedelta(seconds=-1))
    with uow.read(OPERATOR) as work:
        rows = work.all(select(Batch.c.id, Batch.c.sha256, Batch.c.reading, Batch.c.lines_sha256, Batch.c.accepted))
        of = batches.of_authority(work, AUTHORITY)
        number = select(func.count())
        audit = work.connection.scalar(number.select_from(AuditRow).where(AuditRow.c.action.like("spend.%")))
        asked = work.connection.scalar(number.select_from(OutboxRow).where(OutboxRow.c.kind == "ledger.ask"))
    broken = []
    for row in rows:
        path = files.path(AUTHORITY, row.sha256, row.reading)
        if sha256(path.read_bytes()).hexdigest() != row.lines_sha256 or pq.read_metadata(path).num_rows != row.accepted:
            broken.append(row.id)
    if len([path for path in files.folder.rglob("*") if path.is_file()]) != len(rows):
        broken.append("a file too many")
    return {
        "counts": {str(one.id): one.counts for one in of},
        "files": {row.sha256: str(row.id) for row in rows},
        "audit": audit,
        "asked": asked,
        "broken": broken,
    }


def fill(folder: Path, kilobytes: int) -> None:
    """Leave so many kilobytes of a disk."""
    free = shutil.disk_usage(folder).free - kilobytes * 1024
    with (folder / "filler").open("wb") as file:
        file.write(bytes(max(0, free)))


if __name__ == "__main__":
    main()
