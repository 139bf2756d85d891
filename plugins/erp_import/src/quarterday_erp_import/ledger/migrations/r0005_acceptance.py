"""A batch may wait for somebody before it counts, and may be left out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Batches of which nothing is said here count, as they did."""
    op.create_table(
        "erp_import_acceptance",
        sa.Column("id", _ID, nullable=False),
        sa.Column("batch_id", _ID, nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("shares", sa.JSON(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["erp_import_batch.id"], name=op.f("fk_erp_import_acceptance_batch_id_erp_import_batch")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erp_import_acceptance")),
    )
    op.create_index(op.f("ix_erp_import_acceptance_batch_id"), "erp_import_acceptance", ["batch_id"], unique=False)
