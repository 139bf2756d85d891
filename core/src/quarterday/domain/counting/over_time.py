"""How figures of one measure come together over rows and periods: add, take the latest, or count once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from quarterday.domain.units import Runs


def together(runs: Runs, figures: Sequence[tuple[date | None, Fraction]]) -> Fraction | None:
    """The figure for several rows or periods, each with the day it stands for; None where there are none.

    A *flow* adds. A *stock* and a *rate* are never added: the latest counts (the last one given, where days are equal
    or missing). *Once* is 1 as soon as one figure is more than 0 (DOMAIN 4.2 and 4.16).
    """
    if not figures:
        return None
    match runs:
        case Runs.FLOW:
            return sum((quantity for _, quantity in figures), Fraction(0))
        case Runs.STOCK | Runs.RATE:
            return figures[latest([day for day, _ in figures])][1]
        case Runs.ONCE:
            return Fraction(any(quantity > 0 for _, quantity in figures))


def latest(days: Sequence[date | None]) -> int:
    """The place of the latest day; of equal ones the last, and a missing day is before all others."""
    return max(range(len(days)), key=lambda place: (days[place] or date.min, place))
