"""Who is trusted over the web: certificates on both sides, tokens, proxies; and that no secret shows anywhere."""

from __future__ import annotations

import http.client
import logging
import ssl
from base64 import b64decode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import trustme
from portal_servers import CLIENT, KEY, SECRET, Reply, Told, contract, document, simulated, told

from quarterday import NotConfigured, Retryable, Trouble
from quarterday.plugin_settings import taken
from quarterday_portal_sync.portal_settings import PortalSettings
from quarterday_portal_sync.transports import auth

NOTHING = Reply({"changes": [], "next": "", "more": False})
CHANGES, TOKEN = "/v1/changes", "/oauth/token"


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """A certificate authority that nobody knows."""
    return trustme.CA()


def pem(authority: trustme.CA) -> str:
    return authority.cert_pem.bytes().decode()


def server_context(certificate: trustme.LeafCert, clients: trustme.CA | None = None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    if clients is not None:
        clients.configure_trust(context)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


@pytest.fixture
def hostile() -> Iterator[Told]:
    with told() as found:
        found.replies = {CHANGES: [NOTHING]}
        yield found


def by_token(portal: Told, **more: object) -> dict[str, Any]:
    client = {"web_client_id": CLIENT, "web_client_secret": SECRET, "web_token_address": portal.address + TOKEN}
    return {"web_key": None, **client, **more}


def token(name: str, seconds: object = 3600) -> Reply:
    return Reply({"access_token": name, "token_type": "Bearer", "expires_in": seconds})


def shown(portal: Told) -> list[str]:
    """The tokens that were shown to the portal, in order."""
    return [one.headers.get("Authorization", "") for one in portal.asked if one.path.startswith("/v1/")]


# --- certificates ---


def test_an_authority_of_the_councils_own_is_trusted(authority: trustme.CA, tmp_path: Path) -> None:
    (tmp_path / "authority.pem").write_text(pem(authority))
    with told(server_context(authority.issue_cert("127.0.0.1"))) as portal:
        portal.replies = {CHANGES: [NOTHING]}
        for written in (pem(authority), str(tmp_path / "authority.pem")):
            assert list(portal.portal(web_authority=written).items("")) == []


@pytest.mark.parametrize(
    ("names", "days", "is_known", "says"),
    [
        (["127.0.0.1"], 30, False, "local issuer certificate"),
        (["127.0.0.1"], -1, True, "certificate has expired"),
        (["portal.example.org"], 30, True, "not valid for '127.0.0.1'"),
    ],
)
def test_a_certificate_that_is_not_valid_is_refused_and_said(
    authority: trustme.CA, names: list[str], days: int, is_known: bool, says: str
) -> None:
    certificate = authority.issue_cert(*names, not_after=datetime.now(UTC) + timedelta(days=days))
    with told(server_context(certificate)) as portal:
        portal.replies = {CHANGES: [NOTHING], "/v1/contracts/batch": [Reply({})]}
        source = portal.portal(web_authority=pem(authority) if is_known else "")
        for work in (lambda: list(source.items("")), lambda: source.deliver(document(contract()), "key")):
            with pytest.raises(NotConfigured) as caught:
                work()
            assert caught.value.field == "web_address"
            assert says in str(caught.value)
        assert portal.asked == []


def test_the_environment_says_neither_who_is_trusted_nor_where_to_go(
    authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "authority.pem").write_text(pem(authority))
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login somebody password else\n")
    (tmp_path / ".netrc").chmod(0o600)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "authority.pem"))
    monkeypatch.setenv("HOME", str(tmp_path))
    with told(server_context(authority.issue_cert("127.0.0.1"))) as portal, pytest.raises(NotConfigured):
        list(portal.portal().items(""))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    with told() as portal:
        portal.replies = {CHANGES: [NOTHING]}
        assert list(portal.portal().items("")) == []
        assert "Authorization" not in portal.asked[0].headers


