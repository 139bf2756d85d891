"""The rows of a spreadsheet that came from a place: of text one by one, of a workbook within its bounds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from quarterday.errors import Refused
from quarterday.sheets import text
from quarterday.sheets.content import is_workbook
from quarterday.sheets.limits import MOST_BYTES
from quarterday.sheets.sheet import RawRow
from quarterday.sheets.writing import unguarded

__all__ = ["MOST_BYTES", "RawRow", "rows_of", "unguarded"]


def rows_of(path: Path, *, sheet: str, delimiter: str, encoding: str) -> Iterator[RawRow]:
    """The rows of a CSV or Excel file that aren't blank, as texts, each with its own number.

    ``sheet`` is that of a workbook, "" for its first; ``delimiter`` and ``encoding`` are those of text that doesn't
    show another. However long a text is, one row of it is held. Raises :class:`~quarterday.errors.Refused`, with a
    sentence that says what to do, for a file that is no such spreadsheet, is too large, or can't be read for certain.
    """
    if not is_workbook(path):
        yield from text.rows(path, text.encoding_of(path, encoding), delimiter)
        return
    from quarterday.sheets import workbook  # brings an XML parser, which every start would pay for

    sheets = {name.partition("“")[2].removesuffix("”"): rows for name, rows in workbook.grids(path).items()}
    wanted = next((name for name in sheets if not sheet or name.casefold() == sheet.casefold()), None)
    if wanted is None:
        raise Refused("{file} has no sheet “{sheet}” with rows.", file=path.name, sheet=sheet)
    yield from sheets[wanted]()


def sheets_of(path: Path) -> list[str]:
    """The names of a workbook's visible sheets; none for a file of text. Raises as :func:`rows_of`."""
    if not is_workbook(path):
        return []
    from quarterday.sheets import workbook

    return [name.partition("“")[2].removesuffix("”") for name in workbook.grids(path)]
