"""A web site with spend files, on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


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
