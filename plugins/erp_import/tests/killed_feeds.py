"""Kills the taking in of a spend file at every line of the feeds' code, and looks at what each left behind.

Run as ``python killed_feeds.py [STEP]``, as ``killed_imports.py`` beside it. The file is handed in, that is noted down,
then it is read; whoever comes after the kill reads what waits, and hands the file in again as its source would.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import sys
import tempfile
from datetime import timedelta
from functools import partial
from itertools import count
from pathlib import Path
from types import FrameType
from typing import Any

from killed_imports import AUTHORITY, apart, lay_down

from quarterday.db.engine import open_engine
from quarterday.services.record import UnitOfWork
from quarterday.testing.builders import OPERATOR
from quarterday_erp_import import feeds
from quarterday_erp_import.feeds import incoming
from quarterday_erp_import.feeds.keeping import IncomingFiles
from quarterday_erp_import.feeds.reading_in import read_waiting
from quarterday_erp_import.ledger import batches
from quarterday_erp_import.ledger.files import LineFiles

OURS = str(Path(feeds.__file__).parent)
SPEND = b"Payment Date,Supplier Name,Net Amount\n13/06/2026,Larch Ltd,600.00\n14/06/2026,Alder Ltd,700.00\n"
AT_ONCE = timedelta(seconds=-1)


def main() -> None:
    """Kill and look until a file is read before its taking in could be killed."""
    step = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    with tempfile.TemporaryDirectory() as name:
        record = Path(name) / "record.db"
        apart(partial(lay_down, record))
        for line in count(1, step):
            place = Path(name) / str(line)
            place.mkdir()
            shutil.copy(record, place / "record.db")
            killed = apart(partial(bring, place, kill_at=line)) is None
            is_noted = (place / "noted").exists()
            read = apart(partial(read_alone, place)) or {}
            apart(partial(bring, place))
            left = apart(partial(left_behind, place)) or {}
            said = {"line": line, "killed": killed, "noted": is_noted, **read, **left}
            sys.stdout.write(json.dumps(said) + "\n")
            shutil.rmtree(place)
            if not killed:
                return


def bring(place: Path, *, kill_at: int = 0) -> dict[str, Any]:
    """Hand the file in and read it; killed before that many-th line of the feeds' code, each counted once."""
    seen: set[tuple[str, int]] = set()

    def watch(frame: FrameType, event: str, _: object) -> Any:
        if not frame.f_code.co_filename.startswith(OURS):
            return None
        if event == "line":
            seen.add((frame.f_code.co_filename, frame.f_lineno))
            if len(seen) == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
        return watch

    uow, files, lines = opened(place)
    if kill_at:
        sys.settrace(watch)
    given = {"authority_id": AUTHORITY, "feed": "spend", "name": "june.csv", "origin": "spend-folder", "files": files}
    incoming.hand_in(uow, OPERATOR, content=io.BytesIO(SPEND), **given)  # type: ignore[arg-type]
    (place / "noted").touch()
    read_waiting(uow, files=files, lines=lines, again_after=AT_ONCE, mappings=place)
    sys.settrace(None)
    return {}


def read_alone(place: Path) -> dict[str, Any]:
    """Read what waits; says how many batches count then."""
    uow, files, lines = opened(place)
    read_waiting(uow, files=files, lines=lines, again_after=AT_ONCE, mappings=place)
    return {"read": len(batches.batches(uow, OPERATOR, authority_id=AUTHORITY))}


def left_behind(place: Path) -> dict[str, Any]:
    """The states of the files, how many batches count, and which files are left after a sweep."""
    uow, files, lines = opened(place)
    batches.sweep(uow, OPERATOR, files=lines, older_than=AT_ONCE)
    incoming.sweep(uow, OPERATOR, files=files, older_than=AT_ONCE)
    states = [str(one.state) for one in incoming.incoming(uow, OPERATOR, authority_id=AUTHORITY)]
    counting = [one.counts for one in batches.batches(uow, OPERATOR, authority_id=AUTHORITY)]
    left = [path for path in (place / "ledger").rglob("*") if path.is_file()]
    return {"states": states, "batches": counting, "files": len(left)}


def opened(place: Path) -> tuple[UnitOfWork, IncomingFiles, LineFiles]:
    """The record of a place, and where its files lie."""
    uow = UnitOfWork(open_engine(f"sqlite:///{place / 'record.db'}"))
    return uow, IncomingFiles(place / "ledger"), LineFiles(place / "ledger")


if __name__ == "__main__":
    main()
