"""A copy of the town, served by ``quarterday serve`` as an operator would, and visitors who need no browser."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from html import unescape
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import town as towns
from town import QUARTERDAY, Town

from quarterday.services.record import open_record
from quarterday.testing.authenticator import code_at

ROLES = ("nobody", "supplier", "one return", "contract manager", "lead", "administrator")
"""Everybody who may come by."""
HALF_WAY = "administrator before the code"
"""Whose session can do nothing yet."""
Typed = Mapping[str, str] | Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def html(self) -> str:
        return self.body.decode()

    @property
    def is_page(self) -> bool:
        return self.headers.get("content-type", "").startswith("text/html")

    def value(self, name: str) -> str:
        """What stands in a box or a hidden field of that name."""
        if area := re.search(rf'<textarea[^>]* name="{name}"[^>]*>\r?\n?(.*?)</textarea>', self.html, re.DOTALL):
            return unescape(area[1])
        box = re.search(rf'<input[^>]* name="{name}"[^>]*', self.html)
        assert box, f"There is no box “{name}”."
        found = re.search(r' value="([^"]*)"', box[0])
        return unescape(found[1]) if found else ""


class Server:
    """One running ``quarterday serve``; killed, it starts again on the same port with the same record."""

    def __init__(self, town: Town, folder: Path, log: Path) -> None:
        self.town, self.folder = town, folder
        self._log = log
        shutil.copytree(town.folder, folder)
        with closing(socket.socket()) as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.address = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        """Start it, and wait until it can answer."""
        environment = {name: text for name, text in os.environ.items() if not name.startswith("QUARTERDAY_")}
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*QUARTERDAY, "--data", str(self.folder), "serve", "--port", str(self.port), "--workers", "1"],
                env={**environment, "QUARTERDAY_PUBLIC_URL": self.address},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        until = time.monotonic() + 60
        while not self._is_ready():
            assert self._process.poll() is None, self._log.read_text()
            assert time.monotonic() < until, self._log.read_text()
            time.sleep(0.05)

    def kill(self) -> None:
        """End all its processes as a power cut would: ``kill -9``."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        """End it as an operator would."""
        if self._process.poll() is None:
            self._process.terminate()
            self._process.wait(40)

    def link(self, role: str) -> str:
        """The path of a fresh link for somebody of the town."""
        with towns.at_home(self.folder, self.address):
            return towns.a_link(self.town, role)

    def code(self) -> str:
        """What the administrator's authenticator app shows now."""
        with towns.at_home(self.folder, self.address):
            return code_at(self.town.secret, open_record().clock())

    def visitor(self, role: str) -> Visitor:
        """Somebody of the town, signed in as they would be."""
        visitor = Visitor(self.port)
        if role == "nobody":
            visitor.get("/sign-in")
            return visitor
        link = self.link("administrator" if role == HALF_WAY else role)
        visitor.get(link)
        opened = visitor.post(link)
        assert opened.status == 303, opened.html
        if role == HALF_WAY:
            return visitor
        if role == "administrator":
            visitor.get("/sign-in/code")
            passed = visitor.post("/sign-in/code", {"code": self.code()})
            assert passed.status == 303, passed.html
        visitor.get("/account")
        return visitor

    def _is_ready(self) -> bool:
        try:
            return Visitor(self.port).get("/healthz").status == 200
        except OSError:
            return False


@dataclass
class Visitor:
    """Somebody who keeps cookies, and the token of the last page that had a form."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    token: str = ""

    def get(self, path: str) -> Answer:
        """Go to a page."""
        return self.ask("GET", path, b"", {})

    def post(self, path: str, typed: Typed = (), *, token: str | None = None) -> Answer:
        """Send a form, with the token of the last page unless another is given."""
        pairs = [("csrf_token", self.token if token is None else token)]
        pairs += list(typed.items()) if isinstance(typed, Mapping) else list(typed)
        body = urlencode(pairs).encode()
        return self.ask("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded"})

    def upload(self, path: str, name: str, content: bytes, typed: Mapping[str, str] | None = None) -> Answer:
        """Send a form with a file in its box “file”."""
        line = "quarterday-part-of-a-form"
        parts = [
            f'--{line}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{text}\r\n'.encode()
            for field, text in {"csrf_token": self.token, **(typed or {})}.items()
        ]
        head = f'--{line}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
        body = b"".join((*parts, head, content, f"\r\n--{line}--\r\n".encode()))
        return self.ask("POST", path, body, {"Content-Type": f"multipart/form-data; boundary={line}"})

    def connection(self) -> HTTPConnection:
        """A connection to the pages, not yet open."""
        return HTTPConnection("127.0.0.1", self.port, timeout=60)

    def ask(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send a request as it is, with one's cookies; keep those that come back."""
        kept = "; ".join(f"{name}={text}" for name, text in self.cookies.items())
        with closing(self.connection()) as connection:
            parts = urlsplit(path)
            address = parts.path + (f"?{parts.query}" if parts.query else "")
            connection.request(method, address, body or None, {**headers, "Cookie": kept} if kept else dict(headers))
            said = connection.getresponse()
            answer = Answer(said.status, {name.lower(): text for name, text in said.getheaders()}, said.read())
            for line in said.headers.get_all("Set-Cookie", ()):
                self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        if answer.is_page and (found := re.search(r'name="csrf_token"[^>]* value="([^"]+)"', answer.html)):
            self.token = found[1]
        return answer
