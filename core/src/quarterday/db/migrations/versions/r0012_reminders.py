"""When whom to remind of a return, and that it was done; more time for one return."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """The tables of ladders, reminders and extensions."""
    op.create_table(
        "ladder",
        sa.Column("id", _ID, nullable=False),
        sa.Column("authority_id", _ID, nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("by_user_id", _ID, nullable=True),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authority.id"], name=op.f("fk_ladder_authority_id_authority")),
        sa.ForeignKeyConstraint(["by_user_id"], ["person.id"], name=op.f("fk_ladder_by_user_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ladder")),
    )
    op.create_table(
        "reminder",
        sa.Column("id", _ID, nullable=False),
        sa.Column("return_id", _ID, nullable=False),
        sa.Column("rung", sa.Text(), nullable=False),
        sa.Column("user_id", _ID, nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["return_id"], ["return.id"], name=op.f("fk_reminder_return_id_return")),
        sa.ForeignKeyConstraint(["user_id"], ["person.id"], name=op.f("fk_reminder_user_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
        sa.UniqueConstraint("return_id", "rung", "user_id", name=op.f("uq_reminder_return_id_rung_user_id")),
    )
    op.create_table(
        "return_extension",
        sa.Column("id", _ID, nullable=False),
        sa.Column("return_id", _ID, nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("words_id", _ID, nullable=False),
        sa.Column("by_user_id", _ID, nullable=True),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["return_id"], ["return.id"], name=op.f("fk_return_extension_return_id_return")),
        sa.ForeignKeyConstraint(["words_id"], ["words.id"], name=op.f("fk_return_extension_words_id_words")),
        sa.ForeignKeyConstraint(["by_user_id"], ["person.id"], name=op.f("fk_return_extension_by_user_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_extension")),
    )
    for table, columns in _INDEXED.items():
        for column in columns:
            op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)


_INDEXED = {
    "ladder": ("authority_id", "by_user_id"),
    "reminder": ("user_id",),
    "return_extension": ("return_id", "words_id", "by_user_id"),
}
