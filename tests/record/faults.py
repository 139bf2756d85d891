"""Kills a process that writes to the record, at any moment, and looks at what is left.

``python tests/record/faults.py`` does it 200 times on each database, and stops the PostgreSQL server under a writer 20
times more. It tells how far it is, and for a run that went wrong the words that repeat that one.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from itertools import count
from random import Random
from threading import Timer
from typing import Any

import invariants
from sqlalchemy import Connection, Engine, event, func, select
from steps import BEGINS, OPERATOR, Done, Fact, Ticking, Year, begin, evidence_beside

from quarterday.db.columns import METADATA
from quarterday.db.engine import open_engine
from quarterday.db.models import AuditRow
from quarterday.db.schema import upgrade
from quarterday.db.work import UnitOfWork
from quarterday.services.installation.evidence_upkeep import take_stock
from quarterday.testing.postgres import Cluster, running_cluster

STEPS = 60
"""How many use cases a process takes that nobody kills."""
MOMENTS = 900
"""Up to which statement, or commit, of its own a process is killed."""
LONGEST = 300.0
"""Seconds after which a writer that is still there hangs."""
EVERY = 10.0
"""Seconds between two lines that tell how far it is."""
RUNS = {"sqlite": 200, "postgresql": 200, "stopped-server": 20}
"""What a soak does where nothing else is asked for: writers killed on each database, and servers stopped under them."""


class WriterFailed(RuntimeError):
    """A writer that wasn't killed ended with an error, or didn't end."""


def write(url: str, seed: int, at_moment: int, careless: bool) -> None:
    """The process that is killed: it takes steps and tells each one when it has returned.

    It kills itself before or after its ``at_moment``-th statement or before a commit, so that every point of every use
    case has its turn. ``careless`` commits after every statement: what the harness must find.
    """
    engine = open_engine(url)
    if at_moment:
        _kill_at(engine, at_moment)
    if careless:
        event.listen(engine, "before_cursor_execute", _commit)
    year = Year(opened(engine), Random(seed))
    for _ in range(STEPS):
        print(json.dumps(asdict(year.step())), flush=True)


def killed(url: str, seed: int, *, careless: bool = False, meanwhile: Callable[[], None] | None = None) -> list[Done]:
    """Start a writer and kill it at a moment that the seed gives; returns what it told before.

    With an even seed it kills itself at a statement; with an odd one it is killed from outside, after a few steps and
    a few milliseconds more, in whatever it is doing. ``meanwhile`` happens instead of the kill from outside.
    """
    chance = Random(seed)
    at_moment = 0 if seed % 2 or meanwhile else chance.randint(1, MOMENTS)
    told_before, pause = chance.randint(1, STEPS // 2), chance.uniform(0, 0.03)
    words = [sys.executable, __file__, "--write", url, "--seed", str(seed), "--at-moment", str(at_moment)]
    with subprocess.Popen(
        words + ["--careless"] * careless, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as writer:
        told: list[Done] = []
        overdue = Timer(LONGEST, writer.send_signal, [signal.SIGABRT])
        overdue.daemon = True
        overdue.start()
        for line in writer.stdout or []:
            told.append(Done(**json.loads(line)))
            if len(told) == told_before and not at_moment:
                time.sleep(pause)
                (meanwhile or writer.kill)()
        said = writer.stderr.read() if writer.stderr else ""
        overdue.cancel()
    if writer.returncode == -signal.SIGABRT:
        raise WriterFailed(f"the writer hung after {len(told)} use cases")
    if writer.returncode not in (0, -signal.SIGKILL) and not meanwhile:
        raise WriterFailed(f"the writer failed by itself:\n{said}")
    return told


def lost(uow: UnitOfWork, told: list[Done]) -> list[str]:
    """What was acknowledged and isn't there, a sentence each."""
    tables = {table.name: table for table in METADATA.sorted_tables}
    sentences = []
    with uow.read(OPERATOR) as work:
        newest = int(work.connection.scalar(select(func.max(AuditRow.c.id))) or 0)
        for done in told:
            if done.newest_audit > newest:
                sentences.append(f"audit row {done.newest_audit} is lost, which was there after {done.what}")
            for table, row_id, expected in map(_fact, done.facts):
                found = work.connection.execute(select(tables[table]).where(tables[table].c.id == row_id)).one_or_none()
                if found is None:
                    sentences.append(f"{table} {row_id} is lost, which {done.what} told")
                elif wrong := [name for name, value in expected.items() if not _stands(name, found, value)]:
                    sentences.append(f"{table} {row_id} says otherwise than {done.what} told: {', '.join(wrong)}")
    return sentences


def lost_files(uow: UnitOfWork) -> list[str]:
    """The files that evidence refers to and that aren't kept, a sentence each."""
    missing = take_stock(uow, OPERATOR, evidence_beside(uow.engine)).missing
    return [f"the file {digest} of evidence is lost" for digest in sorted(missing)]


def examined(url: str, told: list[Done]) -> list[str]:
    """What is wrong with a record after its writer was killed, and after one more step; nothing when all is well."""
    engine = open_engine(url)
    uow = opened(engine)
    found = lost(uow, told) + lost_files(uow) + invariants.broken(uow)
    Year(uow, Random(0)).step()
    found += invariants.broken(uow)
    engine.dispose()
    return found


