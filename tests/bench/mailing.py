"""Bench: the worker's mails against one bare ``smtplib`` connection that builds and sends the same messages.

The mails are receipts; the mail server is aiosmtpd in a process of its own, and takes all of them. The bare connection
is given each message's words and addresses, builds the mail and sends it. Goal: 3 times as long at most on SQLite; on
PostgreSQL the ratio is printed. ``--full`` sends 10,000 mails, otherwise it is a fifth. Both are timed from the first
mail on, the starting of processes not among it.
"""

from __future__ import annotations

import argparse
import os
import smtplib
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

from quarterday.db.engine import open_engine
from quarterday.db.outbox import Due, State
from quarterday.db.schema import upgrade
from quarterday.db.work import Effect, UnitOfWork
from quarterday.ports import Message
from quarterday.services.background.policy import Settled
from quarterday.services.background.worker import run
from quarterday.services.messages import composing, mime
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR
from quarterday.testing.postgres import running_cluster

MAILS, RETURNS, GOAL = 10_000, 20, 3.0
SERVER = """
import sys
from aiosmtpd.controller import Controller

class Desk:
    async def handle_DATA(self, server, session, envelope):
        return "250 OK"

Controller(Desk(), hostname="127.0.0.1", port=int(sys.argv[1])).start()
print("ready", flush=True)
sys.stdin.read()
"""


@contextmanager
def mail_server() -> Iterator[int]:
    """The port of a mail server in another process."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = int(found.getsockname()[1])
    command = [sys.executable, "-c", SERVER, str(port)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == "ready\n"
        yield port
        server.kill()


def lay_down(uow: UnitOfWork, mails: int) -> None:
    """A record with that many receipts in its outbox, of a few submissions."""
    upgrade(uow.engine)
    today = uow.clock().date()
    first = today.replace(day=1)
    for _ in range(RETURNS):
        contract_id = builders.a_contract(uow, starts=first, ends=first.replace(year=first.year + 2))
        return_id = builders.a_return(uow, contract_id=builders.an_award(uow, contract_id=contract_id), on=today)
        builders.a_submission(uow, {"ref": "GIFTS", "quantity": "250.10"}, return_id=return_id)
    effects = [Effect(f"bench/{number}", {"revision_id": 1 + number % RETURNS}, 1) for number in range(mails)]
    with uow.begin(OPERATOR) as work:
        work.send_all("mail.receipt", effects)


def ours(uow: UnitOfWork, mails: int) -> float:
    """Seconds for each mail, by the worker."""
    told: list[tuple[float, Settled]] = []
    run(uow, stop=Event(), tell=lambda settled: told.append((time.perf_counter(), settled)), once=True)
    failed = [settled for _, settled in told if settled.state is not State.DONE]
    assert not failed, failed[0]
    assert len(told) == mails + RETURNS, len(told)
    begun = told[RETURNS][0]
    return (told[-1][0] - begun) / (mails - 1)


def bare(messages: list[Message], mails: int, port: int) -> float:
    """Seconds for each mail, by one bare connection."""
    sender = mime.address("returns@northmoor.example", "Northmoor Council")
    with smtplib.SMTP("127.0.0.1", port) as connection:
        begun = time.perf_counter()
        for number in range(mails):
            message = messages[number % len(messages)]
            connection.send_message(mime.mail(message, f"bench/{number}", sender=sender, at=datetime.now(UTC)))
        return (time.perf_counter() - begun) / mails


def messages_of(uow: UnitOfWork) -> list[Message]:
    """The messages that the worker makes."""
    rows = [Due(0, 1, "mail.receipt", "", {"revision_id": number + 1}, 1, 0) for number in range(RETURNS)]
    return [composing.compose(uow, row)[1] for row in rows]


def compare(database: str, url: str, port: int, mails: int) -> float:
    """Print the ratio on one database."""
    engine = open_engine(url)
    uow = UnitOfWork(engine)
    lay_down(uow, mails)
    before = bare(messages_of(uow), mails // 2, port)
    mine = ours(uow, mails)
    theirs = (before + bare(messages_of(uow), mails // 2, port)) / 2
    engine.dispose()
    print(
        f"{mails:,} mails by the worker / by bare smtplib, {database}: {mine / theirs:.2f} "
        f"({mine * 1000:.2f} ms / {theirs * 1000:.2f} ms a mail)"
    )
    return mine / theirs


def main() -> int:
    """Print the ratios; 1 when that of SQLite misses the goal."""
    words = argparse.ArgumentParser()
    words.add_argument("--full", action="store_true")
    words.add_argument("--only", choices=["sqlite", "postgresql"])
    given = words.parse_args()
    mails = MAILS if given.full else MAILS // 5
    found = 0.0
    with mail_server() as port, tempfile.TemporaryDirectory() as folder:
        said = {"DATA_DIR": folder, "SECRET_KEY": "k" * 32, "PUBLIC_URL": "https://returns.example.gov.uk"}
        smtp = {"HOST": "127.0.0.1", "PORT": str(port), "TLS": "none", "SENDER": "returns@northmoor.example"}
        os.environ |= {f"QUARTERDAY_{name}": value for name, value in said.items()}
        os.environ |= {f"QUARTERDAY_SCHEDULER__{name}": value for name, value in smtp.items()}
        if given.only != "postgresql":
            found = compare("sqlite", f"sqlite:///{Path(folder, 'record.db')}", port, mails)
        if given.only != "sqlite":
            apart = Path(folder, "postgresql")  # with a journal of its own: both send under the same keys
            apart.mkdir()
            os.environ["QUARTERDAY_DATA_DIR"] = str(apart)
            with running_cluster(durable=True) as cluster:
                compare("postgresql", cluster.create("mailing"), port, mails)
    return int(found > GOAL)


if __name__ == "__main__":
    sys.exit(main())
