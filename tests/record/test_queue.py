"""PostgreSQL's queue: a job for each row that is due, in the row's own transaction, and none that is lost for good."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import pytest
from click.testing import CliRunner
from procrastinate import App
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager
from runners import deliver_all, runner_of
from sqlalchemy import text
from test_runner import CLI, KINDS, Desk, send, states

from quarterday import Receipt
from quarterday.cli.main import main
from quarterday.db import queue
from quarterday.db.outbox import Due, State
from quarterday.db.work import Effect, Priority, UnitOfWork
from quarterday.services.background import queue_runner, worker
from quarterday.services.background.deliveries import deliveries, retry
from quarterday.services.background.kinds import Errand, Parcel, errands
from quarterday.services.background.policy import Settled
from quarterday.services.background.upkeep import keep_up
from quarterday.services.plugins.children import Children

ON_POSTGRESQL = pytest.mark.parametrize("database", ["postgresql"], indirect=True)
KILLED_BEFORE_IT_SETTLES = """
import os, signal, sys
from threading import Event
from sqlalchemy import event
from quarterday import Document, DocumentKind
from quarterday.db.engine import open_engine
from quarterday.db.work import UnitOfWork
from quarterday.services.background.kinds import Kind, Parcel
from quarterday.services.background.worker import run

if __name__ == "__main__":
    engine = open_engine(sys.argv[1])

    def compose(uow, row):
        if sys.argv[2] == "killed":
            event.listen(engine, "commit", lambda connection: os.kill(os.getpid(), signal.SIGKILL))
        return Parcel("folder", Document(DocumentKind.REPORT, "note.txt", "text/plain", row.key.encode()))

    kinds = {"note": Kind(compose, repeat_perhaps_sent=True), "letter": Kind(compose, repeat_perhaps_sent=False)}
    run(UnitOfWork(engine), stop=Event(), tell=print, once=True, at_once=1, kinds=kinds)
"""


@pytest.fixture(autouse=True)
def prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker sees at once that it is told to stop."""
    monkeypatch.setattr(queue_runner, "STOP_SECONDS", 0.002)


def jobs(uow: UnitOfWork) -> list[tuple[int, str, bool]]:
    """The row, the state and whether it waits for a time, of each job."""
    with uow.engine.connect() as connection:
        found = "SELECT (args->>'row_id')::int, status::text, scheduled_at > now() FROM procrastinate_jobs ORDER BY id"
        return [(row_id, status, bool(waits)) for row_id, status, waits in connection.execute(text(found))]


def put_back(uow: UnitOfWork) -> None:
    """As the upkeep does with a job whose worker has said nothing for long."""
    with uow.engine.begin() as connection:
        connection.execute(text("SELECT procrastinate_retry_job_v2(id, now(), 0, NULL, NULL) FROM procrastinate_jobs"))


def given_to_another(uow: UnitOfWork) -> None:
    """The same, and another worker takes it."""
    put_back(uow)
    with uow.engine.begin() as connection:
        connection.execute(text("SELECT procrastinate_fetch_job_v2(NULL, NULL)"))


@ON_POSTGRESQL
def test_a_job_comes_and_goes_with_its_row(uow: UnitOfWork) -> None:
    with uow.begin(CLI) as work:
        work.send("note", "a", {})
        work.connection.rollback()
    assert jobs(uow) == []
    (row_id,) = send(uow, "a")
    assert jobs(uow) == [(row_id, "todo", False)]
    deliver_all(runner_of(uow, KINDS, Desk()))
    assert jobs(uow) == []


@ON_POSTGRESQL
def test_whatever_is_done_here_and_may_take_long_has_a_queue_of_its_own(uow: UnitOfWork) -> None:
    with uow.begin(CLI) as work:
        for kind in ("mail.sign_in", *errands(Children())):
            work.send(kind, kind, {})
    waiting = "SELECT kind, queue_name FROM outbox o JOIN procrastinate_jobs ON queueing_lock = 'outbox/' || o.id"
    with uow.engine.connect() as connection:
        queues = {row.kind: row.queue_name for row in connection.execute(text(waiting))}
    assert queues.pop("mail.sign_in") == queue.QUEUE
    assert set(queues.values()) == {queue.ERRANDS}


