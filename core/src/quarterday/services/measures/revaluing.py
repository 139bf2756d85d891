"""Valuing what was accepted and has no valuation here, because its values were not in the record."""

from __future__ import annotations

from sqlalchemy import select

from quarterday.db.models import ContractPin, Entry, Review, Valuation
from quarterday.db.work import Work
from quarterday.services.measures.pins import pins


def value_what_waits(work: Work, value_set_id: int) -> int:
    """Write the valuation of every acceptance that rests on a value set and has none; returns how many.

    What an acceptance is worth is worked out from the entry, the review and the pin of its time, as when it was made.
    """
    rows = work.all(
        select(
            Review.id,
            Review.entry_id,
            Review.pin_id,
            Review.numerator,
            Review.denominator,
            Entry.share_numerator,
            Entry.share_denominator,
            Entry.ref,
            Entry.value_day,
            Entry.industry,
        )
        .select_from(Review)
        .join(Entry, Entry.id == Review.entry_id)
        .join(ContractPin, ContractPin.id == Review.pin_id)
        .outerjoin(Valuation, Valuation.review_id == Review.id)
        .where(Review.decision == "accepted", ContractPin.value_set_id == value_set_id, Valuation.id.is_(None))
        .order_by(Review.id)
    )
    known = pins(work, {row.pin_id for row in rows})
    valuations = []
    for row in rows:
        unit = known[row.pin_id].price(row.ref, row.value_day, row.industry)
        worth = unit.worth((row.numerator, row.denominator), (row.share_numerator, row.share_denominator))
        valuations.append(
            {
                "review_id": row.id,
                "entry_id": row.entry_id,
                "micropounds": worth.micropounds,
                "is_complete": worth.is_complete,
                "reason": worth.reason,
                "unit_value": worth.unit_value,
            }
        )
    work.add_all(Valuation, valuations)
    return len(valuations)
