"""`quarterday jobs`: what was struck, what came of it, running one now, pausing one."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, time
from pathlib import Path
from threading import Event

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from quarterday import Daily, Every, Job
from quarterday.cli.main import main
from quarterday.db import trace
from quarterday.db.models import AuditRow, JobPause, OutboxRow
from quarterday.db.work import Actor, UnitOfWork
from quarterday.registry import installed
from quarterday.services.background.clock import strike
from quarterday.services.background.scheduled import in_words
from quarterday.services.background.worker import run
from quarterday.services.plugins.jobs import Offered, jobs
from quarterday.testing.clock import Clock

CLI = Actor.operator("cli")

Quarterday = Callable[..., Result]


@pytest.fixture
def quarterday(tmp_path: Path, record_url: str, monkeypatch: pytest.MonkeyPatch) -> Quarterday:
    """Run the command on the record of ``uow``."""
    monkeypatch.setenv("QUARTERDAY_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("QUARTERDAY_DATABASE_URL", record_url)
    return lambda *words: CliRunner().invoke(main, words, catch_exceptions=False)


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Job:
    """A job of the scheduler's that is nowhere to be found."""
    job = Job("broken", "It isn't there.", Every(5), "quarterday_scheduler.upkeep:nowhere")
    monkeypatch.setitem(jobs(installed()), job.name, Offered("scheduler", job))
    return job


def standing(quarterday: Quarterday, name: str) -> dict[str, object]:
    found = json.loads(quarterday("jobs", "list", "--json").stdout)["jobs"]
    return next(one for one in found if one["name"] == name)


def work(uow: UnitOfWork) -> list[str]:
    told: list[str] = []
    run(uow, stop=Event(), tell=lambda settled: told.append(f"{settled.row.key}: {settled.state}"), once=True)
    return told


