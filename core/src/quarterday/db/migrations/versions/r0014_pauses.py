"""A plugin that keeps failing rests for an authority."""

from __future__ import annotations

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Filled by the part that needs it."""
