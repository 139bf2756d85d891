"""``quarterday clock`` as a process: what was missed is struck for at the start, by one of many, and signals end it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, text

from quarterday.db.models import Occurrence, OutboxRow
from quarterday.db.work import Actor, UnitOfWork

CLI = Actor.operator("cli")
QUICKLY = """
import sys
from quarterday_scheduler import clock
clock.AGAIN_SECONDS = 0.1
from quarterday.cli.main import main
main(["clock", "--json"])
"""

LOST = {
    "sqlite": ("ALTER TABLE occurrence RENAME TO away", "ALTER TABLE away RENAME TO occurrence"),
    "postgresql": ("LOCK TABLE occurrence IN ACCESS EXCLUSIVE MODE", "SELECT 1"),
}
"""How the record goes away, and comes back."""

CUT_OFF = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'
"""
Start = Callable[[], "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path, record_url: str) -> Iterator[Start]:
    """Starts a clock on the record of ``uow``, with its log on a pipe; what still runs at the end is killed."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("QUARTERDAY_")}
    where = {"QUARTERDAY_DATA_DIR": str(tmp_path), "QUARTERDAY_DATABASE_URL": record_url}
    running: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        words = [sys.executable, "-c", QUICKLY]
        running.append(subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env=plain | where))
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.communicate()


def struck(uow: UnitOfWork) -> tuple[list[str], int]:
    """The jobs that were struck for, once for each time, and how many rows the outbox has for them."""
    with uow.read(CLI) as work:
        names = [row.job for row in work.all(select(Occurrence.c.job).order_by(Occurrence.c.job, Occurrence.c.id))]
        return names, len(work.all(select(OutboxRow.c.id).where(OutboxRow.c.kind == "job")))


def cut_off(uow: UnitOfWork) -> bool:
    """End the connection of whoever waits for a lock; whether somebody did."""
    with uow.engine.begin() as connection:
        return bool(connection.execute(text(CUT_OFF)).all())


def eventually(found: Callable[[], bool]) -> None:
    ends = time.monotonic() + 60
    while not found():
        assert time.monotonic() < ends, "It didn't happen within a minute."
        time.sleep(0.05)


def test_two_clocks_catch_up_once_and_a_signal_ends_each(uow: UnitOfWork, start: Start) -> None:
    first, second = start(), start()
    for process in (first, second):
        assert process.stderr is not None
        assert json.loads(process.stderr.readline())["what"] == "the clock runs"
    eventually(lambda: {"seal", "open-returns", "ask-ledger", "sweep", "forget"} <= set(struck(uow)[0]))
    first.send_signal(signal.SIGTERM)
    second.send_signal(signal.SIGINT)
    said = "".join(process.stderr.read() for process in (first, second) if process.stderr)
    assert (first.wait(30), second.wait(30)) == (0, 0)
    lines = [json.loads(line) for line in said.splitlines()]
    names, rows = struck(uow)
    assert rows == len(names)
    assert sorted(line["job"] for line in lines if line["what"] == "struck") == names
    assert all(names.count(name) == 1 for name in ("open-returns", "sweep", "forget"))
    assert len({line["trace"] for line in lines}) == len(lines)


def test_a_record_that_goes_away_is_logged_and_the_clock_goes_on(uow: UnitOfWork, start: Start, database: str) -> None:
    away, back = LOST[database]
    with uow.engine.connect() as connection:
        connection.execute(text(away))
        if database == "sqlite":
            connection.commit()
        clock = start()
        if database == "postgresql":
            eventually(lambda: cut_off(uow))
        assert clock.stderr is not None
        clock.stderr.readline()
        line = json.loads(clock.stderr.readline())
        connection.execute(text(back))
        connection.commit()
    assert line["what"].startswith("The record can't be reached")
    assert line["what"].endswith("The clock goes on trying.")
    eventually(lambda: {"seal", "sweep"} <= set(struck(uow)[0]))
    clock.send_signal(signal.SIGTERM)
    clock.communicate(timeout=30)
    assert clock.returncode == 0
