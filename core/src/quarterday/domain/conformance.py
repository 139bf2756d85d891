"""What every edition keeps to. The host leaves out an edition that doesn't; the conformance kit tests the same checks.

A check is a function whose docstring is the sentence it holds an edition to, and which yields a sentence for each
thing that breaks it. What it takes to lay an overlay on its base is checked where that is done (:mod:`.overlay`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from quarterday.domain.catalogue import Catalogue, Kind, Measure, MeasureCatalogue, Overlay, RuleData
from quarterday.domain.counting import RULES
from quarterday.domain.nearest import did_you_mean
from quarterday.domain.overlay import PAIRED, Flaw, lay
from quarterday.domain.plain import not_plain
from quarterday.domain.units import UNITS, Entered
from quarterday.domain.values import Shipped, ValueSet


@dataclass(frozen=True, slots=True)
class Laid:
    """An edition as a plugin gave it, and whole."""

    given: MeasureCatalogue
    whole: Catalogue
    editions: Mapping[str, MeasureCatalogue]
    """All editions by key, this one too."""

    def at(self, measure: Measure) -> str:
        """The start of a sentence on a measure: which edition, and where in it."""
        return f"{self.given.key}, {measure.where or measure.ref or 'a measure'}:"


Check = Callable[[Laid], Iterator[str]]


def flaws(given: MeasureCatalogue, editions: Mapping[str, MeasureCatalogue]) -> tuple[Flaw, ...]:
    """Everything that is wrong with an edition, for all checks; empty for a sound one.

    ``editions`` are all editions by key. What isn't plain data is asked nothing else.
    """
    if says := not_plain(given):
        return (Flaw("plain_data", says),)
    whole, unlaid = lay(given, editions)
    if says := not_plain(whole):
        return (Flaw("plain_data", f"{given.key}: {says}"),)
    laid = Laid(given, whole, {**editions, given.key: given})
    return (*unlaid, *(Flaw(check.__name__, says) for check in CHECKS for says in check(laid)))


def key(laid: Laid) -> Iterator[str]:
    """Its id and edition are short plain names, and it has a title."""
    given = laid.given
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", given.id):
        yield f"“{given.id}” can't be an id; write small letters, digits and hyphens, like toms-rotherham."
    if not re.fullmatch(r"[A-Za-z0-9]+([.-][A-Za-z0-9]+)*", given.edition):
        says = f"“{given.edition}” can't be an edition; write letters, digits, points and hyphens, like 2024-27."
        yield f"{given.key}: {says}"
    if not given.title.strip():
        yield f"{given.key}: it has no title; say in a few words what it is."


def measures(laid: Laid) -> Iterator[str]:
    """It has at least one measure."""
    if not (laid.given.lines if isinstance(laid.given, Overlay) else laid.given.measures):
        yield f"{laid.given.key}: it has no measure; add one, or leave the edition out."


def alone(laid: Laid) -> Iterator[str]:
    """What stands on another edition is an overlay's adopted measure; anything else stands alone."""
    given = laid.given
    if isinstance(given, Catalogue) and given.stands_on:
        yield f"{given.key}: it says it stands on {', '.join(given.stands_on)}; give it as an Overlay instead."
    for line in given.lines if isinstance(given, Overlay) else given.measures:
        if isinstance(line, Measure) and line.stands_on:
            yield f"{laid.at(line)} “{line.ref}” says it stands on another measure; give it as Adopted, in an Overlay."


def refs(laid: Laid) -> Iterator[str]:
    """Refs are not blank, have no space around them, and are unique whatever the case."""
    first: dict[str, Measure] = {}
    for measure in laid.whole.measures:
        if not measure.ref.strip():
            yield f"{laid.at(measure)} its ref is blank; write the ref of the measure."
        elif measure.ref != measure.ref.strip():
            yield f"{laid.at(measure)} the ref “{measure.ref}” has a space around it; take it away."
        elif (before := first.setdefault(measure.ref.casefold(), measure)) is not measure:
            there = f" (first on {before.where})" if before.where else ""
            yield f"{laid.at(measure)} the ref “{measure.ref}” stands there twice{there}; keep one, or correct it."


