"""An authority's own words for its messages, and what became of a message after it was sent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the two tables."""
    op.create_table(
        "message_template",
        sa.Column("id", _ID, nullable=False),
        sa.Column("authority_id", _ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("words_id", _ID, nullable=True),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        _refers("message_template", "authority_id", "authority"),
        _refers("message_template", "words_id", "words"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_template")),
    )
    _index("message_template", "authority_id")
    _index("message_template", "words_id")
    op.create_table(
        "mail_outcome",
        sa.Column("id", _ID, nullable=False),
        sa.Column("authority_id", _ID, nullable=True),
        sa.Column("outbox_id", _ID, nullable=False),
        sa.Column("user_id", _ID, nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("words_id", _ID, nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        _refers("mail_outcome", "authority_id", "authority"),
        _refers("mail_outcome", "outbox_id", "outbox"),
        _refers("mail_outcome", "user_id", "person"),
        _refers("mail_outcome", "words_id", "words"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_outcome")),
        sa.UniqueConstraint("outbox_id", "outcome", "at", name=op.f("uq_mail_outcome_outbox_id_outcome_at")),
    )
    _index("mail_outcome", "authority_id")
    _index("mail_outcome", "user_id")
    _index("mail_outcome", "words_id")


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))


def _index(table: str, column: str) -> None:
    op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)
