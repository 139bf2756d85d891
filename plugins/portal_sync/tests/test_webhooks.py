"""What a portal tells at once: taken once where it is signed, whole and not too old, and never in anybody's name."""

from __future__ import annotations

import hmac
import json
import logging
from collections.abc import Iterator
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from portal_servers import KEY, Simulated, served, simulated
from test_web_reading import change
from werkzeug.serving import make_server

from quarterday.registry import installed
from quarterday.services.background.reading import read
from quarterday.services.organisations.authorities import authorities
from quarterday.services.plugins.children import Children
from quarterday.services.plugins.configuring import configure
from quarterday.services.portals.overview import records
from quarterday.services.record import UnitOfWork, open_record, upgrade_record
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR
from quarterday_portal_sync.simulator.acts import make
from quarterday_portal_sync.simulator.shapes import RESOURCES
from quarterday_portal_sync.simulator.store import Kept
from quarterday_portal_sync.simulator.webhooks import Webhooks
from quarterday_portal_sync.webhooks import webhooks

SECRET = "a secret that only the portal knows"
BODY = json.dumps({"changes": [change(1), change(2)]}).encode()


class Scene:
    """A council that a portal tells of its changes."""

    def __init__(self, uow: UnitOfWork) -> None:
        self.uow = uow
        self.authority_id = builders.an_authority(uow)
        self.key = next(one.key for one in authorities(uow, OPERATOR) if one.id == self.authority_id)
        self.set(webhook_secret=SECRET)

    def set(self, **answers: object) -> None:
        """Set its portal, further than that it has one."""
        told = {
            "transport": "web",
            "mapping": "simulator",
            "web_address": "http://127.0.0.1:9",
            "web_key": KEY,
            **answers,
        }
        configure(self.uow, OPERATOR, installed(), authority_id=self.authority_id, plugin="portal_sync", answers=told)

    def call(
        self, body: bytes = BODY, *, age: float = 0, secret: str = SECRET, to: str | None = None, **environ: Any
    ) -> str:
        """The status with which a call is answered that was sent so many seconds ago."""
        timestamp = str(int(self.uow.clock().timestamp() - age))
        signature = hmac.new(secret.encode(), timestamp.encode() + b"." + body, sha256).hexdigest()
        answers: list[str] = []
        given = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": f"/{self.key if to is None else to}",
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_X_PORTAL_TIMESTAMP": timestamp,
            "HTTP_X_PORTAL_SIGNATURE": signature,
            "wsgi.input": BytesIO(body),
            "quarterday.record": self.uow,
            **environ,
        }
        assert list(webhooks(given, lambda status, headers: answers.append(status))) == []
        return answers[0]

    @property
    def came(self) -> list[str]:
        """What the council's ledger of the exchange has, by the portal's names."""
        found = records(self.uow, OPERATOR, authority_id=self.authority_id)
        return sorted(one.external_id for one in found)


@pytest.fixture(scope="module")
def uow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UnitOfWork]:
    """A record of this module's own."""
    with pytest.MonkeyPatch.context() as settings:
        settings.setenv("QUARTERDAY_DATA_DIR", str(tmp_path_factory.mktemp("data")))
        settings.setenv("QUARTERDAY_SECRET_KEY", "k" * 32)
        upgrade_record()
        uow = open_record()
        yield uow
        uow.engine.dispose()


@pytest.fixture
def scene(uow: UnitOfWork) -> Scene:
    """A council of the test's own."""
    return Scene(uow)


def test_what_is_told_comes_in_once(scene: Scene) -> None:
    for _ in range(2):
        assert scene.call() == "204 No Content"
        assert scene.came == ["C-1", "C-2"]
    assert scene.call(json.dumps({"changes": [change(3)]}).encode()) == "204 No Content"
    assert scene.came == ["C-1", "C-2", "C-3"]


def claim(portal: Simulated, number: int) -> Kept:
    """A claim that somebody makes in the portal, on an agreement that the council doesn't have."""
    fields = {"agreementNo": "X-9", "kpi": "TRN-WKS", "uom": "weeks", "amount": str(number)}
    return make(portal.store, RESOURCES["entries"], {**fields, "periodStart": "2026-04-01", "periodEnd": "2026-06-30"})


def test_what_was_told_is_known_when_it_is_read(scene: Scene, tmp_path: Path) -> None:
    with simulated(tmp_path / "portal") as portal:
        for number in (1, 2, 3):
            claim(portal, number)
        told, _, _ = portal.store.changes(0, 2)
        scene.set(web_address=portal.address, webhook_secret=SECRET)
        assert scene.call(json.dumps({"changes": told}).encode()) == "204 No Content"
        with Children() as children:
            done = read(scene.uow, children, source="portal", authority_id=scene.authority_id, takers={})
        assert (done.known, done.taken + done.rejected) == (2, 1)


