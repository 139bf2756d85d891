"""Real servers with spend files, on this machine: S3 and SFTP by rclone, web pages by the standard library."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import paramiko

Server = subprocess.Popen[bytes]
KEY, SECRET = "quarterday", "only-for-tests"


@contextmanager
def rclone(kind: str, root: Path, *options: str | Path) -> Iterator[tuple[int, Server]]:
    """rclone serving a folder; gives the port, and its process."""
    port = free_port()
    command: list[str | Path] = [Path(sys.executable).parent / "rclone", "serve", kind, "--addr", f"127.0.0.1:{port}"]
    command += [*options, "--config", root / "none", "--vfs-cache-mode", "off", "--dir-cache-time", "0s", root]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield port, server
    finally:
        server.terminate()
        server.wait(10)


@contextmanager
def s3_server(root: Path) -> Iterator[str]:
    """S3-compatible storage whose buckets are folders; gives its address."""
    with rclone("s3", root, "--auth-key", f"{KEY},{SECRET}") as (port, _):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def sftp_server(root: Path, key_file: Path, *options: str | Path) -> Iterator[tuple[int, str, Server]]:
    """An SFTP server; gives its port, its public key and its process."""
    key = paramiko.ECDSAKey.generate()
    key.write_private_key_file(str(key_file))
    with rclone("sftp", root, "--user", KEY, "--pass", SECRET, "--key", key_file, *options) as (port, server):
        yield port, f"{key.get_name()} {key.get_base64()}", server


@dataclass
class Site:
    """A web site: what is at each path, and how it answers."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    statuses: dict[str, int] = field(default_factory=dict)
    """Paths that are answered with another status than 200."""
    asked: list[str] = field(default_factory=list)
    """Each request, as “GET /path”."""
    has_head: bool = True
    breaks_off: bool = False
    """Whether it sends half of a file and closes."""

    def page(self, *names: str) -> None:
        """Have the page “/spending” link to files."""
        links = "".join(f'<li><a href="files/{name}#top">Spend {name}</a></li>' for name in names)
        self.files["/spending"] = f'<html><a href="mailto:x@example.org">Ask</a><ul>{links}</ul></html>'.encode()


@contextmanager
def web_site() -> Iterator[Site]:
    """A web site on a port of its own."""
    site = Site()

    class Answering(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.answer(with_body=False)

        def do_GET(self) -> None:
            self.answer(with_body=True)

        def answer(self, *, with_body: bool) -> None:
            site.asked.append(f"{self.command} {self.path}")
            body = site.files.get(self.path)
            status = site.statuses.get(self.path, 200 if body is not None else 404)
            if not with_body and not site.has_head:
                status = 405
            self.send_response(status)
            self.send_header("Content-Length", str(len(body or b"")))
            self.send_header("Content-Type", "text/html" if self.path == "/spending" else "text/csv")
            self.send_header("Last-Modified", formatdate(1_700_000_000, usegmt=True))
            self.send_header("ETag", f'"{sha256(body or b"").hexdigest()[:16]}"')
            self.send_header("Retry-After", "1200")
            self.end_headers()
            if with_body and body is not None:
                self.wfile.write(body[: len(body) // 2] if site.breaks_off else body)

        def log_message(self, *said: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    server.daemon_threads = True
    site.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _wait_for(port: int) -> None:
    until = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert time.monotonic() < until, "the server doesn't answer"
            time.sleep(0.05)
        else:
            return
