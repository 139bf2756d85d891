"""What a counting rule says of a claim."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from quarterday.domain.catalogue import LocalArea
from quarterday.domain.locality import Reach
from quarterday.domain.periods import Period


class Effect(StrEnum):
    """What a finding does to the claim, the weakest first."""

    NOTE = "note"
    """Counts; something worth knowing, for example an answer that was recorded."""
    ASK = "doubtful"
    """Counts, and a reviewer should ask."""
    PART = "counts in part"
    """Only a part of the quantity counts."""
    UNDECIDED = "undecided"
    """Doesn't count until the supplier answers; totals are incomplete for it."""
    EXCLUDED = "excluded"
    """Doesn't count."""


STRENGTH = {effect: strength for strength, effect in enumerate(Effect)}
"""The effects, stronger ones with the higher number."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule's word on one claim, in a sentence that says what to do where something is to do."""

    rule: str
    effect: Effect
    sentence: str
    counts: Fraction = Fraction(1)
    """The part of the quantity that counts, 0 to 1; below 1 only for ``PART``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What the rules may know beside the claim itself."""

    period: Period | None = None
    contract_months: int | None = None
    local: LocalArea | None = None
    areas_under: Mapping[str, Collection[str]] = field(default_factory=dict)
    """For each part postcode in the return: the codes of all authorities that have a postcode under it."""
    reaches: Mapping[str, Reach] = field(default_factory=dict)
    """The same with distances from the centre, where the local area has a radius."""


Numbers = Mapping[str, str | int | bool]
"""A rule's numbers, as the edition states them."""
