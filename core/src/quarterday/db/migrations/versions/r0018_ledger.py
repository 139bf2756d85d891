"""What the ledger says of contracts, and from which paid spend on some of them count."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "spend_trigger",
        sa.Column("id", _ID, nullable=False),
        sa.Column("contract_id", _ID, nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["contract_id"], ["contract.id"], name=op.f("fk_spend_trigger_contract_id_contract")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spend_trigger")),
    )
    op.create_index(op.f("ix_spend_trigger_contract_id"), "spend_trigger", ["contract_id"], unique=False)
    op.create_table(
        "ledger_figure",
        sa.Column("id", _ID, nullable=False),
        sa.Column("contract_id", _ID, nullable=False),
        sa.Column("ledger", sa.Text(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("lines", sa.BigInteger(), nullable=False),
        sa.Column("paid", sa.BigInteger(), nullable=False),
        sa.Column("placed", sa.BigInteger(), nullable=False),
        sa.Column("local", sa.BigInteger(), nullable=True),
        sa.Column("local_area_id", _ID, nullable=True),
        sa.Column("unattributed", sa.BigInteger(), nullable=False),
        sa.Column("spend_trigger", sa.BigInteger(), nullable=True),
        sa.Column("reached_on", sa.Date(), nullable=True),
        sa.Column("batches", sa.JSON(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["contract_id"], ["contract.id"], name=op.f("fk_ledger_figure_contract_id_contract")),
        sa.ForeignKeyConstraint(
            ["local_area_id"], ["local_area.id"], name=op.f("fk_ledger_figure_local_area_id_local_area")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_figure")),
    )
    op.create_index(op.f("ix_ledger_figure_contract_id"), "ledger_figure", ["contract_id"], unique=False)
    op.create_index(op.f("ix_ledger_figure_local_area_id"), "ledger_figure", ["local_area_id"], unique=False)
