"""What the clock struck and what came of it, and the trace of a click through the outbox."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """What became of a job, and whether it is paused; from which request an effect comes."""
    op.create_table(
        "job_pause",
        sa.Column("id", _ID, nullable=False),
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_pause")),
    )
    op.create_table(
        "job_run",
        sa.Column("id", _ID, nullable=False),
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("struck_for", sa.BigInteger(), nullable=False),
        sa.Column("good", sa.Boolean(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_run")),
    )
    op.create_index(op.f("ix_job_run_job_recorded_at"), "job_run", ["job", "recorded_at"], unique=False)
    op.add_column("outbox", sa.Column("trace", sa.Text(), server_default="", nullable=False))
