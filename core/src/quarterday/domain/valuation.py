"""What counted quantities are worth: an amount is a pair, (£, complete?), with the reasons why it isn't complete."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from quarterday.domain.catalogue import LocalArea, Measure
from quarterday.domain.exact import pounds, rounded
from quarterday.domain.sentences import said
from quarterday.domain.values import UnitValue, ValueSet

_MICRO = 1_000_000

Ratio = tuple[int, int]
"""An exact number as whole numerator and denominator, the second above 0."""


class Amount(NamedTuple):
    """Micropounds, and whether they are all there is. A total never hides a gap (DOMAIN 4.3).

    A tuple, because a council has millions of them and a dataclass takes three times as long to make.
    """

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


def find_unit_value(
    measure: Measure, edition: str, values: ValueSet | None, *, local: LocalArea | None, day: date | None, industry: str
) -> tuple[UnitValue | None, str]:
    """The unit value for a claim of one measure, or why there is none: never a silent 0 (DOMAIN 4.3).

    ``edition`` is the key of the measure's own edition, ``day`` the day whose value applies; None when nobody said.
    """
    if values is None:
        return None, said("No value set is chosen, so there are quantities and no £.")
    if not values.is_here:
        return None, said(
            "The values of “{values}” are not in this record; load the same file again.", values=values.title
        )
    # A set values one edition: this one by its own ref, or one that this one stands on by the ref there.
    refs = [ref for key, ref in ((edition, measure.ref), *measure.stands_on) if key == values.edition]
    if day is None and any(one.ref in refs and (one.valid_from or one.valid_to) for one in values.values):
        return None, said("{ref}: its value depends on the date; give dates or --period.", ref=measure.ref)
    area = "" if local is None else local.codes[0] if len(local.codes) == 1 else local.name
    found = values.find(refs, on=day or date.min, area=area, industry=industry)
    if found:
        return found, ""
    if measure.localised:
        gap = said(
            "{ref}: no unit value in “{values}” (a local value, which the council supplies).",
            ref=measure.ref,
            values=values.id,
        )
    else:
        gap = said("{ref}: no unit value in “{values}”.", ref=measure.ref, values=values.id)
    return None, gap


def total(amounts: Iterable[Amount]) -> Amount:
    """The sum; incomplete when any part is, with every reason once, in order."""
    micropounds, is_complete, reasons = 0, True, dict[str, None]()
    for amount in amounts:
        micropounds += amount.micropounds
        is_complete = is_complete and amount.is_complete
        reasons.update(dict.fromkeys(amount.reasons))
    return Amount(micropounds, is_complete, tuple(reasons))
