"""Bench: the queue on PostgreSQL against bare procrastinate, and the memory of an idle worker against an idle one of
procrastinate's.

Both do jobs that do nothing, as many at once and with the same options, timed from the first
to the last: ours as outbox rows of a kind without a sink, each taken and settled in the record; the bare ones as
tasks of procrastinate alone, run in threads as ours are. Goals: half of the bare pace at least, and twice the memory
at most, by the processes' proportional share (PSS) a few seconds after they have started.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from pathlib import Path
from threading import Event

from procrastinate import App, PsycopgConnector

from quarterday.db.engine import open_engine
from quarterday.db.schema import upgrade
from quarterday.db.work import Actor, Effect, UnitOfWork
from quarterday.services.background.kinds import Errand
from quarterday.services.background.policy import Settled
from quarterday.services.background.worker import AT_ONCE, run
from quarterday.testing.postgres import running_cluster

JOBS, ROUNDS, PACE, MEMORY = 300, 3, 1 / 2, 2.0
IDLE_SECONDS = 6.0
BARE = """
import sys
from procrastinate import App, PsycopgConnector
app = App(connector=PsycopgConnector(conninfo=sys.argv[1]))

@app.task(name="nothing")
def nothing(row_id):
    pass

app.run_worker(concurrency=4)
"""
OURS = "from quarterday.cli.main import main; main()"


def ours(uow: UnitOfWork, name: str) -> float:
    """Seconds for each job."""
    with uow.begin(Actor.operator("bench")) as work:
        work.send_all("nothing", [Effect(f"{name}/{number}", {}) for number in range(JOBS)])
    told: list[float] = []

    def tell(settled: Settled) -> None:
        told.append(time.perf_counter())

    kinds = {"nothing": Errand(lambda uow, row: "nothing")}
    run(uow, stop=Event(), tell=tell, once=True, kinds=kinds)
    assert len(told) == JOBS
    return (told[-1] - told[0]) / (JOBS - 1)


def bare(url: str) -> float:
    """The same by procrastinate alone."""

    async def work() -> float:
        done: list[float] = []
        app = App(connector=PsycopgConnector(conninfo=url, min_size=1, max_size=AT_ONCE + 1))

        @app.task(name="nothing")
        def nothing(row_id: int) -> None:
            done.append(time.perf_counter())

        async with app.open_async():
            await nothing.batch_defer_async(*({"row_id": number} for number in range(JOBS)))
            await app.run_worker_async(concurrency=AT_ONCE, wait=False, delete_jobs="always")
        return (done[-1] - done[0]) / (JOBS - 1)

    return asyncio.run(work())


def idle_megabytes(command: list[str], **environment: str) -> float:
    """The memory of a process that waits for work, and of what it has started."""
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:
        time.sleep(IDLE_SECONDS)
        assert process.poll() is None, command
        mine = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        total = sum(
            int(line.split()[1])
            for pid in [str(process.pid), *mine]
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            if line.startswith("Pss:")
        )
        process.kill()
    return total / 1000


def main() -> int:
    """Print both ratios; 1 when one misses its goal."""
    with running_cluster(durable=True) as cluster:
        url = cluster.create("queue")
        engine = open_engine(url)
        upgrade(engine)
        uow = UnitOfWork(engine)
        pairs = [(ours(uow, str(number)), bare(url)) for number in range(ROUNDS)]
        mine, theirs = sorted(pairs, key=lambda pair: pair[1] / pair[0])[ROUNDS // 2]
        engine.dispose()
        pace = theirs / mine
        print(
            f"jobs of the queue on PostgreSQL, of bare procrastinate's pace: {pace:.2f} "
            f"(goal >= {PACE:g}; {mine * 1000:.1f} ms / {theirs * 1000:.1f} ms a job)"
        )
        our_memory = idle_megabytes([sys.executable, "-c", OURS, "worker"], QUARTERDAY_DATABASE_URL=url)
        their_memory = idle_megabytes([sys.executable, "-c", BARE, url])
        print(
            f"an idle worker's memory / an idle procrastinate worker's: {our_memory / their_memory:.2f} "
            f"(goal <= {MEMORY:g}; {our_memory:.0f} MB / {their_memory:.0f} MB)"
        )
    return int(pace < PACE or our_memory / their_memory > MEMORY)


if __name__ == "__main__":
    sys.exit(main())
