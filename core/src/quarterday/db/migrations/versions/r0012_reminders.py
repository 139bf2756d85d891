"""When whom to remind of a return, and that it was done."""

from __future__ import annotations

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Filled by the part that needs it."""
