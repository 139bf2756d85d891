"""Somebody who is known elsewhere is called, where they get a role, what those call them who gave it to them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Add the name; who has a role already is called what they are called everywhere."""
    op.add_column("membership", sa.Column("name", sa.Text(), nullable=True))
