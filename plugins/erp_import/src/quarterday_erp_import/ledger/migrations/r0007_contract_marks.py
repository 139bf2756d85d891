"""By which order numbers, other numbers and services payments are known to be on a contract."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Until something is said of it, a contract goes by its own reference and is for any service, as before."""
    op.create_table(
        "erp_import_contract_mark",
        sa.Column("id", _ID, nullable=False),
        sa.Column("authority_id", sa.BigInteger(), nullable=False),
        sa.Column("contract_id", sa.BigInteger(), nullable=False),
        sa.Column("sort", sa.Text(), nullable=False),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("holds", sa.Boolean(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erp_import_contract_mark")),
    )
    op.create_index(
        op.f("ix_erp_import_contract_mark_authority_id"), "erp_import_contract_mark", ["authority_id"], unique=False
    )
