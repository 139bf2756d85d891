"""An authority's own words for its messages, and what became of a message after it was sent."""

from __future__ import annotations

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Filled by the part that needs it."""
