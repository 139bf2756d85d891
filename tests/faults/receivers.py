"""Who effects arrive at: mail servers and a webhook of the harness's own, which count, and misbehave on demand.

Each worker has a door of its own to both, so that it is known through whom something came.
"""
# ruff: noqa: N802 - the names by which the servers call their handlers

from __future__ import annotations

import asyncio
import re
from collections import Counter, deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread, Timer
from typing import Any

from aiosmtpd.controller import Controller
from mail_server import free_port

LONG = 3600.0
"""Seconds that a server which hangs takes."""


@dataclass
class Arrivals:
    """What has arrived, each time it has, by its key: for a mail, its Message-ID."""

    times: Counter[str] = field(default_factory=Counter)
    last: dict[str, str] = field(default_factory=dict)
    """Through whom each came last."""
    gaps: Counter[str] = field(default_factory=Counter)
    """How often something arrived and whoever brought it could not know: it was killed, or never got an answer."""
    broken: int = 0
    """How often that was because the receiver broke the connection."""
    _counted: Counter[str] = field(default_factory=Counter)
    _lock: Any = field(default_factory=Lock)

    def note(self, key: str, through: str) -> None:
        with self._lock:
            self.times[key] += 1
            self.last[key] = through

    def is_gap(self, key: str) -> bool:
        """Whether its last arrival fell into a gap that wasn't counted yet; it is counted then."""
        with self._lock:
            is_new = self.times[key] > self._counted[key]
            self.gaps[key] += is_new
            self._counted[key] = self.times[key]
            return is_new


@dataclass
class Door:
    """One worker's way in: what happens to the next that come, and what is done when something has arrived."""

    name: str
    arrivals: Arrivals
    moods: deque[str] = field(default_factory=deque)
    """For one mail each: ``refuses``, ``hangs``, ``hangs with it``, ``drops``."""
    trap: Callable[[], None] | None = None
    """Done once, when something has arrived and isn't answered yet."""
    trap_after: float = 0.0
    """So many seconds after the answer instead, where it isn't 0."""
    port: int = 0

    def arrived(self, key: str) -> None:
        self.arrivals.note(key, self.name)
        trap, self.trap = self.trap, None
        if trap and self.trap_after:
            Timer(self.trap_after, trap).start()
        elif trap:
            trap()


class MailServer:
    """A mail server behind one door."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self._callers: set[Any] = set()
        door.port = free_port()

    def start(self) -> None:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.door.port)
        self._controller.start()

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._hang_up(), self._controller.loop).result(10)
        self._controller.stop()

    async def _hang_up(self) -> None:
        for caller in self._callers:
            if caller.transport is not None:
                caller.transport.abort()
        ours = asyncio.current_task()
        for task in asyncio.all_tasks() - {ours}:
            if "_handle_client" in repr(task):  # it may hang
                task.cancel()
        await asyncio.sleep(0.05)

    async def handle_EHLO(self, server: Any, session: Any, envelope: Any, hostname: str, responses: Any) -> Any:
        self._callers.add(server)
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        envelope.rcpt_tos.append(address)
        envelope.mood = self.door.moods.popleft() if self.door.moods else ""
        if envelope.mood == "hangs":
            await asyncio.sleep(LONG)
        return "451 come again later" if envelope.mood == "refuses" else "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        key = str(message_from_bytes(envelope.content)["Message-ID"])
        self.door.arrived(key)
        if envelope.mood in ("drops", "hangs with it"):
            self.door.arrivals.broken += self.door.arrivals.is_gap(key)
        if envelope.mood == "drops":
            server.transport.abort()
        elif envelope.mood == "hangs with it":
            await asyncio.sleep(LONG)
        return "250 OK"


class Webhook:
    """A webhook that keeps keys: the same one again is answered as before, and nothing happens a second time."""

    def __init__(self, doors: Iterable[Door]) -> None:
        self.kept: dict[str, bytes] = {}
        by_name = {door.name: door for door in doors}
        kept = self.kept

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                key = self.headers["Idempotency-Key"]
                kept.setdefault(key, body)
                by_name[self.path.strip("/")].arrived(key)
                with suppress(OSError):  # whoever asked was killed
                    self.send_response(200)
                    self.end_headers()

            def log_message(self, *said: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self.close()

    def close(self) -> None:
        """Give its port back."""
        self._server.server_close()


def key_of_file(name: str) -> str:
    """What the folder sink has put into a file's name of its key."""
    found = re.search(r"\.([0-9a-f]{16})\.", name)
    assert found, name
    return found[1]
