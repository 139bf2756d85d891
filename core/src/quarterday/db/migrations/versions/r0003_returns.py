"""What was reported, and what the council made of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """What was reported, and what the council made of it."""
    op.create_table(
        "activity",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("supplier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["supplier_id"], ["supplier.id"], name=op.f("fk_activity_supplier_id_supplier")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity")),
        sa.UniqueConstraint("supplier_id", "label", name=op.f("uq_activity_supplier_id_label")),
    )
    op.create_index(op.f("ix_activity_supplier_id"), "activity", ["supplier_id"], unique=False)
    op.create_table(
        "activity_fact",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("activity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("started", sa.Date(), nullable=True),
        sa.Column("ends", sa.Date(), nullable=True),
        sa.Column("part_postcode", sa.Text(), nullable=False),
        sa.Column("group", sa.Text(), nullable=False),
        sa.Column("typed", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["activity_id"], ["activity.id"], name=op.f("fk_activity_fact_activity_id_activity")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity_fact")),
    )
    op.create_index(op.f("ix_activity_fact_activity_id"), "activity_fact", ["activity_id"], unique=False)
    op.create_table(
        "activity_share",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("activity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("contract_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("numerator", sa.BigInteger(), nullable=False),
        sa.Column("denominator", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["activity_id"], ["activity.id"], name=op.f("fk_activity_share_activity_id_activity")),
        sa.ForeignKeyConstraint(["contract_id"], ["contract.id"], name=op.f("fk_activity_share_contract_id_contract")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity_share")),
    )
    op.create_index(op.f("ix_activity_share_activity_id"), "activity_share", ["activity_id"], unique=False)
    op.create_index(op.f("ix_activity_share_contract_id"), "activity_share", ["contract_id"], unique=False)
    op.create_table(
        "return",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("contract_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("period_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("draft_version", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["contract_id"], ["contract.id"], name=op.f("fk_return_contract_id_contract")),
        sa.ForeignKeyConstraint(["period_id"], ["period.id"], name=op.f("fk_return_period_id_period")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return")),
        sa.UniqueConstraint("contract_id", "period_id", name=op.f("uq_return_contract_id_period_id")),
    )
    op.create_index(op.f("ix_return_contract_id"), "return", ["contract_id"], unique=False)
    op.create_index(op.f("ix_return_period_id"), "return", ["period_id"], unique=False)
    op.create_table(
        "entry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("return_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("contract_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.Column("replaces_entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("activity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("typed", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("numerator", sa.BigInteger(), nullable=False),
        sa.Column("denominator", sa.BigInteger(), nullable=False),
        sa.Column("value_day", sa.Date(), nullable=False),
        sa.Column("industry", sa.Text(), nullable=False),
        sa.Column("share_numerator", sa.BigInteger(), nullable=False),
        sa.Column("share_denominator", sa.BigInteger(), nullable=False),
        sa.Column("findings", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("words_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["activity_id"], ["activity.id"], name=op.f("fk_entry_activity_id_activity")),
        sa.ForeignKeyConstraint(["contract_id"], ["contract.id"], name=op.f("fk_entry_contract_id_contract")),
        sa.ForeignKeyConstraint(["replaces_entry_id"], ["entry.id"], name=op.f("fk_entry_replaces_entry_id_entry")),
        sa.ForeignKeyConstraint(["return_id"], ["return.id"], name=op.f("fk_entry_return_id_return")),
        sa.ForeignKeyConstraint(["words_id"], ["words.id"], name=op.f("fk_entry_words_id_words")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry")),
    )
    op.create_index(op.f("ix_entry_activity_id"), "entry", ["activity_id"], unique=False)
    op.create_index(op.f("ix_entry_contract_id"), "entry", ["contract_id"], unique=False)
    op.create_index(op.f("ix_entry_replaces_entry_id"), "entry", ["replaces_entry_id"], unique=False)
    op.create_index(op.f("ix_entry_return_id"), "entry", ["return_id"], unique=False)
    op.create_index(op.f("ix_entry_words_id"), "entry", ["words_id"], unique=False)
    op.create_table(
        "evidence",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("return_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("scan", sa.Text(), nullable=False),
        sa.Column("words_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["return_id"], ["return.id"], name=op.f("fk_evidence_return_id_return")),
        sa.ForeignKeyConstraint(["words_id"], ["words.id"], name=op.f("fk_evidence_words_id_words")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
    )
    op.create_index(op.f("ix_evidence_return_id"), "evidence", ["return_id"], unique=False)
    op.create_index(op.f("ix_evidence_words_id"), "evidence", ["words_id"], unique=False)
    op.create_table(
        "revision",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("return_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("is_nothing_to_report", sa.Boolean(), nullable=False),
        sa.Column("by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("declared_as", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["by_user_id"], ["person.id"], name=op.f("fk_revision_by_user_id_person")),
        sa.ForeignKeyConstraint(["return_id"], ["return.id"], name=op.f("fk_revision_return_id_return")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revision")),
        sa.UniqueConstraint("return_id", "number", name=op.f("uq_revision_return_id_number")),
    )
    op.create_index(op.f("ix_revision_by_user_id"), "revision", ["by_user_id"], unique=False)
    op.create_index(op.f("ix_revision_return_id"), "revision", ["return_id"], unique=False)
    op.create_table(
        "sign_in_token",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("return_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["return_id"], ["return.id"], name=op.f("fk_sign_in_token_return_id_return")),
        sa.ForeignKeyConstraint(["user_id"], ["person.id"], name=op.f("fk_sign_in_token_user_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_token")),
    )
    op.create_index(op.f("ix_sign_in_token_return_id"), "sign_in_token", ["return_id"], unique=False)
    op.create_index(op.f("ix_sign_in_token_user_id"), "sign_in_token", ["user_id"], unique=False)
    op.create_table(
        "draft_entry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("return_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("replaces_entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("late_period_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("activity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("typed", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("words_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["activity_id"], ["activity.id"], name=op.f("fk_draft_entry_activity_id_activity")),
        sa.ForeignKeyConstraint(["late_period_id"], ["period.id"], name=op.f("fk_draft_entry_late_period_id_period")),
        sa.ForeignKeyConstraint(
            ["replaces_entry_id"], ["entry.id"], name=op.f("fk_draft_entry_replaces_entry_id_entry")
        ),
        sa.ForeignKeyConstraint(["return_id"], ["return.id"], name=op.f("fk_draft_entry_return_id_return")),
        sa.ForeignKeyConstraint(["words_id"], ["words.id"], name=op.f("fk_draft_entry_words_id_words")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_entry")),
    )
    op.create_index(op.f("ix_draft_entry_activity_id"), "draft_entry", ["activity_id"], unique=False)
    op.create_index(op.f("ix_draft_entry_late_period_id"), "draft_entry", ["late_period_id"], unique=False)
    op.create_index(op.f("ix_draft_entry_replaces_entry_id"), "draft_entry", ["replaces_entry_id"], unique=False)
    op.create_index(op.f("ix_draft_entry_return_id"), "draft_entry", ["return_id"], unique=False)
    op.create_index(op.f("ix_draft_entry_words_id"), "draft_entry", ["words_id"], unique=False)
    op.create_table(
        "entry_evidence",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=True),
        sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("evidence_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_entry_evidence_entry_id_entry")),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"], name=op.f("fk_entry_evidence_evidence_id_evidence")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry_evidence")),
    )
    op.create_index(op.f("ix_entry_evidence_entry_id"), "entry_evidence", ["entry_id"], unique=False)
    op.create_index(op.f("ix_entry_evidence_evidence_id"), "entry_evidence", ["evidence_id"], unique=False)
    op.create_table(
        "review",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("numerator", sa.BigInteger(), nullable=False),
        sa.Column("denominator", sa.BigInteger(), nullable=False),
        sa.Column("pin_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("words_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["by_user_id"], ["person.id"], name=op.f("fk_review_by_user_id_person")),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_review_entry_id_entry")),
        sa.ForeignKeyConstraint(["pin_id"], ["contract_pin.id"], name=op.f("fk_review_pin_id_contract_pin")),
        sa.ForeignKeyConstraint(["words_id"], ["words.id"], name=op.f("fk_review_words_id_words")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review")),
    )
    op.create_index(op.f("ix_review_by_user_id"), "review", ["by_user_id"], unique=False)
    op.create_index(op.f("ix_review_entry_id"), "review", ["entry_id"], unique=False)
    op.create_index(op.f("ix_review_pin_id"), "review", ["pin_id"], unique=False)
    op.create_index(op.f("ix_review_words_id"), "review", ["words_id"], unique=False)
    op.create_table(
        "revision_entry",
        sa.Column("revision_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_revision_entry_entry_id_entry")),
        sa.ForeignKeyConstraint(["revision_id"], ["revision.id"], name=op.f("fk_revision_entry_revision_id_revision")),
        sa.PrimaryKeyConstraint("revision_id", "entry_id", name=op.f("pk_revision_entry")),
    )
    op.create_index(op.f("ix_revision_entry_entry_id"), "revision_entry", ["entry_id"], unique=False)
    op.create_index(op.f("ix_revision_entry_revision_id"), "revision_entry", ["revision_id"], unique=False)
    op.create_table(
        "valuation",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("review_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("micropounds", sa.BigInteger(), nullable=False),
        sa.Column("is_complete", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("unit_value", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_valuation_entry_id_entry")),
        sa.ForeignKeyConstraint(["review_id"], ["review.id"], name=op.f("fk_valuation_review_id_review")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_valuation")),
        sa.UniqueConstraint("review_id", name=op.f("uq_valuation_review_id")),
    )
    op.create_index(op.f("ix_valuation_entry_id"), "valuation", ["entry_id"], unique=False)
    op.create_index(op.f("ix_valuation_review_id"), "valuation", ["review_id"], unique=False)
