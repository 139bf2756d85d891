"""PDFs: whether one is locked, and so can't be looked into."""

from __future__ import annotations

import re
from typing import BinaryIO

from quarterday.errors import Refused

_LOCKED = re.compile(rb"/Encrypt\s*(?:\d+\s+\d+\s+R|<<)")
_AT_ONCE = 2**18
_OVERLAP = 64
"""Longer than what is looked for, so that the end of one part can't hide it."""


def check_pdf(file: BinaryIO, name: str) -> None:
    """Raise :class:`Refused` for an encrypted PDF. What locks it stands in the trailer, which is never packed."""
    before = b""
    while part := file.read(_AT_ONCE):
        if _LOCKED.search(before + part):
            raise Refused(
                "{file} is locked with a password or against changes; print it to a new PDF, without.", file=name
            )
        before = part[-_OVERLAP:]
