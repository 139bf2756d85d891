"""A run of an exchange takes as much memory with many records as with few: what is read, sent or compared is let go."""

from __future__ import annotations

import gc
import json
import sqlite3
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from council import Council
from generator import Size, records
from portal_there import Exchange, There, started

from quarterday.db.work import UnitOfWork
from quarterday.services.plugins.children import Children
from quarterday.services.portals import answered, door, sending
from quarterday.services.portals.reconciling import reconcile

FEW, MANY, MANY_SENT = 400, 1200, 2000
"""How many records: few fill already whatever is filled before it is let go."""
WORDS = "It was read on the telephone. " * 150
"""What somebody wrote on each of the portal's records, so that each weighs 4.5 kB."""


@pytest.fixture(scope="module")
def children(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Children]:
    yield from started(tmp_path_factory)


def exchanging(children: Children, entries: int, file: Path) -> Iterator[Exchange]:
    """A record with so many entries, and its portal."""
    made = records(Size(entries // 100, 25))
    _, engine = next(made)
    council = cast(Council, SimpleNamespace(authority_id=1))
    found = Exchange(UnitOfWork(engine), children, council, There(file))
    yield found
    engine.dispose()
    made.close()


@pytest.fixture(autouse=True)
def _small_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have fewer ids be found at a time than few records have."""
    monkeypatch.setattr(sending, "_WINDOW", 100)


@pytest.fixture
def exchange(children: Children, tmp_path: Path) -> Iterator[Exchange]:
    yield from exchanging(children, 100, tmp_path / "there.db")


def weighed(act: Callable[[], Any]) -> int:
    """How much memory something takes at the most beyond what was taken before, in bytes."""
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        act()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


def made_there(exchange: Exchange, first: int, number: int) -> None:
    """Somebody makes so many claims there; claims aren't exchanged, so each is read and passed by."""
    fields = json.dumps({"contract": "X-9", "measure": "M1", "quantity": "1", "share": "1"})
    with closing(sqlite3.connect(exchange.there.file)) as there, there:
        there.executemany(
            "INSERT INTO record (kind, key, fields, words, version, changed) VALUES ('entry', ?, ?, ?, 1, ?)",
            ((f"their/{one}", fields, f"{one}: {WORDS}", one) for one in range(first, first + number)),
        )


def compared(exchange: Exchange) -> int:
    whose = {"portal": "keeping", "authority_id": 1, "actor_name": "worker"}
    return reconcile(exchange.uow, exchange.children, **whose).listed


def what_is_read(exchange: Exchange) -> tuple[int, int]:
    """By how much many records take more than few where they are read, and where they are compared."""
    exchange.set(kinds="contract", direction="in")
    exchange.sync()
    read, listed, first = [], [], 1
    for number in (50, FEW, MANY):  # the first makes ready what is kept from then on
        made_there(exchange, first, number)
        first += number
        read.append(weighed(lambda wanted=number: _is(exchange.sync().counts["read"], wanted)))
        listed.append(weighed(lambda wanted=first - 1: _is(compared(exchange), wanted)))
    return read[2] - read[1], listed[2] - listed[1]


def _is(found: object, wanted: object) -> None:
    assert found == wanted


def what_is_sent(children: Children, folder: Path) -> int:
    """By how much many records take more than few where they are sent."""
    found = []
    for turn, entries in enumerate((100, FEW, MANY_SENT)):
        for exchange in exchanging(children, entries, folder / f"{turn}.db"):
            exchange.set(kinds="entry", batch=50)
            run = exchange.sending()
            found.append(weighed(run.changes))
            assert run.done.taken == entries
    return found[2] - found[1]


def test_what_is_read_and_compared_is_let_go(exchange: Exchange) -> None:
    read, listed = what_is_read(exchange)
    assert max(read, listed) < 1_000_000, (read, listed)


def test_what_is_sent_is_let_go(children: Children, tmp_path: Path) -> None:
    assert what_is_sent(children, tmp_path) < 500_000


def test_what_keeps_all_that_it_reads_is_found(exchange: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[Any] = []
    ready = door.ready

    def keeping(items: Any) -> Any:
        kept.extend(items)
        return ready(items)

    monkeypatch.setattr(door, "ready", keeping)
    read, listed = what_is_read(exchange)
    assert min(read, listed) > 2_000_000


def test_what_keeps_all_that_it_sends_is_found(
    children: Children, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[Any] = []
    settle = answered.settle

    def keeping(work: Any, batch: Any, *told: Any) -> Any:
        kept.append(batch)
        return settle(work, batch, *told)

    monkeypatch.setattr(answered, "settle", keeping)
    assert what_is_sent(children, tmp_path) > 700_000
