"""Bench: pages as people get them, against a bare Flask page on the same server; and where their time goes.

Two servers run side by side as ``quarterday serve`` runs one: ours on a record of 500 contracts, and an app whose only
page is a word. Sixteen connections ask for one page after the other, in turn in short rounds; the median of the rounds'
ratios is compared with the goal. What is compared are answers in a second of the workers' processor time: with nothing
else to do a machine gives as many by the clock, and those by the clock, which stand beside them, turn on what else it
does. A page that is asked for again is kept as it was drawn, and what it shows is read anew; so the same pages are then
asked for in this process, kept and drawn anew each time, and the processor time of each part is taken. Goal: each page
keeps at least 1/6 of the bare page's pace.
"""

from __future__ import annotations

import os
import selectors
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from functools import wraps
from http.client import HTTPConnection, HTTPException
from itertools import product
from pathlib import Path
from typing import Any
from unittest.mock import patch

import jinja2
from flask import Flask
from sqlalchemy import Connection, Engine
from werkzeug.test import EnvironBuilder

from quarterday.domain.promises import Promise
from quarterday.services.access import sessions
from quarterday.services.installation import beginnings
from quarterday.services.measures.catalogues import catalogue
from quarterday.services.measures.values import value_set
from quarterday.services.organisations import authorities, local_areas, periods
from quarterday.services.record import UnitOfWork, open_record
from quarterday.services.returns import reviews
from quarterday.testing.builders import OPERATOR, a_contract, a_draft, a_submission, a_supplier, a_user, an_award
from quarterday.testing.clock import Clock
from quarterday_webforms import kept
from quarterday_webforms.app import create_app
from quarterday_webforms.serve import Server
from quarterday_webforms.site import open_site
from quarterday_webforms.supplier.entry_form import EntryForm
from quarterday_webforms.widgets import Component

QUARTERDAY = str(Path(sys.executable).with_name("quarterday"))
GOAL = 1 / 6
CONTRACTS, SUPPLIERS, MANAGERS = 500, 60, 5
CONNECTIONS, ROUNDS, SECONDS = 16, 9, 1.0
DRAWN = 300
"""How often each page is drawn in this process."""
PROMISES = {ref: Promise(text) for ref, text in {"NT1": "12", "NT10": "104", "NT7": "320", "NT28": "3000"}.items()}
JOBS = {"ref": "NT1", "people": "2", "full_time_share": "1", "months": "3", "part_postcode": "S60 1"}
GIFT = {"ref": "NT28", "activity": "Food bank", "quantity": "250.10", "words": "Given to a food bank."}


@dataclass(frozen=True)
class Asked:
    """A page, and what is said with each request for it."""

    name: str
    path: str
    cookie: str = ""

    @property
    def request(self) -> bytes:
        """What goes over the wire, as a browser's request that keeps its connection."""
        lines = (
            f"GET {self.path} HTTP/1.1",
            "Host: 127.0.0.1",
            "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
            "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "Accept-Language: en-GB,en;q=0.5",
            *([f"Cookie: quarterday={self.cookie}"] if self.cookie else []),
        )
        return "".join(f"{line}\r\n" for line in (*lines, "")).encode()


