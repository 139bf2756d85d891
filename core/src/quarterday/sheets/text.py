"""Delimited text: encoding, delimiter, quotes that close."""

from __future__ import annotations

import csv
from codecs import getincrementaldecoder, lookup
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

from quarterday.domain.sentences import said
from quarterday.errors import Refused
from quarterday.sheets.limits import LAST_EXCEL_ROW, MOST_CHARACTERS_IN_A_LINE
from quarterday.sheets.sheet import RawRow

ENCODINGS = {"utf-8-sig": "UTF-8", "utf-16": "UTF-16", "cp1252": "Windows-1252"}
_PIECE = 2**16
DELIMITERS = {",": "comma-separated", ";": "semicolon-separated", "\t": "tab-separated", "|": "bar-separated"}


def grids(path: Path) -> dict[str, Callable[[], Iterator[RawRow]]]:
    """The text file read in each way it might be meant: “comma-separated text, UTF-8” → its rows.

    Raises :class:`~quarterday.errors.Refused` for text in an encoding that isn't certain; the rows raise it for a
    quote that isn't closed. It is read as it is asked for, and never held whole.
    """
    encoding = encoding_of(path)
    return {
        f"{words} text, {ENCODINGS[encoding]}": partial(rows, path, encoding, delimiter)
        for delimiter, words in DELIMITERS.items()
    }


def encoding_of(path: Path, expected: str = "utf-8-sig") -> str:
    """The encoding of a text file, as Python names it: UTF-8 or UTF-16 that it shows itself to be, the ``expected`` one
    where that is another, or else Windows-1252.

    Raises :class:`~quarterday.errors.Refused` where it isn't certain.
    """
    with path.open("rb") as file:
        if file.read(2) in (b"\xff\xfe", b"\xfe\xff"):
            _expect(path, "utf-16", said("{file} breaks off inside a character; save it again as “CSV UTF-8”."))
            return "utf-16"
    if lookup(expected).name not in ("utf-8", "utf-8-sig"):
        _expect(path, expected, said("{file} isn't in the encoding that was agreed; save it in that one."))
        return expected
    try:
        with path.open("rb") as file:
            for line in file:
                line.decode()
    except UnicodeDecodeError:
        _expect_windows_letters(path)
        return "cp1252"
    return "utf-8-sig"


def _expect(path: Path, encoding: str, why: str) -> None:
    decoder = getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeError as error:
        raise Refused(why, file=path.name) from error


def _expect_windows_letters(path: Path) -> None:
    """cp1252, where every line agrees: a file put together from two encodings would be read wrong in silence."""
    unicode_line = windows_line = unknown_line = 0
    for number, line in enumerate(_lines(path), 1):
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
                file=path.name,
                line=unicode_line,
                other=windows_line,
            )
        try:
            line.decode("cp1252")
        except UnicodeDecodeError:
            unknown_line = unknown_line or number
    if unknown_line:
        raise Refused(
            "{file}, line {at}: a character can't be read; save the file as “CSV UTF-8”.",
            file=path.name,
            at=unknown_line,
        )


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        for line in file:
            yield from line.splitlines()


def rows(path: Path, encoding: str, delimiter: str) -> Iterator[RawRow]:
    """The rows of a text file that aren't blank, each with the line it begins on; they raise
    :class:`~quarterday.errors.Refused` for a quote that isn't closed, and for lines that are too many or too long."""
    with path.open(encoding=encoding, newline="") as text:
        reader = csv.reader(_not_too_long(text, path.name), delimiter=delimiter, strict=True)
        while True:
            begins = reader.line_num + 1
            try:
                cells = next(reader, None)
            except csv.Error as why:
                raise Refused(
                    '{file}, line {begins}: a quote (") is opened and not closed where the cell ends; close it, '
                    'or write "" for a quote inside a cell.',
                    file=path.name,
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
