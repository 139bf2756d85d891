"""Scanning by a real ClamAV, which knows one harmless test file as a virus."""

from __future__ import annotations

import hashlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest

from quarterday.errors import NotConfigured, Refused
from quarterday.evidence import ClamAV, Keeper, Limits, Outcome, Store
from quarterday.evidence.scanning import Scan
from quarterday.testing.clamav import EICAR, MOST_SCANNED, Daemon


@pytest.fixture(params=["socket", "port"])
def scanner(request: pytest.FixtureRequest, clamd: Daemon) -> ClamAV:
    return ClamAV(getattr(clamd, request.param))


@pytest.fixture
def keeper(store: Store, clamd: Daemon) -> Keeper:
    return Keeper(store, scanner=ClamAV(clamd.socket))


def test_an_honest_file_is_clean(scanner: ClamAV) -> None:
    assert scanner.scan(BytesIO(b"Two apprentices began.")) == Scan(Outcome.CLEAN)
    assert scanner.scan(BytesIO(b"0123456789" * 90_000)) == Scan(Outcome.CLEAN)


def test_a_virus_is_found_by_name(scanner: ClamAV) -> None:
    scan = scanner.scan(BytesIO(EICAR))
    assert scan.outcome is Outcome.FOUND
    assert scan.what.startswith("Eicar-Test-Signature")


def test_a_file_is_scanned_from_its_beginning(scanner: ClamAV) -> None:
    file = BytesIO(EICAR)
    file.read()
    assert scanner.scan(file).outcome is Outcome.FOUND


def test_a_file_larger_than_the_daemon_takes_is_not_scanned(clamd: Daemon) -> None:
    scan = ClamAV(clamd.socket).scan(BytesIO(bytes(8 * MOST_SCANNED)))
    assert scan == Scan(Outcome.NOT_SCANNED, "ClamAV answers “INSTREAM size limit exceeded. ERROR”")
    assert ClamAV(clamd.port).scan(BytesIO(bytes(8 * MOST_SCANNED))).outcome is Outcome.NOT_SCANNED


@pytest.mark.parametrize(
    "address", ["/nowhere/clamd.ctl", "127.0.0.1:1", "[::1]:1", "nowhere.invalid:3310", f"{'a' * 70}:3310"]
)
def test_a_daemon_that_is_not_there_leaves_a_file_not_scanned(address: str) -> None:
    scan = ClamAV(address).scan(BytesIO(EICAR))
    assert scan.outcome is Outcome.NOT_SCANNED
    assert scan.what.startswith("ClamAV doesn't answer (")


Answering = Callable[[bytes], str]


@pytest.fixture
def answering() -> Iterator[Answering]:
    """Starts a daemon that takes a file and answers so many bytes, and nothing where there are none; its address."""
    servers: list[socket.socket] = []
    threads: list[threading.Thread] = []

    def start(answer: bytes) -> str:
        server = socket.create_server(("127.0.0.1", 0))
        servers.append(server)

        def serve() -> None:
            client, _ = server.accept()
            with client:
                taken = b""
                while not taken.endswith(b"\0\0\0\0"):
                    taken += client.recv(4096)
                client.sendall(answer)
                if not answer:
                    client.recv(1)

        threads.append(threading.Thread(target=serve))
        threads[-1].start()
        return f"127.0.0.1:{server.getsockname()[1]}"

    yield start
    for thread in threads:
        thread.join(10)
    for server in servers:
        server.close()


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (b"stream: Can't allocate memory ERROR\0", "ClamAV answers “stream: Can't allocate memory ERROR”"),
        (b"UNKNOWN COMMAND\0", "ClamAV answers “UNKNOWN COMMAND”"),
        (b"stream: OK, nearly\0", "ClamAV answers “stream: OK, nearly”"),
    ],
)
def test_an_answer_that_is_no_verdict_leaves_a_file_not_scanned(answering: Answering, answer: bytes, what: str) -> None:
    assert ClamAV(answering(answer)).scan(BytesIO(b"x")) == Scan(Outcome.NOT_SCANNED, what)


def test_an_answer_that_breaks_off_leaves_a_file_not_scanned(answering: Answering) -> None:
    assert ClamAV(answering(b"str")).scan(BytesIO(b"x")).outcome is Outcome.NOT_SCANNED


def test_a_daemon_that_never_answers_is_not_waited_for(answering: Answering) -> None:
    begun = time.monotonic()
    scan = ClamAV(answering(b""), seconds=0.3).scan(BytesIO(b"x"))
    assert scan == Scan(Outcome.NOT_SCANNED, "ClamAV doesn't answer (timed out)")
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize(
    "address", ["clamd", "localhost", "localhost:", "http://localhost:3310", "localhost:port", "h:65536", ""]
)
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(NotConfigured, match="HOST:PORT") as why:
        ClamAV(address)
    assert why.value.field == "clamav"


class TestKeeping:
    def test_what_is_kept_says_what_it_is(self, keeper: Keeper, samples: dict[str, bytes]) -> None:
        kept = keeper.keep(BytesIO(samples["letter.pdf"]), "letter.pdf")
        assert kept.digest == hashlib.sha256(samples["letter.pdf"]).hexdigest()
        assert (kept.size, kept.media_type, kept.scan) == (len(samples["letter.pdf"]), "application/pdf", Outcome.CLEAN)

    @pytest.mark.parametrize(
        ("content", "said"), [(EICAR, "carries a virus"), (b"#!/bin/sh\n", "is a program"), (b"", "is empty")]
    )
    def test_what_is_refused_leaves_nothing(self, keeper: Keeper, folder: Path, content: bytes, said: str) -> None:
        with pytest.raises(Refused, match=said):
            keeper.keep(BytesIO(content), "it.txt")
        assert [path for path in folder.rglob("*") if path.is_file()] == []

    def test_without_a_scanner_a_file_is_not_scanned(self, store: Store) -> None:
        assert Keeper(store).keep(BytesIO(EICAR), "it.txt").scan is Outcome.NOT_SCANNED

    def test_what_was_not_scanned_when_it_came_is_scanned_when_it_is_opened(self, store: Store, keeper: Keeper) -> None:
        digest = Keeper(store).keep(BytesIO(EICAR), "it.txt").digest
        with pytest.raises(Refused, match="carries a virus"):
            keeper.open(digest, name="it.txt", scanned=Outcome.NOT_SCANNED)
        with Keeper(store).open(digest, name="it.txt", scanned=Outcome.NOT_SCANNED) as file:
            assert file.read() == EICAR
        honest = Keeper(store).keep(BytesIO(b"honest"), "it.txt").digest
        with keeper.open(honest, name="it.txt", scanned=Outcome.NOT_SCANNED) as file:
            assert file.read() == b"honest"

    def test_the_limit_is_the_keepers(self, store: Store) -> None:
        with pytest.raises(Refused, match="larger than"):
            Keeper(store, Limits(most_bytes=4)).keep(BytesIO(b"12345"), "it.txt")
