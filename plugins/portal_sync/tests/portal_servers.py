"""Portals on this machine: the simulated one, and one that answers as it is told, however badly."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from time import sleep
from typing import Any

from flask import request
from werkzeug.serving import BaseWSGIServer

from quarterday import Document, DocumentKind
from quarterday_portal_sync.portal import Portal
from quarterday_portal_sync.portal_settings import PortalSettings
from quarterday_portal_sync.simulator.app import make_app
from quarterday_portal_sync.simulator.auth import Access
from quarterday_portal_sync.simulator.faults import Fault, Faults
from quarterday_portal_sync.simulator.running import Running
from quarterday_portal_sync.simulator.server import serving
from quarterday_portal_sync.simulator.store import Store

KEY = "key-of-the-portal-tests"
CLIENT, SECRET = "quarterday", "client-secret-of-the-tests"


@dataclass
class Simulated:
    """The simulated portal, its store, and settings with which it is reached."""

    store: Store
    faults: Faults
    address: str
    bodies: list[bytes]
    """What was posted to it, as it arrived."""

    def settings(self, **more: object) -> dict[str, Any]:
        """By API key, unless said otherwise."""
        return {
            "transport": "web",
            "mapping": "simulator",
            "web_address": self.address,
            "web_key": KEY,
            "web_patience": 5,
            **more,
        }

    def portal(self, **more: object) -> Portal:
        """As the host makes it."""
        return Portal(PortalSettings.model_validate(self.settings(**more)))

    def show(self, **faults: Fault) -> None:
        """Have it show faults from now on, and no others."""
        self.faults.switch(faults, seed=1)


@contextmanager
def simulated(folder: Path, tls: ssl.SSLContext | None = None) -> Iterator[Simulated]:
    """The simulated portal, without records."""
    store, faults = Store(folder), Faults()
    app = make_app(Running(store, Access(KEY, CLIENT, SECRET), faults))
    bodies: list[bytes] = []

    @app.before_request
    def listen() -> None:
        if request.method == "POST":
            bodies.append(request.get_data())

    server = serving(app, 0, tls)
    with served(server):
        yield Simulated(store, faults, f"{'https' if tls else 'http'}://127.0.0.1:{server.port}", bodies)
    store.close()


@dataclass(frozen=True)
class Reply:
    """One answer."""

    data: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    sends: int | None = None
    """How many bytes of the body come before it hangs up; None for all."""
    drips: float = 0.0
    """How long it waits before each byte, in seconds."""
    hangs_up: bool = False
    """Whether it closes without any answer."""

    @property
    def body(self) -> bytes:
        return self.data if isinstance(self.data, bytes) else json.dumps(self.data).encode()


@dataclass(frozen=True)
class Asked:
    """One request that came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def records(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.body)["records"]
        return found


@dataclass
class Told:
    """A portal that answers as it is told: the replies to a path one after the other, the last one again and again."""

    address: str = ""
    replies: dict[str, list[Reply]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    turn: Lock = field(default_factory=Lock)

    def settings(self, **more: object) -> dict[str, Any]:
        """With which it is reached; impatient, so that no test waits."""
        key = {"web_key": KEY, "web_patience": 2}
        return {"transport": "web", "mapping": "simulator", "web_address": self.address, **key, **more}

    def portal(self, **more: object) -> Portal:
        """As the host makes it."""
        return Portal(PortalSettings.model_validate(self.settings(**more)))

    def reply(self, asked: Asked) -> Reply:
        with self.turn:
            self.asked.append(asked)
            waiting = self.replies.get(asked.path.partition("?")[0], [Reply({"error": "nothing is here"}, 404)])
            return waiting.pop(0) if len(waiting) > 1 else waiting[0]


@contextmanager
def told(tls: ssl.SSLContext | None = None) -> Iterator[Told]:
    """A portal that answers as it is told."""
    portal = Told()

    class Answering(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            portal.connections += 1
            super().setup()

        def do_GET(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            reply = portal.reply(Asked(self.command, self.path, dict(self.headers), content))
            if reply.hangs_up:
                self.close_connection = True
                return
            self.send_response(reply.status)
            for name, value in {"Content-Type": "application/json", **reply.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            body = reply.body[: reply.sends]
            for piece in [body] if not reply.drips else [bytes([one]) for one in body]:
                sleep(reply.drips)
                self.wfile.write(piece)
            self.close_connection = reply.sends is not None

        def do_POST(self) -> None:
            self.do_GET()

        def do_PUT(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """Whoever asked has gone."""

    server = Server(("127.0.0.1", 0), Answering)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    portal.address = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
    with served(server):
        yield portal


@contextmanager
def served(server: BaseWSGIServer | ThreadingHTTPServer) -> Iterator[None]:
    """Have a server answer meanwhile."""
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def contract(number: int = 1, **more: str) -> dict[str, Any]:
    """A contract of ours, as a document of records has it."""
    fields = {"contract": f"C-{number}", "title": "Upkeep of parks", "supplier": "Greenleaf Grounds Ltd"}
    fields |= {"supplier_number": "GB-COH-01234567", "starts": "2026-04-01", "ends": "2029-03-31"}
    return _record("contract", number, fields, **more)


def entry(number: int, measure: str = "NT9", **more: str) -> dict[str, Any]:
    """An entry of ours on the first contract."""
    fields = {"contract": "C-1", "measure": measure, "unit": "weeks", "first": "2026-04-01", "last": "2026-06-30"}
    return _record("entry", number, {**fields, "quantity": str(number), "share": "1"}, **more)


def _record(kind: str, number: int, fields: dict[str, str], **more: str) -> dict[str, Any]:
    marks = {"send": f"{kind}-{number}-1-abc", "external_id": "", "version": "", "words": ""}
    return {"record": kind, "key": f"{kind}/{number}", "fields": fields, **marks, **more}


def document(*records: Mapping[str, Any]) -> Document:
    """A document of records."""
    lines = "\n".join(map(json.dumps, records))
    return Document(DocumentKind.RECORDS, "records.jsonl", "application/x-ndjson", lines.encode())
