"""Which of a period's targets is the newest is asked often: find the rows of one commitment and one period at once."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """The index of targets by commitment and first day, in place of that by commitment alone."""
    op.drop_index(op.f("ix_target_commitment_id"), table_name="target")
    op.create_index(op.f("ix_target_commitment_id_first"), "target", ["commitment_id", "first"], unique=False)
