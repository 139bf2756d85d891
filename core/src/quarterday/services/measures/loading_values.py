"""A council's own values in the record: loaded from a file that was found good, immutable, under their licence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from sqlalchemy import select

from quarterday.db.models import ValueSetSnapshot
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.domain.catalogue import Catalogue
from quarterday.domain.names import name as tidy_name
from quarterday.domain.nearest import did_you_mean
from quarterday.domain.permissions import Permission
from quarterday.domain.values import ValueSet
from quarterday.errors import Refused
from quarterday.services import scope
from quarterday.services.measures import snapshots
from quarterday.services.measures.catalogues import value_sets_of
from quarterday.services.measures.revaluing import value_what_waits
from quarterday.services.measures.values import Stated, ValuesCheck, WouldNotLoad, check_values


class Outcome(StrEnum):
    """What loading a file came to."""

    ADDED = "added"
    THERE = "there already"
    FILLED = "filled in"
    """The record had the set without its values, as it came from an export, and has them now."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A council's value set as the record has it; without its values where these weren't in an export."""

    id: int
    name: str
    edition: str
    licence: str
    source: str
    is_redistributable: bool
    is_here: bool
    digest: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Loaded:
    """What came of loading a file."""

    outcome: Outcome
    kept: Kept
    check: ValuesCheck
    still_missing: tuple[Kept, ...]
    """Sets for the same edition that the record still has without their values; this file's are not theirs."""


def load_values(
    uow: UnitOfWork,
    actor: Actor,
    *,
    authority_id: int,
    path: Path,
    edition: Catalogue,
    stated: Stated,
    name: str = "",
) -> Loaded:
    """Put the values of a file into the record, as an authority's own, under a name (the file's, where none is given).

    The same values loaded again are there already, whatever their file or their new name; nothing is changed then.
    Where the record came from an export without them, they are filled in, and what was accepted by them is valued.
    Raises :class:`~quarterday.services.measures.values.WouldNotLoad` for a file with anything to put right, and
    :class:`Refused` where licence or source aren't stated.
    """
    check = check_values(path, edition, stated)
    if check.faults:
        more = f" (and {len(check.faults) - 1:,} more)" if len(check.faults) > 1 else ""
        raise WouldNotLoad(f"{path.name}, {check.faults[0]}{more} Nothing was loaded; put the rows right first.")
    if not check.value_set.licence:
        raise Refused("Say under which licence you hold these values, with --licence; it is kept with them.")
    if not check.value_set.source and not all(value.source for value in check.value_set.all_values):
        raise Refused("Say where these values come from, with --source; it is kept with them.")
    try:
        known_as = tidy_name(name or path.stem, "the name of the value set")
    except ValueError as problem:
        raise Refused(str(problem)) from problem
    values = replace(check.value_set, id=known_as)
    with uow.begin(actor) as work:
        scope.needs(work, Permission.SET_VALUES)
        scope.authority(work, authority_id, lock=True)
        was_there = any(one.digest == values.fingerprint for one in _kept(work, authority_id))
        value_set_id, is_new = snapshots.keep_value_set(work, values, authority_id)
        outcome = Outcome.THERE if not is_new else Outcome.FILLED if was_there else Outcome.ADDED
        if is_new:
            valued = value_what_waits(work, value_set_id) if was_there else 0
            work.audit(
                authority_id,
                "values.loaded",
                f"value_set/{value_set_id}",
                digest=values.fingerprint,
                values=len(values.all_values),
                filled=was_there,
                valued=valued,
            )
        kept = {one.id: one for one in _kept(work, authority_id)}
        missing = tuple(one for one in kept.values() if one.edition == values.edition and not one.is_here)
        return Loaded(outcome, kept[value_set_id], check, missing)


def kept_values(uow: UnitOfWork, actor: Actor, *, authority_id: int) -> list[Kept]:
    """The value sets an authority loaded, the oldest first."""
    with uow.read(actor) as work:
        scope.authority(work, authority_id)
        return list(_kept(work, authority_id))


def kept_value_set(uow: UnitOfWork, actor: Actor, *, authority_id: int, name: str) -> ValueSet:
    """The value set an authority loaded under a name, the latest; raises :class:`Refused`, naming those there are."""
    with uow.read(actor) as work:
        scope.authority(work, authority_id)
        there = {one.name: one.id for one in _kept(work, authority_id)}
        if found := snapshots.value_set(work, there.get(name)):
            return found
    hint = did_you_mean(name, there) if there else "none was loaded yet (“quarterday values load”)."
    raise Refused(f"This authority loaded no value set “{name[:40]}”; {hint}")


def values_named(uow: UnitOfWork, actor: Actor, *, authority_id: int, name: str, edition: Catalogue) -> ValueSet:
    """The value set of that name that can value the edition: the authority's own, the latest loaded, or one that ships.

    Raises :class:`Refused`, naming those there are.
    """
    with uow.read(actor) as work:
        scope.authority(work, authority_id)
        own = {
            one.name: one.id for one in _kept(work, authority_id) if one.edition in (edition.key, *edition.stands_on)
        }
        found = snapshots.value_set(work, own.get(name))
    ships = {one.id: one for one in value_sets_of(edition)}
    if found or name in ships:
        return found or ships[name]
    raise Refused(f"There is no value set “{name[:40]}” for {edition.key}; {did_you_mean(name, [*own, *ships])}")


def _kept(work: Work, authority_id: int) -> Iterator[Kept]:
    rows = work.all(
        select(
            ValueSetSnapshot.c.id,
            ValueSetSnapshot.c.name,
            ValueSetSnapshot.c.edition_key,
            ValueSetSnapshot.c.licence,
            ValueSetSnapshot.c.source,
            ValueSetSnapshot.c.is_redistributable,
            ValueSetSnapshot.c.content.is_not(None),
            ValueSetSnapshot.c.digest,
            ValueSetSnapshot.c.recorded_at,
        )
        .where(ValueSetSnapshot.c.authority_id == authority_id)
        .order_by(ValueSetSnapshot.c.id)
    )
    return (Kept(*row) for row in rows)
