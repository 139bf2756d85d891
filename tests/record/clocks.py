"""A clock process of a test: strikes for a job at the minutes it is given, as fast as it can, beside others."""

from __future__ import annotations

import os
import random
import signal
import sys
from datetime import UTC, datetime, timedelta

from sqlalchemy import event

from quarterday import Every, Job
from quarterday.db.engine import open_engine
from quarterday.db.work import UnitOfWork
from quarterday.services.background.clock import strike

BEGINS = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
JOB = Job("tick", "Tick.", Every(1), "nowhere:tick")


def main(url: str, minutes: str, seed: str) -> None:
    """Strike for each of so many minutes; with a seed, be killed before some transaction begins or ends."""
    engine = open_engine(url)
    steps = random.Random(seed).randrange(2 * int(minutes)) if seed else sys.maxsize

    def step(connection: object) -> None:
        nonlocal steps
        steps -= 1
        if steps < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(engine, "begin", step)
    event.listen(engine, "commit", step)
    now = BEGINS
    uow = UnitOfWork(engine, lambda: now)
    for minute in range(int(minutes)):
        now = BEGINS + timedelta(minutes=minute)
        strike(uow, JOB)


if __name__ == "__main__":
    main(*sys.argv[1:])
