"""Delimited text: encoding, delimiter, quotes that close."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

from quarterday.errors import Refused
from quarterday.sheets.limits import LAST_EXCEL_ROW, MOST_CHARACTERS_IN_A_LINE
from quarterday.sheets.sheet import RawRow

ENCODINGS = {"utf-8-sig": "UTF-8", "utf-16": "UTF-16", "cp1252": "Windows-1252"}
DELIMITERS = {",": "comma-separated", ";": "semicolon-separated", "\t": "tab-separated", "|": "bar-separated"}


def grids(path: Path) -> dict[str, Callable[[], Iterator[RawRow]]]:
    """The text file read in each way it might be meant: “comma-separated text, UTF-8” → its rows.

    Raises :class:`~quarterday.errors.Refused` for text in an encoding that isn't certain; the rows raise it for a
    quote that isn't closed.
    """
    data = path.read_bytes()
    encoding = _encoding(data, path.name)
    return {
        f"{words} text, {ENCODINGS[encoding]}": partial(_rows, data, encoding, delimiter, path.name)
        for delimiter, words in DELIMITERS.items()
    }


def _encoding(data: bytes, name: str) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            data.decode("utf-16")
        except UnicodeDecodeError as why:
            raise Refused("{file} breaks off inside a character; save it again as “CSV UTF-8”.", file=name) from why
        return "utf-16"
    try:
        data.decode("utf-8-sig")
    except UnicodeDecodeError:
        _expect_windows_letters(data, name)
        return "cp1252"
    return "utf-8-sig"


def _expect_windows_letters(data: bytes, name: str) -> None:
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
                "{file} mixes two encodings (lines {line} and {other}); save it as “CSV UTF-8”.",
                file=name,
                line=unicode_line,
                other=windows_line,
            )
    try:
        data.decode("cp1252")
    except UnicodeDecodeError as why:
        at = data.count(b"\n", 0, why.start) + 1
        raise Refused(
            "{file}, line {at}: a character can't be read; save the file as “CSV UTF-8”.", file=name, at=at
        ) from why


def _rows(data: bytes, encoding: str, delimiter: str, name: str) -> Iterator[RawRow]:
    text = io.TextIOWrapper(io.BytesIO(data), encoding=encoding, newline="")
    reader = csv.reader(_not_too_long(text, name), delimiter=delimiter, strict=True)
    while True:
        begins = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as why:
            raise Refused(
                '{file}, line {begins}: a quote (") is opened and not closed where the cell ends; close it, '
                'or write "" for a quote inside a cell.',
                file=name,
                begins=begins,
            ) from why
        if cells is None:
            return
        stripped = tuple(cell.strip() for cell in cells)
        if any(stripped):
            yield RawRow(begins, stripped)


def _not_too_long(lines: Iterable[str], name: str) -> Iterator[str]:
    for number, line in enumerate(lines, 1):
        if number > LAST_EXCEL_ROW:
            raise Refused(
                "{file} has more than {most:,} lines; remove those that are blank, or split it.",
                file=name,
                most=LAST_EXCEL_ROW,
            )
        if len(line) > MOST_CHARACTERS_IN_A_LINE:
            raise Refused(
                "{file}, line {number} has more than {most:,} characters; shorten it.",
                file=name,
                number=number,
                most=MOST_CHARACTERS_IN_A_LINE,
            )
        yield line