def test_the_portal_itself_tells(scene: Scene, tmp_path: Path) -> None:
    heard: list[str] = []
    is_heard = Event()

    def host(environ: dict[str, Any], start_response: Any) -> Any:
        environ |= {"quarterday.record": scene.uow, "PATH_INFO": environ["PATH_INFO"].removeprefix("/hooks/portal")}

        def begun(status: str, headers: Any) -> None:
            start_response(status, headers)
            heard.append(status)
            is_heard.set()

        return webhooks(environ, begun)

    server = make_server("127.0.0.1", 0, host)
    with simulated(tmp_path / "portal") as portal, served(server):
        made = claim(portal, 1)
        hooks = Webhooks(portal.store, f"http://127.0.0.1:{server.port}/hooks/portal/{scene.key}", SECRET)
        assert is_heard.wait(10)
        hooks.stop()
    assert heard == ["204 No Content"]
    assert scene.came == [made.id]


@pytest.mark.parametrize(
    "environ",
    [
        {"HTTP_X_PORTAL_SIGNATURE": ""},
        {"HTTP_X_PORTAL_SIGNATURE": "0" * 64},
        {"HTTP_X_PORTAL_SIGNATURE": "é"},
        {"HTTP_X_PORTAL_TIMESTAMP": ""},
        {"HTTP_X_PORTAL_TIMESTAMP": "²"},
        {"HTTP_X_PORTAL_TIMESTAMP": "9" * 20},
        {"HTTP_X_PORTAL_TIMESTAMP": "-1"},
        {"wsgi.input": BytesIO(BODY.replace(b"C-1", b"C-9"))},
    ],
)
def test_what_is_not_signed_as_it_is_says_nothing(scene: Scene, environ: dict[str, Any]) -> None:
    assert scene.call(**environ) == "401 Unauthorized"
    assert scene.came == []


def test_a_signature_is_of_one_moment(scene: Scene) -> None:
    signed = int(scene.uow.clock().timestamp())
    signature = hmac.new(SECRET.encode(), f"{signed}.".encode() + BODY, sha256).hexdigest()
    older = {"HTTP_X_PORTAL_TIMESTAMP": str(signed - 10), "HTTP_X_PORTAL_SIGNATURE": signature}
    assert scene.call(**older) == "401 Unauthorized"
    as_others_write_it = {
        "HTTP_X_PORTAL_TIMESTAMP": str(signed),
        "HTTP_X_PORTAL_SIGNATURE": f"sha256={signature.upper()}",
    }
    assert scene.call(**as_others_write_it) == "204 No Content"


@pytest.mark.parametrize(("age", "is_taken"), [(0, True), (290, True), (320, False), (-50, True), (-90, False)])
def test_a_call_is_good_for_a_while(scene: Scene, age: float, is_taken: bool) -> None:
    assert scene.call(age=age) == ("204 No Content" if is_taken else "401 Unauthorized")
    assert bool(scene.came) is is_taken


def test_a_portal_whose_clock_is_off_is_given_more_time(scene: Scene) -> None:
    scene.set(webhook_secret=SECRET, webhook_window=86_400, webhook_skew=86_400)
    assert scene.call(age=86_000) == "204 No Content"
    assert scene.call(age=-86_000) == "204 No Content"
    assert scene.call(age=90_000) == "401 Unauthorized"


def test_another_council_and_another_secret_say_nothing(scene: Scene) -> None:
    assert scene.call(secret="a secret that nobody knows") == "401 Unauthorized"
    for to in ("", "nowhere", "../..", "é"):
        assert scene.call(to=to) == "401 Unauthorized"
    scene.set(webhook_secret="")
    assert scene.call() == "401 Unauthorized"
    assert scene.call(secret="") == "401 Unauthorized"
    assert scene.came == []


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"7", b'{"changes": 1}', b"\xff", b"[" * 50_000, b'{"changes": NaN}']
)
def test_what_cannot_be_read_is_said(scene: Scene, body: bytes) -> None:
    assert scene.call(body) == "400 Bad Request"


@pytest.mark.parametrize(
    ("environ", "status"),
    [
        ({"REQUEST_METHOD": "GET"}, "405 Method Not Allowed"),
        ({"CONTENT_LENGTH": ""}, "400 Bad Request"),
        ({"CONTENT_LENGTH": "-1"}, "400 Bad Request"),
        ({"CONTENT_LENGTH": "65537"}, "413 Content Too Large"),
        ({"CONTENT_LENGTH": "9" * 5000}, "413 Content Too Large"),
    ],
)
def test_what_is_no_call(scene: Scene, environ: dict[str, Any], status: str) -> None:
    assert scene.call(**environ) == status


def test_where_it_cannot_be_taken_now_the_portal_tells_it_again(scene: Scene) -> None:
    scene.set(webhook_secret=SECRET, mapping="/nowhere/portal.toml")
    assert scene.call() == "503 Service Unavailable"
    scene.set(webhook_secret=SECRET)
    assert scene.call() == "204 No Content"


def test_nothing_of_a_call_is_logged(
    scene: Scene, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    body = json.dumps({"changes": [change(1, note="planted words 7391"), {"resource": "planted 7391"}]}).encode()
    for more in ({}, {"secret": "another secret 7391"}, {"age": 9999}):
        scene.call(body, **more)  # type: ignore[arg-type]
    scene.call(b"{planted 7391")
    written = capfd.readouterr()
    assert "7391" not in caplog.text + written.out + written.err
    assert SECRET not in caplog.text + written.out + written.err
