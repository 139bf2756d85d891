"""Calls of other systems: to a plugin's own application, without cookies, within limits, and its errors are its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

CALLED: list[dict[str, Any]] = []


def answers(status: str, *headers: tuple[str, str]) -> Callable[..., list[bytes]]:
    def application(environ: dict[str, Any], start_response: Callable[..., object]) -> list[bytes]:
        CALLED.append({**environ, "body": environ["wsgi.input"].read()})
        start_response(status, [("Content-Type", "text/plain"), *headers])
        return [b"heard"]

    return application


def fails(environ: dict[str, Any], start_response: Callable[..., object]) -> list[bytes]:
    raise ValueError("seven")


def exits(environ: dict[str, Any], start_response: Callable[..., object]) -> list[bytes]:
    raise SystemExit(7)


def says_nothing(environ: dict[str, Any], start_response: Callable[..., object]) -> list[bytes]:
    return []


@pytest.fixture
def caller(app: Flask) -> FlaskClient:
    hooks = {
        "sound": answers("200 OK", ("Set-Cookie", "quarterday=stolen"), ("X-Its-Own", "1")),
        "shut": answers("401 Unauthorized"),
        "fails": fails,
        "exits": exits,
        "says-nothing": says_nothing,
    }
    app.extensions["quarterday"] = replace(app.extensions["quarterday"], hooks=hooks)
    CALLED.clear()
    return app.test_client()


def test_a_call_comes_as_it_was_made_and_without_cookies(caller: FlaskClient, app: Flask) -> None:
    caller.set_cookie("visit", "somebody's session")
    answer = caller.post("/hooks/sound/northmoor/more?a=1", data=b"\0said", headers={"Authorization": "Bearer x"})
    (called,) = CALLED
    assert (answer.status_code, answer.data) == (200, b"heard")
    assert (called["SCRIPT_NAME"], called["PATH_INFO"]) == ("/hooks/sound", "/northmoor/more")
    assert (called["QUERY_STRING"], called["body"]) == ("a=1", b"\0said")
    assert called["HTTP_AUTHORIZATION"] == "Bearer x"
    assert called["quarterday.record"] is app.extensions["quarterday"].uow
    assert not [name for name in called if name.startswith(("HTTP_COOKIE", "werkzeug.", "flask."))]


def test_an_answer_sets_no_cookie_and_has_the_headers_of_every_answer(caller: FlaskClient) -> None:
    answer = caller.post("/hooks/sound", data=b"")
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["X-Its-Own"] == "1"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Request-ID"]


@pytest.mark.parametrize("path", ["nowhere", "..", "sound.txt"])
def test_where_nobody_listens_there_is_nothing(caller: FlaskClient, path: str) -> None:
    assert caller.post(f"/hooks/{path}", data=b"").status_code == 404


@pytest.mark.parametrize("path", ["fails", "exits", "says-nothing"])
def test_an_error_in_an_application_is_one_answer(caller: FlaskClient, path: str) -> None:
    assert caller.post(f"/hooks/{path}", data=b"").status_code == 500
    assert caller.post("/hooks/sound", data=b"").status_code == 200
    assert caller.get("/healthz").status_code == 200


def test_a_call_that_is_too_large_is_not_read(caller: FlaskClient) -> None:
    assert caller.post("/hooks/sound", data=b"x" * 64_000).status_code == 200
    assert caller.post("/hooks/sound", data=b"x" * 64_001).status_code == 413
    assert caller.post("/hooks/sound", headers={"Transfer-Encoding": "chunked"}).status_code == 411
    assert len(CALLED) == 1


def test_who_guesses_has_to_wait_and_nobody_else(caller: FlaskClient) -> None:
    statuses = [caller.post("/hooks/shut", data=b"").status_code for _ in range(21)]
    assert statuses == [401] * 20 + [429]
    assert caller.post("/hooks/sound", data=b"").status_code == 429
    elsewhere = {"REMOTE_ADDR": "198.51.100.7"}
    assert caller.post("/hooks/sound", data=b"", environ_base=elsewhere).status_code == 200


def test_a_call_needs_no_token_of_a_form_and_everything_else_does(caller: FlaskClient) -> None:
    assert caller.post("/hooks/sound", data={"a": "1"}).status_code == 200
    assert caller.post("/sign-in", data={"email": "a@example.org"}).status_code == 400
