"""A file somebody hands in: what it really is, whatever its name says, and its text piece by piece.

Nothing here trusts the file: sizes are bounded before anything is unpacked, workbooks are read in a child process
with little memory and time (:mod:`quarterday_erp_import.reading.workbooks`), and what isn't a table is refused.
"""

from __future__ import annotations

import codecs
import gzip
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from quarterday import Refused

PIECE = 4 * 2**20
"""How many bytes of a file are looked at together."""

MOST = 4 * 2**30
"""How many bytes a text file may hold, unpacked."""

_REFUSED_KINDS = (
    (b"%PDF-", "It is a PDF. Ask for it as CSV or as a workbook."),
    (b"PAR1", "It is a Parquet file. Ask for it as CSV or as a workbook."),
    (b"\x89PNG", "It is a picture. Ask for it as CSV or as a workbook."),
    (b"\xff\xd8\xff", "It is a picture. Ask for it as CSV or as a workbook."),
    (b"{\\rtf", "It is a text document. Ask for it as CSV or as a workbook."),
    (b"Rar!", "It is a RAR archive. Unpack it and give one file from it."),
    (b"7z\xbc\xaf", "It is a 7z archive. Unpack it and give one file from it."),
)

_MARKUP = re.compile(rb"\s*<(?:!doctype|html|head|body|table|\?xml|div|script)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that holds a table."""

    path: Path
    format: str
    """What it is: "text", "gzip" (text that is packed), "xlsx", "xls" or "ods"."""

    @property
    def is_workbook(self) -> bool:
        """Whether it holds sheets, not lines of text."""
        return self.format in ("xlsx", "xls", "ods")


def opened(path: Path) -> Opened:
    """The file, by its first bytes. Raises :class:`Refused` for what is empty or can't hold a table."""
    if not path.is_file():
        raise Refused(f"There is no file “{path.name}”. Give the path of a spend file.")
    with path.open("rb") as file:
        head = file.read(4096)
    if not head.strip(b'\xef\xbb\xbf\xff\xfe\x00\r\n\t ,;|"'):
        raise Refused("The file is empty. Ask for the file again.")
    for start, why in _REFUSED_KINDS:
        if head.startswith(start):
            raise Refused(why)
    if head.startswith(b"PK\x03\x04"):
        return Opened(path, _kind_of_zip(path))
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return Opened(path, "xls")
    if head.startswith(b"\x1f\x8b"):
        return Opened(path, "gzip")
    if _MARKUP.match(head.removeprefix(codecs.BOM_UTF8)):
        raise Refused(
            "It is a web page, or another kind of markup, saved under a table's name. Ask for the file itself."
        )
    return Opened(path, "text")


def _kind_of_zip(path: Path) -> str:
    """Which workbook a zip file is."""
    from zipfile import BadZipFile, ZipFile

    try:
        with ZipFile(path) as archive:
            names = set(archive.namelist())
    except (BadZipFile, OSError, ValueError) as error:
        raise Refused("The workbook is damaged or cut off. Ask for it again.") from error
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "content.xml" in names:
        return "ods"
    if "xl/workbook.bin" in names:
        raise Refused("It is a binary workbook (XLSB). Save it as XLSX or CSV.")
    raise Refused("It is a zip archive, not a workbook. Unpack it and give one file from it.")


def pieces(source: Opened, encoding: str | None) -> Iterator[bytes]:
    """The text's bytes in order, about :data:`PIECE` each; UTF-16 becomes UTF-8 and a byte order mark goes.

    Raises :class:`Refused` when it is damaged or larger than :data:`MOST`.
    """
    decoder = codecs.getincrementaldecoder(encoding)("replace") if encoding and encoding.startswith("utf-16") else None
    total = 0
    with _stream(source) as file:
        try:
            while piece := file.read(PIECE):
                if not total:
                    piece = piece.removeprefix(codecs.BOM_UTF8)
                total += len(piece)
                if total > MOST:
                    raise Refused(f"The file is larger than {MOST // 2**30} GB unpacked. Split it by month.")
                yield decoder.decode(piece).removeprefix("\ufeff").encode() if decoder else piece
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise Refused("The packed file is damaged or cut off. Ask for it again.") from error
    if decoder and (rest := decoder.decode(b"", final=True)):
        yield rest.encode()


def _stream(source: Opened) -> IO[bytes]:
    if source.format == "gzip":
        return cast("IO[bytes]", gzip.open(source.path, "rb"))
    return source.path.open("rb")