def codes(laid: Laid) -> Iterator[str]:
    """A council's own codes are unique, and none is another measure's ref."""
    by_ref = {measure.ref.casefold(): measure for measure in laid.whole.measures}
    first: dict[str, Measure] = {}
    for measure in laid.whole.measures:
        code = measure.code.casefold()
        if code and first.setdefault(code, measure) is not measure:
            yield f"{laid.at(measure)} the code “{measure.code}” is also the code of “{first[code].ref}”; correct one."
        if code in by_ref and by_ref[code].ref.casefold() != measure.ref.casefold():
            yield f"{laid.at(measure)} the code “{measure.code}” is the ref of another measure; choose another code."


def titles(laid: Laid) -> Iterator[str]:
    """Every measure has a title."""
    for measure in laid.whole.measures:
        if not measure.title.strip():
            yield f"{laid.at(measure)} “{measure.ref}” has no title; say in a few words what is counted."


def places(laid: Laid) -> Iterator[str]:
    """Every measure has a theme and an outcome."""
    for measure in laid.whole.measures:
        for name in ("theme", "outcome"):
            if not getattr(measure, name).strip():
                yield f"{laid.at(measure)} “{measure.ref}” has no {name}; write the {name} it belongs to."


def units(laid: Laid) -> Iterator[str]:
    """Every unit is one of core's vocabulary."""
    for measure in laid.whole.measures:
        if UNITS.get(measure.unit.id) != measure.unit:
            yield f"{laid.at(measure)} “{measure.unit.id}” is not a unit of quarterday.UNITS; take one with unit(“…”)."


def things(laid: Laid) -> Iterator[str]:
    """A plain number says what is counted."""
    for measure in laid.whole.measures:
        if measure.unit == UNITS["number"] and not measure.things.strip():
            yield f"{laid.at(measure)} “{measure.ref}” is a number of what? Write “things”: visits, events, trees."


def kinds(laid: Laid) -> Iterator[str]:
    """A kind fits its unit: a percentage, a yes/no and words never become money."""
    for measure in laid.whole.measures:
        entered, place = measure.unit.entered, f"{laid.at(measure)} “{measure.ref}” is {measure.kind}"
        if measure.kind is Kind.MONETISED and entered in (Entered.PERCENT, Entered.ANSWER, Entered.TEXT):
            yield f"{place}, but “{measure.unit.id}” never adds money; make it record-only, or correct the unit."
        elif measure.kind is Kind.YES_NO and entered is not Entered.ANSWER:
            yield f"{place}, so its unit is yes/no, not “{measure.unit.id}”; correct the kind or the unit."
        elif measure.kind is Kind.QUALITATIVE and entered is not Entered.TEXT:
            yield f"{place}, so its unit is text, not “{measure.unit.id}”; correct the kind or the unit."


def runs(laid: Laid) -> Iterator[str]:
    """How a measure runs over time fits its unit: a percentage is never added, an answer is given once."""
    for measure in laid.whole.measures:
        if measure.over_time not in measure.unit.may_run:
            allowed = " or ".join(sorted(measure.unit.may_run))
            yield (
                f"{laid.at(measure)} “{measure.ref}” can't run as “{measure.over_time}” in “{measure.unit.id}”; "
                f"it runs as {allowed}: correct “runs” or leave it blank."
            )


NUMBERS: Mapping[str, type[int] | type[bool] | type[str] | frozenset[str]] = {
    "months": int,
    "hours": int,
    "at_least": int,
    "at_most": int,
    "disregard": bool,
    "of": str,
    "short": frozenset({"show", "counts nothing"}),
    "part_time": frozenset({"as stated", "half"}),
}
"""What each number of a rule may be: a whole number of 1 or more, true or false, text, or one of a few words."""


def rules(laid: Laid) -> Iterator[str]:
    """Every rule is one that core counts by, with numbers it takes."""
    for rule in laid.given.rules:
        if rule.rule not in RULES:
            yield f"{_rule(laid, rule)} “{rule.rule}” is not a rule; {did_you_mean(rule.rule, RULES)}"
            continue
        for name, value in rule.numbers.items():
            if name not in RULES[rule.rule]:
                hint = did_you_mean(name, RULES[rule.rule]) if RULES[rule.rule] else "it takes none."
                yield f"{_rule(laid, rule)} “{rule.rule}” takes no number “{name}”; {hint}"
            elif wanted := _unfit(value, NUMBERS[name]):
                yield f"{_rule(laid, rule)} “{name}” must be {wanted}, not “{value}”."


def _unfit(value: str | int | bool, wanted: type | frozenset[str]) -> str:
    """What the number should have been; "" when it fits."""
    if isinstance(wanted, frozenset):
        return "" if value in wanted else " or ".join(f"“{word}”" for word in sorted(wanted))
    if wanted is int:
        return "" if type(value) is int and value > 0 else "a whole number of 1 or more"
    return "" if type(value) is wanted else {bool: "true or false", str: "text"}[wanted]


