"""No secret of an exchange stands anywhere in the clear: not in what commands print, the worker's log, the database, a
backup or an export, whatever the portal answers. It is planted, and looked for."""

from __future__ import annotations

import hmac
import json
import ssl
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from sqlite3 import connect
from typing import Any
from urllib.parse import quote, quote_plus

import portal_site
import pytest
import trustme
from portal_servers import KEY, Reply, Told, simulated, told
from portal_site import COUNCIL, Commands, Site

from quarterday.services.background.reading import ask_for_readings
from quarterday.services.record import open_record
from quarterday_portal_sync.simulator.faults import Fault
from quarterday_portal_sync.webhooks import webhooks

PLANTED = {
    "web_key": "Planted/web+key 7391",
    "web_client_secret": "Planted/client+secret 7391",
    "exchange_password": "Planted/exchange+password 7391",
    "webhook_secret": "Planted/webhook+secret 7391",
}
PROXY_PASSWORD = "Planted-proxy-password-7391"
TOKEN = "Planted-token-7391"
LEAKY = "import quarterday_portal_sync.portal as portal\nportal.LEAST_SECRET = 10**9\n"
"""As ``sitecustomize``: a portal's process that takes no secret out of what it is told."""


@pytest.fixture(scope="module")
def commands() -> Iterator[Commands]:
    with closing(Commands()) as commands:
        yield commands


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with portal_site.laid_down(tmp_path_factory.mktemp("laid down")) as template:
        yield template


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@dataclass
class Planted:
    """A council that has secrets, and where they are looked for."""

    site: Site
    mapping: str
    mine: trustme.LeafCert

    @property
    def secrets(self) -> dict[str, str]:
        """All that was planted, by what it is."""
        key = self.mine.private_key_pem.bytes().decode()
        return {**PLANTED, "proxy": PROXY_PASSWORD, "token": TOKEN, "certificate key": key.splitlines()[2], "key": KEY}

    @property
    def everything(self) -> str:
        """What a portal says that repeats all it was ever sent, in whatever way."""
        basic = b64encode(f"council:{quote(PLANTED['web_client_secret'], safe='')}".encode()).decode()
        whole = [one for name, one in self.secrets.items() if name not in ("certificate key", "token", "key")]
        written = [form for one in whole for form in (one, quote(one, safe=""), _base64(one))]
        return " ".join([*written, basic, TOKEN, self.secrets["certificate key"]])

    def set(self, **settings: object) -> None:
        """Set all of it, with what is different this time."""
        self.site.set(
            mapping=self.mapping,
            transport="web",
            web_patience=0,
            web_certificate=self.mine.cert_chain_pems[0].bytes().decode(),
            web_certificate_key=self.mine.private_key_pem.bytes().decode(),
            **{
                **PLANTED,
                "web_client_id": "council",
                "web_token_address": "http://127.0.0.1:9/token",
                **settings,
            },
        )

    def find(self) -> list[str]:
        """Where something that was planted stands in the clear, and what."""
        found = [f"{done.code}: {done.out}\n{done.err}" for done in self.site.done]
        for path in sorted(self.site.folder.rglob("*")):
            if path.is_file():
                found.append(f"{path.name}: {path.read_bytes().decode(errors='replace')}")
        with closing(connect(f"file:{self.site.data}/record.db?mode=ro", uri=True)) as record:
            found.append("dump: " + "\n".join(record.iterdump()))
        looked_for = {(name, form) for name, one in self.secrets.items() for form in _forms(one)}
        return sorted({f"{name} in {text[:60]!r}" for text in found for name, form in looked_for if form in text})


def _base64(secret: str, before: str = "") -> str:
    return b64encode(f"{before}{secret}".encode()).decode()


def _forms(secret: str) -> set[str]:
    """A secret as it may be written, also as a part of what is in Base64."""
    inner = {_base64(secret, "x" * shift)[4 if shift else 0 : -4] for shift in range(3)}
    return {secret, json.dumps(secret)[1:-1], quote(secret), quote(secret, safe=""), quote_plus(secret), *inner}


@pytest.fixture
def planted(commands: Commands, template: Path, authority: trustme.CA, tmp_path: Path) -> Planted:
    site = portal_site.copied(template, tmp_path, commands)
    return Planted(site, portal_site.mapping_in(tmp_path), authority.issue_cert("council.example.org"))


def echoing(portal: Told, planted: Planted, reply: Reply) -> None:
    """Have a portal, to which a proxy leads, answer so to everything."""
    for path in ("changes", "contracts", "commitments", "entries", "evidence", "verdicts"):
        for tail in ("", "/batch"):
            refused = Reply({"error": planted.everything}, 422)
            is_contract = path == "contracts" or reply.status != 200
            portal.replies[f"{portal.address}/v1/{path}{tail}"] = [reply if is_contract or not tail else refused]
    portal.replies[f"{portal.address}/token"] = [Reply({"access_token": TOKEN, "expires_in": 3600})]


def told_claim(planted: Planted, number: int, **more: object) -> dict[str, Any]:
    """A claim of theirs that says everything it was sent."""
    everything = planted.everything
    record = {"id": f"C-{number}", "revision": 1, "modifiedAt": "2026-11-02T09:00:00Z", "agreementNo": everything[:900]}
    return {**record, "kpi": "JOB-LOC", "amount": "1", "note": everything, "debug": {"sent": everything}, **more}


