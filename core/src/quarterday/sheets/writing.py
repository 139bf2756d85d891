"""Spreadsheets that leave us: text that no spreadsheet program takes for a formula, and the same bytes each time."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

_FORMULA = "=+-@\t\r＝＋－＠"
_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?", re.ASCII)
_GUARD = "'"
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\]")
_LONGEST_NAME = 31
_STAMP = re.compile(rb"<dcterms:(created|modified)[^>]*>[^<]*</dcterms:\1>")


def guarded(text: str) -> str:
    """The text with an apostrophe before it where a spreadsheet program would take it for a formula.

    A cell that begins with ``=``, ``+``, ``-`` or ``@`` can run commands on the machine of whoever opens the file; a
    plain number can't.
    """
    return _GUARD + text if text[:1] in _FORMULA and text and not _NUMBER.fullmatch(text) else text


def unguarded(text: str) -> str:
    """The text that :func:`guarded` was given, so that a file we wrote can be taken in again."""
    return text[1:] if text[:1] == _GUARD and guarded(text[1:]) == text else text


def csv_bytes(rows: Iterable[Sequence[str]], *, delimiter: str = ",", encoding: str = "utf-8-sig") -> bytes:
    """Rows as CSV that Excel opens as it is meant: UTF-8 with its mark unless another is agreed, every cell guarded.

    Raises ``UnicodeEncodeError`` for a sign that the encoding lacks.
    """
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows([guarded(cell) for cell in row] for row in rows)
    return text.getvalue().encode(encoding)


@dataclass(frozen=True, slots=True)
class Grid:
    """One sheet of a workbook: its name, its header, its rows of text and numbers, and how wide its columns are."""

    name: str
    header: Sequence[str]
    rows: Iterable[Sequence[str | Decimal]]
    widths: Sequence[int] = ()
    """In characters, for the first columns; the others are as wide as Excel makes them."""


def workbook_bytes(grids: Iterable[Grid]) -> bytes:
    """An Excel workbook in which no text is a formula; the same grids are the same bytes, whenever they are written.

    Signs that a workbook can't hold are left out, and sheets are called as they may be.
    """
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    book.properties.creator = "Quarterday"
    for grid in grids:
        sheet = book.create_sheet(_name(grid.name, book.sheetnames))
        sheet.freeze_panes = "A2"
        for at, width in enumerate(grid.widths, 1):
            sheet.column_dimensions[get_column_letter(at)].width = width
        for number, row in enumerate([grid.header, *grid.rows]):
            cells = []
            for value in row:
                cell = WriteOnlyCell(sheet)
                cell.value = ILLEGAL_CHARACTERS_RE.sub("", value) if isinstance(value, str) else value
                if isinstance(value, str):
                    cell.data_type = "s"
                    cell.quotePrefix = guarded(value) != value  # stays text when somebody edits it
                    cell.alignment = Alignment(wrap_text=True, vertical="top")
                if not number:
                    cell.font = Font(bold=True)
                cells.append(cell)
            sheet.append(cells)
    written = io.BytesIO()
    book.save(written)
    return _without_times(written.getvalue())


def _name(wanted: str, taken: Sequence[str]) -> str:
    """What a sheet is called: of 31 characters at most, without a few signs, and as no other is."""
    name = found = _NOT_IN_NAMES.sub(" ", wanted)[:_LONGEST_NAME]
    number = 1
    while found.casefold() in [one.casefold() for one in taken]:
        number += 1
        found = f"{name[: _LONGEST_NAME - len(str(number)) - 1]} {number}"
    return found


def _without_times(workbook: bytes) -> bytes:
    """The same workbook, packed without saying when: openpyxl writes the time into its properties and each part."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = old.read(name)
            if name == "docProps/core.xml":
                part = _STAMP.sub(b"", part)
            new.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), part, zipfile.ZIP_DEFLATED)
    return packed.getvalue()
