"""The editions this installation has: all that plugins offer, whole, and what was left out and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from quarterday import hookspecs
from quarterday.domain.catalogue import Catalogue, MeasureCatalogue, Overlay
from quarterday.domain.conformance import flaws
from quarterday.domain.nearest import did_you_mean
from quarterday.domain.overlay import resolve
from quarterday.domain.plain import not_plain
from quarterday.domain.values import ValueSet
from quarterday.errors import Trouble, Usage
from quarterday.registry import Answer, Failure, installed


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An edition that isn't on the shelf: who offered it, its key where it has one, and why not."""

    plugin: str
    edition: str
    why: str


@dataclass(frozen=True, slots=True)
class Shelf:
    """The editions at hand by key, and what was left out."""

    editions: Mapping[str, Catalogue]
    plugins: Mapping[str, str]
    """Which plugin gave each edition, by key."""
    left_out: tuple[LeftOut, ...]

    def find(self, name: str) -> Catalogue:
        """The edition of that ``id/edition``, or the current one of that ``id``, whatever the case.

        Raises :class:`Usage`, naming the nearest, when there is none or when several could be meant, and
        :class:`Trouble` with the reason when it is left out.
        """
        wanted = name.strip().casefold()
        editions = self.editions.values()
        fitting = [one for one in editions if wanted in (one.key.casefold(), one.id.casefold())]
        current = [one for one in fitting if one.current] if len(fitting) > 1 else fitting
        if len(current) == 1:
            return current[0]
        if fitting:
            raise Usage(
                f"“{name}” has several editions; say which: {', '.join(one.key for one in current or fitting)}."
            )
        for out in self.left_out:
            if wanted in (out.edition.casefold(), out.edition.partition("/")[0].casefold()):
                raise Trouble(f"“{name}” is left out: {out.why}")
        names = [name for one in editions for name in (one.key, one.id)]
        hint = did_you_mean(name, names, "“quarterday catalogue list” shows what there is.")
        raise Usage(f"There is no catalogue “{name}”; {hint}")


@cache
def catalogues() -> Shelf:
    """Every edition of every plugin of this process; an unsound one is left out and the others stay.

    What is left out is among the registry's failures too, where ``doctor`` and ``plugins list`` find it.
    """
    registry = installed()
    shelf = shelve(registry.ask(hookspecs.measure_catalogues))
    recorded = {failure.what for failure in registry.failures}
    for one in shelf.left_out:
        if one.why not in recorded:
            what = f"an edition is left out: {one.why.rstrip('.')}"
            registry.fail(one.plugin, hookspecs.measure_catalogues.__name__, what)
    return shelf


def shelve(answers: Iterable[Answer[MeasureCatalogue] | Failure]) -> Shelf:
    """The editions among the answers, each whole and sound, and what was left out.

    Of two editions with one key the first is taken. What stands on an edition that is left out is left out too.
    """
    offers: dict[str, Answer[MeasureCatalogue]] = {}
    left_out: list[LeftOut] = []
    for answer in answers:
        if isinstance(answer, Failure):
            left_out.append(LeftOut(answer.plugin, "", answer.what))
        elif says := not_plain(answer.value):
            left_out.append(LeftOut(answer.plugin, "", says))
        elif (first := offers.setdefault(answer.value.key, answer)) is not answer:
            key = answer.value.key
            why = f"{key} is given twice, and the one that “{first.plugin}” gave first is used; rename one of them."
            left_out.append(LeftOut(answer.plugin, key, why))
    given = {key: offer.value for key, offer in offers.items()}
    editions: dict[str, Catalogue] = {}
    unsound: set[str] = set()
    for key in _bases_first(given):
        edition, plugin = offers[key].value, offers[key].plugin
        if isinstance(edition, Overlay) and edition.based_on in unsound:
            whys = [f"{key} is based on {edition.based_on}, which is left out; mend that one first."]
        else:
            whys = [flaw.says for flaw in flaws(edition, given | editions)]
        if whys:
            unsound.add(key)
            left_out.extend(LeftOut(plugin, key, why) for why in whys)
        else:
            editions[key] = resolve(edition, editions)
    on_shelf = [key for key in given if key in editions]
    plugins = {key: offers[key].plugin for key in on_shelf}
    return Shelf({key: editions[key] for key in on_shelf}, plugins, tuple(left_out))


def _bases_first(offered: Mapping[str, MeasureCatalogue]) -> list[str]:
    """The keys, each after the key of the edition it is based on; those in a circle at the end."""
    placed: dict[str, None] = {}
    while ready := [key for key in offered if key not in placed and _stands(offered[key], offered, placed)]:
        placed.update(dict.fromkeys(ready))
    return [*placed, *(key for key in offered if key not in placed)]


def _stands(edition: MeasureCatalogue, offered: Mapping[str, MeasureCatalogue], placed: Mapping[str, None]) -> bool:
    return not isinstance(edition, Overlay) or edition.based_on in placed or edition.based_on not in offered


def catalogue(name: str) -> Catalogue:
    """The edition of this process that :meth:`Shelf.find` finds by that name; raises as it does."""
    return catalogues().find(name)


def value_sets_of(catalogue: Catalogue) -> tuple[ValueSet, ...]:
    """The value sets that can value this edition: its own, then those of the editions it stands on."""
    return catalogue.value_sets
