"""What was promised, and what it is measured by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """What was promised, and what it is measured by."""
    op.create_table(
        "contract",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("rhythm", sa.Text(), nullable=False),
        sa.Column("starts", sa.Date(), nullable=False),
        sa.Column("ends", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract")),
    )
    op.create_table(
        "edition_snapshot",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("content", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edition_snapshot")),
        sa.UniqueConstraint("digest", name=op.f("uq_edition_snapshot_digest")),
    )
    op.create_table(
        "commitment",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("contract_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["contract_id"], ["contract.id"], name=op.f("fk_commitment_contract_id_contract")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitment")),
        sa.UniqueConstraint("contract_id", "ref", name=op.f("uq_commitment_contract_id_ref")),
    )
    op.create_index(op.f("ix_commitment_contract_id"), "commitment", ["contract_id"], unique=False)
    op.create_table(
        "contract_authority",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("contract_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("authority_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authority.id"], name=op.f("fk_contract_authority_authority_id_authority")
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_contract_authority_contract_id_contract")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract_authority")),
    )
    op.create_index(op.f("ix_contract_authority_authority_id"), "contract_authority", ["authority_id"], unique=False)
    op.create_index(op.f("ix_contract_authority_contract_id"), "contract_authority", ["contract_id"], unique=False)
    op.create_index(op.f("ix_contract_authority_reference"), "contract_authority", ["reference"], unique=False)
    op.create_table(
        "contract_owner",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("contract_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["contract_id"], ["contract.id"], name=op.f("fk_contract_owner_contract_id_contract")),
        sa.ForeignKeyConstraint(["user_id"], ["person.id"], name=op.f("fk_contract_owner_user_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract_owner")),
    )
    op.create_index(op.f("ix_contract_owner_contract_id"), "contract_owner", ["contract_id"], unique=False)
    op.create_index(op.f("ix_contract_owner_user_id"), "contract_owner", ["user_id"], unique=False)
    op.create_table(
        "contract_party",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("contract_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("supplier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("is_in", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["contract_id"], ["contract.id"], name=op.f("fk_contract_party_contract_id_contract")),
        sa.ForeignKeyConstraint(["supplier_id"], ["supplier.id"], name=op.f("fk_contract_party_supplier_id_supplier")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract_party")),
    )
    op.create_index(op.f("ix_contract_party_contract_id"), "contract_party", ["contract_id"], unique=False)
    op.create_index(op.f("ix_contract_party_supplier_id"), "contract_party", ["supplier_id"], unique=False)
    op.create_table(
        "local_area",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("authority_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("codes", sa.JSON(), nullable=False),
        sa.Column("wards", sa.JSON(), nullable=False),
        sa.Column("radius_km", sa.Text(), nullable=False),
        sa.Column("centre", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authority.id"], name=op.f("fk_local_area_authority_id_authority")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_local_area")),
    )
    op.create_index(op.f("ix_local_area_authority_id"), "local_area", ["authority_id"], unique=False)
    op.create_table(
        "opening_balance",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("contract_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("quantity_text", sa.Text(), nullable=False),
        sa.Column("numerator", sa.BigInteger(), nullable=False),
        sa.Column("denominator", sa.BigInteger(), nullable=False),
        sa.Column("words_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["contract_id"], ["contract.id"], name=op.f("fk_opening_balance_contract_id_contract")),
        sa.ForeignKeyConstraint(["words_id"], ["words.id"], name=op.f("fk_opening_balance_words_id_words")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opening_balance")),
    )
    op.create_index(op.f("ix_opening_balance_contract_id"), "opening_balance", ["contract_id"], unique=False)
    op.create_index(op.f("ix_opening_balance_words_id"), "opening_balance", ["words_id"], unique=False)
    op.create_table(
        "period",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("authority_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("rhythm", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("closes", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authority.id"], name=op.f("fk_period_authority_id_authority")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_period")),
        sa.UniqueConstraint(
            "authority_id", "rhythm", "first", "last", name=op.f("uq_period_authority_id_rhythm_first_last")
        ),
    )
    op.create_index(op.f("ix_period_authority_id"), "period", ["authority_id"], unique=False)
    op.create_table(
        "value_set_snapshot",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("authority_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("edition_key", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("licence", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("is_redistributable", sa.Boolean(), nullable=False),
        sa.Column("content", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authority.id"], name=op.f("fk_value_set_snapshot_authority_id_authority")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_value_set_snapshot")),
        sa.UniqueConstraint("authority_id", "digest", name=op.f("uq_value_set_snapshot_authority_id_digest")),
    )
    op.create_index(op.f("ix_value_set_snapshot_authority_id"), "value_set_snapshot", ["authority_id"], unique=False)
    op.create_table(
        "variation",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("contract_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("words_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["by_user_id"], ["person.id"], name=op.f("fk_variation_by_user_id_person")),
        sa.ForeignKeyConstraint(["contract_id"], ["contract.id"], name=op.f("fk_variation_contract_id_contract")),
        sa.ForeignKeyConstraint(["words_id"], ["words.id"], name=op.f("fk_variation_words_id_words")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_variation")),
    )
    op.create_index(op.f("ix_variation_by_user_id"), "variation", ["by_user_id"], unique=False)
    op.create_index(op.f("ix_variation_contract_id"), "variation", ["contract_id"], unique=False)
    op.create_index(op.f("ix_variation_words_id"), "variation", ["words_id"], unique=False)
    op.create_table(
        "contract_pin",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("contract_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("edition_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("value_set_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("local_area_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["contract_id"], ["contract.id"], name=op.f("fk_contract_pin_contract_id_contract")),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["edition_snapshot.id"], name=op.f("fk_contract_pin_edition_id_edition_snapshot")
        ),
        sa.ForeignKeyConstraint(
            ["local_area_id"], ["local_area.id"], name=op.f("fk_contract_pin_local_area_id_local_area")
        ),
        sa.ForeignKeyConstraint(
            ["value_set_id"], ["value_set_snapshot.id"], name=op.f("fk_contract_pin_value_set_id_value_set_snapshot")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract_pin")),
    )
    op.create_index(op.f("ix_contract_pin_contract_id"), "contract_pin", ["contract_id"], unique=False)
    op.create_index(op.f("ix_contract_pin_edition_id"), "contract_pin", ["edition_id"], unique=False)
    op.create_index(op.f("ix_contract_pin_local_area_id"), "contract_pin", ["local_area_id"], unique=False)
    op.create_index(op.f("ix_contract_pin_value_set_id"), "contract_pin", ["value_set_id"], unique=False)
    op.create_table(
        "target",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("commitment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("variation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("numerator", sa.BigInteger(), nullable=False),
        sa.Column("denominator", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["commitment_id"], ["commitment.id"], name=op.f("fk_target_commitment_id_commitment")),
        sa.ForeignKeyConstraint(["variation_id"], ["variation.id"], name=op.f("fk_target_variation_id_variation")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target")),
    )
    op.create_index(op.f("ix_target_commitment_id"), "target", ["commitment_id"], unique=False)
    op.create_index(op.f("ix_target_variation_id"), "target", ["variation_id"], unique=False)
