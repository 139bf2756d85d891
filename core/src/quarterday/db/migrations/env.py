"""How Alembic runs a folder of revisions, core's or a plugin's: in the transaction that the caller holds."""

from __future__ import annotations

from alembic import context

from quarterday.db.models import METADATA
from quarterday.db.schema import VERSION_TABLE

given = context.config.attributes
context.configure(
    connection=given["connection"],
    target_metadata=given.get("metadata", METADATA),
    version_table=given.get("version_table", VERSION_TABLE),
    transactional_ddl=True,  # on SQLite too: all of an upgrade, or nothing
)
context.run_migrations()
