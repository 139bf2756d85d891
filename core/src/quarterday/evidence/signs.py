"""What the first bytes of a file give away: programs, archives, and documents of a kind that isn't kept."""

from __future__ import annotations

import re
from dataclasses import dataclass

from quarterday.domain.sentences import said
from quarterday.errors import Refused

LONGEST = 512
"""As many bytes from the beginning as any sign needs."""


@dataclass(frozen=True, slots=True)
class Sign:
    """How files of one kind begin, and what to tell a person who attaches one."""

    beginning: re.Pattern[bytes]
    why: str


def _sign(beginning: bytes, why: str) -> Sign:
    return Sign(re.compile(beginning, re.DOTALL | re.IGNORECASE), why)


PROGRAMS = (
    _sign(
        rb"MZ[^\0]{0,62}\0|\x7fELF|\xca\xfe\xba\xbe|[\xce\xcf]\xfa\xed\xfe|\xfe\xed\xfa[\xce\xcf]|\0asm|dex\n"
        rb"|L\0\0\0\x01\x14\x02\0|#!|@echo\s|\[InternetShortcut\]|\[Desktop Entry\]|REGEDIT4|Windows Registry Editor",
        said("is a program or a script; evidence is a document, a picture or an e-mail."),
    ),
)
ARCHIVES = (
    _sign(
        rb"7z\xbc\xaf\x27\x1c|Rar!\x1a\x07|\x1f\x8b|\x1f\x9d|BZh[1-9]1AY&SY|\xfd7zXZ\0|\x28\xb5\x2f\xfd|\x04\x22\x4d\x18"
        rb"|LZIP\x01|MSCF\0|\x60\xea|x\x9f\x3e\x22|.{257}ustar",
        said("is an archive; attach the files in it one by one."),
    ),
)
"""All but zip: documents are zips too."""
MARKUP = (
    _sign(rb"\s*<[a-z!?%/]", said("is a web page, a drawing (SVG) or other markup; print it to PDF and attach that.")),
)
OTHER_KINDS = (
    _sign(
        rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        said(
            "is an old Office file, an Outlook message (.msg) or a document with a password; "
            "save it as PDF, .docx, .xlsx or .eml, without a password."
        ),
    ),
    _sign(rb"\{\\rtf", said("is a rich text document (RTF); save it as PDF or .docx.")),
    _sign(rb"%!PS", said("is PostScript; save it as PDF.")),
    _sign(
        rb".{4}ftyp(heic|heix|hevc|heim|heis|mif1|msf1|avif)", said("is a picture in the HEIC format; save it as JPEG.")
    ),
    _sign(
        rb".{4}ftyp|RIFF.{4}(AVI |WAVE)|\x1aE\xdf\xa3|OggS\0|ID3[\x02-\x04]",
        said("is a recording; attach a link to it."),
    ),
    _sign(
        rb"GIF8[79]a|BM.{4}\0\0\0\0|II\*\0|MM\0\*|RIFF.{4}WEBP|8BPS\0",
        said("is a picture of another kind; save it as PNG or JPEG."),
    ),
)


def refuse(start: bytes, what: str, signs: tuple[Sign, ...]) -> None:
    """Raise :class:`Refused` where ``what`` (“letter.pdf”, “a part of letter.docx”) begins as one of ``signs`` says."""
    for sign in signs:
        if sign.beginning.match(start):
            raise Refused("{file} {why}", file=what, why=sign.why)