def rule_refs(laid: Laid) -> Iterator[str]:
    """A rule binds measures of the edition, by their refs as written there."""
    given = laid.given
    known = {line.ref for line in (given.lines if isinstance(given, Overlay) else given.measures)}
    for rule in given.rules:
        if not rule.measures:
            yield f"{_rule(laid, rule)} it binds no measure; name their refs, or take the rule away."
        for ref in rule.measures:
            if ref not in known:
                hint = did_you_mean(ref, known, "correct the ref.")
                yield f"{_rule(laid, rule)} it binds “{ref}”, which isn't in the edition; {hint}"


def pairs(laid: Laid) -> Iterator[str]:
    """The rule “once” binds two different measures, and no rule binds one measure twice."""
    for rule in laid.given.rules:
        if rule.rule == PAIRED and rule.measures and len(set(rule.measures)) != 2:
            bound = ", ".join(rule.measures)
            yield f"{_rule(laid, rule)} “{PAIRED}” binds two different measures, not {bound}; write one rule a pair."
        elif len(set(rule.measures)) != len(rule.measures):
            yield f"{_rule(laid, rule)} it names a measure twice; name each once."


def value_editions(laid: Laid) -> Iterator[str]:
    """A value set has an id of its own and is for this edition or one it stands on."""
    allowed = (laid.whole.key, *laid.whole.stands_on)
    ids = [value_set.id for value_set in laid.given.value_sets]
    for value_set in laid.given.value_sets:
        if not value_set.id.strip() or ids.count(value_set.id) > 1:
            yield f"{_of(laid, value_set)} its id is blank or stands there twice; give it one of its own."
        if value_set.edition not in allowed:
            yield (
                f"{_of(laid, value_set)} it is for “{value_set.edition}”; values are never used across editions: "
                f"it must be for {' or '.join(allowed)}."
            )


def value_refs(laid: Laid) -> Iterator[str]:
    """A value set values measures of its edition, and only such as can become money."""
    for value_set in laid.given.value_sets:
        edition = laid.editions.get(value_set.edition)
        if edition is None:
            continue
        valued = {measure.ref: measure for measure in lay(edition, laid.editions)[0].measures}
        for value in value_set.values:
            if value.ref not in valued:
                hint = did_you_mean(value.ref, valued, "correct the ref.")
                yield f"{_of(laid, value_set)} “{value.ref}” isn't in {edition.key}; {hint}"
            elif valued[value.ref].kind is not Kind.MONETISED:
                yield f"{_of(laid, value_set)} “{value.ref}” never adds money; take its value away."


def value_licences(laid: Laid) -> Iterator[str]:
    """A value set that a plugin ships states its licence and may be passed on; other values a council loads itself."""
    for value_set in laid.given.value_sets:
        if not value_set.licence.strip():
            yield f"{_of(laid, value_set)} it states no licence; name the licence its values are under."
        if not value_set.redistributable or value_set.shipped is Shipped.OWN:
            yield f"{_of(laid, value_set)} it may not be passed on, so no plugin can ship it; let the council load it."


def _of(laid: Laid, value_set: ValueSet) -> str:
    return f"{laid.whole.key}, value set “{value_set.id}”:"


def _rule(laid: Laid, rule: RuleData) -> str:
    return f"{laid.given.key}, {rule.where or 'rule'}:"


CHECKS: tuple[Check, ...] = (
    key,
    measures,
    alone,
    refs,
    codes,
    titles,
    places,
    units,
    things,
    kinds,
    runs,
    rules,
    rule_refs,
    pairs,
    value_editions,
    value_refs,
    value_licences,
)
"""The checks on an edition that is plain data and has been laid on its base."""

SENTENCES: Mapping[str, str] = {
    "plain_data": "It is plain data of the types of the front door, which can't answer otherwise the next time.",
    "base": "The edition it is based on is installed, and no edition stands on itself.",
    "base_refs": "What it adopts is in the edition it is based on.",
    "changes": "It changes only what an overlay may change: never the unit of a measure it adopts.",
    "own_refs": "A ref of an edition beneath means that edition's measure, and no other.",
    **{check.__name__: " ".join((check.__doc__ or "").split()) for check in CHECKS},
}
"""Every check by name, with the sentence it holds an edition to."""