def lay_down() -> tuple[Flask, list[Asked]]:
    """A council with its contracts; returns its app and the pages to ask for.

    One contract has two past quarters that were submitted and accepted, and one that is being written now.
    """
    today = datetime.now(UTC).date()
    first, second, now = (_quarter(today, back) for back in (2, 1, 0))
    clock = Clock(datetime.combine(first, time_of_day(6), UTC))
    answers = {"council": "Northmoor Borough Council", "key": "northmoor", "first_month": 4}
    person = {"administrator": "Ines Okafor", "email": "ines.okafor@northmoor.example"}
    beginnings.begin(beginnings.Answers(**answers, **person, local_area=("E08000018",)), clock=clock)
    uow = open_record(clock)
    authority = authorities.authority_by_key(uow, OPERATOR, "northmoor").id
    managers = [a_user(uow, authority_id=authority) for _ in range(MANAGERS)]
    suppliers = [a_supplier(uow) for _ in range(SUPPLIERS)]
    ours, *_ = [
        a_contract(
            uow,
            authority_id=authority,
            supplier_id=suppliers[number % SUPPLIERS],
            owner_id=managers[number % MANAGERS],
            starts=first,
            ends=_quarter(first, -12) - timedelta(days=1),
        )
        for number in range(CONTRACTS)
    ]
    edition = catalogue("toms-rotherham")
    area = local_areas.definitions(uow, OPERATOR, authority_id=authority)[0].id
    illustrative = value_set("illustrative", edition)
    an_award(uow, contract_id=ours, promises=PROMISES, edition=edition, value_set=illustrative, local_area_id=area)
    for quarter, after in ((first, second), (second, now)):
        clock.now = datetime.combine(after, time_of_day(9), UTC)
        periods.open_returns(uow, OPERATOR, authority_id=authority, on=quarter)
        sent = periods.return_of(uow, OPERATOR, contract_id=ours, day=quarter)
        a_submission(uow, {**JOBS, "activity": f"Team of {quarter}"}, GIFT, return_id=sent)
        reviews.accept_plain(uow, OPERATOR, return_id=sent)
    clock.now = datetime.now(UTC)
    periods.open_returns(uow, OPERATOR, authority_id=authority, on=today)
    in_hand = periods.return_of(uow, OPERATOR, contract_id=ours, day=today)
    a_draft(uow, {**JOBS, "activity": "Hire 3"}, return_id=in_hand)
    a_draft(uow, {**JOBS, "activity": "Hire 4", "months": "1.5"}, return_id=in_hand)
    reporter = a_user(uow, supplier_id=suppliers[0])
    measure = f"/returns/{in_hand}/measures/NT1"
    app = create_app(open_site())
    found = [
        Asked("a measure", measure, _cookie(app, uow, reporter, measure)),
        Asked("its entry form", f"{measure}/add", _cookie(app, uow, reporter, f"{measure}/add")),
        Asked("500 contracts", "/council/contracts?whose=all", _cookie(app, uow, managers[0], "/council/contracts")),
    ]
    uow.engine.dispose()
    return app, found


