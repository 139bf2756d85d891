"""The editions this installation has: all that plugins offer, whole, and what was left out and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache

from quarterday import hookspecs
from quarterday.domain.catalogue import Catalogue, Measure, MeasureCatalogue
from quarterday.domain.overlay import Unsound, resolve
from quarterday.domain.values import ValueSet
from quarterday.errors import Trouble
from quarterday.registry import Answer, installed


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
    left_out: tuple[LeftOut, ...]


@cache
def catalogues() -> Shelf:
    """Every edition of every plugin, resolved; one that is unsound is left out and the others stay."""
    given: dict[str, tuple[str, MeasureCatalogue]] = {}
    left_out: list[LeftOut] = []
    for answer in installed().ask(hookspecs.measure_catalogues):
        match answer:
            case Answer(plugin, edition):
                if edition.key in given:
                    why = f"the plugin “{given[edition.key][0]}” comes first in the settings and has this edition too"
                    left_out.append(LeftOut(plugin, edition.key, why))
                else:
                    given[edition.key] = plugin, edition
            case failure:
                left_out.append(LeftOut(failure.plugin, "", failure.what))
    editions: dict[str, Catalogue] = {}
    for key, (plugin, edition) in given.items():
        try:
            editions[key] = resolve(edition, {key: offered for key, (_, offered) in given.items()})
        except Unsound as unsound:
            left_out.append(LeftOut(plugin, key, str(unsound)))
    return Shelf(editions, tuple(left_out))


def catalogue(name: str) -> Catalogue:
    """The edition of that ``id/edition``, or the current one of that ``id``; :class:`Trouble` names the nearest."""
    editions = catalogues().editions
    wanted = name.strip().casefold()
    fitting = [one for key, one in editions.items() if wanted in (key.casefold(), one.id.casefold())]
    current = [one for one in fitting if one.current] if len(fitting) > 1 else fitting
    if len(current) == 1:
        return current[0]
    if fitting:
        keys = ", ".join(one.key for one in current or fitting)
        raise Trouble(f"“{name}” has several editions; say which: {keys}.")
    near = get_close_matches(wanted, [*editions, *(one.id for one in editions.values())], n=1, cutoff=0.4)
    hint = f"did you mean “{near[0]}”?" if near else "“quarterday catalogue list” shows what there is."
    raise Trouble(f"There is no catalogue “{name}”; {hint}")


def base_refs(catalogue: Catalogue, measure: Measure) -> tuple[str, ...]:
    """The refs of the measures beneath this one, the nearest edition's first; empty for one that stands alone."""
    return tuple(ref for _, ref in measure.stands_on)


def value_sets_of(catalogue: Catalogue) -> tuple[ValueSet, ...]:
    """The value sets that can value this edition: its own, then those of the editions it stands on."""
    return catalogue.value_sets
