"""Figures ask for a contract's entries of some measures, and whether each was replaced: find both at once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Entries by contract and measure, of the replacing ones by what they replace; the second index of valuations
    by review goes, as theirs that are unique has it already."""
    op.drop_index(op.f("ix_entry_contract_id"), table_name="entry")
    op.create_index(op.f("ix_entry_contract_id_ref"), "entry", ["contract_id", "ref"], unique=False)
    op.drop_index(op.f("ix_entry_replaces_entry_id"), table_name="entry")
    replaces = sa.text("replaces_entry_id IS NOT NULL")
    op.create_index(
        op.f("ix_entry_replaces_entry_id"),
        "entry",
        ["replaces_entry_id"],
        unique=False,
        sqlite_where=replaces,
        postgresql_where=replaces,
    )
    op.drop_index(op.f("ix_valuation_review_id"), table_name="valuation")
