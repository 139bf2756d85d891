"""Overlays: how a council's edition and the edition it is based on become one whole catalogue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from itertools import product
from typing import Any

from quarterday.domain.catalogue import Adopted, Catalogue, Edition, Measure, MeasureCatalogue, Overlay, RuleData
from quarterday.domain.nearest import did_you_mean

PAIRED = "once"
"""The rule that binds exactly two measures; it is the same rule only on the same two."""
AMONG = "one-group"
"""The rule that says something about several measures together, and nothing about one alone."""

CHANGEABLE = frozenset(field.name for field in fields(Measure)) - {"ref", "unit", "things", "stands_on", "where"}
"""What an overlay may say otherwise about a measure it adopts."""
FIXED = ("unit", "things")
"""What it may repeat but not change."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing that is wrong with an edition: which check of the conformance kit it fails, in a sentence."""

    check: str
    says: str


class Unsound(ValueError):
    """An edition that can't be used; ``flaws`` says all that is wrong, and the message is their sentences."""

    def __init__(self, flaws: tuple[Flaw, ...]) -> None:
        super().__init__(" ".join(flaw.says for flaw in flaws))
        self.flaws = flaws


def resolve(given: MeasureCatalogue, editions: Mapping[str, MeasureCatalogue]) -> Catalogue:
    """The edition whole: its base's measures and rules with what the overlay says otherwise, in the overlay's order.

    ``editions`` are all editions by key, in any order; overlays may stand on overlays. Raises :class:`Unsound` when
    an edition beneath isn't there, when editions stand on one another in a circle, and when a line adopts what the
    base doesn't have.
    """
    catalogue, flaws = lay(given, editions)
    if flaws:
        raise Unsound(flaws)
    return catalogue


def lay(given: MeasureCatalogue, editions: Mapping[str, MeasureCatalogue]) -> tuple[Catalogue, tuple[Flaw, ...]]:
    """As :func:`resolve`, but gives the flaws, with as much of the catalogue as can be made in spite of them."""
    if isinstance(given, Catalogue):
        return given, ()
    try:
        bases = _bases(given, editions)
    except Unsound as unsound:
        own = tuple(line for line in given.lines if isinstance(line, Measure))
        return Catalogue(**_head(given), measures=own, stands_on=(given.based_on,)), unsound.flaws
    flaws: list[Flaw] = []
    measures = tuple(_measures(given, bases, flaws))
    base = bases[0]
    catalogue = Catalogue(
        **_head(given)
        | {
            "rules": (*_inherited(given, base, measures), *given.rules),
            "policy": given.policy if given.policy.facts else base.policy,
            "local_area": given.local_area or base.local_area,
            "value_sets": (*given.value_sets, *base.value_sets),
        },
        measures=measures,
        stands_on=(base.key, *base.stands_on),
    )
    return catalogue, tuple(flaws)


def _head(given: Overlay) -> dict[str, Any]:
    return {field.name: getattr(given, field.name) for field in fields(Edition)}


def _bases(given: Overlay, editions: Mapping[str, MeasureCatalogue]) -> list[Catalogue]:
    """The editions beneath an overlay, the nearest first, each whole."""
    chain = [given.key]
    beneath: MeasureCatalogue = given
    while isinstance(beneath, Overlay):
        if beneath.based_on in chain:
            circle = " → ".join((*chain, beneath.based_on))
            says = f"{given.key}: the editions stand on one another in a circle ({circle}); correct one “based_on”."
            raise Unsound((Flaw("base", says),))
        if beneath.based_on not in editions:
            others = [key for key in editions if key not in chain]
            otherwise = "install the plugin that brings it, or correct “based_on”."
            to_do = did_you_mean(beneath.based_on, others, otherwise)
            says = f"{beneath.key}: it is based on “{beneath.based_on}”, which isn't installed; {to_do}"
            raise Unsound((Flaw("base", says),))
        chain.append(beneath.based_on)
        beneath = editions[beneath.based_on]
    base = resolve(editions[given.based_on], editions)
    return [base, *(resolve(editions[key], editions) for key in base.stands_on if key in editions)]