def listing(planted: Planted, **more: object) -> dict[str, Any]:
    """Everything that a list or an answer can have, with all secrets in it."""
    claim = told_claim(planted, 1)
    odd = {"resource": planted.everything[:150], "record": 7}
    changes = [{"resource": "entries", "at": "2026-11-02T09:00:00Z", "record": claim}, odd]
    result = {"our_ref": "contract/1", "status": "refused", "reason": planted.everything}
    return {"changes": changes, "records": [claim], "next": "", "more": False, "results": [result], **more}


def through(proxy: Told, planted: Planted) -> None:
    """Set a portal that is reached through a proxy with a password, and gives tokens."""
    address = proxy.address.replace("://", f"://council:{PROXY_PASSWORD}@")
    planted.set(web_proxy=address, web_address=proxy.address, web_token_address=f"{proxy.address}/token")


def by_key(planted: Planted, address: str, key: str, **more: object) -> None:
    """Set a portal that is reached with a key, and without a proxy."""
    planted.set(web_address=address, web_key=key, web_client_id="", web_client_secret="", web_proxy="", **more)


def test_an_exchange_that_goes_well_and_one_that_does_not(planted: Planted, tmp_path: Path) -> None:
    run = planted.site.sync
    with simulated(tmp_path / "there") as portal:
        by_key(planted, portal.address, KEY)
        assert run("run", "--json").code == 3
        assert run("run", "--dry-run", "--json").code == 0
        shown = planted.site.run("plugins", "configure", "portal_sync", "--authority", COUNCIL, "--show")
        assert "web_key" in shown.out
        portal.show(failed=Fault(every=1))
        assert "status 500" in run("reconcile", "--json").err
        portal.show()
        by_key(planted, portal.address, PLANTED["web_key"])
        assert (run("run", "--json").code, "status 401" in planted.site.done[-1].err) == (4, True)
    assert "can't be reached" in run("run").err
    assert planted.find() == []


def test_a_portal_that_repeats_what_it_was_sent(planted: Planted) -> None:
    run = planted.site.sync
    with told() as proxy:
        through(proxy, planted)
        whole = json.dumps(listing(planted)).encode()
        for reply, code in (
            (Reply(listing(planted)), 3),
            (Reply({"detail": planted.everything}, 401), 4),
            (Reply({"message": planted.everything}, 500), 1),
            (Reply(whole, sends=len(whole) // 2), 1),
            (Reply({}, 302, {"Location": f"https://{PLANTED['web_key'].split()[0]}.example/{TOKEN}"}), 4),
        ):
            echoing(proxy, planted, reply)
            done = run("run", "--json")
            assert done.code == code, done
        echoing(proxy, planted, Reply(listing(planted)))
        run("reconcile", "--json")
        for command in ("status", "conflicts", "inbox"):
            assert run(command).code == run(command, "--json").code == 0
        assert '"***' in run("inbox", "--json").out, "what it says besides is kept, but for the secrets"
        assert any("Proxy-Authorization" in one.headers and TOKEN in str(one.headers) for one in proxy.asked)
    assert planted.find() == []


def test_the_worker_and_what_is_kept(planted: Planted, authority: trustme.CA, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in planted.site.env.items():
        monkeypatch.setenv(name, value)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with told() as proxy, told(context) as untrusted:
        through(proxy, planted)
        echoing(proxy, planted, Reply(listing(planted)))
        uow = open_record()
        assert _called(uow, json.dumps(listing(planted)).replace(TOKEN, "").encode()) == "204 No Content"
        for _ in range(2):
            ask_for_readings(uow, uow.clock())
            worked = planted.site.run("worker", "--once", "--json", QUARTERDAY_DEBUG="1")
            assert worked.code == 0
            assert "portal.sync" in worked.err
            by_key(planted, untrusted.address, PLANTED["web_key"])
        assert "isn't valid" in planted.site.sync("run").err
        uow.engine.dispose()
    assert planted.site.run("db", "backup", str(planted.site.folder / "backup")).code == 0
    assert planted.site.run("authority", "export", COUNCIL, str(planted.site.folder / "export")).code == 0
    assert list((planted.site.folder / "export").rglob("*.jsonl"))
    assert planted.find() == []


def _called(uow: Any, body: bytes) -> str:
    """The status with which the portal's call is answered."""
    timestamp = str(int(uow.clock().timestamp()))
    secret = PLANTED["webhook_secret"].encode()
    answers: list[str] = []
    given = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": f"/{COUNCIL}",
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_X_PORTAL_TIMESTAMP": timestamp,
        "HTTP_X_PORTAL_SIGNATURE": hmac.new(secret, timestamp.encode() + b"." + body, sha256).hexdigest(),
        "wsgi.input": BytesIO(body),
        "quarterday.record": uow,
    }
    webhooks(given, lambda status, headers: answers.append(status))
    return answers[0]


def test_a_secret_that_gets_through_is_found(planted: Planted, tmp_path: Path) -> None:
    leaky = tmp_path.parent / f"{tmp_path.name}-leaky"
    leaky.mkdir()
    (leaky / "sitecustomize.py").write_text(LEAKY)
    with told() as proxy:
        through(proxy, planted)
        echoing(proxy, planted, Reply(listing(planted)))
        planted.site.sync("run", PYTHONPATH=str(leaky))
        planted.site.sync("inbox", "--json")
    found = planted.find()
    assert {one.partition(" in ")[0] for one in found} == set(planted.secrets) - {"key"}
    assert any(" in 'dump:" in one for one in found)
    assert any(" in '0: " in one for one in found), "what a command prints"
