"""Text files: whether one really is text, and nothing that a browser or a machine would carry out."""

from __future__ import annotations

import codecs
import io
import re
from typing import BinaryIO

from quarterday.errors import Refused
from quarterday.evidence.file_types import ACCEPTED, CSV, TEXT, FileType
from quarterday.evidence.signs import LONGEST, MARKUP, PROGRAMS, refuse

_CONTROL = re.compile("[\0-\x08\x0e-\x1f\x7f]")
_MARKS = {codecs.BOM_UTF8: "latin-1", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_AT_ONCE = 2**16


def text_type(file: BinaryIO, name: str) -> FileType:
    """Whether a text is a CSV or any other; both are kept alike, so here alone the name may tell.

    The encoding need not be known to keep it (council files mix several in one), except that UTF-16 has a mark.
    Raises :class:`Refused` for what is empty, is no text, or begins as web pages and scripts do.
    """
    start = file.read(4)
    mark = next((mark for mark in _MARKS if start.startswith(mark)), b"")
    file.seek(len(mark))
    text = io.TextIOWrapper(file, encoding=_MARKS.get(mark, "latin-1"))
    try:
        _check(text, name)
    except UnicodeDecodeError as why:
        raise Refused(
            "{file} says it is {encoding} and isn't; save it again as UTF-8.", file=name, encoding=why.encoding.upper()
        ) from why
    finally:
        text.detach()
    return CSV if name.casefold().endswith(CSV.endings) else TEXT


def _check(text: io.TextIOWrapper, name: str) -> None:
    beginning = ""
    while part := text.read(_AT_ONCE):
        if _CONTROL.search(part):
            raise Refused("{file} isn't {kinds}; save it as one of these.", file=name, kinds=ACCEPTED)
        if len(beginning) < LONGEST:
            beginning = (beginning + part).lstrip()[:LONGEST]
    if not beginning:
        raise Refused("{file} is empty; attach the file that backs the entry.", file=name)
    refuse(beginning.encode(errors="replace"), name, MARKUP + PROGRAMS)
