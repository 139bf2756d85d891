"""The machines that docs/how-to/run-on-many-machines.md shows, as processes of this one, by the page's own files."""

from __future__ import annotations

import os
import re
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from pwd import getpwuid

from mail_server import Desk, a_certificate, free_port
from running import Answer, Visitor
from town import QUARTERDAY

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "run-on-many-machines.md"
NGINX = "/usr/sbin/nginx"
BUCKET = "exampleshire-evidence"
KEY, SECRET = "quarterday-tests", "a-secret-of-usual-length-0123456789"
MAIN_CONF = """
user {user};
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/quarterday.conf;
}}
"""


def file_of_page(name: str, instead: Mapping[str, str]) -> str:
    """A file as the page shows it, with the names of its machines and places replaced by what they are here."""
    found = re.search(rf"^```\w+ {re.escape(name)}\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    assert found, f"The page shows no {name}."
    text = found[1]
    for there, here in instead.items():
        assert there in text, f"{name} on the page doesn't say {there}."
        text = text.replace(there, here)
    return text


@dataclass
class Guest(Visitor):
    """A visitor who comes by https, as a browser does, and trusts the certificate."""

    certificate: str = ""

    def connection(self) -> HTTPConnection:
        context = ssl.create_default_context(cafile=self.certificate)
        return HTTPSConnection("127.0.0.1", self.port, timeout=60, context=context)

    def ask(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        return super().ask(method, path, body, {**headers, "Referer": f"https://127.0.0.1:{self.port}/"})


@dataclass
class Machine:
    """One process that stands for a machine: its name, and the command it runs."""

    name: str
    words: tuple[str, ...]
    folder: Path
    port: int = 0
    """Where it listens, if it does."""
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def start(self) -> None:
        """Start it, in its own data folder."""
        environment = {name: text for name, text in os.environ.items() if not name.startswith("QUARTERDAY_")}
        environment["QUARTERDAY_IMPORT_SECONDS"] = "60"  # all the machines start at once on the processors of one
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*QUARTERDAY, "--data", str(self.folder), *self.words],
                env=environment, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def answers(self) -> bool:
        """Whether its pages do."""
        try:
            return Visitor(self.port).get("/readyz").status == 200
        except OSError:
            return False

    def kill(self) -> None:
        """Pull its plug: ``kill -9`` to all its processes."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """End it as an operator would."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(40)


@dataclass
class Machines:
    """All of them, what stands before them and what they share."""

    port: int
    certificate: Path
    office: Path
    """The data folder from which the test itself looks at the record."""
    by_name: dict[str, Machine] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    def guest(self) -> Guest:
        """Somebody with a browser of their own."""
        return Guest(self.port, certificate=str(self.certificate))


def eventually(happened: Callable[[], bool], why: Callable[[], str] = lambda: "", *, seconds: float = 60) -> None:
    """Wait until it has happened."""
    until = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < until, f"It didn't happen within {seconds:g} seconds. {why()}"
        time.sleep(0.05)


@contextmanager
def standing(folder: Path, database_url: str, desk: Desk) -> Iterator[Machines]:
    """nginx and S3 that run, and the machines with their settings, of which none is started yet."""
    shared = folder / "shared"
    (shared / "buckets" / BUCKET).mkdir(parents=True)
    certificate = a_certificate(shared)
    port, s3, webs = free_port(), free_port(), (free_port(), free_port())
    (shared / "database-url").write_text(database_url)
    (shared / "secret.key").write_text("a key for tests, of which nobody is to think much")
    (shared / "evidence.json").write_text(
        f'{{"key": "{KEY}", "secret": "{SECRET}", "client_kwargs": {{"endpoint_url": "http://127.0.0.1:{s3}"}}}}'
    )
    settings = file_of_page(
        "quarterday.toml",
        {
            "https://returns.example.gov.uk": f"https://127.0.0.1:{port}",
            "/etc/quarterday/": f"{shared}/",
            'host = "smtp.example.gov.uk"': f'host = "127.0.0.1"\nport = {desk.port}\ntls = "none"',
        },
    )
    before = file_of_page(
        "quarterday.conf",
        {
            "web1.internal:8000": f"127.0.0.1:{webs[0]}",
            "web2.internal:8000": f"127.0.0.1:{webs[1]}",
            "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
            "/etc/quarterday/returns.pem": str(certificate),
            "/etc/quarterday/returns.key": str(certificate),
        },
    )
    (shared / "quarterday.conf").write_text(before)
    (shared / "nginx.conf").write_text(MAIN_CONF.format(folder=shared, user=getpwuid(os.geteuid()).pw_name))
    machines = Machines(port, certificate, folder / "office")
    serve = ("serve", "--workers", "1", "--proxies", "1", "--port")
    words = {f"web{number}": (*serve, str(web)) for number, web in enumerate(webs, 1)}
    words |= {"clock1": ("clock",), "clock2": ("clock",)} | {f"worker{number}": ("worker",) for number in (1, 2, 3)}
    for name in ("office", *words):
        (folder / name).mkdir()
        (folder / name / "quarterday.toml").write_text(settings)
    machines.by_name = {name: Machine(name, said, folder / name) for name, said in words.items()}
    for name, web in zip(("web1", "web2"), webs, strict=True):
        machines.by_name[name].port = web
    rclone = [str(Path(sys.executable).parent / "rclone"), "serve", "s3", "--addr", f"127.0.0.1:{s3}"]
    rclone += ["--auth-key", f"{KEY},{SECRET}", "--config", str(shared / "none"), str(shared / "buckets")]
    beside = [
        subprocess.Popen(rclone, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL),
        subprocess.Popen([NGINX, "-c", str(shared / "nginx.conf"), "-p", str(shared), "-e", str(shared / "nginx.log")]),
    ]
    try:
        yield machines
    finally:
        for machine in machines.by_name.values():
            machine.stop()
        for one in beside:
            one.terminate()
            one.wait(20)
