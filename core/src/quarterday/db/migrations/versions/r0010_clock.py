"""What the clock struck and what came of it, and the trace of a click through the outbox."""

from __future__ import annotations

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Filled by the part that needs it."""
