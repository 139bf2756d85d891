"""Value sets: those that plugins ship, and a council's own file, checked before it is used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from pathlib import Path

from quarterday.domain.catalogue import Catalogue, Kind, Measure
from quarterday.domain.value_rows import Reading
from quarterday.domain.values import Shipped, UnitValue, ValueSet
from quarterday.errors import Trouble, Usage
from quarterday.services.measures.catalogues import catalogues, value_sets_of
from quarterday.sheets import RowFault
from quarterday.value_files import EXPERT_HOUR, STAFF_HOUR, ValueFile, read_values


class WouldNotLoad(Trouble):
    """A value file has rows to put right, and nothing of it is used."""

    code = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What the person who hands over a file says of all its rows; a row's own cell goes first."""

    licence: str = ""
    source: str = ""
    redistributable: bool | None = None
    """Whether the values may be passed on; None when it isn't known, and then they may not."""
    area: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Field → header, where a person had to say which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValuesCheck:
    """What was understood of a council's value file, and everything in it that has to be put right."""

    file: ValueFile
    edition: Catalogue
    value_set: ValueSet
    """What the good rows make. It is used only when there is no fault."""
    not_used: tuple[UnitValue, ...]
    """Values for measures of an edition beneath, which this edition doesn't have; they are left out of the set."""
    with_value: tuple[Measure, ...]
    without_value: tuple[Measure, ...]
    """The monetised measures of the edition, by whether the file has a value for them."""
    notes: tuple[str, ...]

    @property
    def monetised(self) -> tuple[Measure, ...]:
        """The measures of the edition that add money, in its order."""
        return tuple(measure for measure in self.edition.measures if measure.kind is Kind.MONETISED)

    @property
    def faults(self) -> tuple[RowFault, ...]:
        """Every row and cell to put right, in the file's order."""
        return self.file.faults

    @property
    def areas(self) -> tuple[str, ...]:
        """The areas there are values for, besides everywhere."""
        return tuple(sorted({value.area for value in self.value_set.values if value.area}))

    @property
    def industries(self) -> tuple[str, ...]:
        """The industries there are values for, besides all; each as it is first written."""
        written = {value.industry.casefold(): value.industry for value in reversed(self.value_set.values)}
        return tuple(written[key] for key in sorted(written) if key)

    @property
    def first_day(self) -> date | None:
        """The earliest day on which a value begins to be valid; None when none has a beginning."""
        return min((value.valid_from for value in self.value_set.all_values if value.valid_from), default=None)

    @property
    def last_day(self) -> date | None:
        """The latest day on which a value ends; None when none has an end."""
        return max((value.valid_to for value in self.value_set.all_values if value.valid_to), default=None)

    @property
    def always_valid(self) -> int:
        """How many values have neither a beginning nor an end."""
        return sum(not (value.valid_from or value.valid_to) for value in self.value_set.all_values)


def value_set(name: str, edition: Catalogue) -> ValueSet:
    """The value set of that name among those that can value the edition, or a council's own file of that path.

    Raises :class:`~quarterday.errors.Trouble` when there is neither, naming the nearest, and
    :class:`WouldNotLoad` for a file with anything to put right: it is used whole or not at all.
    """
    offered = {one.id: one for one in value_sets_of(edition)}
    if name in offered:
        return offered[name]
    path = Path(name)
    if path.suffix or path.exists():
        check = check_values(path, edition, Stated())
        if check.faults:
            more = f" (and {len(check.faults) - 1:,} more)" if len(check.faults) > 1 else ""
            raise WouldNotLoad(
                f"{path.name}, {check.faults[0]}{more} Nothing of the file is used; see all with "
                f"“quarterday values check {path} --catalogue {edition.key}”."
            )
        return check.value_set
    near = get_close_matches(name, offered, n=1, cutoff=0.4)
    hint = f"did you mean “{near[0]}”?" if near else f"there are: {', '.join(offered) or 'none'}; or name a file."
    raise Usage(f"{edition.key} has no value set “{name}”; {hint}")


def shipped_sets() -> tuple[ValueSet, ...]:
    """Every value set that plugins ship, by the edition whose refs it values."""
    found: dict[tuple[str, str], ValueSet] = {}
    for edition in catalogues().editions.values():
        for one in value_sets_of(edition):
            found.setdefault((one.edition, one.id), one)
    return tuple(found[key] for key in sorted(found))


def check_values(path: Path, edition: Catalogue, stated: Stated) -> ValuesCheck:
    """Read a council's value file against an edition and say what was understood; nothing is stored.

    Raises :class:`~quarterday.errors.Refused` for a file that is no such spreadsheet.
    """
    shelf = catalogues().editions
    bases = tuple(shelf[key] for key in edition.stands_on if key in shelf)
    near = {edition.key, *edition.stands_on}
    reading = Reading(
        edition=edition,
        bases=bases,
        elsewhere={m.ref.casefold(): key for key, one in shelf.items() if key not in near for m in one.measures},
        area=stated.area,
        source=stated.source,
    )
    file = read_values(path, reading, stated.columns)
    values = tuple(value for value in file.for_measures if value.ref in reading.used)
    valued = {value.ref for value in values}
    monetised = [measure for measure in edition.measures if measure.kind is Kind.MONETISED]
    has_value = {m.ref: bool(valued & {m.ref, *(ref for _, ref in m.stands_on)}) for m in monetised}
    licence = stated.licence or "; ".join(file.licences)
    may_go_out, notes = _redistributable(stated, file)
    if not licence:
        notes.insert(0, "No licence is stated: say under which one you hold these values, with --licence.")
    return ValuesCheck(
        file=file,
        edition=edition,
        value_set=ValueSet(
            id=path.stem,
            title=path.name,
            edition=edition.key,
            shipped=Shipped.OWN,
            licence=licence,
            redistributable=may_go_out,
            source=stated.source,
            values=values,
            staff_hour=file.rate(STAFF_HOUR),
            expert_hour=file.rate(EXPERT_HOUR),
        ),
        not_used=tuple(value for value in file.for_measures if value.ref not in reading.used),
        with_value=tuple(m for m in monetised if has_value[m.ref]),
        without_value=tuple(m for m in monetised if not has_value[m.ref]),
        notes=tuple(notes),
    )


def _redistributable(stated: Stated, file: ValueFile) -> tuple[bool, list[str]]:
    """Whether the values may be passed on: only where that is said, and no row says otherwise (DOMAIN 6)."""
    if False in file.redistributable:
        if stated.redistributable:
            return False, ["Some rows say that they may not be passed on, so none of the set may, whatever the option."]
        return False, []
    if stated.redistributable is not None:
        return stated.redistributable, []
    if file.redistributable == {True}:
        return True, []
    return False, [
        "Whether these values may be passed on isn't said, so they never leave in an export (totals may); "
        "say --redistributable if the licence allows it."
    ]
