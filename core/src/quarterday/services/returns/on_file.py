"""A supplier's return as a spreadsheet: read it into claims, or write the template to fill in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from quarterday.domain.catalogue import Catalogue, Measure
from quarterday.domain.claims import Claim
from quarterday.domain.return_fields import FIELDS, VOCABULARY
from quarterday.domain.typed import is_blank, read_claim
from quarterday.errors import BadRecord, Refused

_TO_READ = ("title", "counted in")
"""Columns of the template that tell the supplier what a measure is; nothing is filled in there."""


@dataclass(frozen=True, slots=True)
class ReadRow:
    """A row that can be used."""

    place: str
    """As a person calls it: “line 5”."""
    typed: Mapping[str, str]
    """Its cells by field, as typed."""
    claim: Claim


@dataclass(frozen=True, slots=True)
class ReturnOnFile:
    """What a file of a return holds. rows = read + rejected + blank: nothing is passed over."""

    name: str
    rows: int
    read: tuple[ReadRow, ...]
    rejected: tuple[BadRecord, ...]
    """One for each cell to put right; its key says line and column."""
    rejected_rows: int
    blank_rows: int
    """Rows that name a measure and nothing else: a template's rows left as they were."""
    ignored_columns: tuple[str, ...]

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The claims of the rows that can be used."""
        return tuple(row.claim for row in self.read)


def read_return(path: Path, edition: Catalogue, given: Mapping[str, str]) -> ReturnOnFile:
    """The claims of a return kept as CSV, TSV or Excel, one row an activity.

    ``given`` is a person's own mapping of field → header. Raises :class:`Refused` for a file that is no such
    spreadsheet; a row that can't be used costs no other row.
    """
    from quarterday.sheets import open_sheet

    sheet = open_sheet(path, VOCABULARY, given=given, needed=("ref",))
    usable: list[ReadRow] = []
    rejected: list[BadRecord] = []
    rejected_rows = blank = 0
    for row in sheet:
        typed = {name: row[name] for name in sheet.match.index}
        if is_blank(typed) and not row.problems:
            blank += 1
            continue
        read = read_claim(row.line, typed, edition)
        problems = row.all_problems(() if isinstance(read, Claim) else read)
        if isinstance(read, Claim) and not problems:
            usable.append(ReadRow(sheet.place(row.line), typed, read))
            continue
        rejected_rows += 1
        rejected.extend(BadRecord(sheet.place(row.line, problem.field), problem.why) for problem in problems)
    rows = len(usable) + rejected_rows + blank
    if not rows:
        raise Refused("{file} has a header and no rows: fill in one row for each activity.", file=path.name)
    ignored = tuple(header for header in sheet.match.unknown if header not in _TO_READ)
    return ReturnOnFile(sheet.name, rows, tuple(usable), tuple(rejected), rejected_rows, blank, ignored)


def template(measures: Iterable[Measure]) -> list[tuple[str, ...]]:
    """The rows of an empty return: the header, then each measure once with its title and unit to read."""
    headers = ("measure", *_TO_READ, *(field.names[0] for field in FIELDS[1:]))
    filler = ("",) * (len(FIELDS) - 1)
    return [headers, *((m.ref, m.title, m.unit_words, *filler) for m in measures)]


def write_template(path: Path, measures: Iterable[Measure]) -> None:
    """Write the template as ``.xlsx`` (with a sheet that explains every column) or ``.csv``.

    Raises :class:`Refused` where the file exists already, or has another ending.
    """
    if path.exists():
        raise Refused("{path} exists already; name another file, so that nothing filled in is lost.", path=path)
    match path.suffix.casefold():
        case ".xlsx":
            _write_workbook(path, measures)
        case ".csv":
            import csv

            with path.open("x", encoding="utf-8-sig", newline="") as file:
                csv.writer(file).writerows(template(measures))
        case _:
            raise Refused("{file} must end in .xlsx or .csv.", file=path.name)


def _write_workbook(path: Path, measures: Iterable[Measure]) -> None:
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book = Workbook()
    rows = book.worksheets[0]
    rows.title = "Return"
    for row in template(measures):
        rows.append(row)
    rows.freeze_panes = "D2"
    notes = book.create_sheet("How to fill it in")
    notes.append(("Column", "What belongs in it"))
    for field in FIELDS:
        notes.append((field.names[0], field.help))
    for sheet in (rows, notes):
        for cell in next(sheet.iter_rows(min_row=1, max_row=1)):
            cell.font = Font(bold=True)
    rows.column_dimensions["B"].width = notes.column_dimensions["B"].width = 60
    book.save(path)
