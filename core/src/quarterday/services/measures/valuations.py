"""What an accepted quantity is worth by the contract's own pins: edition, value set, local area."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from quarterday.domain.catalogue import Catalogue, Kind, LocalArea
from quarterday.domain.valuation import Amount, Ratio, find_unit_value, value
from quarterday.domain.values import ValueSet


@dataclass(frozen=True, slots=True)
class Worth:
    """The £ of one accepted entry in micropounds, complete or not, with the reason and the unit value used."""

    micropounds: int
    is_complete: bool
    reason: str = ""
    unit_value: str = ""

    @property
    def amount(self) -> Amount:
        """The same as an amount to add up."""
        return Amount(self.micropounds, self.is_complete, (self.reason,) if self.reason else ())


@dataclass(frozen=True, slots=True)
class Price:
    """What one unit is worth: £ as a ratio and as written, or why nobody can say. A measure without £ is worth 0."""

    ratio: Ratio | None
    text: str = ""
    why: str = ""

    def worth(self, accepted: Ratio, share: Ratio) -> Worth:
        """Accepted quantity × unit value × attribution, in micropounds rounded once (DOMAIN 4.1)."""
        if not accepted[0]:
            return Worth(0, True)
        if self.ratio is None:
            return Worth(0, False, self.why)
        return Worth(value(accepted, self.ratio, share), True, "", self.text)


NEVER_MONEY = Price((0, 1))
"""The price of a measure that never adds money (DOMAIN 4.2)."""


def price(
    edition: Catalogue, values: ValueSet | None, local: LocalArea | None, ref: str, day: date, industry: str
) -> Price:
    """The price of one unit of a measure on a day, by the edition, value set and local area of a contract's pin."""
    measure = edition.measure(ref)
    if measure is None or measure.kind is not Kind.MONETISED:
        return NEVER_MONEY
    found, why = find_unit_value(measure, edition.key, values, local=local, day=day, industry=industry)
    return Price(None, why=why) if found is None else Price(found.value.as_integer_ratio(), found.text)
