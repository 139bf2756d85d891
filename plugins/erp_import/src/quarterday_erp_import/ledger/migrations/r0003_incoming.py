"""Files that come in, what became of each, and how the files of a feed are read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Spend files come by themselves."""
    op.add_column("erp_import_feed", sa.Column("mapping", sa.Text(), nullable=True))
    op.add_column("erp_import_feed", sa.Column("settled", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("erp_import_feed", sa.Column("on_doubt", sa.Text(), nullable=True))
    op.add_column("erp_import_feed", sa.Column("days", sa.BigInteger(), nullable=True))
    op.create_table(
        "erp_import_incoming",
        sa.Column("id", _ID, nullable=False),
        sa.Column("authority_id", sa.BigInteger(), nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erp_import_incoming")),
        sa.UniqueConstraint(
            "authority_id", "feed", "sha256", name=op.f("uq_erp_import_incoming_authority_id_feed_sha256")
        ),
    )
    op.create_table(
        "erp_import_incoming_step",
        sa.Column("id", _ID, nullable=False),
        sa.Column("incoming_id", _ID, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("questions", sa.JSON(), nullable=False),
        sa.Column("batch_id", _ID, nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["incoming_id"],
            ["erp_import_incoming.id"],
            name=op.f("fk_erp_import_incoming_step_incoming_id_erp_import_incoming"),
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["erp_import_batch.id"],
            name=op.f("fk_erp_import_incoming_step_batch_id_erp_import_batch"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erp_import_incoming_step")),
    )
    op.create_index(
        op.f("ix_erp_import_incoming_step_incoming_id"), "erp_import_incoming_step", ["incoming_id"], unique=False
    )
