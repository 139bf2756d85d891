"""`quarterday audit`, `outbox` and `worker`: what an operator sees of what happens in the background."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from quarterday.cli.main import main
from quarterday.db.only_worker import only_worker
from quarterday.db.work import Actor, Effect, UnitOfWork

CLI = Actor.operator("cli")

Quarterday = Callable[..., Result]


@pytest.fixture
def quarterday(tmp_path: Path, record_url: str, monkeypatch: pytest.MonkeyPatch) -> Quarterday:
    """Run the command on the record of ``uow``."""
    monkeypatch.setenv("QUARTERDAY_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("QUARTERDAY_DATABASE_URL", record_url)
    return lambda *words: CliRunner().invoke(main, words)


def worker(*words: str) -> subprocess.Popen[str]:
    """The worker in a process of its own."""
    command = [Path(sys.executable).with_name("quarterday"), "worker", *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ))


@pytest.fixture
def written(uow: UnitOfWork) -> UnitOfWork:
    """A record with two rows in the installation's audit trail, and two telegrams to deliver."""
    with uow.begin(CLI) as work:
        work.audit(None, "authority.added", "authority/1")
        work.audit(None, "authority.added", "authority/2")
        work.send("telegram", "telegram/1", {})
        work.send("telegram", "telegram/2", {})
    return uow


def test_a_long_outbox_is_shown_from_its_end(written: UnitOfWork, quarterday: Quarterday) -> None:
    with written.begin(CLI) as work:
        work.send_all("telegram", [Effect(f"telegram/{number}", {}) for number in range(3, 104)])
    listed = quarterday("outbox", "list").stdout.splitlines()
    lines = zip(range(4, 104), listed[1:-1], strict=True)
    assert all(f" telegram/{number} " in line for number, line in lines)
    assert listed[-1] == "Older ones, not shown: 3; --limit 103 shows them, too."
    few = json.loads(quarterday("outbox", "list", "--limit", "2", "--state", "due", "--json").stdout)
    assert ([one["key"] for one in few["deliveries"]], few["older"]) == (["telegram/102", "telegram/103"], 101)
    assert "Older" not in quarterday("outbox", "list", "--limit", "103").stdout


def test_the_trail_is_sealed_and_checked(written: UnitOfWork, quarterday: Quarterday) -> None:
    before = quarterday("audit", "verify")
    assert before.exit_code == 0
    assert "(installation)       0  1-2" in before.output
    assert json.loads(quarterday("audit", "seal", "--json").stdout) == {"sealed": 2}
    assert quarterday("audit", "seal").stdout == "Rows sealed: 0.\n"
    found = json.loads(quarterday("audit", "verify", "--json").stdout)
    (chain,) = found["chains"]
    assert (found["holds"], found["breaks"]) == (True, [])
    assert (chain["authority"], chain["sealed"], chain["unsealed"], len(chain["head"])) == (None, 2, [], 64)
    assert quarterday("audit", "verify", "--expect", chain["head"].upper()).exit_code == 0


def test_a_broken_trail_is_told_and_the_exit_code_is_1(written: UnitOfWork, quarterday: Quarterday) -> None:
    quarterday("audit", "seal")
    with written.engine.begin() as connection:
        connection.execute(text("UPDATE audit_row SET subject = 'authority/3' WHERE id = 1"))
    shown = quarterday("audit", "verify")
    assert shown.exit_code == 1
    assert "changed  (installation)  Row 1 and seal 1 don't match" in shown.output
    found = quarterday("audit", "verify", "--json")
    assert found.exit_code == 1
    assert [(one["kind"], one["row_id"]) for one in json.loads(found.stdout)["breaks"]] == [("changed", 1)]
    cut = quarterday("audit", "verify", "--expect", "ab" * 32)
    assert "cut                      No chain holds the digest abab" in cut.output


def test_the_outbox_is_shown_and_tried_again(written: UnitOfWork, quarterday: Quarterday) -> None:
    with written.engine.begin() as connection:
        why = "Nothing here knows telegrams."
        connection.execute(text(f"UPDATE outbox SET state = 'dead', error = '{why}', attempts = 1 WHERE id = 2"))
    first, second = json.loads(quarterday("outbox", "list", "--json").stdout)["deliveries"]
    assert (first["state"], first["key"], first["due"]) == ("due", "telegram/1", "2026-07-01T09:30:00+00:00")
    assert (second["state"], second["error"], second["attempts"], second["reference"]) == ("dead", why, 1, None)
    listed = quarterday("outbox", "list", "--state", "dead").output.splitlines()
    assert [line.split()[0] for line in listed] == ["id", "2"]
    assert listed[1].endswith(why)
    assert json.loads(quarterday("outbox", "retry", "--dead", "--json").stdout) == {"retried": 1}
    assert quarterday("outbox", "retry", "1", "2").stdout == "To be tried again: 2.\n"
    none_left = quarterday("outbox", "list", "--state", "dead", "--json")
    assert json.loads(none_left.stdout) == {"deliveries": [], "older": 0}


