"""What changed from one edition to another, measure by measure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from quarterday.domain.catalogue import Catalogue, Measure
from quarterday.domain.overlay import PAIRED

FIELDS = (
    "unit",
    "title",
    "things",
    "kind",
    "over_time",
    "localised",
    "is_local_economic",
    "theme",
    "outcome",
    "headline",
    "code",
    "evidence",
)
"""What is compared: what a measure is, not where we saw it or how sure we are."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing said otherwise: a field of the measure, or the numbers of a rule that binds it."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Changed:
    """One measure as it was and as it is."""

    before: Measure
    after: Measure
    changes: tuple[Change, ...]

    @property
    def in_another_unit(self) -> bool:
        """Whether quantities of the two can't be compared: never carry one over (DOMAIN 4.4)."""
        return self.before.unit != self.after.unit or self.before.things != self.after.things


@dataclass(frozen=True, slots=True)
class Difference:
    """The measures only one of two editions has, and those that changed; what is the same isn't listed."""

    added: tuple[Measure, ...]
    removed: tuple[Measure, ...]
    changed: tuple[Changed, ...]


def diff(before: Catalogue, after: Catalogue) -> Difference:
    """What ``after`` adds, removes and says otherwise.

    Measures are the same when they have one ref in editions of one catalogue, their own or one they stand on; so an
    overlay is compared with its base, and with the base's other editions, whatever refs the council gave. Pairs that
    count only once are not compared: they come and go with the measures. Rules are compared only where both editions
    are known whole.
    """
    was: dict[tuple[str, str], Measure] = {}
    for measure in before.measures:
        for origin in _origins(before, measure):
            was.setdefault(origin, measure)
    added, kept, changed = [], set(), []
    for measure in after.measures:
        old = next((was[origin] for origin in _origins(after, measure) if origin in was), None)
        if old is None:
            added.append(measure)
            continue
        kept.add(old.ref)
        if changes := tuple(_changes(before, old, after, measure)):
            changed.append(Changed(old, measure, changes))
    removed = tuple(measure for measure in before.measures if measure.ref not in kept)
    return Difference(tuple(added), removed, tuple(changed))


def counterpart(edition: Catalogue, measure: Measure, other: Catalogue) -> Measure | None:
    """The measure of another edition that counts the same thing in the same unit; None where there is none.

    They are paired as :func:`diff` pairs them. A quantity in another unit is never carried over (DOMAIN 4.4).
    """
    origins = set(_origins(edition, measure))
    for one in other.measures:
        if not origins.isdisjoint(_origins(other, one)):
            alike = (one.unit, one.things, one.over_time) == (measure.unit, measure.things, measure.over_time)
            return one if alike else None
    return None


def _origins(edition: Catalogue, measure: Measure) -> Iterator[tuple[str, str]]:
    """The measure's refs, each with the id of the catalogue it is a ref of, the nearest first."""
    for key, ref in ((edition.key, measure.ref), *measure.stands_on):
        yield key.partition("/")[0], ref.casefold()


def _changes(before: Catalogue, old: Measure, after: Catalogue, new: Measure) -> Iterator[Change]:
    if old.ref != new.ref:
        yield Change("ref", old.ref, new.ref)
    for name in FIELDS:
        was, now = _words(getattr(old, name)), _words(getattr(new, name))
        if was != now:
            yield Change({"over_time": "runs", "is_local_economic": "local_economic"}.get(name, name), was, now)
    if not (before.complete and after.complete):
        return
    rules_before, rules_after = _rules(before, old.ref), _rules(after, new.ref)
    for name in sorted(rules_before.keys() | rules_after.keys()):
        was, now = rules_before.get(name, "no"), rules_after.get(name, "no")
        if was != now:
            yield Change(f"rule {name}", was, now)


def _rules(edition: Catalogue, ref: str) -> dict[str, str]:
    """The numbers of each rule on a measure, in words; “yes” for a rule without numbers."""
    return {
        rule.rule: ", ".join(f"{name} {_words(number)}" for name, number in sorted(rule.numbers.items())) or "yes"
        for rule in edition.rules_of(ref)
        if rule.rule != PAIRED
    }


def _words(value: object) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(getattr(value, "id", value))
