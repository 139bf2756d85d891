"""The clock: each moment is struck for once, by however many clocks, whatever ends them."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import clocks
import pytest
from sqlalchemy import func, select, text

from quarterday import Daily, Every, Job, Retryable
from quarterday.db.models import AuditRow, JobRun, Occurrence, OutboxRow
from quarterday.db.outbox import State
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.services.background.clock import forget, strike
from quarterday.testing.clock import Clock

TICK = Job("tick", "Tick.", Every(5), "nowhere:tick")
DIGEST = Job("digest", "Write to everybody.", Daily(time(6)), "nowhere:digest")
CLI = Actor.operator("cli")


def struck(uow: UnitOfWork) -> list[str]:
    """The occurrences there are; each has its row in the outbox, and there is no other."""
    with uow.read(CLI) as work:
        rows = work.all(select(Occurrence.c.job, Occurrence.c.occurrence).order_by(Occurrence.c.id))
        keys = [key for (key,) in work.all(select(OutboxRow.c.key).order_by(OutboxRow.c.id))]
    assert keys == [f"job/{row.job}/{row.occurrence}" for row in rows]
    return [row.occurrence for row in rows]


def test_a_moment_is_struck_for_once(uow: UnitOfWork, clock: Clock) -> None:
    assert [strike(uow, TICK), strike(uow, TICK)] == [True, False]
    clock.forward(minutes=4, seconds=59)
    assert not strike(uow, TICK)
    clock.forward(seconds=1)
    assert strike(uow, TICK)
    assert struck(uow) == ["2026-07-01T09:30Z", "2026-07-01T09:35Z"]
    with uow.read(CLI) as work:
        payload, kind = work.all(select(OutboxRow.c.payload, OutboxRow.c.kind).order_by(OutboxRow.c.id))[1]
        assert (payload, kind) == ({"job": "tick", "at": "2026-07-01T09:35:00+00:00"}, "job")


def test_what_was_missed_is_caught_up_once_for_the_newest(uow: UnitOfWork, clock: Clock) -> None:
    assert strike(uow, DIGEST)
    clock.forward(days=5)
    assert [strike(uow, DIGEST), strike(uow, DIGEST)] == [True, False]
    assert struck(uow) == ["2026-07-01", "2026-07-06"]


@pytest.mark.parametrize("midnight", [datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 10, 24, tzinfo=UTC)])
def test_a_daily_job_strikes_once_a_day_when_clocks_change(uow: UnitOfWork, clock: Clock, midnight: datetime) -> None:
    clock.now = midnight
    early = Job("early", "Early.", Daily(time(2)), "nowhere:early")
    while clock.now < midnight + timedelta(days=3):
        strike(uow, early)
        clock.forward(minutes=30)
    days = [f"{midnight + timedelta(days=day):%Y-%m-%d}" for day in range(-1, 3)]
    assert struck(uow) == days


def test_strike_and_row_come_together_or_not_at_all(
    uow: UnitOfWork, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> int:
        raise RuntimeError("the machine went away")

    with monkeypatch.context() as patched:
        patched.setattr(Work, "send", broken)
        with pytest.raises(RuntimeError, match="went away"):
            strike(uow, TICK)
    assert struck(uow) == []
    assert strike(uow, TICK)


def test_a_record_that_cant_be_reached_is_tried_again(uow: UnitOfWork, database: str) -> None:
    away = "ALTER TABLE occurrence RENAME TO away" if database == "sqlite" else "SET default_transaction_read_only = on"
    back = away.replace("occurrence RENAME TO away", "away RENAME TO occurrence").replace("= on", "= off")
    with uow.engine.connect() as connection:
        connection.execute(text(away))
        connection.commit()
    with pytest.raises(Retryable, match="The record can't be reached"):
        strike(uow, TICK)
    with uow.engine.connect() as connection:
        connection.execute(text(back))
        connection.commit()
    assert strike(uow, TICK)


def clock_process(uow: UnitOfWork, seed: str = "") -> subprocess.Popen[bytes]:
    url = uow.engine.url.render_as_string(hide_password=False)
    return subprocess.Popen([sys.executable, clocks.__file__, url, "20", seed], cwd=Path(clocks.__file__).parent)


def test_three_clocks_strike_once_and_a_killed_one_loses_nothing(uow: UnitOfWork) -> None:
    running = [clock_process(uow), clock_process(uow, "seed 1"), clock_process(uow, "seed 2")]
    codes = [process.wait(60) for process in running]
    assert codes == [0, -9, -9]
    assert struck(uow) == [f"{clocks.BEGINS + timedelta(minutes=minute):%Y-%m-%dT%H:%MZ}" for minute in range(20)]


def test_after_a_week_only_the_last_strike_and_runs_of_each_job_are_kept(uow: UnitOfWork, clock: Clock) -> None:
    for job, state in ((DIGEST, State.DONE), (TICK, State.DEAD), (TICK, State.DONE), (TICK, State.DUE)):
        strike(uow, job)
        with uow.begin(CLI) as work:
            newest = select(func.max(OutboxRow.c.id)).scalar_subquery()
            where = OutboxRow.update().where(OutboxRow.c.id == newest)
            work.connection.execute(where.values(state=state, settled_at=None if state is State.DUE else work.now))
            work.add(JobRun, job=job.name, struck_for=work.now, good=True, said="Done.", milliseconds=5)
        clock.forward(minutes=5)
    clock.forward(days=7, minutes=-10)
    assert forget(uow) == 1
    clock.forward(days=1)
    assert [forget(uow), forget(uow)] == [1, 0]
    with uow.read(CLI) as work:
        assert [row.job for row in work.all(select(Occurrence.c.job).order_by(Occurrence.c.id))] == ["digest", "tick"]
        assert [row.job for row in work.all(select(JobRun.c.job).order_by(JobRun.c.id))] == ["digest", *["tick"] * 3]
        assert work.all(select(OutboxRow.c.state).order_by(OutboxRow.c.id)) == [("dead",), ("due",)]


def test_striking_leaves_no_audit_rows(uow: UnitOfWork) -> None:
    strike(uow, TICK)
    with uow.read(CLI) as work:
        assert work.all(select(AuditRow.c.id)) == []
