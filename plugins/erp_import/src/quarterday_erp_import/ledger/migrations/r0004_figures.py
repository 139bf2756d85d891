"""Figures that were reckoned over the ledger and kept, so that pages and reports read rows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """What was reckoned, by which definition, over which batches, and what it came to."""
    op.create_table(
        "erp_import_figure",
        sa.Column("id", _ID, nullable=False),
        sa.Column("authority_id", sa.BigInteger(), nullable=False),
        sa.Column("analysis", sa.Text(), nullable=False),
        sa.Column("local_area_id", sa.BigInteger(), nullable=True),
        sa.Column("rests_on", sa.Text(), nullable=False),
        sa.Column("known_until", sa.Date(), nullable=True),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("definition", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("coverage", sa.JSON(), nullable=False),
        sa.Column("batches", sa.JSON(), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erp_import_figure")),
    )
    op.create_index(
        op.f("ix_erp_import_figure_authority_id_analysis"),
        "erp_import_figure",
        ["authority_id", "analysis"],
        unique=False,
    )
