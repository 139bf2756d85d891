"""Valuing what was accepted when its values were not in the record, or before its contract had any."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from quarterday.db.models import ContractPin, Entry, Review, Valuation
from quarterday.db.newest import newest
from quarterday.db.work import Work
from quarterday.errors import Refused
from quarterday.services.measures.pins import pins

_ACCEPTED = (
    select(
        Review.c.id,
        Review.c.entry_id,
        Review.c.pin_id,
        Review.c.numerator,
        Review.c.denominator,
        Entry.c.share_numerator,
        Entry.c.share_denominator,
        Entry.c.ref,
        Entry.c.value_day,
        Entry.c.industry,
    )
    .select_from(Review)
    .join(Entry, Entry.c.id == Review.c.entry_id)
    .join(ContractPin, ContractPin.c.id == Review.c.pin_id)
    .where(Review.c.decision == "accepted")
    .order_by(Review.c.id)
)


def value_what_waits(work: Work, value_set_id: int) -> int:
    """Write the valuation of every acceptance that rests on a value set and has none; returns how many.

    What an acceptance is worth is worked out from the entry, the review and the pin of its time, as when it was made.
    """
    waiting = _ACCEPTED.outerjoin(Valuation, Valuation.c.review_id == Review.c.id)
    rows = work.all(waiting.where(ContractPin.c.value_set_id == value_set_id, Valuation.c.id.is_(None)))
    return _put_valuations(work, rows)


def value_again(work: Work, contract_id: int, authority_id: int, pin_id: int, words_id: int) -> int:
    """Decide once more, and alike, on what is accepted of a contract, valued by a pin; returns how many entries.

    The decision that was made without values stays, for figures as at its time. Raises :class:`Refused` for an entry
    that would be worth more than can be kept.
    """
    mine = select(Entry.c.id).where(Entry.c.contract_id == contract_id)
    work.connection.execute(mine.with_for_update())  # whoever decides on one now has decided, or sees the new pin
    later = Entry.alias()
    accepted = work.all(
        select(Review.c.entry_id, Review.c.numerator, Review.c.denominator)
        .where(
            Review.c.entry_id.in_(mine),
            Review.c.decision == "accepted",
            newest(Review, Review.c.entry_id),
            ~select(later.c.id).where(later.c.replaces_entry_id == Review.c.entry_id).exists(),
        )
        .order_by(Review.c.entry_id)
    )
    reviews = work.add_each(
        Review,
        [
            {
                **row._asdict(),
                "decision": "accepted",
                "pin_id": pin_id,
                "by_user_id": work.actor.user_id,
                "actor": work.actor.name,
                "words_id": words_id,
            }
            for row in accepted
        ],
    )
    for row, review_id in zip(accepted, reviews, strict=True):
        quantity = [row.numerator, row.denominator]
        work.audit(authority_id, "entry.accepted", f"entry/{row.entry_id}", review=review_id, quantity=quantity)
    return _put_valuations(work, work.all(_ACCEPTED.where(Review.c.id.in_(reviews))))


def _put_valuations(work: Work, rows: Sequence[Any]) -> int:
    known = pins(work, {row.pin_id for row in rows})
    valuations = []
    for row in rows:
        unit = known[row.pin_id].price(row.ref, row.value_day, row.industry)
        worth = unit.worth((row.numerator, row.denominator), (row.share_numerator, row.share_denominator))
        if worth.micropounds >= 2**63:
            raise Refused(f"Entry {row.entry_id} would be worth more than can be kept: query it, it can't be right.")
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
