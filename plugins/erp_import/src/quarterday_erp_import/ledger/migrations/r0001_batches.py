"""Feeds, batches with what people said of them, records that couldn't be read, and decisions on payees."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = ("erp_import",)

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "erp_import_batch",
        sa.Column("id", _ID, nullable=False),
        sa.Column("authority_id", sa.BigInteger(), nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("reading", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("accepted", sa.BigInteger(), nullable=False),
        sa.Column("quarantined", sa.BigInteger(), nullable=False),
        sa.Column("skipped", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=True),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("understood", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("lines_sha256", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erp_import_batch")),
        sa.UniqueConstraint(
            "authority_id", "sha256", "reading", name=op.f("uq_erp_import_batch_authority_id_sha256_reading")
        ),
    )
    op.create_index(
        op.f("ix_erp_import_batch_authority_id_feed"), "erp_import_batch", ["authority_id", "feed"], unique=False
    )
    op.create_table(
        "erp_import_feed",
        sa.Column("id", _ID, nullable=False),
        sa.Column("authority_id", sa.BigInteger(), nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("on_same_period", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erp_import_feed")),
    )
    op.create_index(
        op.f("ix_erp_import_feed_authority_id_feed"), "erp_import_feed", ["authority_id", "feed"], unique=False
    )
    op.create_table(
        "erp_import_payee_decision",
        sa.Column("id", _ID, nullable=False),
        sa.Column("authority_id", sa.BigInteger(), nullable=False),
        sa.Column("payee", sa.Text(), nullable=False),
        sa.Column("payee_id", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("supplier", sa.Text(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("candidates", sa.JSON(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erp_import_payee_decision")),
    )
    op.create_index(
        op.f("ix_erp_import_payee_decision_authority_id_payee_payee_id"),
        "erp_import_payee_decision",
        ["authority_id", "payee", "payee_id"],
        unique=False,
    )
    op.create_table(
        "erp_import_control_total",
        sa.Column("id", _ID, nullable=False),
        sa.Column("batch_id", _ID, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("lines", sa.BigInteger(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["erp_import_batch.id"], name=op.f("fk_erp_import_control_total_batch_id_erp_import_batch")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erp_import_control_total")),
    )
    op.create_index(
        op.f("ix_erp_import_control_total_batch_id"), "erp_import_control_total", ["batch_id"], unique=False
    )
    op.create_table(
        "erp_import_quarantined",
        sa.Column("id", _ID, nullable=False),
        sa.Column("batch_id", _ID, nullable=False),
        sa.Column("ordinal", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["erp_import_batch.id"], name=op.f("fk_erp_import_quarantined_batch_id_erp_import_batch")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erp_import_quarantined")),
        sa.UniqueConstraint("batch_id", "ordinal", name=op.f("uq_erp_import_quarantined_batch_id_ordinal")),
    )
    op.create_table(
        "erp_import_supersession",
        sa.Column("id", _ID, nullable=False),
        sa.Column("batch_id", _ID, nullable=False),
        sa.Column("by_batch_id", _ID, nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["erp_import_batch.id"], name=op.f("fk_erp_import_supersession_batch_id_erp_import_batch")
        ),
        sa.ForeignKeyConstraint(
            ["by_batch_id"],
            ["erp_import_batch.id"],
            name=op.f("fk_erp_import_supersession_by_batch_id_erp_import_batch"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erp_import_supersession")),
    )
    op.create_index(op.f("ix_erp_import_supersession_batch_id"), "erp_import_supersession", ["batch_id"], unique=False)
    op.create_index(
        op.f("ix_erp_import_supersession_by_batch_id"), "erp_import_supersession", ["by_batch_id"], unique=False
    )
    op.create_table(
        "erp_import_correction",
        sa.Column("id", _ID, nullable=False),
        sa.Column("quarantined_id", _ID, nullable=False),
        sa.Column("line", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["quarantined_id"],
            ["erp_import_quarantined.id"],
            name=op.f("fk_erp_import_correction_quarantined_id_erp_import_quarantined"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erp_import_correction")),
    )
    op.create_index(
        op.f("ix_erp_import_correction_quarantined_id"), "erp_import_correction", ["quarantined_id"], unique=False
    )
