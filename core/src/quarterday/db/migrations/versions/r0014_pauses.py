"""A plugin that keeps failing rests for an authority; what a source gives is taken once, for the installation too."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the tables; the cursors, which nothing has written yet, are laid down anew with room for the installation."""
    op.create_table(
        "plugin_event",
        sa.Column("id", _ID, nullable=False),
        sa.Column("authority_id", _ID, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("plugin", "part", "event", "why", "actor")),
        *_end("plugin_event"),
    )
    op.create_index(
        op.f("ix_plugin_event_authority_id_plugin_part"), "plugin_event", ["authority_id", "plugin", "part"]
    )
    op.drop_table("source_cursor")
    for table, names, key in (
        ("source_cursor", ("source", "cursor"), ("authority_id", "source")),
        ("source_item", ("source", "key", "kind"), ("authority_id", "source", "key")),
        ("source_reject", ("source", "key", "why"), ()),
    ):
        unique = [sa.UniqueConstraint(*key, name=op.f(f"uq_{table}_{'_'.join(key)}"))] if key else []
        op.create_table(
            table,
            sa.Column("id", _ID, nullable=False),
            sa.Column("authority_id", _ID, nullable=True),
            *(sa.Column(name, sa.Text(), nullable=False) for name in names),
            *_end(table),
            *unique,
        )
    op.create_index(
        op.f("ix_source_reject_authority_id_source_key"), "source_reject", ["authority_id", "source", "key"]
    )


def _end(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authority.id"], name=op.f(f"fk_{table}_authority_id_authority")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]