def test_a_job_is_shown_from_its_strike_to_what_came_of_it(
    uow: UnitOfWork, clock: Clock, quarterday: Quarterday
) -> None:
    before = standing(quarterday, "seal")
    assert (before["when"], before["paused"], before["last_struck"], before["state"], before["last"]) == (
        "every minute", False, None, None, None,
    )  # fmt: skip
    strike(uow, jobs(installed())["seal"].job)
    assert standing(quarterday, "seal")["state"] == "due"
    with uow.begin(CLI) as working:
        working.audit(None, "authority.added", "authority/1")
    assert work(uow) == ["job/seal/2026-07-01T09:30Z: done"]
    shown = standing(quarterday, "seal")
    assert (shown["last_struck"], shown["state"]) == ("2026-07-01T09:30:00+00:00", "done")
    last = shown["last"]
    assert (last["good"], last["said"], last["struck_for"]) == (True, "Rows sealed: 0.", "2026-07-01T09:30:00+00:00")
    assert 0 < last["seconds"] < 100
    line = next(line for line in quarterday("jobs", "list").stdout.splitlines() if line.startswith("seal"))
    assert " good  Rows sealed: 0." in line


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_job_that_fails_says_why(uow: UnitOfWork, quarterday: Quarterday, broken: Job) -> None:
    strike(uow, broken)
    assert work(uow) == ["job/broken/2026-07-01T09:30Z: due"]
    last = standing(quarterday, "broken")["last"]
    assert last["good"] is False
    assert "nowhere" in last["said"]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_a_job_asks_for_has_the_id_of_its_strike(
    uow: UnitOfWork, quarterday: Quarterday, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = Job("telegraph", "Send a telegram.", Every(5), "telegraphing:send")
    monkeypatch.setitem(jobs(installed()), job.name, Offered("scheduler", job))
    with trace.traced("0123456789abcdef"):
        strike(uow, job)
    work(uow)
    with uow.read(CLI) as working:
        assert working.all(select(OutboxRow.c.kind, OutboxRow.c.trace).order_by(OutboxRow.c.id)) == [
            ("job", "0123456789abcdef"), ("telegram", "0123456789abcdef"),
        ]  # fmt: skip


def test_a_worker_that_was_away_does_a_job_once_for_all_its_strikes(
    uow: UnitOfWork, clock: Clock, quarterday: Quarterday
) -> None:
    seal = jobs(installed())["seal"].job
    for _ in range(3):
        strike(uow, seal)
        clock.forward(minutes=1)
    assert len(work(uow)) == 3
    with uow.read(CLI) as working:
        said = [row.receipt["reference"] for row in working.all(select(OutboxRow.c.receipt).order_by(OutboxRow.c.id))]
    later = "It was struck for again, and that strike does it."
    assert said == [later, later, "Rows sealed: 0."]


def test_a_job_that_nobody_offers_any_more_is_dead(uow: UnitOfWork, quarterday: Quarterday) -> None:
    strike(uow, Job("gone", "It went.", Every(5), "nowhere:gone"))
    assert work(uow) == ["job/gone/2026-07-01T09:30Z: dead"]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_job_is_run_by_hand(uow: UnitOfWork, clock: Clock, quarterday: Quarterday) -> None:
    told = json.loads(quarterday("jobs", "run", "forget", "--json").stdout)
    assert told["job"] == "forget"
    assert "is asked for, as delivery" in quarterday("jobs", "run", "forget").stdout
    clock.now = datetime.now(UTC)  # which is the command's own
    done = work(uow)
    assert len(done) == 2
    assert all(one.startswith("job/forget/by-hand/") and one.endswith(": done") for one in done)
    last = standing(quarterday, "forget")["last"]
    assert (last["good"], last["said"]) == (True, "Strikes removed: 0.")
    assert strike(uow, jobs(installed())["forget"].job)


def test_a_paused_job_is_passed_by(uow: UnitOfWork, clock: Clock, quarterday: Quarterday) -> None:
    seal = jobs(installed())["seal"].job
    assert quarterday("jobs", "pause", "seal").stdout == "seal is paused.\n"
    assert quarterday("jobs", "pause", "seal").stdout == "seal was paused already.\n"
    assert not strike(uow, seal)
    shown = standing(quarterday, "seal")
    assert (shown["paused"], shown["next"], shown["state"]) == (True, None, None)
    assert shown["last_struck"] == "2026-07-01T09:30:00+00:00"
    assert json.loads(quarterday("jobs", "resume", "seal", "--json").stdout) == {
        "job": "seal", "paused": False, "changed": True,
    }  # fmt: skip
    assert quarterday("jobs", "resume", "seal").stdout == "seal was not paused already.\n"
    assert not strike(uow, seal)
    clock.forward(minutes=1)
    assert strike(uow, seal)
    with uow.read(CLI) as working:
        assert working.all(select(JobPause.c.paused, JobPause.c.actor).order_by(JobPause.c.id)) == [
            (True, "cli"), (False, "cli"),
        ]  # fmt: skip
        assert working.all(select(AuditRow.c.action, AuditRow.c.subject).order_by(AuditRow.c.id)) == [
            ("job.paused", "job/seal"), ("job.resumed", "job/seal"),
        ]  # fmt: skip


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("command", ["run", "pause", "resume"])
def test_a_job_that_isnt_there_is_named(uow: UnitOfWork, quarterday: Quarterday, command: str) -> None:
    shown = quarterday("jobs", command, "sael")
    assert shown.exit_code == 5
    assert "No plugin offers the job “sael”; there are: ask-ledger, compare-portals, forget, " in shown.output


@pytest.mark.parametrize(
    ("when", "says"),
    [
        (Every(5), "every 5 minutes"),
        (Daily(time(6)), "daily at 06:00"),
        (Daily(time(7, 5), frozenset({4, 0})), "Monday, Friday at 07:05"),
    ],
)
def test_when_is_said_in_words(when: Every | Daily, says: str) -> None:
    assert in_words(Job("one", "One.", when, "one:one")) == says
