"""The processes of a soak: forked warm, killed with ``kill -9``, and none left behind.

A run of a worker, a portal and a process of a plugin each import for a second or more. A soak has thousands of them, so
they are forked from processes that have imported already; what they do then is what they always do.
"""

from __future__ import annotations

import ctypes
import json
import multiprocessing.forkserver
import os
import signal
import sqlite3
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from threading import Timer
from typing import Any

from sqlalchemy import Engine, event, select

from quarterday.db.models import PortalBatch, PortalRecord, PortalRun
from quarterday.services.plugins import process
from quarterday.services.plugins.children import Children, Order
from quarterday.services.plugins.process import Outcome
from quarterday.services.portals import answered
from quarterday.services.record import UnitOfWork
from quarterday.testing.builders import OPERATOR
from quarterday_portal_sync.simulator import app, command
from quarterday_portal_sync.simulator.testing import KEY, SimulatedPortal

Told = dict[str, Any]

_IMPORTED = [
    "jsonschema",
    "quarterday.services.plugins.child",
    "quarterday_portal_sync.mapping.file",
    "quarterday_portal_sync.plugin",
    "quarterday_portal_sync.portal",
    "quarterday_portal_sync.portal_settings",
    "quarterday_portal_sync.transports.web",
    "quarterday_portal_sync.transports.web_lists",
    "quarterday_portal_sync.transports.web_sending",
    "quarterday_portal_sync.transports.web_tls",
    "quarterday_portal_sync.transports.web_told",
    "requests",
]
_DIES_WITH_PARENT = 1
"""Of ``prctl``: PR_SET_PDEATHSIG."""

assert app, "the portals that are forked have imported what they serve"


def warm() -> None:
    """Have processes of plugins forked from one that has imported what they need; the environment is its as of now."""
    context = get_context("forkserver")
    context.set_forkserver_preload(_IMPORTED)
    server = multiprocessing.forkserver._forkserver
    server.ensure_running()
    server.ensure_running = lambda: None  # a worker, forked from here, can't wait for what isn't its child
    process.get_context = lambda _: context


def apart(work: Callable[[], Told], meanwhile: Callable[[], object] = lambda: None) -> Told | None:
    """What some work says in a process of its own; None where that was killed. Raises where it failed by itself."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            _go_with(os.getppid())
            os.close(reading)
            os.write(writing, json.dumps(work()).encode())
            os._exit(0)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(1)  # nothing of the parent's is cleared away here
    os.close(writing)
    meanwhile()
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if code not in (0, -signal.SIGKILL):
        raise RuntimeError(f"what was done apart ended with {code}")
    return dict(json.loads(said)) if code == 0 else None


def _go_with(parent: int) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    ctypes.CDLL(None).prctl(_DIES_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


class Portal(SimulatedPortal):
    """A simulated portal that is forked; what its faults did is counted over all its lives."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, ["--oauth", "council:a secret"])
        self.seen: dict[str, int] = {}
        """How many faults of each kind took effect before it was killed last."""
        self._child = 0

    def start(self) -> None:
        reading, writing = os.pipe()
        self._child = os.fork()
        if not self._child:
            try:
                _go_with(os.getppid())
                os.dup2(writing, sys.stdout.fileno())
                words = ["--port", str(self._port), "--data", str(self.folder), "--api-key", KEY, *self.options]
                command.main(words, standalone_mode=False)
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(1)
        os.close(writing)
        with os.fdopen(reading) as pipe:
            said = pipe.readline()
        if not said:
            raise RuntimeError("The simulated portal ended before it was there.")
        self.url = said.split()[-1].rstrip("/")
        self._port = int(self.url.rpartition(":")[2])

    def kill(self) -> None:
        self.seen = self.counts()
        super().kill()

    def counts(self) -> dict[str, int]:
        return {kind: number + self.seen.get(kind, 0) for kind, number in super().counts().items()}

    def _end(self, how: signal.Signals) -> None:
        if self._child:
            os.kill(self._child, signal.SIGKILL)  # what it has is on the disk, however it ends
            os.waitpid(self._child, 0)
            self._child = 0

    def keys(self) -> set[str]:
        """The idempotency keys that it knows, whether or not it is alive."""
        with closing(sqlite3.connect(self.folder / "portal.db")) as there:
            return {key for (key,) in there.execute("SELECT key FROM keys")}


class Doomed(Children):
    """What a worker does its work through; it is killed as ``kill`` says.

    ``("statement", n)``: before its n-th statement or commit. ``("answer", n)``: when the n-th delivery was answered
    and nothing of that was written down. ``("delivery", seconds)``: so long after the first delivery was handed over.
    """

    def __init__(self, engine: Engine, kill: tuple[str, float] | None) -> None:
        super().__init__()
        self._how, self._when = kill or ("", 0)
        self._answers = count(1)
        if self._how == "statement":
            moments = count(1)

            def in_turn(*_: object) -> None:
                if next(moments) == self._when:
                    _kill_this()

            for name in ("before_cursor_execute", "commit"):
                event.listen(engine, name, in_turn)

    def deliver_all(self, orders: Iterable[Order]) -> Iterator[tuple[Order, Outcome]]:
        for answer in super().deliver_all(self._counted(orders)):
            if self._how == "answer" and next(self._answers) == self._when:
                _kill_this()
            yield answer

    def _counted(self, orders: Iterable[Order]) -> Iterator[Order]:
        for order in orders:
            if self._how == "delivery":
                self._how = ""
                timer = Timer(self._when, _kill_this)
                timer.daemon = True
                timer.start()
            yield order


def _kill_this() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def where_it_fell(uow: UnitOfWork, portal: Portal) -> Told:
    """Where a worker was in its run when it was killed, by what it left behind."""
    with uow.read(OPERATOR) as work:
        under_way = work.all(
            select(PortalRecord.c.sent_key)
            .join(PortalBatch, PortalBatch.c.id == PortalRecord.c.batch_id)
            .where(PortalBatch.c.state == answered.UNDER_WAY)
        )
        unfinished = work.all(select(PortalRun.c.id).where(PortalRun.c.ended_at.is_(None)))
    there = portal.keys()
    if any(row.sent_key in there for row in under_way):
        return {"where": "between delivery and settling"}
    if under_way:
        return {"where": "between writing down and delivery"}
    return {"where": "with nothing on its way" if unfinished else "outside a run"}
