"""Spreadsheets that leave us: text that no spreadsheet program takes for a formula, and the same bytes each time."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

_FORMULA = "=+-@\t\r＝＋－＠"
_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?", re.ASCII)
_GUARD = "'"


def guarded(text: str) -> str:
    """The text with an apostrophe before it where a spreadsheet program would take it for a formula.

    A cell that begins with ``=``, ``+``, ``-`` or ``@`` can run commands on the machine of whoever opens the file; a
    plain number can't.
    """
    return _GUARD + text if text[:1] in _FORMULA and text and not _NUMBER.fullmatch(text) else text


def unguarded(text: str) -> str:
    """The text that :func:`guarded` was given, so that a file we wrote can be taken in again."""
    return text[1:] if text[:1] == _GUARD and guarded(text[1:]) == text else text


def csv_bytes(rows: Iterable[Sequence[str]]) -> bytes:
    """Rows as CSV that Excel opens as it is meant: UTF-8 with its mark, every cell guarded."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([guarded(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")
