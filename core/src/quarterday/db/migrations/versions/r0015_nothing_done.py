"""That nothing was done for one measure in a return's period, said on purpose."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "nothing_done",
        sa.Column("id", _ID, nullable=False),
        sa.Column("return_id", _ID, nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("is_nothing", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["return_id"], ["return.id"], name=op.f("fk_nothing_done_return_id_return")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nothing_done")),
    )
    op.create_index(op.f("ix_nothing_done_return_id"), "nothing_done", ["return_id"], unique=False)
