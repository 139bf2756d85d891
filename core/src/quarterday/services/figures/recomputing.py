"""Recompute every valuation from entries, reviews and snapshots, and count those that differ from what is stored."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from quarterday.db.models import Contract, Entry, Review, Valuation
from quarterday.db.work import Actor, UnitOfWork
from quarterday.services import scope
from quarterday.services.measures.pins import Pin, pins

AT_ONCE = 10_000
"""How many rows are in memory at a time."""


@dataclass(frozen=True, slots=True)
class Recomputed:
    """How many acceptances were recomputed, and which reviews have another valuation stored, or none."""

    checked: int
    differing: tuple[int, ...]


def recompute(uow: UnitOfWork, actor: Actor) -> Recomputed:
    """Recompute all acceptances ever made in the actor's scope, superseded ones too.

    What an acceptance is worth is worked out from the entry, the review and the pin of its time alone; the stored
    valuation is only compared with. A figure is reproducible when nothing differs (DESIGN 4.3). Where the values are
    not in this record, as after an import without them, nothing is stored either: such a figure is incomplete, and
    says so.
    """
    checked, differing = 0, list[int]()
    with uow.read(actor) as work:
        known = dict[int | None, Pin](pins(work).items())  # an acceptance always has a pin
        rows = work.connection.execution_options(yield_per=AT_ONCE).execute(
            select(
                Review.id,
                Review.pin_id,
                Review.numerator,
                Review.denominator,
                Entry.share_numerator,
                Entry.share_denominator,
                Entry.ref,
                Entry.value_day,
                Entry.industry,
                Valuation.micropounds,
                Valuation.is_complete,
            )
            .select_from(Review)
            .join(Entry, Entry.id == Review.entry_id)
            .join(Contract, Contract.id == Entry.contract_id)
            .outerjoin(Valuation, Valuation.review_id == Review.id)
            .where(Review.decision == "accepted", scope.visible(work))
        )
        for review_id, pin_id, over, under, share_over, share_under, *unit, micropounds, is_complete in rows:
            worth = known[pin_id].price(*unit).worth((over, under), (share_over, share_under))
            checked += 1
            if (worth.micropounds, worth.is_complete) != (micropounds or 0, bool(is_complete)):
                differing.append(review_id)
    return Recomputed(checked, tuple(differing))
