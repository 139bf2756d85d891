"""Excel workbooks (.xlsx): unpacked within bounds, entities never expanded, cells as a person would type them."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quarterday.errors import Refused
from quarterday.sheets.limits import (
    LAST_EXCEL_ROW,
    MOST_CELLS,
    MOST_PARTS,
    MOST_RATIO,
    MOST_SIDE_PART,
    MOST_UNPACKED,
)
from quarterday.sheets.sheet import RawRow

if TYPE_CHECKING:
    from openpyxl import Workbook


def grids(path: Path) -> dict[str, Callable[[], Iterator[RawRow]]]:
    """The visible sheets of a workbook: “Excel sheet “Values”” → its rows.

    Raises :class:`~quarterday.errors.Refused` for a workbook that unpacks to more than is read, that declares XML
    entities, or that is damaged; the rows raise it too.
    """
    _within_bounds(path)
    with _readable(path):
        book = _loaded(path, results=False)
        visible = [sheet.title for sheet in book.worksheets if sheet.sheet_state == "visible"]
    return {f"Excel sheet “{title}”": partial(_rows, path, title) for title in visible}


def _within_bounds(path: Path) -> None:
    """Sizes as declared are sizes as unpacked: zipfile reads no part beyond what its directory entry says."""
    with zipfile.ZipFile(path) as archive:
        parts = archive.infolist()
    too_much = f"{path.name} unpacks to more than a spreadsheet of this kind can hold; it isn't read."
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise Refused(too_much)
    for part in parts:
        if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or part.flag_bits & 1:
            raise Refused(f"{path.name} is packed in a way Excel doesn't use, or locked; save it again as .xlsx.")
        if part.file_size > 2**20 and part.file_size > MOST_RATIO * part.compress_size:
            raise Refused(too_much)
        is_side_part = not part.filename.startswith(("xl/worksheets/", "xl/sharedStrings", "xl/media/"))
        if is_side_part and part.file_size > MOST_SIDE_PART:
            raise Refused(too_much)


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Turns whatever openpyxl stumbles over in a damaged or hostile workbook into a sentence."""
    from defusedxml import DefusedXmlException

    try:
        yield
    except Refused:
        raise
    except Exception as why:  # openpyxl has no error of its own for a bad file: it raises what its parsing meets
        if any(isinstance(each, DefusedXmlException) for each in (why, why.__cause__, why.__context__)):
            raise Refused(f"{path.name} declares XML entities, as no spreadsheet does; it isn't read.") from why
        raise Refused(
            f"{path.name} is damaged; open it in Excel, look whether all is there, and save it again."
        ) from why


def _loaded(path: Path, *, results: bool) -> Workbook:
    import openpyxl

    if not openpyxl.DEFUSEDXML:
        raise Refused("Workbooks aren't read while OPENPYXL_DEFUSEDXML switches safe XML off; unset it.")
    return openpyxl.load_workbook(path, read_only=True, data_only=results, keep_links=False)


def _cells(path: Path, title: str, *, results: bool) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """Row number and cells of a sheet, with formulas as written or with their stored results."""
    with _readable(path):
        book = _loaded(path, results=results)
        try:
            sheet = book[title]
            sheet.reset_dimensions()
            seen = 0
            for line, cells in enumerate(sheet.rows, 1):
                seen += len(cells)
                if line > LAST_EXCEL_ROW or seen > MOST_CELLS:
                    raise Refused(
                        f"{path.name}, row {line}: the sheet is larger than {MOST_CELLS:,} cells; "
                        "remove the rows and columns that aren't needed."
                    )
                yield line, cells
        finally:
            book.close()


def _rows(path: Path, title: str) -> Iterator[RawRow]:
    results = _cells(path, title, results=True)
    for line, cells in _cells(path, title, results=False):
        wrong = {}
        if any(cell.data_type == "f" for cell in cells):
            worked_out = next(found for number, found in results if number == line)
            for at, (written, result) in enumerate(zip(cells, worked_out, strict=True)):
                if written.data_type == "f" and result.value is None:
                    wrong[at] = "a formula without a stored result; open the file in Excel, save it, and try again."
            cells = worked_out
        for at, cell in enumerate(cells):
            if cell.data_type == "e":
                wrong[at] = f"an Excel error ({cell.value}); mend the formula or type the value."
        yield RawRow(line, tuple(_text(cell) for cell in cells), wrong)


def _text(cell: Any) -> str:
    """A cell as a person would type it: 15 significant digits (all that Excel keeps), ISO dates, ``50%``."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    if isinstance(value, (dt.datetime, dt.date, dt.time)):
        return value.isoformat()
    if isinstance(value, (int, float)):
        exact = Decimal(f"{value:.15g}")
        if "%" in (cell.number_format or "") and exact.is_finite():
            return f"{(exact * 100).normalize():f}%"
        return f"{exact:f}"
    return str(value)
