"""Reads value files: a council's own (CSV or Excel), and the sets that plugins ship (``.toml`` and ``.csv``)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import as_file
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from quarterday.domain.catalogue import Catalogue, MeasureCatalogue
from quarterday.domain.cells import CellProblem, yes_or_no
from quarterday.domain.value_rows import HOURLY, NEEDED, VOCABULARY, Reading, read_value
from quarterday.domain.values import Shipped, UnitValue, ValueSet, overlapping
from quarterday.errors import Refused
from quarterday.sheets import RowFault, Sheet, open_sheet

STAFF_HOUR, EXPERT_HOUR = HOURLY.values()


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueFile:
    """A value file as it was read: the values of its good rows, and every fault of the others."""

    name: str
    kind: str
    line_word: str
    """What a person calls a row of such a file: ``line`` or ``row``."""
    header_line: int
    columns: Mapping[str, str]
    """Field → the header it was read from."""
    ignored: tuple[str, ...]
    """Headers that fit no field."""
    rows: int
    values: tuple[UnitValue, ...]
    faults: tuple[RowFault, ...]
    licences: tuple[str, ...]
    """What the rows' licence column says, each once."""
    redistributable: frozenset[bool | None]
    """What the rows say of redistribution; None among them where a row says nothing."""

    @property
    def for_measures(self) -> tuple[UnitValue, ...]:
        """The values of measures, without those of an hour of time."""
        return tuple(value for value in self.values if value.ref not in HOURLY.values())

    def rate(self, hour: str) -> UnitValue | None:
        """The £ per hour of staff or expert time inside “£ invested” measures; None where the file has none."""
        return next((value for value in self.values if value.ref == hour), None)


def read_values(path: Path, reading: Reading, columns: Mapping[str, str] | None = None) -> ValueFile:
    """The unit values in a council's file, each row read against an edition.

    ``columns`` is a person's own mapping of field → header. Raises :class:`~quarterday.errors.Refused` for a file
    that is no such spreadsheet; whatever is wrong with a row is in :attr:`ValueFile.faults`.
    """
    sheet = open_sheet(path, VOCABULARY, given=columns, needed=NEEDED)
    if not sheet.rows:
        raise Refused(f"{path.name} has a header and no rows: give each value a row.")
    values: list[UnitValue] = []
    faults: list[RowFault] = []
    licences: dict[str, None] = {}
    redistributable: set[bool | None] = set()
    for row in sheet:
        read = read_value(row.line, {name: row[name] for name in sheet.match.index}, reading)
        problems = row.all_problems(() if isinstance(read, UnitValue) else read)
        licences.setdefault(row["licence"])
        try:
            redistributable.add(yes_or_no(row["redistributable"]) if row["redistributable"] else None)
        except ValueError as problem:
            problems.append(CellProblem("redistributable", str(problem)))
        if isinstance(read, UnitValue) and not problems:
            values.append(read)
        faults.extend(sheet.fault(row.line, problem) for problem in problems)
    faults.extend(_twice(sheet, values))
    return ValueFile(
        name=sheet.name,
        kind=sheet.kind,
        line_word=sheet.line_word,
        header_line=sheet.header_line,
        columns={name: sheet.columns[at] for name, at in sheet.match.index.items()},
        ignored=sheet.match.unknown,
        rows=len(sheet.rows),
        values=tuple(values),
        faults=tuple(sorted(faults, key=lambda fault: fault.line)),
        licences=tuple(filter(None, licences)),
        redistributable=frozenset(redistributable),
    )


def read_value_set(folder: Traversable, name: str, edition: MeasureCatalogue) -> ValueSet:
    """The value set a plugin ships for an edition: ``name.toml`` (its head) and ``name.csv`` (its rows) in a folder.

    ``folder`` is a path, or a package's resources. Raises :class:`~quarterday.errors.Refused` with a sentence for each
    thing that can't be used, and then nothing is loaded.
    """
    if not isinstance(edition, Catalogue):
        raise Refused(
            f"A value set ships with the edition whose refs it values: {edition.key} stands on {edition.based_on}."
        )
    head = _head(folder, name)
    if head["edition"] != edition.key:
        raise Refused(f"{name}.toml values “{head['edition']}”, not {edition.key}; correct “edition”.")
    with as_file(folder / f"{name}.csv") as path:
        file = read_values(path, Reading(edition=edition))
    if file.faults:
        raise Refused("\n".join(f"{file.name}, {fault}" for fault in file.faults))
    return ValueSet(
        id=name,
        title=head["title"],
        edition=edition.key,
        shipped=Shipped(head["shipped"]),
        licence=head["licence"],
        redistributable=head["redistributable"],
        source=head["source"],
        left_out=tuple(head["left_out"]),
        values=file.for_measures,
        staff_hour=file.rate(STAFF_HOUR),
        expert_hour=file.rate(EXPERT_HOUR),
    )


_HEAD: Mapping[str, type] = {
    "title": str,
    "edition": str,
    "shipped": str,
    "licence": str,
    "redistributable": bool,
    "source": str,
    "left_out": list,
}
_TYPES = {str: "text in quotes", bool: "true or false", list: "a list of sentences in quotes"}


def _head(folder: Traversable, name: str) -> dict[str, Any]:
    """The head of a shipped set; every key is needed, so that nobody has to guess a licence."""
    place = f"{name}.toml"
    try:
        head = tomllib.loads((folder / place).read_text("utf-8"))
    except FileNotFoundError as why:
        raise Refused(f"There is no {place}; a value set that ships is {place} and {name}.csv in one folder.") from why
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as why:
        raise Refused(f"{place} isn't valid TOML: {why}. Correct that line.") from why
    faults = [f"{place}: “{key}” isn't known here; it may be {', '.join(_HEAD)}." for key in head if key not in _HEAD]
    for key, kind in _HEAD.items():
        if not isinstance(head.get(key), kind):
            faults.append(f"{place}: write “{key}” as {_TYPES[kind]}.")
    if not faults and head["shipped"] not in (Shipped.OPEN, Shipped.ILLUSTRATIVE):
        faults.append(f"{place}: “shipped” is {Shipped.OPEN} or {Shipped.ILLUSTRATIVE}, not “{head['shipped']}”.")
    if faults:
        raise Refused("\n".join(faults))
    return head


def _twice(sheet: Sheet, values: Iterable[UnitValue]) -> Iterator[RowFault]:
    """A fault for each row that values what an earlier row values on the same days."""
    rates: dict[str, int] = {}
    for value in values:
        line = value.row or 0
        if value.ref in HOURLY.values() and (first := rates.setdefault(value.ref, line)) != line:
            why = f"{sheet.line_word} {first} has a {value.ref} already, and a set has one; leave one of them out."
            yield RowFault(line, "", sheet.place(line), why)
    for earlier, later in overlapping(value for value in values if value.ref not in HOURLY.values()):
        line = later.row or 0
        of_what = " ".join(filter(None, (later.ref, later.area and f"in {later.area}", later.industry)))
        why = (
            f"{sheet.line_word} {earlier.row} has a value for {of_what} on the same days; "
            "leave one of them out, or give both dates that don't overlap."
        )
        yield RowFault(line, "", sheet.place(line), why)
