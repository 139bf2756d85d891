"""How Alembic runs the revisions beside this file: on the connection, and in the transaction, that the caller holds."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from quarterday.db.models import METADATA
from quarterday.db.schema import VERSION_TABLE

connection: Connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=METADATA,
    version_table=VERSION_TABLE,
    transactional_ddl=True,  # on SQLite too: all of an upgrade, or nothing
)
context.run_migrations()
