"""Excel workbooks (.xlsx): what they hold beside the cells, unpacked within bounds.

Read as a stream and not through openpyxl, which holds a row whole: a file of 3 MB took it 2.9 GB (measured).
"""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from xml.sax import SAXException

from defusedxml import DefusedXmlException

from quarterday.domain.sentences import said
from quarterday.errors import Refused
from quarterday.sheets.limits import (
    MOST_CHARACTERS,
    MOST_PARTS,
    MOST_RATIO,
    MOST_SIDE_PART,
    MOST_TEXTS,
    MOST_UNPACKED,
)
from quarterday.sheets.sheet import RawRow
from quarterday.sheets.worksheet import Surroundings, rows_of
from quarterday.sheets.xml_events import END, START, TEXT, events

WORKBOOK = "xl/workbook.xml"
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    SAXException,
    OSError,
    EOFError,
    KeyError,
    IndexError,
    ValueError,
    OverflowError,
    NotImplementedError,
)
"""What reading a workbook that isn't whole, or isn't what it says, can lead to."""


def grids(path: Path) -> dict[str, Callable[[], Iterator[RawRow]]]:
    """The visible sheets of a workbook: “Excel sheet “Values”” → its rows.

    Raises :class:`~quarterday.errors.Refused` for a workbook that unpacks to more than is read, that declares XML
    entities, or that is damaged; the rows raise it too.
    """
    _within_bounds(path)
    with _readable(path), zipfile.ZipFile(path) as archive:
        parts = _related(archive)
        sheets, counts_from_1904 = _sheets(archive)
        texts = parts.get("sharedStrings", {})
        styles = parts.get("styles", {})
        around = Surroundings(
            texts=[text for part in texts.values() for text in _texts(archive, part, path.name)],
            formats=[code for part in styles.values() for code in _formats(archive, part)],
            counts_from_1904=counts_from_1904,
        )
    found = parts.get("worksheet", {})
    return {
        f"Excel sheet “{title}”": partial(_rows, path, found[relation], around)
        for title, relation in sheets
        if relation in found
    }


def _within_bounds(path: Path) -> None:
    """Sizes as declared are sizes as unpacked: zipfile reads no part beyond what its directory entry says."""
    with _readable(path), zipfile.ZipFile(path) as archive:
        parts = archive.infolist()
    too_much = said("{file} unpacks to more than a spreadsheet of this kind can hold; it isn't read.", file=path.name)
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise Refused(too_much)
    for part in parts:
        # bz2 and lzma unpack in one go, whatever size is asked for; Excel uses neither.
        if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or part.flag_bits & 1:
            raise Refused(
                "{file} is packed in a way Excel doesn't use, or locked; save it again as .xlsx.", file=path.name
            )
        if part.file_size > 2**20 and part.file_size > MOST_RATIO * part.compress_size:
            raise Refused(too_much)
        is_side_part = not part.filename.startswith(("xl/worksheets/", "xl/sharedStrings", "xl/media/"))
        if is_side_part and part.file_size > MOST_SIDE_PART:
            raise Refused(too_much)


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Turns what a damaged or hostile workbook raises into a sentence."""
    try:
        yield
    except DefusedXmlException as why:
        raise Refused("{file} declares XML entities, as no spreadsheet does; it isn't read.", file=path.name) from why
    except _DAMAGE as why:
        raise Refused(
            "{file} is damaged; open it in Excel, look whether all is there, and save it again.", file=path.name
        ) from why


def _rows(path: Path, part: str, around: Surroundings) -> Iterator[RawRow]:
    with _readable(path), zipfile.ZipFile(path) as archive, archive.open(part) as stream:
        yield from rows_of(stream, around, path.name)


def _related(archive: zipfile.ZipFile) -> dict[str, dict[str, str]]:
    """Kind of part (``worksheet``, ``sharedStrings``, ``styles``) → id of the relation → the part's name."""
    found: dict[str, dict[str, str]] = {}
    with archive.open("xl/_rels/workbook.xml.rels") as stream:
        for kind, tag, attributes in events(stream):
            if kind == START and tag == "Relationship":
                target = posixpath.normpath(posixpath.join("/xl", attributes["Target"])).lstrip("/")
                found.setdefault(posixpath.basename(attributes["Type"]), {})[attributes["Id"]] = target
    return found


def _sheets(archive: zipfile.ZipFile) -> tuple[list[tuple[str, str]], bool]:
    """Title and relation of each visible sheet, and whether days are counted from 1904 (old Macs)."""
    sheets: list[tuple[str, str]] = []
    counts_from_1904 = False
    with archive.open(WORKBOOK) as stream:
        for kind, tag, attributes in events(stream):
            if kind == START and tag == "workbookPr":
                counts_from_1904 = attributes.get("date1904", "0") in ("1", "true")
            if kind == START and tag == "sheet" and attributes.get("state", "visible") == "visible":
                bare = {name.rpartition(":")[2]: value for name, value in attributes.items()}
                sheets.append((bare["name"], bare["id"]))
    return sheets, counts_from_1904


def _texts(archive: zipfile.ZipFile, part: str, name: str) -> Iterator[str]:
    """The texts that cells point at, each put together from its runs, without the reading aid of Japanese ones."""
    pieces: list[str] = []
    count = characters = 0
    is_reading = is_aid = False
    with archive.open(part) as stream:
        for kind, tag, _ in events(stream):
            if kind == TEXT:
                if is_reading and not is_aid:
                    pieces.append(tag)
            elif tag == "t":
                is_reading = kind == START
            elif tag == "rPh":
                is_aid = kind == START
            elif tag == "si" and kind == END:
                text = "".join(pieces).strip()
                count, characters = count + 1, characters + len(text)
                if count > MOST_TEXTS or characters > MOST_CHARACTERS:
                    raise Refused(
                        "{file} has more than {most:,} different texts; save it as CSV.",
                        file=name,
                        most=MOST_TEXTS,
                    )
                yield text
                pieces.clear()


def _formats(archive: zipfile.ZipFile, part: str) -> Iterator[str]:
    """The number format of each cell style, in the order in which cells point at them."""
    from openpyxl.styles.numbers import BUILTIN_FORMATS

    codes: dict[int, str] = dict(BUILTIN_FORMATS)
    is_cell_style = False
    with archive.open(part) as stream:
        for kind, tag, attributes in events(stream):
            if tag == "cellXfs":
                is_cell_style = kind == START
            elif kind == START and tag == "numFmt":
                codes[int(attributes["numFmtId"])] = attributes["formatCode"]
            elif kind == START and tag == "xf" and is_cell_style:
                yield codes.get(int(attributes.get("numFmtId", "0")), "")
