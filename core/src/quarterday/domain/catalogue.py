"""Catalogues of measures as data: themes → outcomes → measures, in one dated edition, with the rules' numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from quarterday.domain.units import Runs, Unit

if TYPE_CHECKING:
    from quarterday.domain.values import ValueSet


class Kind(StrEnum):
    """What a measure can be worth. Only a monetised one ever adds money (DOMAIN 4.2)."""

    MONETISED = "monetised"
    RECORD_ONLY = "record-only"
    MILESTONE = "milestone"
    YES_NO = "yes/no"
    QUALITATIVE = "qualitative"


class Confidence(StrEnum):
    """How sure the authors of a catalogue are of what they wrote down."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One measure of one edition. ``(catalogue, edition, ref)`` is its key; a ref is text (``1a``, ``ECC1c``)."""

    ref: str
    title: str
    unit: Unit
    theme: str
    outcome: str
    kind: Kind = Kind.MONETISED
    runs: Runs | None = None
    """How it runs over time where that differs from its unit's own way."""
    localised: bool | None = None
    """Whether its value differs by place; ``None`` when the sources don't say."""
    is_local_economic: bool = False
    """Local economic value (jobs, local spend), which is shown apart from the rest (DOMAIN 4.17)."""
    headline: str = ""
    code: str = ""
    """The council's own code for the measure, where it has one (Rotherham's TOM ``1a``)."""
    base_ref: str = ""
    """The measure of the base edition that this one stands on; "" for a measure of its own."""
    things: str = ""
    """For the unit ``number``: what is counted (visits, events, trees)."""
    evidence: str = ""
    evidence_from: str = ""
    seen_in: str = ""
    confidence: Confidence = Confidence.HIGH
    notes: str = ""

    @property
    def over_time(self) -> Runs:
        """How quantities of several periods come together."""
        return self.runs or self.unit.runs

    @property
    def unit_words(self) -> str:
        """The unit as a person says it, for many: “weeks”, “visits”."""
        return self.things or self.unit.many


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleData:
    """One counting rule as an edition states it: which rule of core, which measures it binds, its numbers.

    ``of`` names what may count only once, for the rule ``once`` (“same person”).
    """

    rule: str
    measures: tuple[str, ...]
    numbers: Mapping[str, str | int | bool] = field(default_factory=dict)
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A council's policy numbers, as data: thresholds in £, weights as text, rhythm. Empty for a national edition."""

    facts: Mapping[str, str | int] = field(default_factory=dict)
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalArea:
    """A named, dated definition of “local”: the area codes of the authorities it is made of (DOMAIN 5)."""

    name: str
    codes: tuple[str, ...]
    since: str
    """ISO date from which the definition holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """One edition of a catalogue, as a plugin gives it or, after :func:`quarterday.domain.overlay.resolve`, whole.

    An *overlay* names the edition it is ``based_on`` and then holds only what is its own: its subset and order of
    refs, codes, titles, themes, changed rules, measures of its own. One fact has one place.
    """

    id: str
    edition: str
    title: str
    publisher: str = ""
    based_on: str = ""
    current: bool = True
    """Whether this is the edition meant when only the catalogue's id is given."""
    complete: bool = True
    """False where only some measures of the edition are known (then it serves ``diff``, not contracts)."""
    measures: tuple[Measure, ...] = ()
    rules: tuple[RuleData, ...] = ()
    policy: Policy = field(default_factory=Policy)
    local_area: LocalArea | None = None
    value_sets: tuple[ValueSet, ...] = ()
    """Value sets that anyone may use and that the plugin ships (never TOMs or HACT values: DOMAIN 6)."""
    source: str = ""

    @property
    def key(self) -> str:
        """``id/edition``, as ``based_on`` and every stored figure name it."""
        return f"{self.id}/{self.edition}"

    def measure(self, ref: str) -> Measure | None:
        """The measure a person means by a ref or by the council's own code, whatever the case; None if none."""
        wanted = ref.strip().casefold()
        for measure in self.measures:
            if measure.ref.casefold() == wanted:
                return measure
        for measure in self.measures:
            if measure.code and measure.code.casefold() == wanted:
                return measure
        return None
