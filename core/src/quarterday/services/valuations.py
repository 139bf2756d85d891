"""What an accepted quantity is worth by the contract's own pins: edition, value set, local area."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Protocol

from quarterday.domain.catalogue import Catalogue, Kind, LocalArea
from quarterday.domain.claims import Claim
from quarterday.domain.valuation import find_unit_value, value
from quarterday.domain.values import ValueSet


class Pins(Protocol):
    """What a contract is measured by."""

    @property
    def edition(self) -> Catalogue:
        """The pinned edition."""

    @property
    def values(self) -> ValueSet | None:
        """The pinned value set, if any."""

    @property
    def local(self) -> LocalArea | None:
        """The pinned local area, if any."""


@dataclass(frozen=True, slots=True)
class Worth:
    """The £ of one accepted entry in micropounds, complete or not, with the reason and the unit value used."""

    micropounds: int
    is_complete: bool
    reason: str = ""
    unit_value: str = ""


NOTHING = Worth(0, True)
"""What a measure is worth that never adds money (DOMAIN 4.2), or an accepted quantity of 0."""


def worth(pins: Pins, claim: Claim, accepted: Fraction, period: tuple[date, date]) -> Worth:
    """Accepted quantity × unit value × attribution, in micropounds rounded once (DOMAIN 4.1).

    The day whose value applies is the activity's end within the ``period`` (first and last day), else its last day.
    """
    measure = pins.edition.measure(claim.ref)
    if measure is None or measure.kind is not Kind.MONETISED or not accepted:
        return NOTHING
    first, last = period
    day = max(first, min(claim.ended or last, last))
    found, why = find_unit_value(
        measure, pins.edition.key, pins.values, local=pins.local, day=day, industry=claim.industry
    )
    if found is None:
        return Worth(0, False, why)
    part = claim.attribution.as_integer_ratio()
    return Worth(value(accepted.as_integer_ratio(), found.value.as_integer_ratio(), part), True, "", found.text)
