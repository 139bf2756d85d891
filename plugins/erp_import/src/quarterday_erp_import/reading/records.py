"""Where the records of a delimited text begin and end, as Python's csv module sees them, found for many at once.

Nearly every file is regular: a quote stands only at the beginning and the end of a cell. There a line end or a
delimiter counts when an even number of quotes comes before it, which numpy tells for a whole window. In a window
with a stray quote the records are walked one by one with a pattern that reads quotes as the csv module does.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import numpy.typing as npt

from quarterday_erp_import.reading.arrays import Flags, Integers

LONGEST = 2**20
"""How many bytes a record may have; no payment is longer, and a quote that is never closed makes one that is."""

KEPT = 2_000
"""How many bytes of a longer record are kept, to show."""

LF, CR, QUOTE = 10, 13, 34

TOO_LONG = "It is longer than a megabyte, as after a quote that is never closed; no payment is."
NEVER_CLOSED = "A quote opens here and is never closed, so the rest of the file is inside it."


@dataclass(frozen=True, slots=True)
class Window:
    """Some whole records of a text, one after the other."""

    data: bytes
    starts: Integers
    ends: Integers
    """Where each record's text ends, its line end left out."""
    nexts: Integers
    """Where the record after each begins."""
    odd: Flags
    """Records that only Python's csv module reads right, for a stray quote; and those with a fault."""
    inside: bool
    """Whether a quoted cell holds a line end."""
    first: int
    """The number of the first record, from 1."""
    lines: Integers
    """The line each record begins on, from 1."""
    faults: Mapping[int, str]
    """Why a record can't be read at all, by its place in the window."""

    def __len__(self) -> int:
        return len(self.starts)

    def without(self, leading: int) -> Window:
        """The window without its first records."""
        if not leading:
            return self
        cut = {name: getattr(self, name)[leading:] for name in ("starts", "ends", "nexts", "odd", "lines")}
        faults = {record - leading: why for record, why in self.faults.items() if record >= leading}
        return replace(self, **cut, faults=faults, first=self.first + leading)

    def text(self, record: int) -> str:
        """A record's text as it stands in the file, without its line end; of one that is too long its beginning."""
        end = self.ends[record]
        if record in self.faults:
            end = min(end, self.starts[record] + KEPT)
        return self.data[self.starts[record] : end].decode("utf-8", "replace")


def cells(text: str, delimiter: str) -> list[str]:
    """The cells of one record, read by Python's csv module."""
    csv.field_size_limit(2 * LONGEST)
    return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])


def windows(pieces: Iterable[bytes], delimiter: str) -> Iterator[Window]:
    """The records of a text in UTF-8 that comes in pieces, each once and in order."""
    rest, number, line = b"", 1, 1
    long: _Long | None = None
    for piece, last in _with_last(pieces):
        data = rest + piece
        if long:
            rest = long.take(data, last)
            if not long.ended:
                continue
            yield long.window(number, line)
            number, line, data, long = number + 1, line + long.breaks, rest, None
        window, used, breaks = _whole(data, delimiter, last, number, line)
        if window:
            yield window
            number, line = number + len(window.starts), line + breaks
        rest = data[used:]
        if len(rest) > LONGEST:
            long = _Long(rest)
            rest = b""
    if long:
        yield long.window(number, line)


