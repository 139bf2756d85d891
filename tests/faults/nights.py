"""Clocks that go through a night in which the clock on the wall is changed, killed on the way and started again."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path
from random import Random

from sqlalchemy import func, select

from quarterday.db.engine import open_engine
from quarterday.db.models import Occurrence, OutboxRow
from quarterday.db.work import LONDON, Actor, UnitOfWork, day_of
from quarterday.ports import Daily, Every, Job
from quarterday.services.background.clock import strike
from quarterday.testing.clock import Clock

STEP = timedelta(minutes=5)
NIGHTS = (date(2026, 3, 29), date(2026, 10, 25))
"""In the United Kingdom the clock goes forward in the first of these nights, and back in the other."""
JOBS = (
    Job("often", "", Every(5), ""),
    Job("hourly", "", Every(60), ""),
    Job("early", "", Daily(time_of_day(0, 30)), ""),
    Job("after", "", Daily(time_of_day(2, 0)), ""),
    Job("noon", "", Daily(time_of_day(12, 0)), ""),
)
CODE = "import sys; sys.path.insert(0, sys.argv[1]); import nights; nights.main(*sys.argv[2:])"
OPERATOR = Actor.operator("test")
LONGEST = 300.0


def main(url: str, begins: str, ends: str) -> None:
    """Be a clock: strike for every moment from the newest that anybody has struck for, or the beginning, to the end."""
    engine = open_engine(url)
    clock = Clock(_newest(UnitOfWork(engine)) or datetime.fromisoformat(begins))
    uow = UnitOfWork(engine, clock)
    while clock.now < datetime.fromisoformat(ends):
        for job in JOBS:
            strike(uow, job)
        clock.now += STEP


def gone_through(url: str, night: date, *, seed: int, clocks: int, hours: int, kills: int) -> Iterator[str]:
    """Let clocks go through the hours around a night, kill some on the way; gives what is wrong then."""
    chance = Random(seed)
    middle = datetime(night.year, night.month, night.day, 1, tzinfo=UTC)
    begins, ends = middle - timedelta(hours=hours / 2), middle + timedelta(hours=hours / 2)
    words = [sys.executable, "-c", CODE, str(Path(__file__).parent), url, begins.isoformat(), ends.isoformat()]
    group = [subprocess.Popen(words) for _ in range(clocks)]
    until = time.monotonic() + LONGEST
    try:
        for _ in range(kills):
            time.sleep(chance.uniform(0.2, 0.6))
            one = chance.randrange(clocks)
            group[one].kill()
            group[one].wait()
            group[one] = subprocess.Popen(words)
        codes = [one.wait(until - time.monotonic()) for one in group]
    finally:
        for one in group:
            with suppress(ProcessLookupError):
                one.kill()
            one.wait()
    if any(codes):
        yield f"the clocks ended with {codes}"
    yield from _wrong(url, begins, ends)


def _wrong(url: str, begins: datetime, ends: datetime) -> Iterator[str]:
    engine = open_engine(url)
    with UnitOfWork(engine).read(OPERATOR) as work:
        struck = work.all(select(Occurrence.c.job, Occurrence.c.occurrence).order_by(Occurrence.c.id))
        asked = sorted(row.key for row in work.all(select(OutboxRow.c.key).where(OutboxRow.c.kind == "job")))
    engine.dispose()
    if asked != sorted(f"job/{row.job}/{row.occurrence}" for row in struck):
        yield "what was struck for and what is in the outbox differ"
    for job in JOBS:
        found = sorted(row.occurrence for row in struck if row.job == job.name)
        expected = sorted(_expected(job, begins, ends))
        if found != expected:
            yield f"{job.name} struck for {found}, not for {expected}"


def _expected(job: Job, begins: datetime, ends: datetime) -> set[str]:
    """The names of the moments a job is due for while the clocks run, and of the one before, which is caught up."""
    last = ends - STEP
    if isinstance(job.when, Every):
        span = timedelta(minutes=job.when.minutes)
        return {f"{begins + span * number:%Y-%m-%dT%H:%MZ}" for number in range(int((last - begins) / span) + 1)}
    days = [day_of(begins) + timedelta(days=number) for number in range(-1, 3)]
    moments = {day: datetime.combine(day, job.when.at, LONDON).astimezone(UTC) for day in days}
    before = max(day for day in days if moments[day] <= begins)
    return {day.isoformat() for day in days if day >= before and moments[day] <= last}


def _newest(uow: UnitOfWork) -> datetime | None:
    with uow.read(OPERATOR) as work:
        newest = work.connection.scalar(select(func.max(Occurrence.c.occurrence)).where(Occurrence.c.job == "often"))
    return None if newest is None else datetime.strptime(newest, "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC)
