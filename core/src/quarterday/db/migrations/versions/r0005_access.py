"""Signing in: links with what they are for and who asked, sessions, second factors with their recovery codes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Lay the table of links down anew, because until now nobody could ask for one and it is empty; add the others."""
    op.drop_table("sign_in_token")
    op.create_table(
        "sign_in_token",
        sa.Column("id", _ID, nullable=False),
        sa.Column("user_id", _ID, nullable=True),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("return_id", _ID, nullable=True),
        sa.Column("browser", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("network", sa.Text(), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["return_id"], ["return.id"], name=op.f("fk_sign_in_token_return_id_return")),
        sa.ForeignKeyConstraint(["user_id"], ["person.id"], name=op.f("fk_sign_in_token_user_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_token")),
    )
    op.create_table(
        "sign_in_session",
        sa.Column("id", _ID, nullable=False),
        sa.Column("cookie", sa.Text(), nullable=False),
        sa.Column("user_id", _ID, nullable=False),
        sa.Column("return_id", _ID, nullable=True),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("second_factor_at", sa.BigInteger(), nullable=True),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["return_id"], ["return.id"], name=op.f("fk_sign_in_session_return_id_return")),
        sa.ForeignKeyConstraint(["user_id"], ["person.id"], name=op.f("fk_sign_in_session_user_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_session")),
        sa.UniqueConstraint("cookie", name=op.f("uq_sign_in_session_cookie")),
    )
    op.create_table(
        "second_factor",
        sa.Column("id", _ID, nullable=False),
        sa.Column("user_id", _ID, nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("wrong_at", sa.BigInteger(), nullable=True),
        sa.Column("confirmed_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["person.id"], name=op.f("fk_second_factor_user_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_second_factor")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("id", _ID, nullable=False),
        sa.Column("second_factor_id", _ID, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["second_factor_id"], ["second_factor.id"], name=op.f("fk_recovery_code_second_factor_id_second_factor")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
    )
    for table, indexes in _INDEXED.items():
        for columns in indexes:
            op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns), unique=False)


_INDEXED = {
    "sign_in_token": (("user_id",), ("return_id",), ("address", "recorded_at"), ("network", "recorded_at")),
    "sign_in_session": (("user_id",), ("return_id",)),
    "second_factor": (("user_id",),),
    "recovery_code": (("second_factor_id",),),
}
