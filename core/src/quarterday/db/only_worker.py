"""One worker for a record on SQLite: whoever holds the file beside the database is the one, and writes in it what it
has handed over.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from sqlalchemy import Engine

from quarterday.errors import Refused

BOOT = Path("/proc/sys/kernel/random/boot_id")
"""Where Linux says which start of the machine this is."""


class HandedOver:
    """Which of the rows under way were handed over, in a file that outlives the process, though not the machine.

    It spares the wait for the disk that each row in the record itself would cost. After a start of the machine nobody
    knows what got lost of it, so everything counts as handed over.
    """

    def __init__(self, file: int) -> None:
        self._file = file
        self._turn = Lock()
        boot, *ids = os.pread(file, os.fstat(file).st_size, 0).decode().split("\n")
        self._boot = BOOT.read_text().strip() if BOOT.exists() else ""
        self._before = set(ids) if boot == self._boot != "" else None

    def was(self, row_id: int) -> bool:
        """Whether the worker before this one has handed a row over, or may have."""
        return self._before is None or str(row_id) in self._before

    def begin(self) -> None:
        """None of what is under way now was handed over yet."""
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{self._boot}\n".encode(), 0)

    def note(self, row_id: int) -> None:
        """That row is handed over now."""
        with self._turn:
            os.pwrite(self._file, f"{row_id}\n".encode(), os.fstat(self._file).st_size)


@contextmanager
def only_worker(engine: Engine) -> Iterator[HandedOver]:
    """Be the record's worker for as long as this lasts; the lock goes with the process, however that ends.

    Raises :class:`Refused` while another process is the worker, and for a record on PostgreSQL.
    """
    if engine.dialect.name != "sqlite" or not engine.url.database:
        raise Refused(
            "Only a record on SQLite has one worker that reads the outbox itself; on PostgreSQL it goes through the "
            "queue, for as many workers as there are."
        )
    file = os.open(f"{engine.url.database}.worker", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Refused("A worker runs on this record already, and one is enough; this one ends.") from error
        yield HandedOver(file)
    finally:
        os.close(file)