def _with_last(pieces: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Each piece, and whether it is the last."""
    before: bytes | None = None
    for piece in pieces:
        if before is not None:
            yield before, False
        before = piece
    if before is not None:
        yield before, True


def _whole(data: bytes, delimiter: str, last: bool, number: int, line: int) -> tuple[Window | None, int, int]:
    """The whole records at the beginning of the data, how many bytes they take, and how many line ends they hold."""
    letters = np.frombuffer(data, np.uint8)
    stops, nexts = _breaks(data, letters, last)
    quotes = np.flatnonzero(letters == QUOTE) if b'"' in data else np.empty(0, np.int64)
    outside = (np.searchsorted(quotes, stops) & 1) == 0 if len(quotes) else np.ones(len(stops), bool)
    ends, after = stops[outside], nexts[outside]
    misplaced = _misplaced(letters, quotes, np.arange(len(quotes)) & 1, ord(delimiter))
    used = int(after[-1]) if len(after) else 0
    if misplaced.any() and (last or quotes[misplaced][0] < used):
        ends, after = _walked(data, delimiter, last)
        used = int(after[-1]) if len(after) else 0
    elif last and used < len(data):
        ends, after, used = np.append(ends, len(data)), np.append(after, len(data)), len(data)
    if not len(ends):
        return None, 0, 0
    starts = np.concatenate(([0], after[:-1]))
    first_quote = np.searchsorted(quotes, starts)
    odd = np.zeros(len(ends), bool)
    if misplaced.any():
        quotes = quotes[quotes < used]
        record = np.searchsorted(starts, quotes, "right") - 1
        parity = (np.arange(len(quotes)) - first_quote[record]) & 1
        odd[record[_misplaced(letters, quotes, parity, ord(delimiter))]] = True
    faults = {int(one): TOO_LONG for one in np.flatnonzero(ends - starts > LONGEST)}
    if last and (len(quotes) - first_quote[-1]) & 1 and not odd[-1] and ends[-1] == len(data):
        faults[len(ends) - 1] = NEVER_CLOSED
    odd[list(faults)] = True
    breaks = int(np.searchsorted(nexts, used, "right"))
    inside = breaks > len(ends) - int(after[-1] == ends[-1])
    lines = line + (np.searchsorted(nexts, starts, "right") if inside else np.arange(len(ends)))
    return Window(data, starts, ends, after, odd, inside, number, lines, faults), used, breaks


def _breaks(data: bytes, letters: npt.NDArray[np.uint8], last: bool) -> tuple[Integers, Integers]:
    """Every line end (CRLF, LF or CR): where it begins, and where the next line does."""
    feeds = np.flatnonzero(letters == LF)
    if b"\r" not in data:
        return feeds, feeds + 1
    returns = np.flatnonzero(letters == CR)
    if len(returns) == len(feeds) and np.all(feeds - returns == 1):
        return returns, feeds + 1
    if not last and returns[-1] == len(data) - 1:
        returns = returns[:-1]  # its line feed may be in the next piece
    paired = np.zeros(len(returns), bool)
    paired[returns + 1 < len(data)] = letters[returns[returns + 1 < len(data)] + 1] == LF
    lone = feeds[(feeds == 0) | (letters[feeds - 1] != CR)]
    stops = np.concatenate((returns, lone))
    nexts = np.concatenate((returns + 1 + paired, lone + 1))
    order = np.argsort(stops, kind="stable") if len(lone) else slice(None)
    return stops[order], nexts[order]


def _misplaced(letters: npt.NDArray[np.uint8], quotes: Integers, parity: Integers, delimiter: int) -> Flags:
    """Which quotes stand where no regular file has one: an opening one not at a cell's beginning, a closing not at
    its end. ``parity`` is 0 for one that opens."""
    if not len(quotes):
        return np.zeros(0, bool)
    fine = np.zeros(256, bool)
    fine[[delimiter, LF, CR, QUOTE]] = True
    before = fine[letters[quotes - 1]] | (quotes == 0)
    after = fine[letters[np.minimum(quotes + 1, len(letters) - 1)]] | (quotes == len(letters) - 1)
    wrong: Flags = np.where(parity == 0, ~before, ~after)
    return wrong


@cache
def _record(delimiter: str) -> re.Pattern[bytes]:
    """One record with its line end, as the csv module reads it: a quote means something only where a cell begins."""
    plain = rb"[^%b\r\n]*+" % re.escape(delimiter).encode()
    cell = rb'(?:"(?:[^"]++|"")*+"?+' + plain + rb"|" + plain + rb")"
    return re.compile(cell + rb"(?:" + re.escape(delimiter).encode() + cell + rb")*+()(?:\r\n|\r|\n|\Z)")


def _walked(data: bytes, delimiter: str, last: bool) -> tuple[Integers, Integers]:
    """Where each whole record's text ends, and where the next begins, one after the other."""
    ends, after, at = [], [], 0
    pattern = _record(delimiter)
    while at < len(data):
        match = pattern.match(data, at)
        if match is None:  # every text begins with a record; without this a typo in the pattern would loop for ever
            raise AssertionError("no record begins here")
        if not last and (match.end() == match.end(1) or (match.end() == len(data) and data.endswith(b"\r"))):
            break
        at = match.end()
        ends.append(match.end(1))
        after.append(at)
    return np.array(ends, np.int64), np.array(after, np.int64)


class _Long:
    """A record that is longer than it may be: its beginning is kept, its end is looked for."""

    def __init__(self, data: bytes) -> None:
        self.beginning = data[:KEPT]
        self.open = False
        self.breaks = 0
        self.ended = False
        self.take(data, last=False)

    def take(self, data: bytes, last: bool) -> bytes:
        """Look for the record's end in more of the text; what comes after it, or what can't be told yet."""
        letters = np.frombuffer(data, np.uint8)
        stops, nexts = _breaks(data, letters, last)
        quotes = np.flatnonzero(letters == QUOTE)
        outside = ((np.searchsorted(quotes, stops) + self.open) & 1) == 0
        if outside.any():
            at = int(np.argmax(outside))
            self.ended = True
            self.breaks += at + 1
            return data[int(nexts[at]) :]
        kept = 1 if data.endswith(b"\r") and not last else 0
        self.breaks += len(stops)
        self.open ^= bool(len(quotes) & 1)
        return data[len(data) - kept :]

    def window(self, number: int, line: int) -> Window:
        """The record as a window of its own."""
        why = TOO_LONG if self.ended or not self.open else NEVER_CLOSED
        zero, end = np.zeros(1, np.int64), np.array([len(self.beginning)])
        return Window(self.beginning, zero, end, end, np.ones(1, bool), True, number, zero + line, {0: why})
