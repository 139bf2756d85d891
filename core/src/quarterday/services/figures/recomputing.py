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
                Review.c.id,
                Review.c.pin_id,
                Review.c.numerator,
                Review.c.denominator,
                Entry.c.share_numerator,
                Entry.c.share_denominator,
                Entry.c.ref,
                Entry.c.value_day,
                Entry.c.industry,
                Valuation.c.micropounds,
                Valuation.c.is_complete,
            )
            .select_from(Review)
            .join(Entry, Entry.c.id == Review.c.entry_id)
            .join(Contract, Contract.c.id == Entry.c.contract_id)
            .outerjoin(Valuation, Valuation.c.review_id == Review.c.id)
            .where(Review.c.decision == "accepted", scope.visible(work))
        )
        for review_id, pin_id, over, under, share_over, share_under, *unit, micropounds, is_complete in rows:
            worth = known[pin_id].price(*unit).worth((over, under), (share_over, share_under))
            checked += 1
            if (worth.micropounds, worth.is_complete) != (micropounds or 0, bool(is_complete)):
                differing.append(review_id)
    return Recomputed(checked, tuple(differing))
