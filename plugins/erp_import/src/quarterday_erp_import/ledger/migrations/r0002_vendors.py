"""The supplier master: lists of the finance system, and the suppliers on them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Who the finance system's suppliers are, with what it says of them."""
    op.create_table(
        "erp_import_vendor_list",
        sa.Column("id", _ID, nullable=False),
        sa.Column("authority_id", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("as_at", sa.Date(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erp_import_vendor_list")),
        sa.UniqueConstraint("authority_id", "sha256", name=op.f("uq_erp_import_vendor_list_authority_id_sha256")),
    )
    op.create_table(
        "erp_import_vendor",
        sa.Column("id", _ID, nullable=False),
        sa.Column("list_id", _ID, nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("postcode", sa.Text(), nullable=True),
        sa.Column("company_number", sa.Text(), nullable=True),
        sa.Column("charity_number", sa.Text(), nullable=True),
        sa.Column("vat_number", sa.Text(), nullable=True),
        sa.Column("stated", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["list_id"],
            ["erp_import_vendor_list.id"],
            name=op.f("fk_erp_import_vendor_list_id_erp_import_vendor_list"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erp_import_vendor")),
    )
    op.create_index(op.f("ix_erp_import_vendor_list_id"), "erp_import_vendor", ["list_id"], unique=False)
