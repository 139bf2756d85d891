"""The rows of one sheet of a workbook: each cell as a person would type it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import IO

from quarterday.domain.sentences import said
from quarterday.errors import Refused
from quarterday.sheets.limits import LAST_EXCEL_COLUMN, LAST_EXCEL_ROW, MOST_CELLS
from quarterday.sheets.sheet import RawRow
from quarterday.sheets.xml_events import END, START, TEXT, events


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the cells of a workbook point at."""

    texts: Sequence[str]
    formats: Sequence[str]
    counts_from_1904: bool


@dataclass(slots=True)
class _Cell:
    """A cell as the file has it: where, of what type (``t``) and style (``s``), and its text so far."""

    column: int
    type: str
    style: int
    pieces: list[str]
    has_formula: bool = False


def rows_of(stream: IO[bytes], around: Surroundings, name: str) -> Iterator[RawRow]:
    """The rows that hold anything, with their own row numbers.

    Raises :class:`~quarterday.errors.Refused` for a sheet that is too large, and whatever a damaged one leads to.
    """
    line = seen = 0
    column = -1
    cells: dict[int, str] = {}
    wrong: dict[int, str] = {}
    cell: _Cell | None = None
    is_reading = is_aid = False
    for kind, tag, attributes in events(stream):
        if kind == TEXT:
            if cell and is_reading and not is_aid:
                cell.pieces.append(tag)
        elif tag in ("v", "t"):
            is_reading = kind == START
        elif tag == "rPh":
            is_aid = kind == START
        elif tag == "f" and cell:
            cell.has_formula = True
        elif tag == "c" and kind == START:
            column = _column(attributes["r"]) if "r" in attributes else column + 1
            cell = _Cell(column, attributes.get("t", "n"), _whole(attributes.get("s", "0")), [])
            seen += 1
        elif tag == "c" and cell:
            text, why = _read(cell, around)
            if text or why:
                cells[cell.column], wrong[cell.column] = text, why
            cell = None
        elif tag == "row" and kind == START:
            line, column, cells, wrong = _whole(attributes.get("r", str(line + 1))), -1, {}, {}
        elif tag == "row" and kind == END and cells:
            width = max(cells) + 1
            seen += width - len(cells)
            yield RawRow(
                line, tuple(cells.get(at, "") for at in range(width)), {at: why for at, why in wrong.items() if why}
            )
        if seen > MOST_CELLS or line > LAST_EXCEL_ROW or column >= LAST_EXCEL_COLUMN:
            raise Refused(
                "{file}, row {line}: the sheet is larger than is read (at most {most:,} cells); remove "
                "the rows and columns that aren't needed, or save it as CSV.",
                file=name,
                line=line,
                most=MOST_CELLS,
            )


def _whole(text: str) -> int:
    """A whole number that counts something from 0; raises ``ValueError`` for any other text."""
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"nothing is counted by {text}")
    return int(text)


def _column(reference: str) -> int:
    """The index, from 0, of the column in a reference like ``AB12``; raises ``ValueError`` where there is none."""
    index = 0
    for sign in reference[:4]:
        if not "A" <= sign <= "Z":
            break
        index = index * 26 + ord(sign) - ord("A") + 1
    if not index:
        raise ValueError(f"no cell is at {reference}")
    return index - 1


def _read(cell: _Cell, around: Surroundings) -> tuple[str, str]:
    """The cell's text, and what is wrong with it ("" for nothing)."""
    text = "".join(cell.pieces).strip()
    if not text:
        is_worked_out = cell.type == "str" or not cell.has_formula
        return "", "" if is_worked_out else said(
            "a formula without a stored result; open the file in Excel and save it."
        )
    match cell.type:
        case "s":
            return around.texts[_whole(text)], ""
        case "b":
            return ("TRUE" if text == "1" else "FALSE"), ""
        case "e":
            return text, said("an Excel error ({text}); mend the formula or type the value.", text=text)
        case "d":
            return text.removesuffix("T00:00:00"), ""
        case "n":
            code = around.formats[cell.style] if cell.style < len(around.formats) else ""
            return _number(float(text), code, counts_from_1904=around.counts_from_1904)
        case _:
            return text, ""


def _number(value: float, code: str, *, counts_from_1904: bool) -> tuple[str, str]:
    """A number by its format: ISO dates, ``50%``, else 15 significant digits, which is all that Excel keeps."""
    from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH, from_excel

    is_day, is_length = _tells_time(code)
    if is_day:
        try:
            when = from_excel(value, MAC_EPOCH if counts_from_1904 else WINDOWS_EPOCH, timedelta=is_length)
        except (OverflowError, ValueError):
            return f"{value:.15g}", said("a date that Excel can't show; type it again.")
        if isinstance(when, dt.datetime) and when.time() == dt.time():
            return when.date().isoformat(), ""
        return str(when), ""
    exact = Decimal(f"{value:.15g}")
    if "%" in code and exact.is_finite():
        return f"{(exact * 100).normalize():f}%", ""
    return f"{exact:f}", ""


@cache
def _tells_time(code: str) -> tuple[bool, bool]:
    """Whether a number format shows a date or time, and whether it shows a length of time."""
    from openpyxl.styles.numbers import is_date_format, is_timedelta_format

    return is_date_format(code), is_timedelta_format(code)
