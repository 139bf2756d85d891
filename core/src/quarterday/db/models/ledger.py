"""What the ledger says of contracts, and from which paid spend on some of them count; the newest row counts."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Named, Table, TypedColumns

from quarterday.db.columns import ID, LISTED, METADATA, MOMENT, TEXT, WHOLE, to


class SpendTriggerColumns(TypedColumns):
    """The paid spend in micropounds from which a contract's delivery is recorded (DOMAIN 4.14)."""

    id: Named[int] = ID
    contract_id: Named[int] = to("contract")
    amount: Named[int | None] = WHOLE
    """None where it is recorded from the beginning after all."""
    recorded_at: Named[datetime] = MOMENT


SpendTrigger = Table("spend_trigger", METADATA, SpendTriggerColumns)


class LedgerFigureColumns(TypedColumns):
    """What a ledger answered of a contract. Money is in micropounds, credits included."""

    id: Named[int] = ID
    contract_id: Named[int] = to("contract")
    ledger: Named[str] = TEXT
    """The id of the ledger that answered."""
    until: Named[date | None]
    """The day of the newest payment it holds."""
    lines: Named[int] = WHOLE
    paid: Named[int] = WHOLE
    placed: Named[int] = WHOLE
    """The part that was paid to payees whose postcode is known."""
    local: Named[int | None] = WHOLE
    """The part of that which is local by the definition asked for; None where none was."""
    local_area_id: Named[int | None] = to("local_area")
    unattributed: Named[int] = WHOLE
    """What the same payees were paid besides, on no contract for certain."""
    spend_trigger: Named[int | None] = WHOLE
    """The trigger asked for."""
    reached_on: Named[date | None]
    batches: Named[list[str]] = LISTED
    """What it rests on, as the ledger calls it."""
    recorded_at: Named[datetime] = MOMENT


LedgerFigure = Table("ledger_figure", METADATA, LedgerFigureColumns)
