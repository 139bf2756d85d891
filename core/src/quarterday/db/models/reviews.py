"""What the council decides on entries, and what accepted quantities are worth."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Named, Table, TypedColumns, UniqueConstraint

from quarterday.db.columns import ID, METADATA, MOMENT, TEXT, WHOLE, to


class ReviewColumns(TypedColumns):
    """One decision, or one word in the talk about an entry; the newest decision counts."""

    id: Named[int] = ID
    entry_id: Named[int] = to("entry")
    decision: Named[str] = TEXT
    """accepted, queried, answered, rejected."""
    numerator: Named[int] = WHOLE
    denominator: Named[int] = WHOLE
    """The accepted quantity in the measure's unit, before attribution; 0/1 unless accepted."""
    pin_id: Named[int | None] = to("contract_pin")
    """For an acceptance: the edition, value set and local area by which it is valued."""
    by_user_id: Named[int | None] = to("person")
    actor: Named[str] = TEXT
    """user, or the name of another door (portal)."""
    words_id: Named[int | None] = to("words")
    recorded_at: Named[datetime] = MOMENT


Review = Table("review", METADATA, ReviewColumns)


class ValuationColumns(TypedColumns):
    """What one accepted entry is worth; written beside its review, and checked by recomputation, never read for it."""

    id: Named[int] = ID
    review_id: Named[int] = to("review", index=False)
    entry_id: Named[int] = to("entry")
    micropounds: Named[int] = WHOLE
    is_complete: Named[bool]
    reason: Named[str] = TEXT
    """Why there is no £, in a sentence; "" when complete."""
    unit_value: Named[str] = TEXT
    """The unit value used, as written; "" where there was none."""
    recorded_at: Named[datetime] = MOMENT


Valuation = Table("valuation", METADATA, ValuationColumns, UniqueConstraint("review_id"))
