"""Why a person said that a record is no payment."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Of records that were settled before, the reason isn't known."""
    op.add_column("erp_import_correction", sa.Column("why", sa.Text(), nullable=True))