def test_a_certificate_is_shown_to_the_portal(authority: trustme.CA, tmp_path: Path) -> None:
    mine = authority.issue_cert("quarterday.example.org")
    chain = "".join(one.bytes().decode() for one in mine.cert_chain_pems)
    key = mine.private_key_pem.bytes().decode()
    (tmp_path / "mine.pem").write_text(chain)
    (tmp_path / "mine.key").write_text(key)
    with told(server_context(authority.issue_cert("127.0.0.1"), authority)) as portal:
        portal.replies = {CHANGES: [NOTHING]}
        files = {"web_certificate": str(tmp_path / "mine.pem"), "web_certificate_key": str(tmp_path / "mine.key")}
        for written in ({"web_certificate": chain, "web_certificate_key": key}, files):
            assert list(portal.portal(web_authority=pem(authority), **written).items("")) == []
        with pytest.raises(NotConfigured) as caught:
            list(portal.portal(web_authority=pem(authority)).items(""))
        assert caught.value.field == "web_certificate"
        stranger = trustme.CA().issue_cert("quarterday.example.org")
        with pytest.raises(NotConfigured) as caught:
            list(
                portal.portal(
                    web_authority=pem(authority),
                    web_certificate=stranger.cert_chain_pems[0].bytes().decode(),
                    web_certificate_key=stranger.private_key_pem.bytes().decode(),
                ).items("")
            )
        assert caught.value.field == "web_certificate"


def test_certificate_and_key_that_do_not_belong_together(hostile: Told, authority: trustme.CA) -> None:
    mine, other = authority.issue_cert("a.example.org"), authority.issue_cert("b.example.org")
    chain, key = mine.cert_chain_pems[0].bytes().decode(), other.private_key_pem.bytes().decode()
    for more, field in (
        ({"web_certificate": chain, "web_certificate_key": key}, "web_certificate"),
        ({"web_certificate": chain}, "web_certificate_key"),
        ({"web_certificate": "/nowhere/mine.pem", "web_certificate_key": key}, "web_certificate"),
        ({"web_authority": "/nowhere/authority.pem"}, "web_authority"),
        ({"web_authority": "-----BEGIN CERTIFICATE-----\nodd"}, "web_authority"),
    ):
        with pytest.raises(NotConfigured) as caught:
            list(hostile.portal(**more).items(""))
        assert caught.value.field == field
        assert "PRIVATE KEY" not in str(caught.value)
    assert hostile.asked == []


# --- tokens ---


@pytest.mark.parametrize("where", ["header", "body"])
def test_a_token_is_had_once_and_shown(hostile: Told, where: str) -> None:
    hostile.replies[TOKEN] = [token("token-1")]
    settings = by_token(hostile, web_client_in=where, web_scope="records:read records:write")
    for _ in range(2):
        list(hostile.portal(**settings).items(""))
    asked = [one for one in hostile.asked if one.path == TOKEN]
    assert len(asked) == 1
    assert shown(hostile) == ["Bearer token-1"] * 2
    form = {name: value[0] for name, value in parse_qs(asked[0].body.decode()).items()}
    assert (form["grant_type"], form["scope"]) == ("client_credentials", "records:read records:write")
    if where == "body":
        assert (form["client_id"], form["client_secret"]) == (CLIENT, SECRET)
    else:
        assert b64decode(asked[0].headers["Authorization"].split()[1]) == f"{CLIENT}:{SECRET}".encode()
        assert SECRET not in asked[0].body.decode()


