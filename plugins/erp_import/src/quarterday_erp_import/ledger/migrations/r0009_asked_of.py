"""What a file that asks was understood to be, so far."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Files that ask already say nothing of it until they are read again."""
    op.add_column("erp_import_incoming_step", sa.Column("understood", sa.JSON(none_as_null=True), nullable=True))
