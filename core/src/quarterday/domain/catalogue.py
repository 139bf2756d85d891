"""Catalogues of measures as data: themes → outcomes → measures, in one dated edition, with the rules' numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias

from quarterday.domain.sentences import Sentence
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
    things: str = ""
    """For the unit ``number``: what is counted (visits, events, trees)."""
    evidence: str = ""
    evidence_from: str = ""
    seen_in: str = ""
    confidence: Confidence = Confidence.HIGH
    notes: str = ""
    stands_on: tuple[tuple[str, str], ...] = ()
    """The measures of other editions that this one is made from, as (edition key, ref), the nearest first."""
    where: str = field(default="", compare=False, repr=False)
    """File and line it was read from, for messages."""

    @property
    def base_ref(self) -> str:
        """The ref in the edition that this one is ``based_on``; "" for a measure of its own."""
        return self.stands_on[0][1] if self.stands_on else ""

    @property
    def path(self) -> tuple[str, str, str]:
        """Theme, outcome and headline: where the measure stands (its title where it has no headline)."""
        return self.theme, self.outcome, self.headline or self.title

    @property
    def over_time(self) -> Runs:
        """How quantities of several periods come together."""
        return self.runs or self.unit.runs

    @property
    def unit_words(self) -> Sentence:
        """The unit as a person says it, for many: “weeks”, “visits”."""
        return Sentence(self.things or self.unit.many)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleData:
    """One counting rule as an edition states it: which rule of core, which measures it binds, its numbers.

    The rules and the names of their numbers are those of :data:`quarterday.domain.counting.RULES`. The rule ``once``
    binds two measures, and its number ``of`` names what may count only once (“same person”).
    """

    rule: str
    measures: tuple[str, ...]
    numbers: Mapping[str, str | int | bool] = field(default_factory=dict)
    source: str = ""
    confidence: Confidence = Confidence.HIGH
    where: str = field(default="", compare=False, repr=False)
    """File and place it was read from, for messages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A council's policy numbers, as data: thresholds in £, weights as text, rhythm. Empty for a national edition."""

    facts: Mapping[str, str | int] = field(default_factory=dict)
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalArea:
    """A named, dated definition of “local” (DOMAIN 5): what lies in the areas, or within a radius.

    Where wards are named, only these of the areas are meant. Two definitions that mean the same may have two names.
    """

    name: str
    codes: tuple[str, ...]
    """Area codes of authorities."""
    since: str
    """ISO date from which the definition holds."""
    wards: tuple[str, ...] = ()
    """Codes of wards within the areas; empty for the whole of them."""
    radius_km: str = ""
    """Kilometres around the centre, as decimal text; "" for no radius."""
    centre: str = ""
    """The part postcode around which the radius is drawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """What a catalogue and an overlay have in common: everything but the measures."""

    id: str
    edition: str
    title: str
    publisher: str = ""
    current: bool = True
    """Whether this is the edition meant when only the catalogue's id is given."""
    complete: bool = True
    """False where only some measures of the edition are known (then it serves ``diff``, not contracts)."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a supplier is asked in one go: the measures that share a headline (Rotherham's 1, 1a and 1c)."""

    headline: str
    theme: str
    outcome: str
    refs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue(Edition):
    """One edition, whole: as a plugin gives it, or an overlay after :func:`quarterday.domain.overlay.resolve`."""

    measures: tuple[Measure, ...] = ()
    stands_on: tuple[str, ...] = ()
    """Keys of the editions a resolved overlay is made from, the nearest first; empty for one that stands alone."""

    @property
    def based_on(self) -> str:
        """The key of the edition it is an overlay on; "" when it stands alone."""
        return self.stands_on[0] if self.stands_on else ""

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

    def rules_of(self, ref: str) -> tuple[RuleData, ...]:
        """The rules that bind the measure of that ref, in the edition's order."""
        return tuple(rule for rule in self.rules if ref in rule.measures)

    @property
    def questions(self) -> tuple[Question, ...]:
        """The measures as questions, by theme, outcome and headline, each in the order it first appears.

        A measure without a headline is a question of its own, under its title.
        """
        asked: dict[tuple[str, str, str], list[str]] = {}
        for measure in in_order(self.measures):
            asked.setdefault((measure.theme, measure.outcome, measure.headline or measure.title), []).append(
                measure.ref
            )
        return tuple(
            Question(headline=headline, theme=theme, outcome=outcome, refs=tuple(refs))
            for (theme, outcome, headline), refs in asked.items()
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopted:
    """A measure of the base edition that an overlay takes, with only what the overlay says otherwise."""

    ref: str
    base_ref: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    """Fields of :class:`Measure` by name; not its unit: a measure in another unit is another measure."""
    where: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay(Edition):
    """A council's edition on top of another one: its choice and order of measures, and only what is its own.

    The rules of the base hold for the measures it takes; a rule of its own replaces the base's of the same name on
    the same measure. One fact has one place.
    """

    based_on: str
    """``id/edition`` of the base; it may be an overlay itself."""
    lines: tuple[Adopted | Measure, ...] = ()
    """The measures in the council's order: adopted ones, and its own."""


MeasureCatalogue: TypeAlias = Catalogue | Overlay
"""What a plugin gives: an edition that stands alone, or an overlay on one."""


def in_order(measures: Iterable[Measure]) -> list[Measure]:
    """Measures with those of one theme, outcome and headline together, each group where its first one stands."""
    listed = list(measures)
    first: dict[tuple[str, ...], int] = {}
    for at, measure in enumerate(listed):
        for depth in (1, 2, 3):
            first.setdefault(measure.path[:depth], at)
    return sorted(listed, key=lambda measure: [first[measure.path[:depth]] for depth in (1, 2, 3)])
