"""Kills clocks, workers and web in mid-effect, has the mail server and the database misbehave, and counts what arrives.

``make soak`` does it for as long as it takes and prints the numbers; a run that went wrong prints the words that repeat
it. Every arrival counts, not every key: a mail that comes twice has come twice.
"""

from __future__ import annotations

import argparse
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from random import Random
from threading import Event

from asking import Askers
from group import Group, Machine, arrives_as
from nights import NIGHTS, gone_through
from sqlalchemy import Engine, func, select

from quarterday.db.engine import open_engine
from quarterday.db.models import OutboxRow
from quarterday.db.outbox import State
from quarterday.db.schema import upgrade
from quarterday.db.work import Actor, UnitOfWork
from quarterday.testing.postgres import Cluster, running_cluster

NOTES = {"note.mail": 70, "note.reminder": 70, "note.report": 40, "note.records": 30}
"""How many effects of each kind a run lays down at once."""
MOODS = ("refuses", "hangs", "hangs with it", "drops")
AWAY_SECONDS = 10.0
STARTING_SECONDS, TRAP_SECONDS = 120.0, 30.0
SETTLED_SECONDS = 600.0
"""After so long an effect that is not settled was lost."""
OPERATOR = Actor.operator("test")

RUNS = {"killed": 200, "mail-server": 20, "database-away": 3, "nights": 20}
"""What a soak does on each database where nothing else is asked for."""


@dataclass
class Batch:
    """The effects of one run, and what was counted of them."""

    seed: int
    first: int
    """The last row of the outbox before them."""
    last: int = 0
    began: float = field(default_factory=time.monotonic)
    asked: Counter[str] = field(default_factory=Counter)
    """Links that were asked for, and acknowledged, by address."""


@dataclass
class Tally:
    """The numbers of one sort of fault on one database."""

    database: str
    fault: str
    runs: int = 0
    wrong: int = 0
    numbers: Counter[str] = field(default_factory=Counter)
    _began: float = field(default_factory=time.monotonic)

    def tell(self, seed: int, found: Sequence[str]) -> None:
        """Count a run, and say what is wrong with it, and how to have it again."""
        self.runs += 1
        self.wrong += bool(found)
        for sentence in found:
            print(f"{self.database}, {self.fault}, seed {seed}: {sentence}", flush=True)
        if found:
            words = f"--on {self.database} --what {self.fault} --runs 1 --seed {seed}"
            print(f"again: PYTHONPATH=tests/record python tests/faults/effects.py {words}", flush=True)

    def say(self) -> None:
        """Print the numbers so far."""
        counted = ", ".join(f"{name} {number}" for name, number in sorted(self.numbers.items()))
        took = f"{self.runs} runs in {time.monotonic() - self._began:.0f} s, {self.wrong} wrong"
        print(f"{self.database}, {self.fault}: {took}; {counted}", flush=True)


