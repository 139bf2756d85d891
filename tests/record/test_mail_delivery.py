"""From a submission to a mail server: the worker delivers the receipt, once, also where it is killed in between."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest
from mail_server import PASSWORD, Desk, part, running, settings

from quarterday import NotConfigured
from quarterday.db.engine import open_engine
from quarterday.db.models import PluginSetting
from quarterday.db.outbox import State
from quarterday.db.work import UnitOfWork
from quarterday.registry import installed
from quarterday.services.background.deliveries import deliveries
from quarterday.services.background.policy import Settled
from quarterday.services.background.worker import run
from quarterday.services.messages import mailbox
from quarterday.services.plugins.configured import values_of
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR

SITE = "https://returns.example.gov.uk"
KILLED_BEFORE_IT_SETTLES = """
import os, signal, sys
from threading import Event
from sqlalchemy import event
from quarterday.db.engine import open_engine
from quarterday.db.work import UnitOfWork
from quarterday.services.background.kinds import KINDS, Kind
from quarterday.services.background.worker import run

if __name__ == "__main__":
    engine = open_engine(sys.argv[1])

    def compose(uow, row):
        made = KINDS[row.kind].compose(uow, row)
        event.listen(engine, "commit", lambda connection: os.kill(os.getpid(), signal.SIGKILL))
        return made

    kinds = {"mail.receipt": Kind(compose, repeat_perhaps_sent=True)}
    run(UnitOfWork(engine), stop=Event(), tell=print, once=True, kinds=kinds)
"""


@pytest.fixture
def alone(template_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[UnitOfWork]:
    """An empty record on SQLite in a data folder with what mails need."""
    said = {"DATA_DIR": str(tmp_path), "SECRET_KEY": "k" * 32, "PUBLIC_URL": SITE}
    for name, value in said.items():
        monkeypatch.setenv(f"QUARTERDAY_{name}", value)
    installed.cache_clear()
    shutil.copy(template_file, tmp_path / "record.db")
    engine = open_engine(f"sqlite:///{tmp_path / 'record.db'}")
    yield UnitOfWork(engine)
    engine.dispose()
    installed.cache_clear()


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A mail server that the installation's settings name."""
    with running() as desk:
        for name, value in settings(desk).items():
            monkeypatch.setenv(f"QUARTERDAY_SCHEDULER__{name.upper()}", str(value))
        yield desk


@pytest.fixture
def submitted(alone: UnitOfWork) -> UnitOfWork:
    """A record in which a return was submitted."""
    today = alone.clock().date()
    contract_id = builders.a_contract(alone, starts=today.replace(day=1), ends=today.replace(year=today.year + 2))
    return_id = builders.a_return(alone, contract_id=builders.an_award(alone, contract_id=contract_id), on=today)
    builders.a_submission(alone, {"ref": "GIFTS", "quantity": "250.10"}, return_id=return_id)
    return alone


def once(uow: UnitOfWork) -> list[Settled]:
    told: list[Settled] = []
    run(uow, stop=Event(), tell=told.append, once=True)
    return told


def test_the_receipt_of_a_submission_arrives_once(submitted: UnitOfWork, desk: Desk) -> None:
    (settled,) = once(submitted)
    assert settled.state is State.DONE, settled.why
    (mail,) = desk.mails
    (done,) = deliveries(submitted, OPERATOR)
    assert done.reference == mail["Message-ID"]
    assert "Gifts to charities: £250.10" in part(mail, "plain")
    assert once(submitted) == []
    assert len(desk.mails) == 1


def test_a_worker_that_is_killed_before_it_settles_sends_it_no_second_time(submitted: UnitOfWork, desk: Desk) -> None:
    command = [sys.executable, "-c", KILLED_BEFORE_IT_SETTLES, str(submitted.engine.url)]
    killed = subprocess.run(command, capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert len(desk.mails) == 1
    assert [one.state for one in deliveries(submitted, OPERATOR)] == [State.UNDER_WAY]
    assert [settled.state for settled in once(submitted)] == [State.DUE, State.DONE]
    assert len(desk.mails) == 1


def test_without_the_journal_it_would_be_seen_to_come_twice(submitted: UnitOfWork, desk: Desk, tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED_BEFORE_IT_SETTLES, str(submitted.engine.url)]
    subprocess.run(command, capture_output=True, check=False)
    (tmp_path / "sent.db").unlink()
    once(submitted)
    assert len(desk.mails) == 2
    assert len({mail["Message-ID"] for mail in desk.mails}) == 1


def test_mails_stay_in_the_mailbox_where_the_settings_say_so(
    submitted: UnitOfWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUARTERDAY_MAIL_SINK", "mailbox")
    assert [settled.state for settled in once(submitted)] == [State.DONE]
    (letter,) = mailbox.letters()
    assert letter.subject == "We have your return QD-000001-1"


def test_without_a_mail_server_mails_wait_and_say_for_what(submitted: UnitOfWork) -> None:
    (settled,) = once(submitted)
    assert settled.state is State.DUE
    assert "“host”: set it" in settled.why


def test_an_authority_with_a_server_of_its_own_is_given_nothing_of_the_installations(
    submitted: UnitOfWork, desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "password").write_text(f"{PASSWORD}\n")
    monkeypatch.setenv("QUARTERDAY_SCHEDULER__USER", "quarterday")
    monkeypatch.setenv("QUARTERDAY_SCHEDULER__PASSWORD_FILE", str(tmp_path / "password"))
    with submitted.begin(OPERATOR) as work:
        assert values_of(work, 1, "scheduler")["password"] == PASSWORD
        assert values_of(work, None, "scheduler") == values_of(work, 1, "scheduler")
        own = {"host": "smtp.example.org", "sender": "a@example.org"}
        work.add(PluginSetting, authority_id=1, plugin="scheduler", values=own, sealed="")
        assert values_of(work, 1, "scheduler") == own
        assert values_of(work, None, "scheduler")["user"] == "quarterday"
        assert values_of(work, None, "folder") == {}


def test_a_file_with_a_secret_that_is_not_there_is_named(alone: UnitOfWork, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUARTERDAY_SCHEDULER__PASSWORD_FILE", "/nowhere/at-all")
    with alone.read(OPERATOR) as work, pytest.raises(NotConfigured, match="QUARTERDAY_SCHEDULER__PASSWORD_FILE"):
        values_of(work, None, "scheduler")
