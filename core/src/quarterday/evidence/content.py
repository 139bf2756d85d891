"""What a file is, by its content and never by its name, and whether such a file is kept as evidence."""

from __future__ import annotations

import re
from typing import BinaryIO

from quarterday.evidence.file_types import EMAIL, JPEG, PDF, PNG, FileType
from quarterday.evidence.mail import check_mail, is_mail
from quarterday.evidence.office import office_type
from quarterday.evidence.pdf import check_pdf
from quarterday.evidence.pictures import check_jpeg, check_png
from quarterday.evidence.signs import ARCHIVES, OTHER_KINDS, PROGRAMS, refuse
from quarterday.evidence.text import text_type

_START = 4096
_ZIP = re.compile(rb"PK(\x03\x04|\x05\x06|\x07\x08|00PK)")


def type_of(file: BinaryIO, name: str) -> FileType:
    """The type of a file that may be kept; it is read from its beginning, a little at a time.

    Raises :class:`~quarterday.errors.Refused` for any other, with a sentence that says what to do; ``name`` is how the
    sentence calls it.
    """
    file.seek(0)
    start = file.read(_START)
    file.seek(0)
    if start.startswith(b"%PDF-"):
        check_pdf(file, name)
        return PDF
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        check_png(file, name)
        return PNG
    if start.startswith(b"\xff\xd8\xff"):
        check_jpeg(file, name)
        return JPEG
    if _ZIP.match(start):
        return office_type(file, name)
    refuse(start, name, PROGRAMS + ARCHIVES + OTHER_KINDS)
    if is_mail(start):
        check_mail(file, name)
        return EMAIL
    return text_type(file, name)
