"""A stand-in for GOV.UK Notify on this machine: it checks each request's token, and does as it is told."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import jwt
import pytest

SERVICE = "26785a09-ab16-4eb0-8407-a37497a57506"
SECRET = "3d844edf-8d35-48ac-975b-e847b4f122b0"
TEMPLATE = "f33517ff-2a88-4f6e-b855-c550268ce08a"


@dataclass
class Notify:
    """What it has, and how it answers the next requests."""

    port: int = 0
    sent: list[dict[str, Any]] = field(default_factory=list)
    answers: list[tuple[int, Any]] = field(default_factory=list)
    """What it answers instead of acting, one request after the other."""
    forgets_to_answer: bool = False
    """Whether it acts on what is sent next, and hangs up instead of answering."""
    late: float = 0.0
    """How long it takes over an answer, in seconds."""
    requests: list[str] = field(default_factory=list)
    turn: Lock = field(default_factory=Lock)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def settings(self, **more: object) -> dict[str, object]:
        """Settings with which it is reached."""
        return {"api_key": f"live-{SERVICE}-{SECRET}", "template": TEMPLATE, "address": self.address, **more}

    def wrong_token(self, said: str) -> str:
        """Why a request isn't believed, as GOV.UK Notify says it; "" where it is."""
        scheme, _, token = said.partition(" ")
        if scheme != "Bearer":
            return "Unauthorized: authentication token must be provided"
        try:
            claims = jwt.decode(token, SECRET, algorithms=["HS256"], options={"require": ["iss", "iat"]}, leeway=30)
        except jwt.InvalidTokenError:
            return "Invalid token: signature, api token not found"
        if claims["iss"] != SERVICE:
            return "Invalid token: service not found"
        if abs(time.time() - claims["iat"]) > 30:
            return "Error: Your system clock must be accurate to within 30 seconds"
        return ""


class Handler(BaseHTTPRequestHandler):
    notify: Notify

    def do_GET(self) -> None:
        wanted = parse_qs(urlsplit(self.path).query).get("reference", [""])[0]
        if not self._refused():
            found = [one for one in reversed(self.notify.sent) if one["reference"] == wanted]
            self._answer(200, {"notifications": found, "links": {"current": self.path}})

    def do_POST(self) -> None:
        said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self._refused():
            return
        made = {"id": str(uuid4()), **said}
        with self.notify.turn:
            self.notify.sent.append(made)
        if self.notify.forgets_to_answer:
            self.notify.forgets_to_answer = False
            self.close_connection = True
            return
        self._answer(201, {"id": made["id"], "reference": said["reference"]})

    def _refused(self) -> bool:
        self.notify.requests.append(f"{self.command} {urlsplit(self.path).path}")
        time.sleep(self.notify.late)
        if why := self.notify.wrong_token(self.headers.get("Authorization", "")):
            self._answer(403, {"errors": [{"error": "AuthError", "message": why}], "status_code": 403})
        elif self.notify.answers:
            self._answer(*self.notify.answers.pop(0))
        else:
            return False
        return True

    def _answer(self, status: int, said: Any) -> None:
        body = said if isinstance(said, bytes) else json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Whoever asked has gone: a test that doesn't wait."""


@pytest.fixture
def notify() -> Iterator[Notify]:
    """GOV.UK Notify, as far as its service of that key is concerned."""
    notify = Notify()
    server = Server(("127.0.0.1", 0), type("Its", (Handler,), {"notify": notify}))
    notify.port = server.server_address[1]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield notify
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder."""
    (tmp_path / "data").mkdir()
    monkeypatch.setenv("QUARTERDAY_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"
