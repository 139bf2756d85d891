"""Whose ledger a figure is from and when it was asked, and the folders in which plugins keep files."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_FIGURE = sa.table(
    "ledger_figure",
    *map(sa.column, ("id", "contract_id", "authority_id", "asked_at", "recorded_at")),
)
_ASKING = sa.table("ledger_asking", *map(sa.column, ("authority_id", "asked_at", "recorded_at")))
_HOLDER = sa.table(
    "contract_authority",
    *map(sa.column, ("id", "contract_id", "authority_id", "recorded_at")),
    sa.column("valid_from", sa.Date()),
)


def upgrade() -> None:
    """Add the tables and columns; a figure that is there is of the authority that held its contract when it came."""
    op.create_table(
        "ledger_asking",
        sa.Column("id", _ID, nullable=False),
        sa.Column("authority_id", _ID, nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authority.id"], name=op.f("fk_ledger_asking_authority_id_authority")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_asking")),
    )
    op.create_index(
        op.f("ix_ledger_asking_authority_id_asked_at"), "ledger_asking", ["authority_id", "asked_at"], unique=False
    )
    op.create_table(
        "plugin_folder",
        sa.Column("id", _ID, nullable=False),
        sa.Column("plugin", sa.Text(), nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plugin_folder")),
    )
    op.add_column("ledger_figure", sa.Column("authority_id", _ID, nullable=True))
    op.add_column("ledger_figure", sa.Column("asked_at", sa.BigInteger(), nullable=True))
    _fill()
    with op.batch_alter_table("ledger_figure") as figure:
        figure.alter_column("authority_id", existing_type=_ID, nullable=False)
        figure.alter_column("asked_at", existing_type=sa.BigInteger(), nullable=False)
        figure.create_foreign_key(
            op.f("fk_ledger_figure_authority_id_authority"), "authority", ["authority_id"], ["id"]
        )
    op.create_index(
        op.f("ix_ledger_figure_authority_id_contract_id"),
        "ledger_figure",
        ["authority_id", "contract_id"],
        unique=False,
    )


def _fill() -> None:
    connection = op.get_bind()
    holders = defaultdict[int, list[Any]](list)
    for row in connection.execute(sa.select(_HOLDER).order_by(_HOLDER.c.valid_from, _HOLDER.c.id)):
        holders[row.contract_id].append(row)
    fill = _FIGURE.update().where(_FIGURE.c.id == sa.bindparam("row_id"))
    fill = fill.values(authority_id=sa.bindparam("whose"), asked_at=sa.bindparam("at"))
    asked: dict[int, int] = {}
    figures = connection.execute(sa.select(_FIGURE).order_by(_FIGURE.c.recorded_at)).all()
    for row in figures:
        whose, at = _holder(holders[row.contract_id], row.recorded_at), row.recorded_at
        connection.execute(fill, {"row_id": row.id, "whose": whose, "at": at})
        asked[whose] = at
    rows = [{"authority_id": whose, "asked_at": at, "recorded_at": at} for whose, at in asked.items()]
    if rows:
        connection.execute(_ASKING.insert(), rows)


def _holder(holders: list[Any], at: int) -> int:
    """Whose a contract was at a moment, as far as that is known: before anything was known, the first authority's."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)
    day = moment.astimezone(ZoneInfo("Europe/London")).date()
    holding = [row for row in holders if row.valid_from <= day and row.recorded_at <= at]
    return int((holding or holders[:1])[-1].authority_id)
