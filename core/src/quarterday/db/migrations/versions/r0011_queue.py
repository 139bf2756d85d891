"""PostgreSQL's runner keeps its queue in tables of its own."""

from __future__ import annotations

from alembic import op

from quarterday.db import queue

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Lay down procrastinate's tables and functions, where the record is on PostgreSQL.

    What was due before then has no job yet; the upkeep of the queue puts it in.
    """
    connection = op.get_bind()
    if queue.is_kept(connection):
        queue.lay_down(connection)
