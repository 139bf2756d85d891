"""Which encoding a text file is in, from the bytes it holds; and its text as UTF-8, also where encodings are mixed.

Every encoding but UTF-16 keeps ASCII as it is, so delimiters, quotes and line ends are found in the raw bytes.
"""

from __future__ import annotations

import codecs
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

LEGACY = ("cp1252", "cp850", "mac_roman")
"""What a file that isn't UTF-8 may be in: Windows, DOS, the old Mac; the first wins where they are level."""

WEIGHTS = {
    "£": 4.0,
    "’": 2.0,
    "‘": 2.0,
    "–": 2.0,
    "\xa0": 2.0,
    "“": 2.0,
    "”": 2.0,
    "€": 1.0,
    "é": 2.0,
    "…": 1.0,
    "•": 1.0,
}
"""How much a character speaks for the encoding that gives it, in a council's file."""

_ASCII = bytes(range(0x80))

LOOKED_AT = 5_000
"""Lines with letters beyond ASCII that are looked at one by one; further ones hardly change the answer."""


def marked(head: bytes) -> str | None:
    """The encoding that a byte order mark, or UTF-16's many zero bytes, give away; else None."""
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    start = head[:2000]
    if len(start) >= 8 and start[1::2].count(0) > 0.6 * len(start[1::2]) and start[::2].count(0) == 0:
        return "utf-16-le"
    if len(start) >= 8 and start[::2].count(0) > 0.6 * len(start[::2]) and start[1::2].count(0) == 0:
        return "utf-16-be"
    return None


@dataclass
class Evidence:
    """What a file's bytes say about its encoding; pieces that end at a line's end are added one by one."""

    utf8_lines: int = 0
    other_lines: int = 0
    bytes_seen: Counter[int] = field(default_factory=Counter)

    def add(self, piece: bytes) -> None:
        """Look at one more piece of the file."""
        if piece.isascii() or self.is_settled or (self.enough and _valid(piece)):
            return
        for begin, end in _lines_beyond_ascii(piece):
            if _valid(piece[begin:end]):
                self.utf8_lines += 1
            else:
                self.other_lines += 1
                self.bytes_seen.update(piece[begin:end].translate(None, _ASCII))
            if self.is_settled:
                return

    @property
    def enough(self) -> bool:
        """Whether so many lines were looked at that more hardly change the answer."""
        return self.utf8_lines + self.other_lines >= LOOKED_AT

    @property
    def is_settled(self) -> bool:
        """Whether what is still to come can't change the answer: enough lines were seen, some in an old encoding."""
        return self.enough and self.other_lines > 0

    @property
    def encoding(self) -> str:
        """The encoding of most of the file, as Python names it."""
        return best_of(self.bytes_seen) if self.other_lines else "utf-8"

    @property
    def mixed(self) -> bool:
        """Whether some lines are UTF-8 and others are not."""
        return bool(self.utf8_lines and self.other_lines)


def _lines_beyond_ascii(piece: bytes) -> list[tuple[int, int]]:
    """Where the lines with a letter beyond ASCII begin and end."""
    letters = np.frombuffer(piece, np.uint8)
    feeds = np.flatnonzero(letters == 10)
    lines = np.unique(np.searchsorted(feeds, np.flatnonzero(letters >= 0x80)))
    begins = np.concatenate(([0], feeds + 1))[lines]
    ends = np.concatenate((feeds, [len(piece)]))[lines]
    return list(zip(begins.tolist(), ends.tolist(), strict=True))


def _valid(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def best_of(seen: Counter[int]) -> str:
    """The old encoding in which these bytes make the likeliest characters."""
    return max(LEGACY, key=lambda encoding: sum(n * _weight(byte, encoding) for byte, n in seen.items()))


def _weight(byte: int, encoding: str) -> float:
    letter = bytes([byte]).decode(encoding, "replace")
    if letter in WEIGHTS:
        return WEIGHTS[letter]
    if letter.isalpha() and letter.lower() != "œ":
        return 0.5
    return -1.0


def as_utf8(piece: bytes, encoding: str, mixed: bool) -> bytes:
    """The piece's text in UTF-8; what the encoding doesn't know becomes U+FFFD.

    A line that is UTF-8 in a mixed file is taken as it is, any other by the encoding it makes most sense in.
    """
    if piece.isascii():
        return piece
    if mixed:
        return b"".join(_mixed_lines(piece))
    if encoding in ("utf-8", "utf-8-sig"):
        return piece if _valid(piece) else piece.decode("utf-8", "replace").encode()
    if encoding == "cp1252" and not (np.frombuffer(piece, np.uint8) & 0xE0 == 0x80).any():
        encoding = "latin-1"  # the same but for 0x80 to 0x9F, and read in a third of the time
    return piece.decode(encoding, "replace").encode()


def _mixed_lines(piece: bytes) -> Iterator[bytes]:
    at = 0
    for begin, end in _lines_beyond_ascii(piece):
        yield piece[at:begin]
        yield _line_as_utf8(piece[begin:end])
        at = end
    yield piece[at:]


def _line_as_utf8(line: bytes) -> bytes:
    if _valid(line):
        return line
    return line.decode(best_of(Counter(line.translate(None, _ASCII))), "replace").encode()
