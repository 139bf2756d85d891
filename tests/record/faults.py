"""Kills a process that writes to the record, at any moment, and looks at what is left.

``python tests/record/faults.py --runs 200`` does it with seeds 1 to 200, and says with which one something was lost.
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
from typing import Any

import invariants
from sqlalchemy import Connection, Engine, event, func, select
from steps import BEGINS, OPERATOR, Done, Fact, Ticking, Year, begin, evidence_beside

from quarterday.db.columns import Base
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
        for line in writer.stdout or []:
            told.append(Done(**json.loads(line)))
            if len(told) == told_before and not at_moment:
                time.sleep(pause)
                (meanwhile or writer.kill)()
        said = writer.stderr.read() if writer.stderr else ""
    if writer.returncode not in (0, -signal.SIGKILL) and not meanwhile:
        raise RuntimeError(f"The writer failed by itself:\n{said}")
    return told


def lost(uow: UnitOfWork, told: list[Done]) -> list[str]:
    """What was acknowledged and isn't there, a sentence each."""
    tables = {table.name: table for table in Base.metadata.sorted_tables}
    sentences = []
    with uow.read(OPERATOR) as work:
        newest = int(work.connection.scalar(select(func.max(AuditRow.id))) or 0)
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
        newest = work.connection.scalar(select(func.max(AuditRow.recorded_at)))
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


def soak(database: str, runs: int, first: int, stop_server: bool) -> int:
    """Run after run with the next seed; returns how many went wrong, and tells each."""
    wrong = steps = 0
    with places(database) as (fresh, cluster):
        for seed in range(first, first + runs):
            url = fresh()
            if stop_server and cluster is not None:
                told = killed(url, seed, meanwhile=lambda server=cluster: server.stop(at_once=True))
                cluster.start()
            else:
                told = killed(url, seed)
            found = examined(url, told)
            steps += len(told)
            wrong += bool(found)
            for sentence in found:
                print(f"seed {seed} on {database}: {sentence}")
            if cluster is not None:
                cluster.drop(url.partition("?")[0].rpartition("/")[2])
    what = "server stopped at once" if stop_server else "writer killed"
    print(
        f"{database}, {what} {runs} times after {steps} acknowledged use cases: {wrong} records lost or half wrote any"
    )
    return wrong


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--runs", type=int, default=200, help="on SQLite; a quarter as many on PostgreSQL")
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--write", metavar="URL")
    words.add_argument("--at-moment", type=int, default=0)
    words.add_argument("--careless", action="store_true")
    said = words.parse_args()
    if said.write:
        write(said.write, said.seed, said.at_moment, said.careless)
        return 0
    wrong = soak("sqlite", said.runs, said.seed, False)
    wrong += soak("postgresql", said.runs // 4, said.seed, False)
    wrong += soak("postgresql", said.runs // 10, said.seed, True)
    return min(wrong, 1)


if __name__ == "__main__":
    sys.exit(main())