def test_what_was_stopped_before_it_was_tried_goes_only_where_it_is_named(
    written: UnitOfWork, quarterday: Quarterday
) -> None:
    with written.engine.begin() as connection:
        connection.execute(text("UPDATE outbox SET state = 'dead', error = 'No.', attempts = id - 1"))
    assert json.loads(quarterday("outbox", "retry", "--dead", "--json").stdout) == {"retried": 1}
    (stopped,) = json.loads(quarterday("outbox", "list", "--state", "dead", "--json").stdout)["deliveries"]
    assert stopped["id"] == 1
    assert quarterday("outbox", "retry", "1").stdout == "To be tried again: 1.\n"


@pytest.mark.parametrize(
    ("state", "waits", "health", "found"),
    [
        ("due", 0, "good", "nothing was given up, and nothing is overdue"),
        ("done", 601, "good", "nothing was given up, and nothing is overdue"),
        ("due", 601, "warning", "due for more than 10 minutes: 2."),
        ("dead", 0, "warning", "given up: 2."),
        ("perhaps sent", 0, "warning", "given up: 2."),
    ],
)
def test_the_doctor_looks_into_the_outbox(
    written: UnitOfWork, quarterday: Quarterday, state: str, waits: int, health: str, found: str
) -> None:
    due = (int(time.time()) - waits) * 1_000_000
    with written.engine.begin() as connection:
        connection.execute(text(f"UPDATE outbox SET state = '{state}', due = {due}"))
    findings = json.loads(quarterday("doctor", "--json").stdout)["findings"]
    assert [(one["health"], one["what"]) for one in findings if one["check"] == "Outbox"] == [(health, found)]


@pytest.mark.parametrize(("ended", "to_do"), [(590, "being worked off"), (700, "Nothing was delivered meanwhile")])
def test_the_doctor_tells_a_backlog_from_an_outbox_that_is_stuck(
    written: UnitOfWork, quarterday: Quarterday, ended: int, to_do: str
) -> None:
    now = int(time.time())
    with written.engine.begin() as connection:
        connection.execute(text(f"UPDATE outbox SET due = {(now - 900) * 1_000_000}"))
        done = f"state = 'done', settled_at = {(now - ended) * 1_000_000}"
        connection.execute(text(f"UPDATE outbox SET {done} WHERE id = 1"))
    findings = json.loads(quarterday("doctor", "--json").stdout)["findings"]
    (found,) = [one for one in findings if one["check"] == "Outbox"]
    assert found["what"] == "due for more than 10 minutes: 1."
    assert to_do in found["to_do"]


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["retry"], 2, "Name the deliveries by their numbers"),
        (["retry", "1", "--dead"], 2, "Name the deliveries by their numbers"),
        (["retry", "seven"], 2, "'seven' is not a valid integer"),
        (["retry", "7"], 5, "There is no delivery 7"),
        (["list", "--state", "lost"], 2, "'lost' is not one of"),
    ],
)
def test_a_misuse_is_told(written: UnitOfWork, quarterday: Quarterday, words: list[str], code: int, says: str) -> None:
    shown = quarterday("outbox", *words)
    assert (shown.exit_code, says in shown.output) == (code, True), shown.output


def test_the_worker_works_once_and_tells(written: UnitOfWork, quarterday: Quarterday) -> None:
    said, complained = worker("--once").communicate(timeout=60)
    assert complained == ""
    assert [line.partition(" (")[0] for line in said.splitlines()] == [
        "1 telegram telegram/1: dead",
        "2 telegram telegram/2: dead",
    ]
    assert json.loads(quarterday("audit", "verify", "--json").stdout)["chains"][0]["sealed"] == 2


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_the_worker_runs_until_it_is_told_to_stop(
    uow: UnitOfWork, quarterday: Quarterday, told: signal.Signals
) -> None:
    working = worker()
    with uow.begin(CLI) as work:
        work.send("telegram", "telegram/1", {})
    assert working.stdout is not None
    assert working.stdout.readline().startswith("1 telegram telegram/1: dead")
    begun = time.monotonic()
    working.send_signal(told)
    assert working.communicate(timeout=60) == ("", "")
    assert working.returncode == 0
    assert time.monotonic() - begun < 10


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_second_worker_ends_with_a_sentence(uow: UnitOfWork, quarterday: Quarterday) -> None:
    with only_worker(uow.engine):
        second = worker("--once")
        said, complained = second.communicate(timeout=60)
    assert (second.returncode, said) == (5, "")
    assert complained == "Error: A worker runs on this record already, and one is enough; this one ends.\n"
