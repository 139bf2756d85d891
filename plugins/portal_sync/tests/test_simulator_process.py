"""The simulated portal as a process: killed at any moment it keeps what it said it had; TLS, webhooks, its options."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from ipaddress import IPv4Address
from pathlib import Path
from queue import Queue
from threading import Lock, Thread
from typing import Any

import pytest
import requests
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from simulator_trial import claim
from werkzeug import Request, Response
from werkzeug.serving import make_server

from quarterday_portal_sync.simulator.command import main
from quarterday_portal_sync.simulator.testing import SimulatedPortal, simulated_portal

__all__ = ["simulated_portal"]

SECRET = "a secret of at least 20 characters"


def test_killed_it_has_what_it_answered(simulated_portal: SimulatedPortal) -> None:
    answered: dict[int, Any] = {}
    one_by_one = Lock()

    def send(number: int) -> None:
        try:
            result = simulated_portal.send("entries", claim(number))[0]
        except requests.RequestException:
            return
        with one_by_one:
            answered[number] = result
            if len(answered) == 20:
                simulated_portal.kill()

    with ThreadPoolExecutor(4) as many:
        list(many.map(send, range(60)))
    assert 20 <= len(answered) < 60
    simulated_portal.start()
    kept = {row["key"] for row in simulated_portal.dump()["entry"]}
    assert {f"entry/{number}" for number in answered} <= kept
    again = [simulated_portal.send("entries", claim(number))[0] for number in range(60)]
    assert {number: again[number] for number in answered} == answered
    assert len(simulated_portal.dump()["entry"]) == 60


@pytest.fixture
def called() -> Iterator[tuple[str, Queue[Request]]]:
    """An address for webhooks, and what comes there; the first call finds it closed."""
    calls: Queue[Request] = Queue()
    statuses = iter([503])

    @Request.application
    def app(request: Request) -> Response:
        request.get_data()
        calls.put(request)
        return Response(status=next(statuses, 204))

    server = make_server("127.0.0.1", 0, app)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.port}/hook", calls
    server.shutdown()
    thread.join()
    server.server_close()


def test_what_people_change_is_told_and_signed(tmp_path: Path, called: tuple[str, Queue[Request]]) -> None:
    address, calls = called
    portal = SimulatedPortal(tmp_path, ["--webhook", address, SECRET])
    portal.start()
    try:
        portal.send("entries", claim())
        made = portal.act("claim", seed=1)
        first, again = calls.get(timeout=30), calls.get(timeout=30)
    finally:
        portal.close()
    assert first.data == again.data
    signed = again.headers["X-Portal-Timestamp"].encode() + b"." + again.data
    assert again.headers["X-Portal-Signature"] == hmac.new(SECRET.encode(), signed, sha256).hexdigest()
    [change] = json.loads(again.data)["changes"]
    assert (change["resource"], change["record"]["id"]) == ("entries", made["id"])


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """A certificate that signs itself, for this machine, and its key, as PEM files."""
    key = ec.generate_private_key(ec.SECP256R1())
    named = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(named, named, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = folder / f"{name}.pem", folder / f"{name}.key"
    files[0].write_bytes(made.public_bytes(Encoding.PEM))
    files[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return files


def test_it_serves_over_tls_and_wants_a_clients_certificate(tmp_path: Path) -> None:
    ours, theirs = certificate(tmp_path, "ours"), certificate(tmp_path, "theirs")
    tls = ["--tls", str(ours[0]), str(ours[1]), "--client-ca", str(theirs[0])]
    portal = SimulatedPortal(tmp_path / "portal", tls)
    portal.start()
    try:
        known = portal.call("GET", "/v1/kpis", verify=str(ours[0]), cert=tuple(map(str, theirs)))
        with pytest.raises(requests.ConnectionError):
            portal.call("GET", "/v1/kpis", verify=str(ours[0]))
        with pytest.raises(requests.exceptions.SSLError):
            portal.call("GET", "/v1/kpis", verify=str(theirs[0]), cert=tuple(map(str, theirs)))
    finally:
        portal.close()
    assert known.status_code == 200


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ([], "Say who may use it"),
        (["--oauth", "client"], "Say --oauth NAME:SECRET."),
        (["--api-key", "k", "--client-ca", __file__], "only with --tls"),
        (["--api-key", "k", "--fault", "moon:every=1"], "There is no fault “moon”"),
        (["--api-key", "k", "--fault", "busy:every=1,moon=1"], "busy can't be told moon = 1"),
    ],
)
def test_what_it_cannot_be_told_is_said(tmp_path: Path, options: list[str], sentence: str) -> None:
    said = CliRunner().invoke(main, ["--data", str(tmp_path), *options])
    assert said.exit_code == 2
    assert sentence in " ".join(said.output.split()).replace(" │ ", " ")


def test_faults_and_a_seed_come_from_the_command_line(tmp_path: Path) -> None:
    portal = SimulatedPortal(tmp_path, ["--fault", "busy:every=2,seconds=3", "--fault", "slow:share=1,seconds=0.001"])
    portal.start()
    try:
        statuses = [portal.call("GET", "/v1/kpis").status_code for _ in range(3)]
        counts = portal.counts()
    finally:
        portal.close()
    assert statuses == [200, 429, 200]
    assert (counts["busy"], counts["slow"]) == (1, 3)