class Fire:
    """One installation, run after run under fire."""

    def __init__(self, group: Group, tally: Tally, cluster: Cluster | None) -> None:
        self.group, self.tally, self._cluster = group, tally, cluster
        self._askers = Askers(group.uow, group.port) if group.port else None
        self.open: list[Batch] = []

    def run(self, fault: str, seed: int) -> None:
        """Lay effects down and have the fault among them; what becomes of them is judged when they are settled."""
        chance = Random(seed)
        batch = self._lay_down(seed, chance)
        if self._askers:
            self._askers.begin(batch.asked, seed)
        came = self.group.arrivals.times.total()
        self._until(lambda: self.group.arrivals.times.total() > came, STARTING_SECONDS)
        FAULTS[fault](self, chance)
        if self._askers:
            self._askers.end()
        batch.last = self._newest()
        self.open.append(batch)
        self._until(lambda: self._left(batch) <= MOST_LEFT, SETTLED_SECONDS)

    def judge(self, *, last: bool = False) -> None:
        """Tell what is wrong with the runs that are over; waits for all of them where it was the ``last``."""
        if last:
            self._until(lambda: not any(self._left(batch) for batch in self.open), SETTLED_SECONDS)
        for batch in list(self.open):
            if not self._left(batch) or last or time.monotonic() - batch.began > SETTLED_SECONDS:
                self.open.remove(batch)
                self.tally.tell(batch.seed, list(self.verdict(batch)))
        numbers = self.tally.numbers
        allowed = numbers["kills in the gap"] + self.group.arrivals.broken + numbers["arrivals as the database went"]
        if last and numbers["other mails doubled"] > allowed:
            self.tally.wrong += 1
            print(f"More mails were doubled than the {allowed} kills and broken connections that fell into a gap.")

    def killed(self, chance: Random) -> None:
        """Kill machines, most often a worker just when something has arrived through it."""
        others = [machine for machine in self.group.machines if machine.door is None]
        workers = [machine for machine in self.group.machines if machine.door]
        for _ in range(chance.randint(2, 4)):
            machine = chance.choice(others if others and chance.random() < 0.3 else workers)
            whole = chance.random() < 0.5
            if machine.door and chance.random() < 0.7:
                self.kill_in_gap(machine, whole=whole, after=chance.choice((0.0, 0.0, chance.uniform(0.0005, 0.01))))
            else:
                self._until(lambda: False, chance.uniform(0, 0.7))
                self._kill(machine, whole=whole)

    def with_mail_server(self, chance: Random, *, each: int = 6) -> None:
        """Have the mail server refuse, hang, and drop connections, with the mail and without it: ``each`` so often."""
        for machine in self.group.machines:
            if machine.door:
                moods = [*MOODS * each]
                chance.shuffle(moods)
                machine.door.moods.extend(moods)
                self.tally.numbers.update(f"mails it {mood}" for mood in moods)

    def with_database_away(self, chance: Random) -> None:
        """Take the database away for ten seconds: the server stopped at once, or the file locked."""
        self._until(lambda: False, chance.uniform(0.2, 1))
        url = self.group.uow.engine.url
        self.tally.numbers["databases away"] += 1
        if self._cluster is None:
            with closing(sqlite3.connect(str(url.database), isolation_level=None, timeout=30)) as connection:
                connection.execute("BEGIN EXCLUSIVE")
                time.sleep(AWAY_SECONDS)
                connection.execute("ROLLBACK")
            return
        before = Counter(self.group.arrivals.times)
        time.sleep(2)
        self._cluster.stop(at_once=True)
        time.sleep(AWAY_SECONDS)
        self._cluster.start()
        self.group.uow.engine.dispose()
        # What arrived in that moment could not be written down: to whoever brought it that is as if it had been killed.
        came = self.group.arrivals.times - before
        self.tally.numbers["arrivals as the database went"] += sum(self.group.arrivals.is_gap(key) for key in came)

    def kill_in_gap(self, machine: Machine, *, whole: bool, after: float = 0) -> None:
        """Kill a worker so many seconds after something has arrived through it, and before that is answered for 0."""
        self.spring(machine, self.set_trap(machine, whole=whole, after=after), whole=whole)

    def set_trap(self, machine: Machine, *, whole: bool, after: float = 0) -> Event:
        """Have a worker killed so at what arrives next through it; what is returned is set when that has happened."""
        sprung, door = Event(), machine.door
        assert door is not None

        def spring() -> None:
            machine.shoot(whole=whole)
            sprung.set()

        door.trap_after, door.trap = after, spring
        return sprung

    def spring(self, machine: Machine, sprung: Event, *, whole: bool) -> None:
        """Wait for the trap, no longer than something is left that could arrive, and count what the kill fell into."""
        self._until(lambda: sprung.is_set() or not self._left(), TRAP_SECONDS)
        assert machine.door is not None
        machine.door.trap = None
        self._kill(machine, whole=whole)

    def _kill(self, machine: Machine, *, whole: bool) -> None:
        in_gap = self.group.kill(machine, whole=whole)
        self.tally.numbers[f"{machine.name.rstrip('123')}s killed"] += 1
        self.tally.numbers["kills in the gap"] += bool(in_gap)
        self.tally.numbers["effects in the gap"] += in_gap

    def _lay_down(self, seed: int, chance: Random) -> Batch:
        batch = Batch(seed, self._newest())
        kinds = [kind for kind, number in NOTES.items() for _ in range(number)]
        chance.shuffle(kinds)
        with self.group.uow.begin(OPERATOR) as work:
            for number, kind in enumerate(kinds):
                work.send(kind, f"{kind}/{batch.first}/{seed}/{number}", {})
        self.tally.numbers["effects"] += len(kinds)
        return batch

    def _newest(self) -> int:
        with self.group.uow.read(OPERATOR) as work:
            return int(work.connection.scalar(select(func.max(OutboxRow.c.id))) or 0)

    def _left(self, batch: Batch | None = None) -> int:
        """How many effects of a run, or of all, are not settled yet."""
        query = select(func.count()).where(
            OutboxRow.c.state.in_((State.DUE, State.UNDER_WAY)), OutboxRow.c.kind != "job"
        )
        if batch:
            query = query.where(OutboxRow.c.id > batch.first, OutboxRow.c.id <= batch.last)
        with self.group.uow.read(OPERATOR) as work:
            return int(work.connection.scalar(query) or 0)

    def _until(self, happened: Callable[[], bool], seconds: float) -> None:
        until = time.monotonic() + seconds
        while not happened() and time.monotonic() < until:
            self.group.look_after()
            time.sleep(0.02)

    def verdict(self, batch: Batch) -> Iterator[str]:
        """What is wrong with a run whose effects are settled, a sentence each."""
        self.group.look_after()
        query = select(OutboxRow.c.kind, OutboxRow.c.key, OutboxRow.c.state, OutboxRow.c.error)
        with self.group.uow.read(OPERATOR) as work:
            query = query.where(OutboxRow.c.id > batch.first, OutboxRow.c.id <= batch.last, OutboxRow.c.kind != "job")
            rows = work.all(query)
        for row in rows:
            known_as = arrives_as(row.kind, row.key)
            times, gaps = self.group.arrivals.times[known_as], self.group.arrivals.gaps[known_as]
            if row.kind == "note.report":
                times, gaps = self.group.files[sha256(row.key.encode()).hexdigest()[:16]], 0
            elif row.kind == "note.records":
                self.tally.numbers["posts the webhook knew already"] += max(0, times - 1)
                if known_as not in self.group.webhook.kept:
                    yield f"{row.key} never came to the webhook"
            elif row.kind == "note.reminder":
                self.tally.numbers["reminders perhaps sent"] += row.state == State.PERHAPS_SENT
                self.tally.numbers["reminders doubled"] += max(0, times - 1)
                gaps = 0
            else:
                self.tally.numbers["other mails doubled"] += max(0, times - 1)
            if row.state == State.DONE and not times:
                yield f"{row.key} is done and never arrived"
            elif row.state not in ALLOWED.get(row.kind, {State.DONE}):
                yield f"{row.key} is {row.state} ({row.error})"
            if times > 1 + gaps:
                yield f"{row.key} arrived {times} times, and {gaps} kills or broken connections fell into its gap"
        yield from self._unanswered(batch)

    def _unanswered(self, batch: Batch) -> Iterator[str]:
        if self._askers:
            self.tally.numbers["links asked for"] += batch.asked.total()
            for address, number in batch.asked.items():
                if (came := self._askers.links_to(address)) < number:
                    yield f"{address} was promised {number} links, and {came} are in the outbox"


