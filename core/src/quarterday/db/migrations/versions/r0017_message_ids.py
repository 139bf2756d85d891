"""A mail is found by the Message-ID that comes back with it, without looking through all of them."""

from __future__ import annotations

from hashlib import sha256

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

_AT_ONCE = 1000
_OUTBOX = sa.table("outbox", sa.column("id"), sa.column("kind"), sa.column("key"), sa.column("message_id"))


def upgrade() -> None:
    """Add what a mail's Message-ID begins with, for those that are there too, and the index of it."""
    op.add_column("outbox", sa.Column("message_id", sa.Text(), server_default="", nullable=False))
    connection, last = op.get_bind(), 0
    mails = sa.select(_OUTBOX.c.id, _OUTBOX.c.key).where(_OUTBOX.c.kind.startswith("mail."))
    fill = _OUTBOX.update().where(_OUTBOX.c.id == sa.bindparam("row_id")).values(message_id=sa.bindparam("begins_with"))
    while rows := connection.execute(mails.where(_OUTBOX.c.id > last).order_by(_OUTBOX.c.id).limit(_AT_ONCE)).all():
        named = [{"row_id": row.id, "begins_with": sha256(row.key.encode()).hexdigest()[:40]} for row in rows]
        connection.execute(fill, named)
        last = rows[-1].id
    is_mail = sa.text("message_id <> ''")
    op.create_index(
        op.f("ix_outbox_message_id"), "outbox", ["message_id"], sqlite_where=is_mail, postgresql_where=is_mail
    )
