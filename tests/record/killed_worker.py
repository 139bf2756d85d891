"""A worker that is killed again and again until everything is delivered, each time at another moment by its seed."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
from itertools import cycle
from pathlib import Path
from threading import Event, Timer

from sqlalchemy import Connection, Engine, event, select

from quarterday import Document, DocumentKind
from quarterday.db.engine import open_engine
from quarterday.db.models import OutboxRow
from quarterday.db.outbox import Due, State
from quarterday.db.work import Actor, UnitOfWork
from quarterday.reports.folder_sink import HIDDEN
from quarterday.services.background import runner
from quarterday.services.background.kinds import Kind, Parcel
from quarterday.services.background.worker import run

MOST_STEPS = 12
LONGEST_SECONDS = 2.0


class Killed:
    """When a worker is killed: before some transaction begins or ends, after some time, or between a delivery and its
    being settled."""

    def __init__(self, engine: Engine, chance: random.Random, moment: str) -> None:
        self.steps = chance.randrange(MOST_STEPS) if moment == "step" else sys.maxsize
        self.deliveries = chance.randrange(3) if moment == "unsettled" else sys.maxsize
        event.listen(engine, "begin", self.step)
        event.listen(engine, "commit", self.step)
        if moment == "time":
            clock = Timer(chance.random() * LONGEST_SECONDS, kill)
            clock.daemon = True
            clock.start()

    def step(self, connection: Connection) -> None:
        """Before a transaction begins, or ends."""
        self.steps -= 1
        writes = not connection.get_execution_options().get("only_reads", False)
        if self.steps < 0 or (self.deliveries < 0 and writes):
            kill()

    def compose(self, uow: UnitOfWork, row: Due) -> Parcel:
        """A note; from here the settings are read, the note is delivered, and then it is settled."""
        self.deliveries -= 1
        content = f"note {row.payload['number']}\n".encode()
        return Parcel("folder", Document(DocumentKind.REPORT, "note.txt", "text/plain", content))


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def work_until_killed(record: str, chance: random.Random, moment: str) -> None:
    engine = open_engine(f"sqlite:///{record}")
    killed = Killed(engine, chance, moment)
    runner.BATCH = chance.choice((1, 2, 3))  # there are few notes
    kinds = {"note": Kind(killed.compose, repeat_perhaps_sent=True)}
    run(UnitOfWork(engine), stop=Event(), tell=lambda settled: None, once=True, kinds=kinds)


def is_all_done(record: str) -> bool:
    engine = open_engine(f"sqlite:///{record}")
    with UnitOfWork(engine).read(Actor.operator("test")) as work:
        states = {row.state for row in work.all(select(OutboxRow.c.state))}
    engine.dispose()
    return states == {State.DONE}


def main(record: str, folder: str, elsewhere: str, seed: str, *forgetful: str) -> None:
    """Print how often it was killed.

    Between two runs somebody collects what has arrived, from ``folder`` to ``elsewhere``; where it is ``forgetful``,
    the receipts in the folder get lost on the way.
    """
    chance = random.Random(int(seed))
    moments = cycle(["unsettled"] if forgetful else ["unsettled", "step", "time"])
    killed = 0
    while not is_all_done(record):
        its_chance, moment = random.Random(chance.random()), next(moments)
        child = os.fork()
        if not child:
            work_until_killed(record, its_chance, moment)
            os._exit(0)
        ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert ended in (0, -signal.SIGKILL), ended
        killed += ended != 0
        for path in Path(folder).glob("*.txt"):
            path.rename(Path(elsewhere, f"{killed}-{path.name}"))
        if forgetful:
            shutil.rmtree(Path(folder, HIDDEN))
    print(killed)
