"""What a contract promised: commitments with their targets by period, variations, and what came before the record."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index, Named, Table, TypedColumns, UniqueConstraint

from quarterday.db.columns import ID, METADATA, MOMENT, TEXT, WHOLE, to


class CommitmentColumns(TypedColumns):
    """A contract's promise for one measure of its pinned edition."""

    id: Named[int] = ID
    contract_id: Named[int] = to("contract")
    ref: Named[str] = TEXT
    recorded_at: Named[datetime] = MOMENT


Commitment = Table("commitment", METADATA, CommitmentColumns, UniqueConstraint("contract_id", "ref"))


class VariationColumns(TypedColumns):
    """Why targets changed, and who agreed; its targets are newer rows beside the old."""

    id: Named[int] = ID
    contract_id: Named[int] = to("contract")
    words_id: Named[int] = to("words")
    """The reason, as somebody wrote it."""
    by_user_id: Named[int | None] = to("person")
    recorded_at: Named[datetime] = MOMENT


Variation = Table("variation", METADATA, VariationColumns)


class TargetColumns(TypedColumns):
    """How much of a commitment is promised for one period; the newest row for a period counts."""

    id: Named[int] = ID
    commitment_id: Named[int] = to("commitment", index=False)
    variation_id: Named[int | None] = to("variation")
    first: Named[date]
    last: Named[date]
    numerator: Named[int] = WHOLE
    denominator: Named[int] = WHOLE
    recorded_at: Named[datetime] = MOMENT


Target = Table(
    "target",
    METADATA,
    TargetColumns,
    Index(None, "commitment_id", "first"),  # which of a period's rows is the newest is asked often
)


class OpeningBalanceColumns(TypedColumns):
    """What was delivered before the record began, by measure and date, with its source; always shown apart."""

    id: Named[int] = ID
    contract_id: Named[int] = to("contract")
    ref: Named[str] = TEXT
    as_of: Named[date]
    quantity_text: Named[str] = TEXT
    numerator: Named[int] = WHOLE
    denominator: Named[int] = WHOLE
    words_id: Named[int] = to("words")
    """Where the figure comes from, as somebody wrote it."""
    recorded_at: Named[datetime] = MOMENT


OpeningBalance = Table("opening_balance", METADATA, OpeningBalanceColumns)