def lay_down(url: str) -> None:
    """A record with an authority, a supplier and contracts to report on."""
    engine = open_engine(url)
    upgrade(engine)
    begin(UnitOfWork(engine, Ticking(BEGINS)))
    engine.dispose()


def opened(engine: Engine) -> UnitOfWork:
    """The record, with a clock that goes on after the newest moment in it."""
    uow = UnitOfWork(engine, Ticking(BEGINS))
    with uow.read(OPERATOR) as work:
        newest = work.connection.scalar(select(func.max(AuditRow.c.recorded_at)))
    return UnitOfWork(engine, Ticking((newest or BEGINS) + timedelta(minutes=1)))


def _kill_at(engine: Engine, moment: int) -> None:
    moments = count(1)

    def kill_in_turn(*arguments: object) -> None:
        if next(moments) == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    for name in ("before_cursor_execute", "after_cursor_execute", "commit"):
        event.listen(engine, name, kill_in_turn)


def _commit(connection: Connection, cursor: Any, statement: str, *others: object) -> None:
    if connection.in_nested_transaction() or statement.startswith(("RELEASE", "ROLLBACK")):
        return  # a commit would take the savepoint away
    if cursor.connection.in_transaction:
        cursor.connection.execute("COMMIT")
        cursor.connection.execute("BEGIN IMMEDIATE")


def _fact(said: Fact | list[Any]) -> Fact:
    table, row_id, expected = said
    return table, row_id, expected


def _stands(name: str, row: Any, value: object) -> bool:
    stands: Any = getattr(row, name)
    return bool(stands >= value if name == "draft_version" else stands == value)


@contextmanager
def places(database: str) -> Iterator[tuple[Callable[[], str], Cluster | None]]:
    """Gives the function that makes a fresh record and returns its URL, and the server that keeps it, if any."""
    numbers = count(1)
    if database == "postgresql":
        with running_cluster(durable=True) as cluster:
            lay_down(cluster.create("laid_down"))
            yield lambda: cluster.create(f"run_{next(numbers)}", template="laid_down"), cluster
        return
    with tempfile.TemporaryDirectory() as folder:
        lay_down(f"sqlite:///{folder}/laid_down.db")

        def fresh() -> str:
            path = shutil.copy(f"{folder}/laid_down.db", f"{folder}/run_{next(numbers)}.db")
            return f"sqlite:///{path}"

        yield fresh, None


def soak(what: str, runs: int, first: int) -> int:
    """Run after run of one sort (a key of ``RUNS``) with the next seed; returns how many went wrong, and tells each."""
    wrong = steps = 0
    began = told_at = time.monotonic()
    with places("sqlite" if what == "sqlite" else "postgresql") as (fresh, cluster):
        for number, seed in enumerate(range(first, first + runs), 1):
            url = fresh()
            try:
                told, found = _run(url, seed, cluster if what == "stopped-server" else None)
            except WriterFailed as problem:
                told, found = [], [str(problem)]
            steps += len(told)
            wrong += bool(found)
            for sentence in found:
                print(f"{what}, seed {seed}: {sentence}", flush=True)
            if found:
                print(f"again: python tests/record/faults.py --what {what} --runs 1 --seed {seed}", flush=True)
            if cluster is not None:
                cluster.drop(url.partition("?")[0].rpartition("/")[2])
            if time.monotonic() - told_at > EVERY:
                told_at = time.monotonic()
                print(f"{what}: {number} of {runs} runs, {wrong} wrong, {told_at - began:.0f} s", flush=True)
    print(
        f"{what}: killed {runs} times after {steps} acknowledged use cases, in {time.monotonic() - began:.0f} s: "
        f"{wrong} records lost or half wrote any",
        flush=True,
    )
    return wrong


def _run(url: str, seed: int, stopped: Cluster | None) -> tuple[list[Done], list[str]]:
    """One run on a fresh record: what the writer told, and what is wrong with the record it left."""
    if stopped is None:
        told = killed(url, seed)
    else:
        try:
            told = killed(url, seed, meanwhile=lambda: stopped.stop(at_once=True))
        finally:
            stopped.stop()
            stopped.start()
    return told, examined(url, told)


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--what", choices=RUNS, action="append", help="one sort of run; every sort where none is named")
    words.add_argument("--runs", type=int, help=", ".join(f"{number} for {what}" for what, number in RUNS.items()))
    words.add_argument("--seed", type=int, default=1, help="of the first run; the next has the next")
    words.add_argument("--write", metavar="URL", help=argparse.SUPPRESS)
    words.add_argument("--at-moment", type=int, default=0, help=argparse.SUPPRESS)
    words.add_argument("--careless", action="store_true", help=argparse.SUPPRESS)
    said = words.parse_args()
    if said.write:
        write(said.write, said.seed, said.at_moment, said.careless)
        return 0
    wrong = [soak(what, said.runs or RUNS[what], said.seed) for what in said.what or RUNS]
    return int(any(wrong))


if __name__ == "__main__":
    sys.exit(main())