@pytest.mark.parametrize("many", [10_000])
def test_a_person_who_waits_waits_for_one_batch_at_most(uow: UnitOfWork, many: int) -> None:
    with uow.begin(CLI) as work:
        work.send_all("note", [Effect(f"reminder/{number}", {}) for number in range(many)])
    desk = Desk()
    runner = runner_of(uow, KINDS, desk)
    assert runner.deliver_next() is not None
    send(uow, "sign in", priority=Priority.PERSON_WAITS)
    assert runner.deliver_next() is not None
    assert len(desk.got) == 2
    assert desk.got[-1] == "sign in"


@ON_POSTGRESQL
def test_what_has_no_job_is_told_and_given_one(
    uow: UnitOfWork, record_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a backup was restored without the queue: what was due comes, and what was under way by its kind."""
    monkeypatch.setenv("QUARTERDAY_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("QUARTERDAY_DATABASE_URL", record_url)
    desk = Desk()
    runner = runner_of(uow, KINDS, desk)
    send(uow, "letter 1", kind="letter")
    runner.is_killed()
    send(uow, "a")
    with uow.engine.begin() as connection:
        connection.execute(text("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE"))
    assert runner.deliver_next() is None
    assert [one.is_lost for one in deliveries(uow, CLI)] == [True, True]
    assert CliRunner().invoke(main, ["outbox", "list"]).output.count("no job in the queue yet") == 2
    doctor = json.loads(CliRunner().invoke(main, ["doctor", "--json"]).stdout)["findings"]
    assert "waiting without a job in PostgreSQL's queue: 2." in [one["what"] for one in doctor]
    assert keep_up(uow).endswith("given one: 2.")
    assert keep_up(uow).endswith("given one: 0.")
    deliver_all(runner)
    assert {key: state for key, (state, *_) in states(uow).items()} == {"letter 1": "perhaps sent", "a": "done"}
    assert desk.got == ["a"]
    assert not any(one.is_lost for one in deliveries(uow, CLI))


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_without_a_queue_nothing_is_to_be_looked_after(uow: UnitOfWork) -> None:
    send(uow, "a")
    assert "no queue to look after" in keep_up(uow)
    assert not any(one.is_lost for one in deliveries(uow, CLI))


@ON_POSTGRESQL
def test_what_waits_and_is_tried_again_has_one_job_still(uow: UnitOfWork) -> None:
    from quarterday import Retryable

    desk = Desk()
    desk.answers = [Retryable("Not now.")]
    runner = runner_of(uow, KINDS, desk)
    (row_id,) = send(uow, "a")
    runner.deliver_next()
    assert jobs(uow) == [(row_id, "todo", True)]
    assert retry(uow, CLI, ids=[row_id]) == 1
    assert jobs(uow) == [(row_id, "todo", False)]
    deliver_all(runner)
    assert states(uow)["a"] == ("done", 1, "")


@ON_POSTGRESQL
def test_an_attempt_that_was_taken_for_dead_settles_nothing(uow: UnitOfWork) -> None:
    def is_slow(row: Due, parcel: Parcel) -> Receipt:
        given_to_another(uow)
        stop.set()
        return Receipt("too late")

    stop = Event()
    send(uow, "a")
    slow = runner_of(uow, KINDS, is_slow)
    policy = slow._policy  # type: ignore[union-attr]
    queue_runner.QueueRunner(uow, policy, pytest.fail).run(stop, at_once=1, once=True)
    assert states(uow)["a"][:2] == (State.UNDER_WAY, 1)
    assert [status for _, status, _ in jobs(uow)] == ["doing"]


async def finished(app: App, job: Job) -> None:
    await app.job_manager.finish_job(job, Status.SUCCEEDED, delete_job=True)


async def put_off(app: App, job: Job) -> None:
    await app.job_manager.retry_job(job, retry_at=datetime.now(UTC))


@ON_POSTGRESQL
@pytest.mark.parametrize("end", [finished, put_off])
@pytest.mark.parametrize("is_lost", [True, False])
def test_a_job_that_another_has_by_now_is_left_to_it(
    uow: UnitOfWork, end: Callable[[App, Job], Awaitable[None]], is_lost: bool
) -> None:
    (row_id,) = send(uow, "a")

    async def wakes_late() -> None:
        app = queue_runner.app_of(uow.engine, most=1)
        async with app.open_async():
            job = await app.job_manager.fetch_job(None, await app.job_manager.register_worker())
            assert job is not None
            if is_lost:
                given_to_another(uow)
            await end(app, job)

    queue_runner.apart(wakes_late)
    ended = [(row_id, "todo", False)] if end is put_off else []
    assert jobs(uow) == ([(row_id, "doing", False)] if is_lost else ended)


@ON_POSTGRESQL
def test_two_upkeeps_at_once_put_a_job_back_once(uow: UnitOfWork, monkeypatch: pytest.MonkeyPatch) -> None:
    stalled = JobManager.get_stalled_jobs

    async def while_another_does(manager: JobManager) -> Iterable[Job]:
        found = await stalled(manager)
        put_back(uow)
        return found

    send(uow, "a")
    runner_of(uow, KINDS, Desk()).is_killed()
    monkeypatch.setattr(JobManager, "get_stalled_jobs", while_another_does)
    keep_up(uow)
    assert [status for _, status, _ in jobs(uow)] == ["todo"]
    with uow.engine.connect() as connection:
        assert connection.execute(text("SELECT attempts FROM procrastinate_jobs")).scalar_one() == 1


@ON_POSTGRESQL
def test_a_worker_runs_in_a_thread_that_has_a_loop_already(uow: UnitOfWork) -> None:
    async def within() -> None:
        deliver_all(runner_of(uow, KINDS, Desk()))
        keep_up(uow)

    send(uow, "a")
    queue_runner.apart(within)
    assert states(uow)["a"] == ("done", 1, "")


@ON_POSTGRESQL
@pytest.mark.parametrize(("kind", "becomes"), [("note", State.DONE), ("letter", State.PERHAPS_SENT)])
def test_a_worker_that_is_killed_before_it_settles_loses_and_doubles_nothing(
    uow: UnitOfWork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, becomes: State
) -> None:
    monkeypatch.setenv("QUARTERDAY_FOLDER__FOLDER", str(tmp_path))
    send(uow, "a", kind=kind)
    command = [sys.executable, "-c", KILLED_BEFORE_IT_SETTLES, uow.engine.url.render_as_string(hide_password=False)]
    killed = subprocess.run([*command, "killed"], capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert states(uow)["a"][:2] == (State.UNDER_WAY, 1)
    assert keep_up(uow).startswith("Jobs of workers that ended, put back: 0;")
    with uow.engine.begin() as connection:
        connection.execute(text("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'"))
    assert keep_up(uow).startswith("Jobs of workers that ended, put back: 1;")
    again = subprocess.run([*command, "well"], capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr
    assert states(uow)["a"][0] == becomes
    assert len(list(tmp_path.glob("*.txt"))) == 1
    assert jobs(uow) == []


@ON_POSTGRESQL
def test_a_job_ends_in_the_transaction_that_settles_its_row(uow: UnitOfWork) -> None:
    seen = []

    def tell(settled: Settled) -> None:
        seen.append((settled.state, jobs(uow)))

    send(uow, "a")
    policy = runner_of(uow, KINDS, Desk())._policy  # type: ignore[union-attr]
    queue_runner.QueueRunner(uow, policy, tell).run(Event(), at_once=1, once=True)
    assert seen == [(State.DONE, [])]


@ON_POSTGRESQL
def test_several_are_under_way_at_once(uow: UnitOfWork) -> None:
    send(uow, *"abc")
    together: list[str] = []
    all_there = Event()

    def meet(row: Due, parcel: Parcel) -> Receipt:
        together.append(row.key)
        if len(together) == 3:
            all_there.set()
        assert all_there.wait(20)
        return Receipt(row.key)

    policy = runner_of(uow, KINDS, meet)._policy  # type: ignore[union-attr]
    queue_runner.QueueRunner(uow, policy, lambda settled: None).run(Event(), at_once=worker.AT_ONCE, once=True)
    assert {state for state, *_ in states(uow).values()} == {"done"}


@ON_POSTGRESQL
def test_a_mail_does_not_wait_behind_what_takes_long(uow: UnitOfWork) -> None:
    is_sent, told, stop = Event(), list[str](), Event()

    def takes_long(uow: UnitOfWork, row: Due) -> str:
        assert is_sent.wait(20)
        return "done"

    def send_it(row: Due, parcel: Parcel) -> Receipt:
        is_sent.set()
        return Receipt(row.key)

    def tell(settled: Settled) -> None:
        told.append(settled.row.key)
        if len(told) == 3:
            stop.set()

    send(uow, "job/1", "job/2", kind="job")
    send(uow, "a")
    policy = runner_of(uow, {**KINDS, "job": Errand(takes_long)}, send_it)._policy  # type: ignore[union-attr]
    queue_runner.QueueRunner(uow, policy, tell).run(stop, at_once=1, once=False)
    assert {state for state, *_ in states(uow).values()} == {"done"}
