"""Pictures: how large they unpack, read from their headers without unpacking them."""

from __future__ import annotations

import os
from typing import BinaryIO

from quarterday.errors import Refused

MOST_PIXELS = 200_000_000
"""As much as the largest camera of a telephone takes; a few kilobytes can claim a thousand times that."""

_SIZES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""The markers of JPEG whose segment says how large the picture is."""


def check_png(file: BinaryIO, name: str) -> None:
    """Raise :class:`Refused` for a PNG that is damaged or unpacks to too much."""
    head = file.read(33)
    if len(head) < 33 or head[12:16] != b"IHDR":
        raise _damaged(name)
    _within_bounds(int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big"), name)


def check_jpeg(file: BinaryIO, name: str) -> None:
    """Raise :class:`Refused` for a JPEG that is damaged or unpacks to too much."""
    file.seek(2)
    while marker := file.read(2):
        if len(marker) < 2 or marker[0] != 0xFF:
            break
        if marker[1] == 0xFF:  # filling
            file.seek(-1, os.SEEK_CUR)
            continue
        length = int.from_bytes(file.read(2), "big")
        if marker[1] in _SIZES:
            sizes = file.read(5)
            _within_bounds(int.from_bytes(sizes[3:5], "big"), int.from_bytes(sizes[1:3], "big"), name)
            return
        if length < 2:
            break
        file.seek(length - 2, os.SEEK_CUR)
    raise _damaged(name)


def _within_bounds(width: int, height: int, name: str) -> None:
    if not width or not height:
        raise _damaged(name)
    if width * height > MOST_PIXELS:
        raise Refused(
            "{file} is {width:,} × {height:,} dots, more than {most} million; save it smaller.",
            file=name,
            width=width,
            height=height,
            most=MOST_PIXELS // 10**6,
        )


def _damaged(name: str) -> Refused:
    return Refused("{file} is a damaged picture; save it again, or take another.", file=name)
