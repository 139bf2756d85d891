"""Delimited text: encoding, delimiter, quotes that close."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from quarterday.errors import Refused
from quarterday.sheets.sheet import RawRow

DELIMITERS = {",": "comma-separated", ";": "semicolon-separated", "\t": "tab-separated", "|": "bar-separated"}


def grids(path: Path) -> dict[str, Callable[[], Iterator[RawRow]]]:
    """The text file read in each way it might be meant: “comma-separated text, UTF-8” → its rows.

    Raises :class:`~quarterday.errors.Refused` for text in an encoding that isn't certain; the rows raise it for a
    quote that isn't closed.
    """
    text, encoding = _decoded(path.read_bytes(), path.name)
    return {
        f"{words} text, {encoding}": partial(_rows, text, delimiter, path.name)
        for delimiter, words in DELIMITERS.items()
    }


def _decoded(data: bytes, name: str) -> tuple[str, str]:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return data.decode("utf-16"), "UTF-16"
        except UnicodeDecodeError as why:
            raise Refused(f"{name} breaks off inside a character; save it again as “CSV UTF-8”.") from why
    try:
        return data.decode("utf-8-sig"), "UTF-8"
    except UnicodeDecodeError:
        return _in_windows_letters(data, name), "Windows-1252"


def _in_windows_letters(data: bytes, name: str) -> str:
    """cp1252, where every line agrees: a file put together from two encodings would be read wrong in silence."""
    unicode_line = windows_line = 0
    for number, line in enumerate(data.splitlines(), 1):
        if line.isascii():
            continue
        try:
            line.decode("utf-8")
        except UnicodeDecodeError:
            windows_line = windows_line or number
        else:
            unicode_line = unicode_line or number
        if unicode_line and windows_line:
            raise Refused(
                f"{name} mixes two encodings (lines {unicode_line} and {windows_line}); save it as “CSV UTF-8”."
            )
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError as why:
        at = data.count(b"\n", 0, why.start) + 1
        raise Refused(f"{name}, line {at}: a character can't be read; save the file as “CSV UTF-8”.") from why


def _rows(text: str, delimiter: str, name: str) -> Iterator[RawRow]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        begins = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as why:
            raise Refused(
                f'{name}, line {begins}: a quote (") is opened and not closed where the cell ends; close it, '
                'or write "" for a quote inside a cell.'
            ) from why
        if cells is None:
            return
        yield RawRow(begins, tuple(cell.strip() for cell in cells))
