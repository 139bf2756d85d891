"""What contracts are pinned to: edition, value set, local area, with what each unit is worth looked up once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import select

from quarterday.db.models import ContractPin
from quarterday.db.work import Work
from quarterday.domain.catalogue import Catalogue, LocalArea, Measure
from quarterday.domain.values import ValueSet
from quarterday.services.measures import snapshots
from quarterday.services.measures.valuations import Price, price


class Pin:
    """An edition, a value set and a local area by which quantities are measured and valued."""

    def __init__(self, edition_id: int, edition: Catalogue, values: ValueSet | None, local: LocalArea | None) -> None:
        self.edition_id = edition_id
        self.edition = edition
        self.values = values
        self.local = local
        self.places = {measure.ref: place for place, measure in enumerate(edition.measures)}
        """Where each measure stands in its catalogue, by ref."""
        self._prices: dict[tuple[str, date, str], Price] = {}

    def measure(self, ref: str) -> Measure:
        """The measure of that ref, which is in the edition: claims and promises are for such only."""
        return self.edition.measures[self.places[ref]]

    def price(self, ref: str, day: date, industry: str = "") -> Price:
        """What one unit of a measure is worth on a day."""
        key = ref, day, industry
        found = self._prices.get(key)
        if found is None:
            found = self._prices[key] = price(self.edition, self.values, self.local, ref, day, industry)
        return found


def pins(work: Work, ids: Iterable[int] | None = None) -> dict[int, Pin]:
    """The pins of those ids, or all there are; those that mean the same are one object."""
    query = select(ContractPin.c.id, ContractPin.c.edition_id, ContractPin.c.value_set_id, ContractPin.c.local_area_id)
    if ids is not None:
        query = query.where(ContractPin.c.id.in_(list(ids)))
    alike: dict[tuple[int, int | None, int | None], Pin] = {}
    found = {}
    for pin_id, edition_id, value_set_id, local_area_id in work.all(query):
        key = edition_id, value_set_id, local_area_id
        if key not in alike:
            alike[key] = Pin(
                edition_id,
                snapshots.edition(work, edition_id),
                snapshots.value_set(work, value_set_id),
                snapshots.local_area(work, local_area_id),
            )
        found[pin_id] = alike[key]
    return found