MOST_LEFT = 12
"""So few effects of a run may wait for a worker that was killed to be missed, while the next run begins."""
ALLOWED: Mapping[str, set[State]] = {"note.reminder": {State.DONE, State.PERHAPS_SENT}}
"""How an effect may stand at the end, where it isn't done."""
FAULTS: Mapping[str, Callable[[Fire, Random], None]] = {
    "killed": Fire.killed,
    "mail-server": Fire.with_mail_server,
    "database-away": Fire.with_database_away,
}


@contextmanager
def installation(database: str, **numbers: int) -> Iterator[tuple[Group, Cluster | None]]:
    """A fresh record on SQLite or PostgreSQL, with everything that runs on it: so many workers, clocks and webs."""
    folder = Path(tempfile.mkdtemp(prefix="quarterday-faults-"))
    try:
        if database == "sqlite":
            with _running(f"sqlite:///{folder}/record.db", folder, numbers) as group:
                yield group, None
            return
        with running_cluster(durable=True) as cluster, _running(cluster.url(), folder, numbers) as group:
            yield group, cluster
    finally:
        shutil.rmtree(folder)


@contextmanager
def _running(url: str, folder: Path, numbers: Mapping[str, int]) -> Iterator[Group]:
    engine = lay_down(url)
    group = Group(UnitOfWork(engine), folder, **numbers)
    try:
        group.start()
        yield group
    finally:
        group.stop()
        engine.dispose()


def lay_down(url: str) -> Engine:
    """An empty record."""
    engine = open_engine(url)
    upgrade(engine)
    return engine


def soak(tally: Tally, runs: int, first: int, **numbers: int) -> None:
    """Run after run on one installation, each with the next seed."""
    with installation(tally.database, **numbers) as (group, cluster):
        fire = Fire(group, tally, cluster)
        for seed in range(first, first + runs):
            fire.run(tally.fault, seed)
            fire.judge(last=seed == first + runs - 1)
            if not seed % 10:
                tally.say()
        tally.numbers["ends by itself"] += sum(len(machine.ends) for machine in group.machines)


def soak_nights(tally: Tally, runs: int, first: int) -> None:
    """Three clocks through both nights of the year in which the clock is changed, again and again."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        cluster = stack.enter_context(running_cluster(durable=True)) if tally.database == "postgresql" else None
        for seed in range(first, first + runs):
            url = cluster.create(f"night_{seed}") if cluster else f"sqlite:///{folder}/{seed}.db"
            lay_down(url).dispose()
            tally.tell(seed, list(gone_through(url, NIGHTS[seed % 2], seed=seed, clocks=3, hours=26, kills=8)))
            tally.numbers["clocks killed"] += 8


GROUPS = {"sqlite": (1, 1, 1), "postgresql": (3, 3, 1)}
"""How many workers, clocks and webs run on each database."""


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--on", choices=GROUPS, action="append", help="one database; both where none is named")
    words.add_argument("--what", choices=RUNS, action="append", help="one sort of fault; every sort if none is named")
    words.add_argument("--runs", type=int, help=", ".join(f"{number} for {what}" for what, number in RUNS.items()))
    words.add_argument("--seed", type=int, default=1, help="of the first run; the next has the next")
    said = words.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that nothing is left that runs
    wrong = 0
    for database in said.on or GROUPS:
        workers, clocks, webs = GROUPS[database]
        for fault in said.what or RUNS:
            tally, runs = Tally(database, fault), said.runs or RUNS[fault]
            if fault == "nights":
                soak_nights(tally, runs, said.seed)
            else:
                soak(tally, runs, said.seed, workers=workers, clocks=clocks, webs=webs)
            tally.say()
            wrong += tally.wrong
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
