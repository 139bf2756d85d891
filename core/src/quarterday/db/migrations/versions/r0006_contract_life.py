"""What happens to a contract later: another end, values pinned after the award, nobody to manage it, a last return."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """The tables of ends and pinnings; an owner may be nobody; how long an authority keeps last returns open."""
    op.create_table(
        "contract_end",
        sa.Column("id", _ID, nullable=False),
        sa.Column("contract_id", _ID, nullable=False),
        sa.Column("ends", sa.Date(), nullable=False),
        sa.Column("words_id", _ID, nullable=False),
        sa.Column("by_user_id", _ID, nullable=True),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["contract_id"], ["contract.id"], name=op.f("fk_contract_end_contract_id_contract")),
        sa.ForeignKeyConstraint(["words_id"], ["words.id"], name=op.f("fk_contract_end_words_id_words")),
        sa.ForeignKeyConstraint(["by_user_id"], ["person.id"], name=op.f("fk_contract_end_by_user_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract_end")),
    )
    op.create_table(
        "pinning",
        sa.Column("id", _ID, nullable=False),
        sa.Column("pin_id", _ID, nullable=False),
        sa.Column("words_id", _ID, nullable=False),
        sa.Column("by_user_id", _ID, nullable=True),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["pin_id"], ["contract_pin.id"], name=op.f("fk_pinning_pin_id_contract_pin")),
        sa.ForeignKeyConstraint(["words_id"], ["words.id"], name=op.f("fk_pinning_words_id_words")),
        sa.ForeignKeyConstraint(["by_user_id"], ["person.id"], name=op.f("fk_pinning_by_user_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pinning")),
    )
    for table, columns in _INDEXED.items():
        for column in columns:
            op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)
    with op.batch_alter_table("contract_owner") as owners:
        owners.alter_column("user_id", existing_type=_ID, nullable=True)
    op.add_column("authority", sa.Column("last_closes_days", sa.Integer(), server_default="365", nullable=False))


_INDEXED = {"contract_end": ("contract_id", "words_id", "by_user_id"), "pinning": ("pin_id", "words_id", "by_user_id")}
