"""What backs a draft is asked whenever a return is submitted: find it without reading all evidence there is."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """The index of evidence by draft."""
    op.create_index(op.f("ix_entry_evidence_draft_id"), "entry_evidence", ["draft_id"], unique=False)