def _quarter(day: date, back: int) -> date:
    """The first day of the quarter so many before the one that a day lies in."""
    month = day.year * 12 + (day.month - 1) // 3 * 3 - 3 * back
    return date(month // 12, month % 12 + 1, 1)


def _cookie(app: Flask, uow: UnitOfWork, user_id: int, path: str) -> str:
    """What somebody's browser keeps once they are signed in and have seen a page."""
    with uow.begin(OPERATOR) as work:
        secret = sessions.open_session(work, user_id=user_id, return_id=None, label="Firefox on Linux")
    browser = app.test_client()
    with browser.session_transaction() as kept:
        kept["visit"] = secret
    assert browser.get(path).status_code == 200, path
    cookie = browser.get_cookie("quarterday")
    assert cookie is not None
    return cookie.value


@dataclass(frozen=True)
class Served:
    """A server that runs."""

    port: int
    pid: int

    @property
    def processor_seconds(self) -> float:
        """What its workers have used of the processor so far, those that made room for others among them."""
        workers = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        used = [ticks for worker in workers for ticks in _stat(worker)[11:13]] + _stat(str(self.pid))[13:15]
        return sum(int(ticks) for ticks in used) / os.sysconf("SC_CLK_TCK")


def _stat(process: str) -> list[str]:
    """What the system says of a process, from its state on."""
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()


@contextmanager
def served(*command: str) -> Iterator[Served]:
    """A server in a process of its own, stopped at the end; given once it answers."""
    port = _free_port()
    process = subprocess.Popen([*command, str(port)], stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 60
        while True:
            try:
                asked = HTTPConnection("127.0.0.1", port, timeout=30)
                asked.request("GET", "/")
                asked.getresponse().close()
                break
            except (OSError, HTTPException):
                if time.monotonic() > until or process.poll() is not None:
                    raise
                time.sleep(0.1)
        yield Served(port, process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def pace(server: Served, asked: Asked, seconds: float) -> tuple[float, float]:
    """How many answers come in a second of the workers' processor time, and by the clock.

    Each connection asks again as soon as it has its answer.
    """
    wire, answers, used = asked.request, 0, server.processor_seconds
    with selectors.DefaultSelector() as ready, ExitStack() as opened:

        def ask() -> None:
            connection = opened.enter_context(socket.create_connection(("127.0.0.1", server.port)))
            connection.sendall(wire)
            ready.register(connection, selectors.EVENT_READ, bytearray())

        for _ in range(CONNECTIONS):
            ask()
        began = time.perf_counter()
        while (took := time.perf_counter() - began) < seconds:
            for key, _ in ready.select(1):
                connection: Any = key.fileobj
                if not (part := connection.recv(262_144)):  # a server that keeps no connection
                    ready.unregister(connection)
                    connection.close()
                    ask()
                    continue
                key.data.extend(part)
                if _is_whole(key.data):
                    assert key.data.startswith(b"HTTP/1.1 200"), bytes(key.data[:80])
                    answers += 1
                    if b"Connection: close" not in key.data[:2000]:
                        key.data.clear()
                        connection.sendall(wire)
        return answers / (server.processor_seconds - used), answers / took


def _is_whole(answer: bytearray) -> bool:
    head = answer.find(b"\r\n\r\n")
    if head < 0:
        return False
    at = answer.find(b"Content-Length: ", 0, head)
    return len(answer) >= head + 4 + int(answer[at + 16 : answer.index(b"\r", at)])


def compare(pages: Sequence[Asked]) -> bool:
    """Print each page's ratio; whether all keep to the goal."""
    bare = Asked("bare", "/")
    paces = defaultdict[str, list[tuple[float, float]]](list)
    with served(sys.executable, __file__, "--bare") as theirs, served(QUARTERDAY, "serve", "--port") as ours:
        for number in range(-1, ROUNDS):
            for page in (bare, *pages):
                found = pace(theirs if page is bare else ours, page, SECONDS)
                if number >= 0:
                    paces[page.name].append(found)
    kept = [_keeps(page.name, paces[page.name], paces[bare.name]) for page in pages]
    return all(kept)


def _keeps(name: str, ours: Sequence[tuple[float, float]], theirs: Sequence[tuple[float, float]]) -> bool:
    low, found, high = statistics.quantiles([mine[0] / other[0] for mine, other in zip(ours, theirs, strict=True)], n=4)
    sides = [[statistics.median(numbers) for numbers in zip(*side, strict=True)] for side in (ours, theirs)]
    said = ("of processor time", "by the clock")
    rates = ", ".join(f"{mine:,.0f} / {other:,.0f} {how}" for mine, other, how in zip(*sides, said, strict=True))
    print(
        f"{name}, of a bare page's answers in a second: {found:.3f}, half of the rounds {low:.3f} to {high:.3f} "
        f"(goal >= {GOAL:.3f}; {rates})"
    )
    return found >= GOAL


class Parts:
    """The processor time of each part of a page; what one part waits for another is the other's."""

    def __init__(self) -> None:
        self.took = defaultdict[str, float](float)
        self._running = ["the rest"]
        self._since = time.process_time()

    def switch(self) -> None:
        """Give the time since the last switch to the part that runs."""
        now = time.process_time()
        self.took[self._running[-1]] += now - self._since
        self._since = now

    def of(self, part: str, work: Callable[..., Any]) -> Callable[..., Any]:
        """The same work, with its time given to a part."""

        @wraps(work)
        def timed(*args: Any, **named: Any) -> Any:
            self.switch()
            self._running.append(part)
            try:
                return work(*args, **named)
            finally:
                self.switch()
                self._running.pop()

        return timed


SEAMS = (
    (jinja2.Template, "render", "templates"),
    (EntryForm, "__init__", "forms"),
    (Component, "__call__", "forms"),
    (Connection, "execute", "database"),
    (Engine, "connect", "database"),
    (Connection, "close", "database"),
)
"""Where a page's time passes from one part to another. A field draws itself: what its macro takes is the form's."""


def explain(app: Flask, pages: Sequence[Asked]) -> None:
    """Print where the time of each page goes in this process, without a server: kept, and drawn anew each time."""
    for page, is_kept in product(pages, (True, False)):
        browser = app.test_client(use_cookies=False)
        environment = EnvironBuilder(page.path, headers={"Cookie": f"quarterday={page.cookie}"}).get_environ()
        parts = Parts()
        with ExitStack() as stack:
            for owner, name, part in SEAMS:
                stack.enter_context(patch.object(owner, name, parts.of(part, getattr(owner, name))))
            for number in range(-20, DRAWN):
                if number == 0:
                    parts.switch()
                    parts.took.clear()
                if not is_kept:
                    kept.drawn.cache_clear()
                browser.run_wsgi_app(environment.copy(), buffered=True)
            parts.switch()
        spent = ", ".join(f"{part} {took / DRAWN * 1000:.2f}" for part, took in sorted(parts.took.items()))
        took = sum(parts.took.values()) / DRAWN * 1000
        how = "kept" if is_kept else "drawn anew"
        print(f"{page.name}, {how}: {took:.2f} ms of processor time without a server: {spent}")


def bare(port: int) -> None:
    """Serve a Flask app whose only page is a word."""
    app = Flask("bare")
    app.add_url_rule("/", "word", lambda: "word")
    Server(lambda: app, bind=f"127.0.0.1:{port}").run()


def main() -> int:
    """Print the ratios and where the time goes; 1 when a page falls short."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["QUARTERDAY_DATA_DIR"] = folder
        app, pages = lay_down()
        kept = compare(pages)
        explain(app, pages)
    return int(not kept)


if __name__ == "__main__":
    sys.exit(bare(int(sys.argv[2])) if sys.argv[1:2] == ["--bare"] else main())
