"""One id from a click to the mail: the page answers with it, the worker logs it, and the mail is in the mailbox."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from email import message_from_string
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from visits import Visitor

from quarterday.db.models import OutboxRow, User
from quarterday.services.record import UnitOfWork
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR
from quarterday.testing.clock import Clock

CLICK = "click-0123456789"


@pytest.fixture
def environment(tmp_path: Path, uow: UnitOfWork, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What pages and worker are told: one record, one key, mails that stay here."""
    said = {
        "DATA_DIR": str(tmp_path),
        "DATABASE_URL": str(uow.engine.url),
        "SECRET_KEY": "the installation's key for tests, long enough",
        "PUBLIC_URL": "http://127.0.0.1:8000",
        "MAIL_SINK": "mailbox",
    }
    for name, value in said.items():
        monkeypatch.setenv(f"QUARTERDAY_{name}", value)
    return dict(os.environ)


def test_one_id_goes_from_the_click_to_the_mail(
    app: Flask, uow: UnitOfWork, clock: Clock, environment: dict[str, str], tmp_path: Path
) -> None:
    clock.now = datetime.now(UTC)  # as the worker's
    user_id = builders.a_user(uow, supplier_id=builders.a_supplier(uow))
    with uow.read(OPERATOR) as work:
        email = work.connection.execute(select(User.c.email).where(User.c.id == user_id)).scalar_one()
    client = app.test_client()
    visitor = Visitor(client)
    page = visitor.open("/sign-in")
    typed = {"csrf_token": page.value("csrf_token"), "email": email}
    answer = client.post("/sign-in", data=typed, headers={"X-Request-ID": CLICK})
    assert answer.headers["X-Request-ID"] == CLICK
    with uow.read(OPERATOR) as work:
        assert work.all(select(OutboxRow.c.kind, OutboxRow.c.trace)) == [("mail.sign_in", CLICK)]

    command = [Path(sys.executable).with_name("quarterday"), "worker", "--once", "--json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=100, check=True)
    (line,) = [json.loads(line) for line in done.stderr.splitlines()]
    assert (line["what"], line["kind"], line["state"], line["trace"]) == ("delivery", "mail.sign_in", "done", CLICK)
    mail = message_from_string((tmp_path / "mailbox" / f"{line['reference']}.eml").read_text())
    assert mail["To"] == email


def test_every_request_has_an_id_of_its_own(app: Flask) -> None:
    client = app.test_client()
    ids = {client.get("/healthz").headers["X-Request-ID"] for _ in range(3)}
    assert len(ids) == 3
