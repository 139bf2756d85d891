"""Recompute every valuation from entries, reviews and snapshots, and count those that differ from what is stored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache

from sqlalchemy import select

from quarterday.db.models import ContractPin, Entry, Review, Valuation
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.services import snapshots
from quarterday.services.valuations import Price, price

AT_ONCE = 10_000
"""How many rows are in memory at a time."""


@dataclass(frozen=True, slots=True)
class Recomputed:
    """How many acceptances were recomputed, and which reviews have another valuation stored, or none."""

    checked: int
    differing: tuple[int, ...]


def recompute(uow: UnitOfWork, actor: Actor) -> Recomputed:
    """Recompute all acceptances ever made, superseded ones too.

    What an acceptance is worth is worked out from the entry, the review and the pins of its time alone; the stored
    valuation is only compared with. A figure is reproducible when nothing differs (DESIGN 4.3).
    """
    checked, differing = 0, list[int]()
    with uow.begin(actor) as work:
        prices = _prices(work)
        rows = work.connection.execution_options(yield_per=AT_ONCE).execute(
            select(
                Review.id,
                Review.numerator,
                Review.denominator,
                Entry.share_numerator,
                Entry.share_denominator,
                Valuation.micropounds,
                Valuation.is_complete,
                ContractPin.edition_id,
                ContractPin.value_set_id,
                ContractPin.local_area_id,
                Entry.ref,
                Entry.value_day,
                Entry.industry,
            )
            .select_from(Review)
            .join(Entry, Entry.id == Review.entry_id)
            .join(ContractPin, ContractPin.id == Review.pin_id)
            .outerjoin(Valuation, Valuation.review_id == Review.id)
            .where(Review.decision == "accepted")
        )
        for review_id, over, under, share_over, share_under, micropounds, is_complete, *unit in rows:
            worth = prices(*unit).worth((over, under), (share_over, share_under))
            checked += 1
            if (worth.micropounds, worth.is_complete) != (micropounds, is_complete):
                differing.append(review_id)
    return Recomputed(checked, tuple(differing))


def _prices(work: Work) -> Callable[[int, int | None, int | None, str, date, str], Price]:
    """The price of a unit by pin, measure, day and industry, each worked out once."""

    @cache
    def known(
        edition_id: int, value_set_id: int | None, local_area_id: int | None, ref: str, day: date, industry: str
    ) -> Price:
        edition, values = snapshots.edition(work, edition_id), snapshots.value_set(work, value_set_id)
        return price(edition, values, snapshots.local_area(work, local_area_id), ref, day, industry)

    return known
