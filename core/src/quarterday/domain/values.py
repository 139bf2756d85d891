"""Value sets: the £ that one unit of a measure is worth, by edition, area, industry and date."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction


class Shipped(StrEnum):
    """Where a value set comes from (DOMAIN 6)."""

    OPEN = "open"
    """Values anyone may use, each with its derivation and source."""
    ILLUSTRATIVE = "illustrative"
    """Made-up round numbers for demonstrations; every screen and report says so."""
    OWN = "own"
    """What the council loaded, under the licence it holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitValue:
    """The £ per unit of one measure, with where it holds and where it comes from."""

    ref: str
    text: str
    """The value in £ as it was written, for example ``83.3333333``."""
    value: Fraction
    """The same, exact."""
    area: str = ""
    """Area code or name the value is for; "" for everywhere."""
    industry: str = ""
    """Industry the value is for (spend measures); "" for every industry."""
    valid_from: date | None = None
    valid_to: date | None = None
    """The last day it is valid, included; None when open."""
    source: str = ""
    derivation: str = ""
    row: int | None = None
    """Line of the file it was read from."""

    def holds(self, *, on: date, area: str, industry: str) -> bool:
        """Whether this value may be used on that day, for that area and industry."""
        return (
            (not self.area or self.area == area)
            and (not self.industry or self.industry.casefold() == industry.casefold())
            and (self.valid_from is None or self.valid_from <= on)
            and (self.valid_to is None or on <= self.valid_to)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueSet:
    """The unit values for one edition, with their licence. Immutable once used."""

    id: str
    title: str
    edition: str
    """The ``id/edition`` whose refs it values; an overlay on that edition finds its values by base ref."""
    shipped: Shipped
    licence: str
    redistributable: bool
    source: str = ""
    values: tuple[UnitValue, ...] = ()
    staff_hour: UnitValue | None = None
    """£ per hour of staff time inside “£ invested” measures; None: not available."""
    expert_hour: UnitValue | None = None
    left_out: tuple[str, ...] = field(default=())
    """What the authors left out, and why, one sentence each."""

    def find(self, refs: Iterable[str], *, on: date, area: str = "", industry: str = "") -> UnitValue | None:
        """The value for the first of ``refs`` that has one, the most particular first; None when not available.

        A missing value is never a silent 0 (DOMAIN 4.3). ``refs`` is a measure's own ref, then its base refs.
        """
        for ref in refs:
            fitting = [v for v in self.values if v.ref == ref and v.holds(on=on, area=area, industry=industry)]
            if fitting:
                return max(fitting, key=lambda v: (bool(v.area), bool(v.industry), v.valid_from or date.min))
        return None
