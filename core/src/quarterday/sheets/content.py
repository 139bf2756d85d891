"""What a file really is, by its first bytes and not by its name."""

from __future__ import annotations

import zipfile
from pathlib import Path

from quarterday.domain.sentences import said
from quarterday.errors import Refused
from quarterday.sheets.limits import MOST_BYTES

_EXCEL = {".xlsx", ".xlsm"}
_SIGNS = (
    (
        b"\xd0\xcf\x11\xe0",
        said("is an old Excel file (.xls) or a workbook with a password; save it as .xlsx without one."),
    ),
    (b"%PDF", said("is a PDF; ask for the spreadsheet behind it.")),
    (b"\x1f\x8b", said("is compressed (gzip); unpack it first.")),
    (b"{\\rtf", said("is a text document (RTF); save the table as CSV or .xlsx.")),
)
_MARKUP = (b"<!doctype html", b"<html", b"<head", b"<body", b"<table", b"<?xml")


def is_workbook(path: Path) -> bool:
    """True for an Excel workbook, False for text.

    Raises :class:`~quarterday.errors.Refused` for anything else, for a file too large to read, and for a name that
    says something else than the content.
    """
    try:
        if not path.is_file():
            if path.is_dir():
                raise Refused("{path} is a folder; name a file in it.", path=path)
            raise Refused("{path} isn't there; check the name.", path=path)
        if (size := path.stat().st_size) > MOST_BYTES:
            raise Refused(
                "{file} is {size:,.0f} MB; at most {most_bytes} MB is read. Split it, or remove what isn't needed.",
                file=path.name,
                size=size / 2**20,
                most_bytes=MOST_BYTES // 2**20,
            )
        with path.open("rb") as file:
            start = file.read(4096)
    except OSError as why:
        raise Refused("{path} can't be read: {why}.", path=path, why=why.strerror or why) from why
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        _expect_workbook(path)
        return True
    if why_not := _not_a_table(start):
        raise Refused("{file} {why_not}", file=path.name, why_not=why_not)
    if path.suffix.casefold() in _EXCEL:
        raise Refused(
            "{file} isn't an Excel workbook, whatever its name; if it is text, rename it to .csv.", file=path.name
        )
    return False


def _expect_workbook(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as why:
        raise Refused("{file} is damaged ({why}); save it again.", file=path.name, why=why) from why
    if "xl/workbook.xml" not in names:
        if "xl/workbook.bin" in names:
            what = said("is a binary Excel file (.xlsb); save it as .xlsx.")
        elif "content.xml" in names:
            what = said("is an OpenDocument file; save it as .xlsx or CSV.")
        elif "word/document.xml" in names:
            what = said("is a Word document; save its table as .xlsx or CSV.")
        else:
            what = said("is a zip archive; unpack it and name the file inside.")
        raise Refused("{file} {what}", file=path.name, what=what)
    if path.suffix.casefold() not in _EXCEL:
        raise Refused(
            "{file} is an Excel workbook under another name; rename it to {stem}.xlsx.", file=path.name, stem=path.stem
        )


def _not_a_table(start: bytes) -> str:
    for sign, why in _SIGNS:
        if start.startswith(sign):
            return why
    if not start.removeprefix(b"\xef\xbb\xbf").strip():
        return said("is empty; there is nothing in it to read.")
    if start.removeprefix(b"\xef\xbb\xbf").lstrip()[:40].lower().startswith(_MARKUP):
        return said("is a web page or XML, whatever its name; open it and save the table as CSV or .xlsx.")
    if not start.startswith((b"\xff\xfe", b"\xfe\xff")) and start.count(0) * 4 > len(start):
        return said("isn't text that can be read (it may be UTF-16 without its mark); save it as “CSV UTF-8”.")
    return ""