def test_a_token_is_had_anew_before_it_ends(hostile: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(auth, "monotonic", lambda: now[0])
    hostile.replies[TOKEN] = [token("token-1", 300), token("token-2", "300"), token("token-3", None)]
    settings = by_token(hostile)
    for seconds in (0, 260, 20, 260, 20, 3500, 80):
        now[0] += seconds
        list(hostile.portal(**settings).items(""))
    assert [one[-1] for one in shown(hostile)] == ["1", "1", "2", "2", "3", "3", "3"]
    assert len([one for one in hostile.asked if one.path == TOKEN]) == 4


def test_a_refused_token_is_had_anew_once(hostile: Told) -> None:
    hostile.replies[TOKEN] = [token("token-1"), token("token-2"), token("token-3")]
    hostile.replies[CHANGES] = [Reply({}, 401), NOTHING, Reply({"error": "expired token-2"}, 401)]
    settings = by_token(hostile)
    list(hostile.portal(**settings).items(""))
    assert shown(hostile) == ["Bearer token-1", "Bearer token-2"]
    with pytest.raises(NotConfigured) as caught:
        list(hostile.portal(**settings).items(""))
    assert shown(hostile)[2:] == ["Bearer token-2", "Bearer token-3"]
    assert caught.value.field == "web_client_secret"


@pytest.mark.parametrize(
    ("reply", "kind", "field"),
    [
        (
            Reply({"error": "invalid_client", "error_description": f"{SECRET} is wrong"}, 401),
            NotConfigured,
            "web_client_secret",
        ),
        (Reply({"error": "invalid_scope"}, 400), NotConfigured, "web_client_secret"),
        (Reply({}, 404), NotConfigured, "web_token_address"),
        (Reply({"error": "invalid_client"}), Retryable, ""),
        (Reply({"token_type": "Bearer"}), Retryable, ""),
        (Reply(b"<html>"), Retryable, ""),
        (Reply([1]), Retryable, ""),
        (Reply({}, 503, {"Retry-After": "900"}), Retryable, ""),
        (token("one\ntwo"), Retryable, ""),
        (Reply({}, 302, {"Location": "https://elsewhere.example/"}), NotConfigured, "web_address"),
    ],
)
def test_where_no_token_is_given(hostile: Told, reply: Reply, kind: type[Trouble], field: str) -> None:
    hostile.replies[TOKEN] = [reply]
    with pytest.raises(kind) as caught:
        list(hostile.portal(**by_token(hostile)).items(""))
    assert getattr(caught.value, "field", "") == field
    assert SECRET not in str(caught.value)
    assert shown(hostile) == []


def test_a_key_goes_in_the_header_that_was_said(hostile: Told) -> None:
    for header, written in (("X-Api-Key", KEY), ("Authorization", f"Bearer {KEY}"), ("Ocp-Apim-Key", KEY)):
        list(hostile.portal(web_key_header=header).items(""))
        assert hostile.asked[-1].headers[header] == written


# --- proxies ---


def test_a_request_goes_through_the_proxy(hostile: Told) -> None:
    with told() as proxy:
        address = f"{hostile.address}{CHANGES}"
        proxy.replies[address] = [NOTHING]
        through = proxy.address.replace("://", "://somebody:proxy-password@")
        assert list(hostile.portal(web_proxy=through).items("")) == []
        assert hostile.asked == []
        assert b64decode(proxy.asked[0].headers["Proxy-Authorization"].split()[1]) == b"somebody:proxy-password"


def test_a_proxy_that_wants_a_password(authority: trustme.CA) -> None:
    with told() as proxy, told(server_context(authority.issue_cert("127.0.0.1"))) as portal:
        settings = {"web_authority": pem(authority), "web_proxy": proxy.address}
        with pytest.raises(Retryable, match="proxy"):  # it knows no CONNECT
            list(portal.portal(**settings, web_patience=0).items(""))
        assert portal.asked == []


# --- secrets ---

PLANTED = {
    "web_key": "planted-api-key-7391",
    "web_client_secret": "planted-client-secret-7391",
    "webhook_secret": "planted-webhook-secret-7391",
    "exchange_password": "planted-exchange-password-7391",
}


def test_no_secret_shows(hostile: Told, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    caplog.set_level(logging.DEBUG)
    echo = {"detail": f"odd: {PLANTED['web_key']} {PLANTED['web_client_secret']} planted-token-7391"}
    hostile.replies[TOKEN] = [token("planted-token-7391")]
    said = []
    both = {**by_token(hostile), **PLANTED, "web_proxy": hostile.address.replace("://", "://x:planted-proxy-7391@")}
    for number, reply in enumerate([Reply(echo, status) for status in (200, 400, 401, 403, 404, 405, 422, 500, 503)]):
        hostile.replies |= {f"{hostile.address}{path}": [reply] for path in (CHANGES, "/v1/contracts/batch")}
        hostile.replies[f"{hostile.address}{TOKEN}"] = hostile.replies[TOKEN]
        portal = hostile.portal(**both, web_patience=0)
        for work in (lambda p=portal: list(p.items("")), lambda p=portal: p.deliver(document(contract()), "key")):
            try:
                said.append(repr(work()))
            except Trouble as trouble:
                said.append(f"{trouble!r} {trouble}")
        said += [repr(portal), repr(vars(portal)), str(portal._settings), portal._settings.model_dump_json()]
        assert len(said) == 6 * (number + 1)
    wrong = {
        **hostile.settings(),
        **PLANTED,
        "web_certificate_key": "planted-key-7391",
        "web_proxy": "planted-proxy-7391",
    }
    with pytest.raises(NotConfigured) as caught:
        taken(PortalSettings, wrong)
    written = capfd.readouterr()
    assert http.client.HTTPConnection.debuglevel == 0
    everything = "\n".join([*said, str(caught.value), repr(caught.value), caplog.text, written.out, written.err])
    assert "7391" not in everything
    assert "urllib3" in caplog.text


def test_the_simulated_portal_by_token_and_certificate(authority: trustme.CA, tmp_path: Path) -> None:
    with simulated(tmp_path, server_context(authority.issue_cert("127.0.0.1"), authority)) as portal:
        mine = authority.issue_cert("quarterday.example.org")
        settings = {
            "web_authority": pem(authority),
            "web_certificate": mine.cert_chain_pems[0].bytes().decode(),
            "web_certificate_key": mine.private_key_pem.bytes().decode(),
            "web_client_id": CLIENT,
            "web_client_secret": SECRET,
            "web_token_address": f"{portal.address}/oauth/token",
            "web_key": None,
        }
        assert portal.portal(**settings).deliver(document(contract()), "key").answers[0].external_id == "A-1"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"web_address": "http://portal.example.org"}, "web_address"),
        ({"web_address": "https://name:password@portal.example.org"}, "web_address"),
        ({"web_address": "portal.example.org"}, "web_address"),
        ({"web_address": "https://portal.example.org/?key=1"}, "web_address"),
        ({"web_address": "https://portal.example.org:port/"}, "web_address"),
        ({"web_address": ""}, "transport"),
        ({"transport": "folder"}, "transport"),
        ({"transport": "post"}, "transport"),
        ({"mapping": "mapping/portal.toml"}, "mapping"),
        ({"web_key": " key"}, "web_key"),
        ({"web_key": "kéy"}, "web_key"),
        ({"web_key_header": "X-Key: 1"}, "web_key_header"),
        ({"web_client_id": "quarterday"}, "web_token_address"),
        ({"web_client_secret": "secret"}, "web_client_secret"),
        ({"web_proxy": "proxy.example.org:3128"}, "web_proxy"),
        ({"web_certificate": "mine.pem"}, "web_certificate"),
        (
            {"web_certificate": "-----BEGIN CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----"},
            "web_certificate",
        ),
        ({"web_certificate_key": "mine.key"}, "web_certificate_key"),
        ({"web_authority": "authority.pem"}, "web_authority"),
        ({"webhook_secret": "short"}, "webhook_secret"),
        ({"batch": 0}, "batch"),
        ({"entries": "all"}, "entries"),
    ],
)
def test_settings_that_can_be_seen_to_be_wrong(hostile: Told, wrong: dict[str, object], field: str) -> None:
    with pytest.raises(NotConfigured) as caught:
        taken(PortalSettings, {**hostile.settings(), **wrong})
    assert caught.value.field == field
