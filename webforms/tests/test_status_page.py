"""The page of what happens by itself: plugins at work, the clock's jobs, what was given up."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import update

from quarterday.db.models import JobRun, OutboxRow, PluginSetting, SourceCursor, SourceItem, SourceReject
from quarterday.services.background.status import MOST
from quarterday.services.plugins.pauses import MOST_FAULTS, faults_counted
from quarterday.services.plugins.process import PluginFault
from quarterday.services.record import UnitOfWork
from quarterday.testing import builders
from quarterday.testing.authenticator import code_at
from quarterday.testing.builders import OPERATOR
from quarterday.testing.clock import Clock

WHY = "The sink “smtp” did not finish in 120 seconds and was ended."


def pause(uow: UnitOfWork, authority_id: int, part: str = "smtp") -> None:
    for _ in range(MOST_FAULTS):
        with pytest.raises(PluginFault), faults_counted(uow, authority_id, "scheduler", part):
            raise PluginFault(WHY)


def give_up(uow: UnitOfWork, authority_id: int, key: str, *, state: str = "dead", kind: str = "mail.query") -> None:
    with uow.begin(OPERATOR) as work:
        row_id = work.send(kind, key, {}, authority_id=authority_id)
        lost = {"state": state, "settled_at": work.now, "error": f"Nobody takes {key}."}
        work.connection.execute(update(OutboxRow).where(OutboxRow.c.id == row_id).values(**lost))


@pytest.fixture
def authority_id(uow: UnitOfWork) -> int:
    return builders.an_authority(uow)


@pytest.fixture
def lead(uow: UnitOfWork, authority_id: int, visitor: Callable[..., Any]) -> Any:
    return visitor(builders.a_user(uow, authority_id=authority_id, role="lead"))


@pytest.fixture
def administrator(
    uow: UnitOfWork, authority_id: int, visitor: Callable[..., Any], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> Any:
    """In a session that has passed its second factor."""
    monkeypatch.setenv("QUARTERDAY_SECRET_KEY", "a key for tests, of which nobody is to think much")
    browser = visitor(builders.a_user(uow, authority_id=authority_id, role="administrator"))
    enrol = browser.open("/account/second-factor")
    secret = re.findall(r"<code>([A-Z2-7]+)</code>", enrol.html)[0]
    browser.send(enrol, "/account/second-factor", code=code_at(secret, clock.now))
    return browser


def test_where_all_is_well_it_says_so(lead: Any) -> None:
    page = lead.open("/council/status")
    assert page.status == 200
    assert page.title.startswith("What happens by itself")
    assert "Nothing was given up." in page.text
    assert "No connection is set for your council." in page.text
    assert "Seal the audit trail. every minute never yet" in page.text
    assert "paused" not in page.text
    assert 'href="/council/status"' in lead.open("/council").html


def test_what_is_paused_is_said_and_an_administrator_lets_it_go_on(
    uow: UnitOfWork, authority_id: int, lead: Any, administrator: Any
) -> None:
    pause(uow, authority_id)
    pause(uow, authority_id, part="gone-sink")
    page = lead.open("/council/status")
    assert "Something is paused because it broke several times in a row." in page.text
    assert f"Mail delivers paused Since 1 July 2026 at 10:30am: {WHY}" in page.text
    assert "gone-sink" in page.text
    assert "An administrator of your council can let it go on." in page.text
    assert "/council/status/resume" not in page.html
    assert lead.open("/council/status/resume").status == 404
    assert 'href="/council/status/resume"' in administrator.open("/council/status").html
    done = administrator.fill_in("/council/status/resume")
    assert "What was paused goes on within a few minutes." in done.text
    assert "Something is paused" not in done.text
    assert administrator.open("/council/status/resume").status == 303


def test_what_was_given_up_is_listed_with_the_reason(uow: UnitOfWork, authority_id: int, lead: Any) -> None:
    give_up(uow, authority_id, "the query")
    give_up(uow, authority_id, "the <b>digest</b>", state="perhaps sent", kind="mail.digest")
    give_up(uow, authority_id, "the report", kind="report.delivery")
    with uow.begin(OPERATOR) as work:
        work.send("mail.query", "waits", {}, authority_id=authority_id)
    text = lead.open("/council/status").text
    assert "1 message or report waits to go out." in text
    assert "Given up: 2. Perhaps sent: 1." in text
    assert "Report given up 1 July 2026 at 10:30am Nobody takes the report." in text
    assert "Mail perhaps sent 1 July 2026 at 10:30am Nobody takes the <b>digest</b>." in text
    for number in range(MOST):
        give_up(uow, authority_id, f"more {number}")
    page = lead.open("/council/status")
    assert f"The newest {MOST} are shown." in page.text
    assert "the query" not in page.text


def test_a_source_says_when_it_was_read_and_what_cant_be_used(uow: UnitOfWork, authority_id: int, lead: Any) -> None:
    mine = {"authority_id": authority_id, "source": "returned-mail"}
    with uow.begin(OPERATOR) as work:
        values = {"returned_mail": "/var/mail/returns"}
        work.add(PluginSetting, authority_id=authority_id, plugin="scheduler", values=values, sealed="")
    assert "Mail that came back is read nothing was read yet" in lead.open("/council/status").text
    with uow.begin(OPERATOR) as work:
        work.add(SourceCursor, **mine, cursor="7")
        for key in ("a", "a", "b", "c"):
            work.add(SourceReject, **mine, key=key, why="It has no words.")
        work.add(SourceItem, **mine, key="c", kind="bounce")
    text = lead.open("/council/status").text
    assert "something new was last read on 1 July 2026 at 10:30am 2 records can’t be used" in text
    assert "Mail delivers" not in text, "it isn't set by those settings"


def test_jobs_say_when_they_were_last_done_and_how(uow: UnitOfWork, lead: Any) -> None:
    with uow.begin(OPERATOR) as work:
        for job, good in (("seal", True), ("sweep", True), ("sweep", False)):
            work.add(
                JobRun, job=job, struck_for=work.now, good=good, said="A secret of another council.", milliseconds=3
            )
    text = lead.open("/council/status").text
    assert "Seal the audit trail. every minute 1 July 2026 at 10:30am" in text
    assert "daily at 03:00 1 July 2026 at 10:30am failed" in text
    assert "A secret of another council." not in text


def test_nothing_of_another_council_is_shown(uow: UnitOfWork, lead: Any) -> None:
    other = builders.an_authority(uow, key="other")
    pause(uow, other)
    give_up(uow, other, "theirs")
    text = lead.open("/council/status").text
    assert "Nothing was given up." in text
    assert "Something is paused" not in text
    assert "0 messages and reports wait to go out." in text


def test_it_is_for_leads_and_administrators(uow: UnitOfWork, authority_id: int, visitor: Callable[..., Any]) -> None:
    manager = visitor(builders.a_user(uow, authority_id=authority_id))
    assert manager.open("/council/status").status == 404
    assert "/council/status" not in manager.open("/council").html
