"""An installation as a group of processes that are killed and started again, each with a data folder of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from mail_server import free_port
from notes import DOMAIN, installed_in
from receivers import Arrivals, Door, MailServer, Webhook, key_of_file
from sqlalchemy import select

from quarterday.db.models import OutboxRow
from quarterday.db.outbox import State
from quarterday.db.work import Actor, UnitOfWork
from quarterday.services.messages.mime import message_id

PYTHON = [sys.executable, "-c"]
WORKER = [*PYTHON, "import notes; notes.main()"]
QUARTERDAY = [*PYTHON, "from quarterday.cli.main import main; main()"]
MARK = "FAULTS_MACHINE"
"""The variable by which the processes of a machine are known, children and all."""
READING_SECONDS = 0.2
"""How long the servers may take to read what was sent before a kill."""
PATIENCE = 5
"""How many seconds a worker waits for the mail server; one that had no time to answer would count as nobody's fault."""
OUTLIVE_SECONDS = 30.0
"""How long children may outlive the process that was killed."""


class Outlived(RuntimeError):
    """A child that goes on although the process that started it was killed."""


@dataclass
class Machine:
    """One process and its children."""

    name: str
    words: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    door: Door | None = None
    """Through which its effects arrive, if it is a worker."""
    process: subprocess.Popen[bytes] | None = None
    ends: list[int] = field(default_factory=list)
    """How it ended each time that nobody killed it."""

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.words, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )

    def look_after(self) -> None:
        """Start it again where it has ended by itself, as whatever supervises a machine does."""
        if self.process is not None and (code := self.process.poll()) is not None:
            self.ends.append(code)
            self.start()

    def kill(self, *, whole: bool) -> None:
        """``kill -9``: the process alone, or its children too, as when a machine goes; returns when all are gone."""
        self.shoot(whole=whole)
        process, self.process = self.process, None
        if process is not None:
            process.wait()
        until = time.monotonic() + OUTLIVE_SECONDS
        while self._alive():
            if time.monotonic() > until:
                raise Outlived(f"A child of {self.name} outlives it by {OUTLIVE_SECONDS:g} seconds.")
            time.sleep(0.005)

    def shoot(self, *, whole: bool) -> None:
        """Only send the signals."""
        there = [self.process.pid] if self.process is not None else []
        for pid in self._alive() if whole else there:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def stop(self) -> None:
        """End it in order."""
        process, self.process = self.process, None
        if process is not None:
            process.terminate()
            process.wait(60)

    def _alive(self) -> list[int]:
        mark = f"{MARK}={self.environment[MARK]}\0".encode()
        found = []
        for path in Path("/proc").glob("[0-9]*/environ"):
            try:
                if mark in path.read_bytes():
                    found.append(int(path.parent.name))
            except OSError:  # it has just gone, or is a zombie
                continue
        return found


class Group:
    """Web, clocks and workers on one record, and the servers that their effects arrive at."""

    def __init__(
        self, uow: UnitOfWork, folder: Path, *, workers: int, clocks: int, webs: int, careless: bool = False
    ) -> None:
        self.uow = uow
        self.arrivals = Arrivals()
        self.folder = folder / "reports"
        self.folder.mkdir(parents=True)
        self._parts = folder
        self._paths = os.pathsep.join(map(str, installed_in(folder / "installed")))
        doors = [Door(f"worker{number}", self.arrivals) for number in range(1, workers + 1)]
        self.webhook = Webhook(doors)
        self.mail_servers = [MailServer(door) for door in doors]
        self.machines = [self._machine(door.name, [*WORKER, *["careless"] * careless], door) for door in doors]
        self.machines += [self._machine(f"clock{number}", [*QUARTERDAY, "clock"]) for number in range(1, clocks + 1)]
        self.port = 0
        """Where the pages answer."""
        self.machines += [self._web(number) for number in range(1, webs + 1)]
        self.files: Counter[str] = Counter()
        """How often a report has come into the folder, which is emptied; by what its name has of the key."""

    def start(self) -> None:
        for server in (self.webhook, *self.mail_servers):
            server.start()
        for machine in self.machines:
            machine.start()

    def stop(self) -> None:
        for machine in self.machines:
            machine.stop()
        for server in (self.webhook, *self.mail_servers):
            server.stop()

    def look_after(self) -> None:
        """Start what has ended by itself, and empty the folder."""
        for machine in self.machines:
            machine.look_after()
        for path in self.folder.glob("*.txt"):
            self.files[key_of_file(path.name)] += 1
            path.unlink()

    def kill(self, machine: Machine, *, whole: bool) -> int:
        """Kill a machine and start it again; returns how much had arrived through it and wasn't settled."""
        machine.kill(whole=whole)
        time.sleep(READING_SECONDS)
        in_gap = sum(
            self.arrivals.last.get(key) == machine.name and self.arrivals.is_gap(key) for key in self._under_way()
        )
        machine.start()
        return in_gap

    def _under_way(self) -> list[str]:
        with self.uow.read(Actor.operator("test")) as work:
            rows = work.all(select(OutboxRow.c.kind, OutboxRow.c.key).where(OutboxRow.c.state == State.UNDER_WAY))
        return [arrives_as(row.kind, row.key) for row in rows]

    def _machine(self, name: str, words: Sequence[str], door: Door | None = None, **more: str) -> Machine:
        place = self._parts / name
        place.mkdir()
        said = {
            "DATA_DIR": str(place),
            "DATABASE_URL": self.uow.engine.url.render_as_string(hide_password=False).replace("+psycopg", ""),
            "SECRET_KEY": "a key for tests, of which nobody is to think much",
            "PUBLIC_URL": "http://127.0.0.1:1",
            "FOLDER__FOLDER": str(self.folder),
            "WEBHOOK__URL": f"{self.webhook.address}/{name}",
            "SCHEDULER__SENDER": f"returns@{DOMAIN}",
            "SCHEDULER__HOST": "127.0.0.1",
            "SCHEDULER__PORT": str(door.port if door else 1),
            "SCHEDULER__TLS": "none",
            "SCHEDULER__SECONDS": str(PATIENCE),
            "IMPORT_SECONDS": "60",  # all the machines start at once on the processors of one
        }
        plain = {name: text for name, text in os.environ.items() if not name.startswith("QUARTERDAY_")}
        paths = os.pathsep.join(filter(None, (self._paths, plain.get("PYTHONPATH"))))
        environment = {**plain, "PYTHONPATH": paths, MARK: f"{self._parts}/{name}", **more}
        environment |= {f"QUARTERDAY_{name}": text for name, text in said.items()}
        return Machine(name, words, environment, place / "log", door)

    def _web(self, number: int) -> Machine:
        self.port = free_port()
        words = [*QUARTERDAY, "serve", "--workers", "1", "--proxies", "1", "--port", str(self.port)]
        return self._machine(f"web{number}", words)


def arrives_as(kind: str, key: str) -> str:
    """By what an effect is known where it arrives: a mail by its Message-ID, the others by their key."""
    return message_id(key, DOMAIN) if kind.startswith(("mail.", "note.mail", "note.reminder")) else key
