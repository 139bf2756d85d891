"""Indexes that the list of contracts is read from: by authority and reference, and a contract's suppliers."""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Put the two wider indexes in the place of narrower ones."""
    _wider("contract_authority", "authority_id", "reference")
    _wider("contract_party", "contract_id", "supplier_id")


def _wider(table: str, first: str, second: str) -> None:
    op.create_index(op.f(f"ix_{table}_{first}_{second}"), table, [first, second], unique=False)
    op.drop_index(op.f(f"ix_{table}_{first}"), table_name=table)
