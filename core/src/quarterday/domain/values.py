"""Value sets: the £ that one unit of a measure is worth, by edition, area, industry and date."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction
from itertools import groupby

from quarterday.domain.area_codes import current

_KIND_OF_AREA = re.compile(r"[EKNSW]\d\d", re.ASCII)


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
    """Code of the area the value is for, or its first three characters for every area of a kind (``E09``: the London
    boroughs), or the name of a local area of several authorities; "" for everywhere."""
    industry: str = ""
    """Industry the value is for (spend measures); "" for every industry."""
    valid_from: date | None = None
    valid_to: date | None = None
    """The last day it is valid, included; None when open."""
    source: str = ""
    derivation: str = ""
    row: int | None = field(default=None, compare=False)
    """Line of the file it was read from."""

    def holds(self, *, on: date, area: str, industry: str) -> bool:
        """Whether this value may be used on that day, for that area and industry."""
        return (
            self._holds_in(area)
            and (not self.industry or self.industry.casefold() == industry.casefold())
            and (self.valid_from is None or self.valid_from <= on)
            and (self.valid_to is None or on <= self.valid_to)
        )

    def _holds_in(self, area: str) -> bool:
        if _KIND_OF_AREA.fullmatch(self.area):
            return area.startswith(self.area)
        return not self.area or current(self.area) == current(area)

    @property
    def for_what(self) -> tuple[str, str, str]:
        """Ref, area (an old code as its newest) and industry: on one day there is one value for these."""
        return self.ref, current(self.area), self.industry.casefold()


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
    is_here: bool = True
    """False where the record has the set's head alone, until the same file is loaded (DOMAIN 6)."""

    def find(self, refs: Iterable[str], *, on: date, area: str = "", industry: str = "") -> UnitValue | None:
        """The value for the first of ``refs`` that has one, the most particular first; None when not available.

        A missing value is never a silent 0 (DOMAIN 4.3). ``refs`` is a measure's own ref, then its base refs.
        """
        for ref in refs:
            fitting = [v for v in self.values if v.ref == ref and v.holds(on=on, area=area, industry=industry)]
            if fitting:
                return max(fitting, key=lambda v: (len(v.area), bool(v.industry), v.valid_from or date.min))
        return None

    @property
    def all_values(self) -> tuple[UnitValue, ...]:
        """Every value there is: of the measures, then of an hour of staff and expert time."""
        return (*self.values, *(rate for rate in (self.staff_hour, self.expert_hour) if rate))

    @property
    def fingerprint(self) -> str:
        """SHA-256 of what the set says, not of what it or its file is called: the same values have the same one."""
        from hashlib import sha256

        rows = sorted(
            repr((v.ref, str(v.value), v.area, v.industry, str(v.valid_from), str(v.valid_to), v.source, v.derivation))
            for v in self.all_values
        )
        head = (self.edition, self.shipped.value, self.licence, self.redistributable, self.source)
        return sha256("\n".join([repr(head), *rows]).encode()).hexdigest()


def overlapping(values: Iterable[UnitValue]) -> Iterator[tuple[UnitValue, UnitValue]]:
    """Pairs of values for one ref, area and industry that hold on the same day; the later row is the second."""
    ordered = sorted(values, key=lambda v: (v.for_what, v.valid_from or date.min, v.row or 0))
    for _, rivals in groupby(ordered, key=lambda v: v.for_what):
        longest: UnitValue | None = None
        for value in rivals:
            if longest and (longest.valid_to is None or (value.valid_from or date.min) <= longest.valid_to):
                first, second = sorted((longest, value), key=lambda v: v.row or 0)
                yield first, second
            if longest is None or (longest.valid_to and (value.valid_to is None or value.valid_to > longest.valid_to)):
                longest = value
