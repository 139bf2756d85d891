"""One worker for a record on SQLite: whoever holds the file beside the database is the one."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine

from quarterday.errors import Refused


@contextmanager
def only_worker(engine: Engine) -> Iterator[None]:
    """Be the record's worker for as long as this lasts; the lock goes with the process, however that ends.

    Raises :class:`Refused` while another process is the worker, and for a record on PostgreSQL.
    """
    if engine.dialect.name != "sqlite" or not engine.url.database:
        raise Refused(
            "Only a record on SQLite has one worker that reads the outbox itself; on PostgreSQL it goes through the "
            "queue, for as many workers as there are."
        )
    with Path(f"{engine.url.database}.worker").open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Refused("A worker runs on this record already, and one is enough; this one ends.") from error
        yield
