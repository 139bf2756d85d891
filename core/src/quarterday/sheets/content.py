"""What a file really is, by its first bytes and not by its name."""

from __future__ import annotations

import zipfile
from pathlib import Path

from quarterday.errors import Refused
from quarterday.sheets.limits import MOST_BYTES

_EXCEL = {".xlsx", ".xlsm"}
_SIGNS = (
    (b"\xd0\xcf\x11\xe0", "is an old Excel file (.xls) or a workbook with a password; save it as .xlsx without one."),
    (b"%PDF", "is a PDF; ask for the spreadsheet behind it."),
    (b"\x1f\x8b", "is compressed (gzip); unpack it first."),
    (b"{\\rtf", "is a text document (RTF); save the table as CSV or .xlsx."),
)
_MARKUP = (b"<!doctype html", b"<html", b"<head", b"<body", b"<table", b"<?xml")


def is_workbook(path: Path) -> bool:
    """True for an Excel workbook, False for text.

    Raises :class:`~quarterday.errors.Refused` for anything else, for a file too large to read, and for a name that
    says something else than the content.
    """
    try:
        if not path.is_file():
            what = "is a folder; name a file in it" if path.is_dir() else "isn't there; check the name"
            raise Refused(f"{path} {what}.")
        if (size := path.stat().st_size) > MOST_BYTES:
            raise Refused(
                f"{path.name} is {size / 2**20:,.0f} MB; at most {MOST_BYTES // 2**20} MB is read. Split it, "
                "or remove what isn't needed."
            )
        with path.open("rb") as file:
            start = file.read(4096)
    except OSError as why:
        raise Refused(f"{path} can't be read: {why.strerror or why}.") from why
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        _expect_workbook(path)
        return True
    if why_not := _not_a_table(start):
        raise Refused(f"{path.name} {why_not}")
    if path.suffix.casefold() in _EXCEL:
        raise Refused(f"{path.name} isn't an Excel workbook, whatever its name; if it is text, rename it to .csv.")
    return False


def _expect_workbook(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as why:
        raise Refused(f"{path.name} is damaged ({why}); save it again.") from why
    if "xl/workbook.xml" not in names:
        if "xl/workbook.bin" in names:
            what = "is a binary Excel file (.xlsb); save it as .xlsx."
        elif "content.xml" in names:
            what = "is an OpenDocument file; save it as .xlsx or CSV."
        elif "word/document.xml" in names:
            what = "is a Word document; save its table as .xlsx or CSV."
        else:
            what = "is a zip archive; unpack it and name the file inside."
        raise Refused(f"{path.name} {what}")
    if path.suffix.casefold() not in _EXCEL:
        raise Refused(f"{path.name} is an Excel workbook under another name; rename it to {path.stem}.xlsx.")


def _not_a_table(start: bytes) -> str:
    for sign, why in _SIGNS:
        if start.startswith(sign):
            return why
    if not start.removeprefix(b"\xef\xbb\xbf").strip():
        return "is empty; there is nothing in it to read."
    if start.removeprefix(b"\xef\xbb\xbf").lstrip()[:40].lower().startswith(_MARKUP):
        return "is a web page or XML, whatever its name; open it and save the table as CSV or .xlsx."
    if not start.startswith((b"\xff\xfe", b"\xfe\xff")) and start.count(0) * 4 > len(start):
        return "isn't text that can be read (it may be UTF-16 without its mark); save it as “CSV UTF-8”."
    return ""