def _measures(given: Overlay, bases: list[Catalogue], flaws: list[Flaw]) -> Iterator[Measure]:
    """The overlay's lines as whole measures; a line that can't be one adds its flaw instead."""
    base = {measure.ref: measure for measure in bases[0].measures}
    taken = {measure.ref.casefold(): (edition.key, measure.ref) for edition in bases for measure in edition.measures}
    for line in given.lines:
        place = f"{given.key}, {line.where or line.ref}"
        if isinstance(line, Measure):
            measure = line
        elif line.base_ref not in base:
            hint = did_you_mean(line.base_ref, base, "correct the base ref.")
            says = f"{place}: “{line.ref}” stands on “{line.base_ref}”, which {bases[0].key} doesn't have; {hint}"
            flaws.append(Flaw("base_refs", says))
            continue
        else:
            measure = _adopt(line, base[line.base_ref], bases[0].key)
            if says := _wrong_change(line, measure):
                flaws.append(Flaw("changes", f"{place}: {says}"))
        holder = taken.get(measure.ref.casefold())
        if holder and holder not in measure.stands_on:
            says = (
                f"{place}: “{measure.ref}” is another measure in {holder[0]}, so figures could be confused; "
                f"let it stand on “{holder[1]}” or give it another ref."
            )
            flaws.append(Flaw("own_refs", says))
        yield measure


def _adopt(line: Adopted, beneath: Measure, base: str) -> Measure:
    changes = {name: value for name, value in line.changes.items() if name in CHANGEABLE}
    stands_on = ((base, beneath.ref), *beneath.stands_on)
    return replace(beneath, **changes, ref=line.ref, stands_on=stands_on, where=line.where)


def _wrong_change(line: Adopted, measure: Measure) -> str:
    """A sentence when the line changes what it may not; "" when all is well."""
    for name, value in line.changes.items():
        if name in FIXED and value != getattr(measure, name):
            has, wants = getattr(measure.unit, "id", ""), getattr(value, "id", value)
            if name == "things":
                has = measure.things
            return (
                f"“{line.ref}” is counted in “{wants}”, but “{line.base_ref}” in “{has}”; a measure in another unit is "
                "another measure: leave the unit out, or make it your own (another ref, no base ref)."
            )
        if name not in CHANGEABLE and name not in FIXED:
            return (
                f"“{line.ref}” changes “{name}”, which an overlay can't; it may change {', '.join(sorted(CHANGEABLE))}."
            )
    return ""


def _inherited(given: Overlay, base: Catalogue, measures: tuple[Measure, ...]) -> Iterator[RuleData]:
    """The base's rules for the measures taken, under their new refs, less those that the overlay replaces."""
    now: dict[str, list[str]] = {}
    for measure in measures:
        now.setdefault(measure.base_ref, []).append(measure.ref)
    replaced = {ref_and_rule for rule in given.rules for ref_and_rule in _binds(rule)}
    for rule in base.rules:
        if rule.rule == PAIRED:
            for pair in product(*(now.get(ref, ()) for ref in rule.measures)):
                if (PAIRED, frozenset(pair)) not in replaced:
                    yield replace(rule, measures=pair)
            continue
        refs = tuple(
            ref for old in rule.measures for ref in now.get(old, ()) if (rule.rule, frozenset((ref,))) not in replaced
        )
        if len(refs) >= (2 if rule.rule == AMONG else 1):
            yield replace(rule, measures=refs)


def _binds(rule: RuleData) -> Iterator[tuple[str, frozenset[str]]]:
    """What a rule speaks of: each of its measures, or the two of a pair as one thing."""
    if rule.rule == PAIRED:
        yield PAIRED, frozenset(rule.measures)
    else:
        for ref in rule.measures:
            yield rule.rule, frozenset((ref,))
