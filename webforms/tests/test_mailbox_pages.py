"""The mailbox of a demo: every mail can be found, at the time at which it became due."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from email.headerregistry import Address
from pathlib import Path

import pytest
from flask import Flask
from visits import Visitor

from quarterday import DocumentKind, Message
from quarterday.services.messages import mailbox, mime
from quarterday.services.record import UnitOfWork
from quarterday.testing.builders import OPERATOR
from quarterday.testing.clock import Clock
from quarterday_webforms.app import create_app

SENDER = Address("", "returns", "example.org")
DELIVERED = datetime(2026, 7, 1, 9, 30, tzinfo=UTC)


@pytest.fixture
def browser(app: Flask, uow: UnitOfWork, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Visitor:
    """A mailbox of 60 invitations, one a day from 1 March 2026, and a query, all delivered in one minute."""
    monkeypatch.setenv("QUARTERDAY_DATA_DIR", str(tmp_path))
    for number in range(61):
        clock.now = datetime(2026, 3, 1, 12, tzinfo=UTC).replace(month=3 + number // 28, day=1 + number % 28)
        kind, who = ("query", "lee") if number == 30 else ("invitation", f"person.{number}")
        with uow.begin(OPERATOR) as work:
            work.send(f"mail.{kind}", f"{kind}/{number}", {})
        subject = "Question about your return" if kind == "query" else "Your return is open"
        message = Message(
            kind=DocumentKind.MESSAGE, name="mail", content=b"Hello", media_type="text/plain",
            to=f"{who}@example.org", subject=subject, html="<p>Hello</p>",
        )  # fmt: skip
        mailbox.put(mime.mail(message, f"{kind}/{number}", sender=SENDER, at=DELIVERED), f"{kind}/{number}")
    site = app.extensions["quarterday"]
    return Visitor(create_app(replace(site, keeps_mails=True)).test_client())


def test_mails_are_found_by_page_person_and_kind(browser: Visitor) -> None:
    page = browser.open("/mailbox")
    assert page.html.count('href="/mailbox/') == 50
    assert page.text.index("person.60@example.org") < page.text.index("person.59@example.org")
    assert "5 May 2026 at 1:00pm" in page.text  # of the clock that was moved
    assert "lee@example.org" in page.text
    assert 'href="/mailbox?page=2" rel="next"' in page.html
    page = browser.open("/mailbox?page=2")
    assert page.html.count('href="/mailbox/') == 11
    assert 'rel="next"' not in page.html
    page = browser.open("/mailbox?kind=query")
    assert page.html.count('href="/mailbox/') == 1
    assert "lee@example.org 3 April 2026 at 1:00pm" in page.text
    address = re.findall(r'href="(/mailbox/[0-9a-f]+)"', page.html)[0]
    assert "To lee@example.org, 3 April 2026 at 1:00pm" in browser.open(address).text
    assert browser.open("/mailbox?words=PERSON.7@").html.count('href="/mailbox/') == 1
    assert "No e-mail here is like that." in browser.open("/mailbox?words=nobody").text
    assert browser.open("/mailbox?kind=nonsense&page=x").html.count('href="/mailbox/') == 50
