"""What counted quantities are worth: an amount is a pair, (£, complete?), with the reasons why it isn't complete."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from quarterday.domain.exact import pounds, rounded

_MICRO = 1_000_000

Ratio = tuple[int, int]
"""An exact number as whole numerator and denominator, the second above 0."""


@dataclass(frozen=True, slots=True)
class Amount:
    """Micropounds, and whether they are all there is. A total never hides a gap (DOMAIN 4.3)."""

    micropounds: int
    is_complete: bool = True
    reasons: tuple[str, ...] = ()

    def __str__(self) -> str:
        return pounds(self.micropounds) if self.is_complete else f"{pounds(self.micropounds)} (incomplete)"


def value(quantity: Ratio, unit_value: Ratio, attribution: Ratio = (1, 1)) -> int:
    """``quantity × unit value (£ per unit) × attribution`` in micropounds, rounded once, half-even (DOMAIN 4.1).

    On whole numbers, because a return's worth of these is nothing and a council's worth is millions.
    """
    numerator = quantity[0] * unit_value[0] * attribution[0] * _MICRO
    return rounded(numerator, quantity[1] * unit_value[1] * attribution[1])


def total(amounts: Iterable[Amount]) -> Amount:
    """The sum; incomplete when any part is, with every reason once, in order."""
    micropounds, is_complete, reasons = 0, True, dict[str, None]()
    for amount in amounts:
        micropounds += amount.micropounds
        is_complete = is_complete and amount.is_complete
        reasons.update(dict.fromkeys(amount.reasons))
    return Amount(micropounds, is_complete, tuple(reasons))
