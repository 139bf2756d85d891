"""The queue of a record on PostgreSQL, which is procrastinate's: each outbox row that is due has one job there.

A job is deferred in the transaction that makes its row due, through procrastinate's own SQL function, so that both
are there or neither is. Here it is only told what to do and for how long to wait; who does it, and when, it decides.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Engine,
    MetaData,
    Table,
    Text,
    TextClause,
    and_,
    exists,
    literal,
    text,
)

from quarterday.db.columns import microseconds
from quarterday.db.models import OutboxRow

QUEUE = "outbox"
ERRANDS = "errands"
"""What may take long has a queue of its own, so that no mail waits behind it."""

JOB, READING, LEDGER, SYNC = "job", "source.read", "ledger.ask", "portal.sync"
"""The kinds of outbox row that may: what the clock struck for, the reading of a source, a question to the ledger, an
exchange with a portal."""

TASK = "deliver"
ROW = "row_id"
"""The only thing that a job is told: the id of its row."""

# For how long and not until when: what the application takes for the time may not be the server's.
_DEFER = text(f"""
    SELECT procrastinate_defer_jobs_v1(array_agg(
        ROW(CASE WHEN kind IN {(JOB, READING, LEDGER, SYNC)} THEN '{ERRANDS}' ELSE '{QUEUE}' END,
            '{TASK}', -priority, NULL, 'outbox/' || id, jsonb_build_object('{ROW}', id),
            CASE WHEN due > :now THEN now() + make_interval(secs => (due - :now) / 1e6) END
        )::procrastinate_job_to_defer_v1 ORDER BY priority, due, id))
    FROM outbox WHERE id = ANY(:ids)
""")  # noqa: S608 (our own names)

_RECALL = text("""
    SELECT procrastinate_cancel_job_v1(id, false, true) FROM procrastinate_jobs
    WHERE status = 'todo' AND queueing_lock IN (SELECT 'outbox/' || unnest(CAST(:ids AS bigint[])))
""")

# What procrastinate fetches, and the row with it, where that is due by our own clock.
FETCH = f"""
    WITH job AS (
        SELECT id, status, task_name, priority, lock, queueing_lock, args, scheduled_at, queue_name, attempts, worker_id
        FROM procrastinate_fetch_job_v2(%(queues)s::varchar[], %(worker_id)s)
    ), taken AS (
        UPDATE outbox SET state = 'under way', attempts = outbox.attempts + 1 FROM job
        WHERE outbox.id = (job.args->>'{ROW}')::bigint AND outbox.state = 'due' AND outbox.due <= %(now)s
        RETURNING outbox.id, authority_id, kind, key, payload, outbox.attempts, faults, trace
    )
    SELECT job.*, (SELECT to_json(taken) FROM taken) AS taken FROM job
"""  # noqa: S608 (our own name)
"""Procrastinate's own statement, which takes the job's row, too; as the driver wants it."""

_IS_ATTEMPT = text("""
    EXISTS (SELECT FROM procrastinate_jobs WHERE id = :job_id AND status = 'doing' AND attempts = :attempt)
""")

_FINISH = text("""
    WITH living AS (
        SELECT id FROM procrastinate_jobs WHERE id = :job_id AND status = 'doing' AND attempts = :attempt FOR UPDATE
    )
    SELECT procrastinate_finish_job_v1(id, 'succeeded', true) FROM living
""")

_JOBS = Table("procrastinate_jobs", MetaData(), Column("queueing_lock", Text))


def is_kept(database: Connection | Engine) -> bool:
    """Whether this record has a queue: on PostgreSQL; on SQLite the only worker reads the outbox itself."""
    return database.dialect.name == "postgresql"


def lay_down(connection: Connection) -> None:
    """Make the queue's tables and functions, as the procrastinate that is installed has them."""
    from procrastinate.schema import SchemaManager

    cursor = connection.connection.cursor()
    cursor.execute(SchemaManager.get_schema())  # by the driver: many statements, with signs that SQLAlchemy would read
    cursor.close()


def defer(connection: Connection, now: datetime, ids: Collection[int]) -> None:
    """Put a job in the queue for each of those rows, the urgent first; none of them may have one that waits."""
    connection.execute(_DEFER, {"now": microseconds(now), "ids": list(ids)})


def recall(connection: Connection, ids: Collection[int]) -> None:
    """Take the jobs of those rows that wait out of the queue."""
    connection.execute(_RECALL, {"ids": list(ids)})


def has_job() -> ColumnElement[bool]:
    """That an outbox row has a job which waits or is being done; a condition for statements on the outbox."""
    mine = _JOBS.c.queueing_lock == literal("outbox/").concat(OutboxRow.c.id)
    return exists().where(and_(mine, text("procrastinate_jobs.status IN ('todo', 'doing')")))


def is_attempt(job_id: int, attempt: int) -> TextClause:
    """That procrastinate holds this attempt at a job for the living one: it hasn't given the job to another since."""
    return _IS_ATTEMPT.bindparams(job_id=job_id, attempt=attempt)


def finish(connection: Connection, job_id: int, attempt: int) -> None:
    """Take a job out of the queue that is done, if it is still this attempt's."""
    connection.execute(_FINISH, {"job_id": job_id, "attempt": attempt})
