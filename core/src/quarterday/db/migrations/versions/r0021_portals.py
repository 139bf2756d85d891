"""What is exchanged with portals."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "portal_run",
        sa.Column("id", _ID, nullable=False),
        sa.Column("authority_id", _ID, nullable=False),
        sa.Column("portal", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("counts", sa.JSON(), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authority.id"], name=op.f("fk_portal_run_authority_id_authority")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_portal_run")),
    )
    op.create_index(op.f("ix_portal_run_authority_id_portal"), "portal_run", ["authority_id", "portal"], unique=False)
    op.create_table(
        "portal_batch",
        sa.Column("id", _ID, nullable=False),
        sa.Column("authority_id", _ID, nullable=False),
        sa.Column("portal", sa.Text(), nullable=False),
        sa.Column("run_id", _ID, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authority.id"], name=op.f("fk_portal_batch_authority_id_authority")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["portal_run.id"], name=op.f("fk_portal_batch_run_id_portal_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_portal_batch")),
    )
    op.create_index(
        op.f("ix_portal_batch_authority_id_portal_state"),
        "portal_batch",
        ["authority_id", "portal", "state"],
        unique=False,
    )
    op.create_index(op.f("ix_portal_batch_run_id"), "portal_batch", ["run_id"], unique=False)
    op.create_table(
        "portal_record",
        sa.Column("id", _ID, nullable=False),
        sa.Column("authority_id", _ID, nullable=False),
        sa.Column("portal", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("our_id", sa.BigInteger(), nullable=True),
        sa.Column("activity_id", _ID, nullable=True),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("agreed", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("sent", sa.JSON(), nullable=True),
        sa.Column("sent_key", sa.Text(), nullable=False),
        sa.Column("sends", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.Column("batch_id", _ID, nullable=True),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.Column("theirs", sa.JSON(), nullable=True),
        sa.Column("theirs_words_id", _ID, nullable=True),
        sa.Column("theirs_digest", sa.Text(), nullable=False),
        sa.Column("their_version", sa.Text(), nullable=False),
        sa.Column("their_changed_at", sa.BigInteger(), nullable=True),
        sa.Column("listed_run_id", sa.BigInteger(), nullable=True),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["activity_id"], ["activity.id"], name=op.f("fk_portal_record_activity_id_activity")),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authority.id"], name=op.f("fk_portal_record_authority_id_authority")
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["portal_batch.id"], name=op.f("fk_portal_record_batch_id_portal_batch")),
        sa.ForeignKeyConstraint(["theirs_words_id"], ["words.id"], name=op.f("fk_portal_record_theirs_words_id_words")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_portal_record")),
        sa.UniqueConstraint(
            "authority_id", "portal", "kind", "our_id", name=op.f("uq_portal_record_authority_id_portal_kind_our_id")
        ),
    )
    op.create_index(op.f("ix_portal_record_activity_id"), "portal_record", ["activity_id"], unique=False)
    op.create_index(
        op.f("ix_portal_record_external_id_authority_id_portal_kind"),
        "portal_record",
        ["external_id", "authority_id", "portal", "kind"],
        unique=False,
    )
    op.create_index(op.f("ix_portal_record_batch_id"), "portal_record", ["batch_id"], unique=False)
    op.create_index("ix_portal_record_state", "portal_record", ["state", "authority_id", "portal"], unique=False)
    op.create_index(op.f("ix_portal_record_theirs_words_id"), "portal_record", ["theirs_words_id"], unique=False)
    op.create_table(
        "portal_conflict",
        sa.Column("id", _ID, nullable=False),
        sa.Column("record_id", _ID, nullable=False),
        sa.Column("ours", sa.JSON(), nullable=True),
        sa.Column("ours_digest", sa.Text(), nullable=False),
        sa.Column("theirs", sa.JSON(), nullable=True),
        sa.Column("theirs_digest", sa.Text(), nullable=False),
        sa.Column("proposed", sa.Text(), nullable=False),
        sa.Column("is_ruled", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["record_id"], ["portal_record.id"], name=op.f("fk_portal_conflict_record_id_portal_record")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_portal_conflict")),
    )
    op.create_index(op.f("ix_portal_conflict_record_id"), "portal_conflict", ["record_id"], unique=False)
    op.create_table(
        "portal_inbox",
        sa.Column("id", _ID, nullable=False),
        sa.Column("record_id", _ID, nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("words_id", _ID, nullable=True),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["record_id"], ["portal_record.id"], name=op.f("fk_portal_inbox_record_id_portal_record")
        ),
        sa.ForeignKeyConstraint(["words_id"], ["words.id"], name=op.f("fk_portal_inbox_words_id_words")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_portal_inbox")),
    )
    op.create_index(op.f("ix_portal_inbox_record_id"), "portal_inbox", ["record_id"], unique=False)
    op.create_index(op.f("ix_portal_inbox_words_id"), "portal_inbox", ["words_id"], unique=False)
    op.create_table(
        "suggestion",
        sa.Column("id", _ID, nullable=False),
        sa.Column("authority_id", _ID, nullable=False),
        sa.Column("portal", sa.Text(), nullable=False),
        sa.Column("entry_id", _ID, nullable=False),
        sa.Column("record_id", _ID, nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("numerator", sa.BigInteger(), nullable=False),
        sa.Column("denominator", sa.BigInteger(), nullable=False),
        sa.Column("words_id", _ID, nullable=True),
        sa.Column("said_at", sa.BigInteger(), nullable=True),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authority.id"], name=op.f("fk_suggestion_authority_id_authority")),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_suggestion_entry_id_entry")),
        sa.ForeignKeyConstraint(
            ["record_id"], ["portal_record.id"], name=op.f("fk_suggestion_record_id_portal_record")
        ),
        sa.ForeignKeyConstraint(["words_id"], ["words.id"], name=op.f("fk_suggestion_words_id_words")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suggestion")),
    )
    op.create_index(op.f("ix_suggestion_authority_id"), "suggestion", ["authority_id"], unique=False)
    op.create_index(op.f("ix_suggestion_entry_id"), "suggestion", ["entry_id"], unique=False)
    op.create_index(op.f("ix_suggestion_record_id"), "suggestion", ["record_id"], unique=False)
    op.create_index(op.f("ix_suggestion_words_id"), "suggestion", ["words_id"], unique=False)
    op.create_table(
        "portal_filing",
        sa.Column("id", _ID, nullable=False),
        sa.Column("inbox_id", _ID, nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("entry_id", _ID, nullable=True),
        sa.Column("by_user_id", _ID, nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("words_id", _ID, nullable=True),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["by_user_id"], ["person.id"], name=op.f("fk_portal_filing_by_user_id_person")),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_portal_filing_entry_id_entry")),
        sa.ForeignKeyConstraint(["inbox_id"], ["portal_inbox.id"], name=op.f("fk_portal_filing_inbox_id_portal_inbox")),
        sa.ForeignKeyConstraint(["words_id"], ["words.id"], name=op.f("fk_portal_filing_words_id_words")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_portal_filing")),
        sa.UniqueConstraint("inbox_id", name=op.f("uq_portal_filing_inbox_id")),
    )
    op.create_index(op.f("ix_portal_filing_by_user_id"), "portal_filing", ["by_user_id"], unique=False)
    op.create_index(op.f("ix_portal_filing_entry_id"), "portal_filing", ["entry_id"], unique=False)
    op.create_index(op.f("ix_portal_filing_words_id"), "portal_filing", ["words_id"], unique=False)
    op.create_table(
        "portal_settlement",
        sa.Column("id", _ID, nullable=False),
        sa.Column("conflict_id", _ID, nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("by_user_id", _ID, nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("words_id", _ID, nullable=True),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["by_user_id"], ["person.id"], name=op.f("fk_portal_settlement_by_user_id_person")),
        sa.ForeignKeyConstraint(
            ["conflict_id"], ["portal_conflict.id"], name=op.f("fk_portal_settlement_conflict_id_portal_conflict")
        ),
        sa.ForeignKeyConstraint(["words_id"], ["words.id"], name=op.f("fk_portal_settlement_words_id_words")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_portal_settlement")),
    )
    op.create_index(op.f("ix_portal_settlement_by_user_id"), "portal_settlement", ["by_user_id"], unique=False)
    op.create_index(op.f("ix_portal_settlement_conflict_id"), "portal_settlement", ["conflict_id"], unique=False)
    op.create_index(op.f("ix_portal_settlement_words_id"), "portal_settlement", ["words_id"], unique=False)
    op.add_column("evidence", sa.Column("portal", sa.Text(), nullable=True))
