"""What the ledger says of contracts, and from which paid spend on some of them count; the newest row counts."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index, Named, Table, TypedColumns

from quarterday.db.columns import ID, LISTED, METADATA, MOMENT, TEXT, WHOLE, to


class SpendTriggerColumns(TypedColumns):
    """The paid spend in micropounds from which a contract's delivery is recorded (DOMAIN 4.14)."""

    id: Named[int] = ID
    contract_id: Named[int] = to("contract")
    amount: Named[int | None] = WHOLE
    """None where it is recorded from the beginning after all."""
    recorded_at: Named[datetime] = MOMENT


SpendTrigger = Table("spend_trigger", METADATA, SpendTriggerColumns)


class LedgerAskingColumns(TypedColumns):
    """That the ledger answered for an authority; the answer to the latest question counts, whenever it came."""

    id: Named[int] = ID
    authority_id: Named[int] = to("authority", index=False)
    asked_at: Named[datetime] = MOMENT
    """When the question was put together."""
    recorded_at: Named[datetime] = MOMENT


LedgerAsking = Table("ledger_asking", METADATA, LedgerAskingColumns, Index(None, "authority_id", "asked_at"))


class LedgerFigureColumns(TypedColumns):
    """What an authority's ledger answered of a contract, where that is something new.

    Money is in micropounds, credits included.
    """

    id: Named[int] = ID
    authority_id: Named[int] = to("authority", index=False)
    """Whose payments they are: the authority that held the contract then."""
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
    asked_at: Named[datetime] = MOMENT
    recorded_at: Named[datetime] = MOMENT


LedgerFigure = Table("ledger_figure", METADATA, LedgerFigureColumns, Index(None, "authority_id", "contract_id"))
