"""Documents of Word, Excel and LibreOffice: zips that are looked into part by part, and never unpacked to disk."""

from __future__ import annotations

import re
import stat
import zipfile
import zlib
from typing import BinaryIO

from quarterday.domain.sentences import said
from quarterday.errors import Refused
from quarterday.evidence.file_types import DOCX, ODS, ODT, XLSX, FileType
from quarterday.evidence.signs import LONGEST, PROGRAMS, refuse
from quarterday.sheets.limits import MOST_PARTS, MOST_RATIO

MOST_UNPACKED = 128 * 2**20
"""Size of all that a document unpacks to, in bytes."""

_ODF_TYPES = {one.media_type.encode(): one for one in (ODT, ODS)}
_OOXML_TYPES = {
    b"wordprocessingml.document.main+xml": DOCX,
    b"spreadsheetml.sheet.main+xml": XLSX,
}
_MOST_HEAD = 2**20
_AT_ONCE = 2**18
_ENTITIES = tuple("<!ENTITY".encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be"))
_OVERLAP = 16
_ESCAPES = re.compile(r"[/\\]|[A-Za-z]:|(.*[/\\])?\.\.([/\\]|$)", re.DOTALL)
_MACROS = re.compile(r".*vbaProject\.bin$|Scripts/.*[^/]$|Basic/.*(?<!/script-l[bc]\.xml)(?<!/)$", re.IGNORECASE)
_DAMAGE = (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, OverflowError, NotImplementedError)
"""What reading a zip that isn't whole, or isn't what it says, can lead to."""


def office_type(file: BinaryIO, what: str) -> FileType:
    """The type of a document that is a zip; ``what`` is how a sentence names it (“letter.docx”).

    Every part is read through once, a little at a time. Raises :class:`Refused` for any other zip, and for a document
    that is damaged, locked, holds macros or a program, declares XML entities, unpacks to too much, or has a part that
    would be unpacked outside its folder.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            if not {"mimetype", "[Content_Types].xml"} & set(archive.namelist()):
                raise Refused("{file} is an archive; attach the files in it one by one.", file=what)
            _check_directory(archive, what)
            found = _type_of(archive, what)
            for part in archive.infolist():
                _read_through(archive, part, what)
    except _DAMAGE as why:
        raise Refused("{file} is damaged; open it, look whether all is there, and save it again.", file=what) from why
    return found


def _type_of(archive: zipfile.ZipFile, what: str) -> FileType:
    names = archive.namelist()
    if "mimetype" in names and (found := _ODF_TYPES.get(_head(archive, "mimetype").strip())):
        if b"encryption-data" in _head(archive, "META-INF/manifest.xml") or "encrypted-package" in names:
            raise Refused("{file} has a password; save it without.", file=what)
        return found
    if "[Content_Types].xml" in names:
        contents = _head(archive, "[Content_Types].xml")
        if b"macroEnabled" in contents or b"macrosheet" in contents:
            raise Refused("{file} holds macros; save it as .docx or .xlsx, without them.", file=what)
        for declared, kind in _OOXML_TYPES.items():
            if declared in contents:
                return kind
        raise Refused("{file} is an Office file of another kind; save it as PDF, .docx or .xlsx.", file=what)
    raise Refused("{file} is a document of another kind; save it as PDF, .odt or .ods.", file=what)


def _head(archive: zipfile.ZipFile, name: str) -> bytes:
    """The beginning of a part; b"" where there is none. It has no more than that in any honest document."""
    try:
        with archive.open(name) as part:
            return part.read(_MOST_HEAD)
    except KeyError:
        return b""


def _check_directory(archive: zipfile.ZipFile, what: str) -> None:
    """What the zip says of its parts. zipfile reads none of them beyond the size that is said here."""
    parts = archive.infolist()
    names = [part.filename for part in parts]
    too_much = said("{file} unpacks to more than a document of this kind can hold; save it as PDF.", file=what)
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise Refused(too_much)
    if len({name.casefold() for name in names}) < len(names):
        raise Refused("{file} has two parts under one name, as no honest document has; save it again.", file=what)
    for part in parts:
        if _ESCAPES.match(part.filename) or stat.S_ISLNK(part.external_attr >> 16):
            raise Refused(
                "{file} has a part that would be unpacked elsewhere; it isn't kept. Save it as PDF.", file=what
            )
        if _MACROS.match(part.filename):
            raise Refused("{file} holds macros; save it without them.", file=what)
        if part.flag_bits & 1:
            raise Refused("{file} has a password; save it without.", file=what)
        # bz2 and lzma unpack in one go, whatever size is asked for; no Office program uses them.
        if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Refused("{file} is packed as no Office program does it; save it again.", file=what)
        if part.file_size > 2**20 and part.file_size > MOST_RATIO * part.compress_size:
            raise Refused(too_much)


def _read_through(archive: zipfile.ZipFile, part: zipfile.ZipInfo, what: str) -> None:
    """Read one part to its end, where zipfile compares its checksum."""
    before = b""
    is_markup = part.filename.casefold().endswith((".xml", ".rels"))
    with archive.open(part) as stream:
        while piece := stream.read(_AT_ONCE):
            if not before:
                refuse(piece[:LONGEST], said("A part of {file}", file=what), PROGRAMS)
            if is_markup and any(sign in before + piece for sign in _ENTITIES):
                raise Refused("{file} declares XML entities, as no honest document does; save it as PDF.", file=what)
            before = piece[-_OVERLAP:]
