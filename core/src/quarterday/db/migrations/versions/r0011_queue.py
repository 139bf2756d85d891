"""PostgreSQL's runner keeps its queue in tables of its own."""

from __future__ import annotations

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Filled by the part that needs it."""
