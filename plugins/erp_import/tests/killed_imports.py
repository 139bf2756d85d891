"""Kills imports of a spend file at every line of the ledger's code that they run, and looks at what each left behind.

Run as ``python killed_imports.py [STEP]``: an import is killed before the first line that it runs, another before the
second, and so on, or at every STEP-th line. After each, another process looks at the record, imports the file again and
sweeps. One line of JSON for each kill goes to the standard output.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from hashlib import sha256
from itertools import count
from pathlib import Path
from types import FrameType
from typing import Any

import duckdb  # noqa: F401 (imported once, before the processes part)
import pyarrow.parquet as pq
from made_up_lines import Broken, Part, Spend, a_line, lines
from sqlalchemy import select

from quarterday.db.engine import open_engine
from quarterday.db.schema import upgrade
from quarterday.services.record import UnitOfWork
from quarterday.testing.builders import OPERATOR, an_authority
from quarterday_erp_import import ledger
from quarterday_erp_import.ledger import batches
from quarterday_erp_import.ledger.files import LineFiles
from quarterday_erp_import.ledger.importing import import_file
from quarterday_erp_import.ledger.tables import METADATA, Batch, Quarantined

OURS = str(Path(ledger.__file__).parent)
AUTHORITY = 1
PARTS = (Part(lines(*(a_line(n) for n in range(1, 6))), (Broken(6, 7, "?", "No amount."),), 1),)


def main() -> None:
    """Kill and look until an import ends before it could be killed."""
    step = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        record = folder / "record.db"
        # In a process of its own, as all that follows: nothing is open here, nor runs, when the next one begins.
        apart(partial(lay_down, record))
        spend = Spend.of(folder, "june.csv", *PARTS)
        for line in count(1, step):
            place = folder / str(line)
            place.mkdir()
            shutil.copy(record, place / "record.db")
            killed = apart(partial(bring, place, spend, kill_at=line)) is None
            left = apart(partial(left_behind, place, spend)) or {}
            sys.stdout.write(json.dumps({"line": line, "killed": killed, **left}) + "\n")
            shutil.rmtree(place)
            if not killed:
                return


def lay_down(record: Path) -> dict[str, Any]:
    """A record with an authority."""
    engine = open_engine(f"sqlite:///{record}")
    upgrade(engine)
    METADATA.create_all(engine)
    assert an_authority(UnitOfWork(engine)) == AUTHORITY
    engine.dispose()
    return {}


def apart(work: Callable[[], dict[str, Any]]) -> dict[str, Any] | None:
    """What some work says in a process of its own; None where that was killed."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.write(writing, json.dumps(work()).encode())
            os._exit(0)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(1)  # nothing of the parent's is cleared away here
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    return json.loads(said) if os.waitstatus_to_exitcode(status) == 0 else None


def bring(place: Path, spend: Spend, *, kill_at: int = 0) -> dict[str, Any]:
    """Import the file; killed before that many-th line of the ledger's code, each counted the first time it is run."""
    seen: set[tuple[str, int]] = set()

    def watch(frame: FrameType, event: str, _: object) -> Any:
        if not frame.f_code.co_filename.startswith(OURS):
            return None
        if event == "line":
            seen.add((frame.f_code.co_filename, frame.f_lineno))
            if len(seen) == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
        return watch

    uow = UnitOfWork(open_engine(f"sqlite:///{place / 'record.db'}"))
    if kill_at:
        sys.settrace(watch)
    done = import_file(
        uow,
        OPERATOR,
        files=LineFiles(place / "ledger"),
        path=spend.path,
        authority_id=AUTHORITY,
        feed="june",
        read=spend.read,
    )
    sys.settrace(None)
    return {"is_new": done.is_new}


def left_behind(place: Path, spend: Spend) -> dict[str, Any]:
    """What is visible, what importing again says, and which files are left after a sweep."""
    uow = UnitOfWork(open_engine(f"sqlite:///{place / 'record.db'}"))
    files = LineFiles(place / "ledger")
    before = whole(uow, files)
    again = bring(place, spend)["is_new"]
    batches.sweep(uow, OPERATOR, files=files, older_than=timedelta(seconds=-1))
    left = [path for path in files.folder.rglob("*") if path.is_file()]
    return {"before": before, "new_again": again, "after": whole(uow, files), "files": len(left)}


def whole(uow: UnitOfWork, files: LineFiles) -> list[bool]:
    """For each batch that is visible, whether all of it is there."""
    with uow.read(OPERATOR) as work:
        rows = work.all(select(Batch.c.sha256, Batch.c.reading, Batch.c.lines_sha256, Batch.c.accepted))
        broken = len(work.all(select(Quarantined.c.id)))
    paths = [files.path(AUTHORITY, row.sha256, row.reading) for row in rows]
    return [
        sha256(path.read_bytes()).hexdigest() == row.lines_sha256
        and pq.read_metadata(path).num_rows == row.accepted == 5
        and broken == 1
        for row, path in zip(rows, paths, strict=True)
    ]


if __name__ == "__main__":
    main()
