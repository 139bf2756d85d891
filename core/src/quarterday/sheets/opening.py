"""Opening a spreadsheet: what it is, where its header stands, what its rows say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path

from quarterday.domain.cells import CellProblem
from quarterday.domain.sentences import said
from quarterday.errors import Refused
from quarterday.sheets import text
from quarterday.sheets.columns import Vocabulary, match_columns, recognised
from quarterday.sheets.content import is_workbook
from quarterday.sheets.limits import HEADER_WITHIN, MOST_CHARACTERS, MOST_CHARACTERS_IN_A_CELL, MOST_ROWS
from quarterday.sheets.sheet import RawRow, Sheet, SheetRow

Grid = Callable[[], Iterator[RawRow]]


def open_sheet(
    path: Path,
    vocabulary: Vocabulary,
    *,
    given: Mapping[str, str] | None = None,
    needed: Iterable[str] = (),
    most_rows: int = MOST_ROWS,
) -> Sheet:
    """A CSV, TSV or Excel file, read whole.

    The header row is the one, among the first eleven, that names most fields of ``vocabulary`` (two at least).
    ``given`` is a person's own mapping of field → header; ``needed`` are fields without which the file is of no use.
    Raises :class:`~quarterday.errors.Refused`, with a sentence that says what to do, for a file that isn't such a
    spreadsheet, is too large, can't be read for certain, or lacks a needed column. A single cell that can't be used
    is no error here: it stands in :attr:`SheetRow.problems`.
    """
    given = given or {}
    if as_workbook := is_workbook(path):
        from quarterday.sheets import workbook  # brings an XML parser, which every start would pay for

        grids = workbook.grids(path)
    else:
        grids = text.grids(path)
    kind, header = _header(path, grids, vocabulary, given, one_only=as_workbook)
    columns = _headings(header)
    match = match_columns(columns, vocabulary, given)
    for name in needed:
        if name not in match.index:
            raise Refused(
                "{file} has no column for “{name}” (its headers are {headers}); name the column with --column "
                "{name}=HEADER.",
                file=path.name,
                name=name,
                headers=", ".join(filter(None, columns)),
            )
    raw = (row for row in grids[kind]() if row.line > header.line)
    fields = {at: name for name, at in match.index.items()}
    return Sheet(
        name=path.name,
        kind=kind,
        line_word=said("row") if as_workbook else said("line"),
        header_line=header.line,
        columns=columns,
        match=match,
        rows=tuple(
            _row(row, len(columns), fields, match.index, shifts=not as_workbook)
            for row in _within_limits(raw, path.name, most_rows)
        ),
    )


def _header(
    path: Path, grids: Mapping[str, Grid], vocabulary: Vocabulary, given: Mapping[str, str], *, one_only: bool
) -> tuple[str, RawRow]:
    """The grid and the row in it that is the header; ``one_only``: two grids with a header are one too many."""
    found: list[tuple[int, str, RawRow]] = []
    broken: list[Refused] = []
    for kind, rows in grids.items():
        try:
            for row in islice(rows(), HEADER_WITHIN):
                score = recognised(row.cells, vocabulary, given)
                if score >= min(2, len(vocabulary)):
                    found.append((score, kind, row))
        except Refused as why:
            if one_only:
                raise
            broken.append(why)
    if not found:
        if len(broken) == len(grids):
            raise broken[0]
        raise Refused(
            "{file} has no header row that can be recognised in its first {rows} rows; it "
            "should name columns like: {names}.",
            file=path.name,
            rows=HEADER_WITHIN,
            names=", ".join(names[0] for names in islice(vocabulary.values(), 6) if names),
        )
    kinds = sorted({kind for _, kind, _ in found})
    if one_only and len(kinds) > 1:
        raise Refused(
            "{file} has a table in more than one sheet ({sheets}); keep one, or hide the others.",
            file=path.name,
            sheets=", ".join(kinds),
        )
    _, kind, header = max(found, key=lambda each: each[0])
    return kind, header


def _headings(header: RawRow) -> tuple[str, ...]:
    columns = [" ".join(cell.split()) for cell in header.cells]
    while columns and not columns[-1]:
        columns.pop()
    return tuple(columns)


def _within_limits(rows: Iterable[RawRow], name: str, most_rows: int) -> Iterator[RawRow]:
    """The rows, as long as there aren't too many and none is too long."""
    characters = 0
    for taken, row in enumerate(rows, 1):
        characters += sum(map(len, row.cells))
        if taken > most_rows:
            raise Refused("{file} has more than {most:,} rows; split it.", file=name, most=most_rows)
        if characters > MOST_CHARACTERS or max(map(len, row.cells), default=0) > MOST_CHARACTERS_IN_A_CELL:
            raise Refused(
                "{file}, row {line}: a cell holds more than {most:,} characters; "
                "shorten it, or look for a quote that isn't closed.",
                file=name,
                line=row.line,
                most=MOST_CHARACTERS_IN_A_CELL,
            )
        yield row


def _row(row: RawRow, width: int, fields: Mapping[int, str], index: Mapping[str, int], *, shifts: bool) -> SheetRow:
    problems = [CellProblem(fields[at], why) for at, why in row.wrong.items() if at in fields]
    if shifts and any(row.cells[width:]):
        problems.append(
            CellProblem(
                "",
                said(
                    "{cells} cells under {headers} headers; put quotes around a cell that holds the separator.",
                    cells=len(row.cells),
                    headers=width,
                ),
            )
        )
    cells = (row.cells + ("",) * (width - len(row.cells)))[:width]
    problems.extend(
        CellProblem(name, said("it holds a character that can't be seen; type it again."))
        for at, name in fields.items()
        if not cells[at].isprintable() and any(ord(sign) < 32 and sign not in "\t\r\n" for sign in cells[at])
    )
    return SheetRow(row.line, cells, tuple(problems), index)
