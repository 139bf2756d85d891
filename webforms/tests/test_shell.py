"""What every answer carries, whatever the page, and what every request must keep to."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, render_template_string
from sqlalchemy import text

from quarterday import Every, Job
from quarterday.services.background.clock import strike
from quarterday.services.record import UnitOfWork
from quarterday.testing import builders
from quarterday.testing.clock import Clock
from quarterday_webforms.app import create_app
from quarterday_webforms.site import open_site


@pytest.mark.parametrize("address", ["/sign-in", "/healthz", "/nothing/here", "/accessibility"])
def test_every_answer_is_guarded(app: Flask, address: str) -> None:
    headers = app.test_client().get(address).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
    assert "unsafe" not in headers["Content-Security-Policy"]


def test_no_page_needs_what_the_policy_forbids(app: Flask) -> None:
    html = app.test_client().get("/sign-in").text
    assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son\w+=", html)


def test_each_of_several_banners_has_a_title_of_its_own(app: Flask) -> None:
    with app.test_request_context():
        html = render_template_string('{% from "frame/news.html" import news %}{{ news(["One.", "Two."]) }}')
    assert re.findall(r'id="([^"]+)"', html) == re.findall(r'labelledby="([^"]+)"', html) == ["news-1", "news-2"]


def test_a_request_has_an_id_in_the_answer_and_on_the_error_page(app: Flask) -> None:
    answer = app.test_client().get("/nothing/here")
    assert re.fullmatch("[0-9a-f]{16}", answer.headers["X-Request-ID"])
    assert answer.headers["X-Request-ID"] in answer.text
    given = app.test_client().get("/sign-in", headers={"X-Request-ID": "trace-12345678"})
    assert given.headers["X-Request-ID"] == "trace-12345678"
    forged = app.test_client().get("/sign-in", headers={"X-Request-ID": "<b>"})
    assert forged.headers["X-Request-ID"] != "<b>"


def test_what_was_typed_on_a_form_that_isnt_known_to_be_ours_is_shown_and_nothing_done(
    app: Flask, uow: UnitOfWork
) -> None:
    answer = app.test_client().post("/sign-in", data={"email": "jo@example.org"})
    assert answer.status_code == 400
    assert "jo@example.org" in answer.text
    with uow.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM sign_in_token")).scalar_one() == 0


def test_a_request_that_is_too_large_is_told_so(app: Flask) -> None:
    parts = {f"field{number}": "x" for number in range(1001)}
    answer = app.test_client().post("/sign-in", data=parts, content_type="multipart/form-data")
    assert answer.status_code == 413
    assert "<h1" in answer.text


def test_the_largest_file_that_is_kept_fits_into_a_request(app: Flask) -> None:
    most = app.extensions["quarterday"].megabytes * 2**20
    for length, status in ((most + 2**20, 400), (most + 2**20 + 1, 413)):  # 400: nothing of what it announces comes
        sent = {"content_type": "multipart/form-data; boundary=x", "environ_overrides": {"CONTENT_LENGTH": str(length)}}
        assert app.test_client().post("/sign-in", **sent).status_code == status


def test_a_cookie_is_kept_from_scripts_and_other_sites(app: Flask) -> None:
    set_cookie = app.test_client().get("/sign-in").headers["Set-Cookie"]
    assert "HttpOnly" in set_cookie
    assert "SameSite=Lax" in set_cookie


def test_over_https_everything_stays_there(app: Flask) -> None:
    answer = app.test_client().get("/sign-in", base_url="https://returns.example")
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")


def test_behind_a_proxy_with_a_prefix_every_address_carries_it(whole_app: Flask, app: Flask) -> None:
    behind = create_app(app.extensions["quarterday"], proxies=1)
    told = {
        "X-Forwarded-For": "203.0.113.9",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "council.example",
        "X-Forwarded-Prefix": "/social-value",
    }
    answer = behind.test_client().get("/sign-in", headers=told)
    addresses = re.findall(r'(?:href|src|action)="(/[^"]*)"', answer.text)
    assert addresses
    assert all(address.startswith("/social-value/") for address in addresses), addresses
    assert "Strict-Transport-Security" in answer.headers
    away = behind.test_client().get("/returns", headers=told)
    assert away.headers["Location"] == "/social-value/sign-in"


def test_whoever_stands_before_it_without_being_expected_is_not_believed(app: Flask) -> None:
    answer = app.test_client().get("/returns", headers={"X-Forwarded-Prefix": "/elsewhere"})
    assert answer.headers["Location"] == "/sign-in"


def test_machines_are_told_how_it_is(app: Flask, uow: UnitOfWork) -> None:
    client = app.test_client()
    assert client.get("/healthz").text == "ok\n"
    assert client.get("/readyz").text == "ready\n"
    with uow.begin(builders.OPERATOR) as work:
        work.send("mail.sign_in", "mail.sign_in/1", {"token": 1, "user": 1})
    metrics = client.get("/metrics").text
    assert 'quarterday_outbox_rows{kind="mail.sign_in",state="due"} 1.0' in metrics
    assert 'quarterday_deliveries{result="dead"} 0.0' in metrics
    assert "quarterday_clock_lag_seconds" not in metrics
    assert re.search(r'quarterday_answers_total\{page="health.ready",status="200"\} [1-9]', metrics)


def test_a_clock_that_is_silent_is_told(app: Flask, uow: UnitOfWork, clock: Clock) -> None:
    client = app.test_client()
    assert strike(uow, Job("tidy", "Tidy up.", Every(1), "somewhere:tidy"))
    clock.forward(minutes=5)
    assert client.get("/readyz").text == "ready\n"
    clock.forward(seconds=1)
    silent = client.get("/readyz")
    assert silent.status_code == 503
    assert silent.text == "The clock has not struck for 5 min: let “quarterday clock” run.\n"
    assert "quarterday_clock_lag_seconds 301.0" in client.get("/metrics").text
    strike(uow, Job("tidy", "Tidy up.", Every(1), "somewhere:tidy"))
    assert client.get("/readyz").status_code == 200


def test_an_outbox_that_is_stuck_is_told(app: Flask, uow: UnitOfWork, clock: Clock) -> None:
    client = app.test_client()
    with uow.begin(builders.OPERATOR) as work:
        work.send("mail.sign_in", "mail.sign_in/1", {"token": 1, "user": 1}, due=clock.now)
    clock.forward(minutes=10)
    assert client.get("/readyz").text == "ready\n"
    clock.forward(minutes=51)
    stuck = client.get("/readyz")
    assert stuck.status_code == 503
    assert stuck.text.startswith("The outbox is stuck, something in it has been due for 1 h 1 min:")
    assert "quarterday_outbox_oldest_seconds 3660.0" in client.get("/metrics").text


def test_a_record_that_cant_be_read_is_not_ready(app: Flask, uow: UnitOfWork) -> None:
    with uow.engine.begin() as connection:
        connection.execute(text("ALTER TABLE outbox RENAME TO elsewhere"))
    assert app.test_client().get("/readyz").status_code == 503


def test_a_fault_of_ours_shows_nothing_of_itself(app: Flask, uow: UnitOfWork) -> None:
    with uow.engine.begin() as connection:
        connection.execute(text("ALTER TABLE sign_in_session RENAME TO elsewhere"))
    client = app.test_client()
    with client.session_transaction() as kept:
        kept["visit"] = "somebody"
    answer = client.get("/returns")
    assert answer.status_code == 500
    assert "elsewhere" not in answer.text
    assert "sign_in_session" not in answer.text
    assert answer.headers["X-Request-ID"] in answer.text


def test_the_mailbox_is_there_only_where_mails_are_kept(app: Flask, visitor: Callable[..., Any]) -> None:
    assert app.test_client().get("/mailbox").status_code == 404


@pytest.mark.parametrize(
    ("address", "is_shown"),
    [
        ("http://127.0.0.1:8000", True),
        ("http://localhost:8000", True),
        ("https://returns.example.gov.uk", False),
        ("http://127.0.0.1.example", False),
    ],
)
def test_everybodys_mails_are_shown_on_this_machine_alone(
    empty_record: Path, monkeypatch: pytest.MonkeyPatch, address: str, is_shown: bool
) -> None:
    said = {"DATA_DIR": empty_record.parent, "SECRET_KEY": "k" * 32, "MAIL_SINK": "mailbox", "PUBLIC_URL": address}
    for name, value in said.items():
        monkeypatch.setenv(f"QUARTERDAY_{name}", str(value))
    found = open_site()
    found.uow.engine.dispose()
    assert found.keeps_mails is is_shown
