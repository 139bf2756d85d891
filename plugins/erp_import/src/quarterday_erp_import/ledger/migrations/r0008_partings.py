"""Which suppliers of the list a person said to be by themselves, though they look like others on it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Until something is said, entries of the list that are one supplier by its numbers or its place are one."""
    op.create_table(
        "erp_import_parting",
        sa.Column("id", _ID, nullable=False),
        sa.Column("authority_id", sa.BigInteger(), nullable=False),
        sa.Column("supplier", sa.Text(), nullable=False),
        sa.Column("apart", sa.Boolean(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erp_import_parting")),
    )
    op.create_index(op.f("ix_erp_import_parting_authority_id"), "erp_import_parting", ["authority_id"], unique=False)
