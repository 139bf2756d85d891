"""One of a kind at a time, across processes and machines, for what lasts longer than a transaction."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, func, select

from quarterday.errors import Retryable


@contextmanager
def one_at_a_time(engine: Engine, over: str, why: str) -> Iterator[None]:
    """Be the only one over the same thing for as long as this lasts; it goes with the process, however that ends.

    ``over`` is made of small letters, digits and hyphens. Raises :class:`~quarterday.errors.Retryable` with ``why``
    while somebody else is.
    """
    with _on_postgresql(engine, over) if engine.dialect.name == "postgresql" else _beside(engine, over) as is_mine:
        if not is_mine:
            raise Retryable(why, after=60)
        yield


@contextmanager
def _on_postgresql(engine: Engine, over: str) -> Iterator[bool]:
    """By a lock of a connection's own, whose transactions end at once."""
    key = func.hashtextextended(over, 0)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        is_mine = bool(connection.execute(select(func.pg_try_advisory_lock(key))).scalar())
        try:
            yield is_mine
        finally:
            if is_mine:
                connection.execute(select(func.pg_advisory_unlock(key)))


@contextmanager
def _beside(engine: Engine, over: str) -> Iterator[bool]:
    """By a file beside the database."""
    file = os.open(f"{engine.url.database}.{over}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
    else:
        yield True
    finally:
        os.close(file)
