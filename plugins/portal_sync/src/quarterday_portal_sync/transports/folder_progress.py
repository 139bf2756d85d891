"""How far the files of a folder were read, as a cursor.

It names the files that are read by marks, and not by the time of the last one: who saves files by hand, or copies them
with their old times, adds files that are older than what was read.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import Any

from quarterday.services.places.place import Entry

NAMED = 300
"""How many files a cursor names, the newest; of those that were changed earlier it takes all to be read."""

Spot = tuple[int, int, int]
"""Where in a file: which of its tables, which row of it, which record of that row; each from 1."""

Order = Callable[[Entry], Any]
"""What files are put in order by."""


class Progress:
    """The files that are there now: which are read, which wait, and where in one of them the reading is."""

    def __init__(self, there: Iterable[Entry], since: str, order: Order) -> None:
        self._until, named, self._mark, self._spot = _parts(since)
        entries = sorted(there, key=order)
        self._order = order
        self._read = [one for one in entries if one.changed <= self._until or mark(one) in named]
        read = set(self._read)
        self.waiting = [one for one in entries if one not in read]
        self._left = [one.changed for one in self.waiting]
        self._fixed = self._fix()

    def begun(self, entry: Entry) -> Spot:
        """The spot after which a file goes on; (0, 0, 0) for one that wasn't begun."""
        return self._spot if mark(entry) == self._mark else (0, 0, 0)

    def is_overtaken(self, entry: Entry, is_alike: Callable[[Entry], bool]) -> bool:
        """Whether a file that is like it was read, and is newer in every way."""
        return any(
            self._order(one) > self._order(entry) and one.changed >= entry.changed
            for one in self._read
            if is_alike(one)
        )

    def finish(self, entry: Entry) -> str:
        """Take a waiting file to be read; returns the cursor after it."""
        self._left.remove(entry.changed)
        self._read.append(entry)
        self._fixed = self._fix()
        return f'[{self._fixed}, "", 0, 0, 0]'

    def at(self, entry: Entry, spot: Spot) -> str:
        """The cursor after a record of a file."""
        return f'[{self._fixed}, "{mark(entry)}", {spot[0]}, {spot[1]}, {spot[2]}]'

    def _fix(self) -> str:
        """The part of a cursor that is the same all through a file: until when all is read, and what besides."""
        oldest = sorted(one.changed for one in self._read)[:-NAMED]
        passed = [changed for changed in oldest if not self._left or changed < min(self._left)]
        self._until = max([self._until, *passed])
        self._read = [one for one in self._read if one.changed > self._until] or self._read[-1:]
        named = sorted(mark(one) for one in self._read if one.changed > self._until)
        return f"{json.dumps(self._until)}, {json.dumps(' '.join(named))}"


def mark(entry: Entry) -> str:
    """What stands for one content of a file."""
    return sha256(entry.key.encode(errors="surrogatepass")).hexdigest()[:12]


def _parts(cursor: str) -> tuple[float, frozenset[str], str, Spot]:
    """What a cursor says; one of another source is none: what was taken is known by its keys."""
    try:
        until, named, file, table, line, nth = json.loads(cursor)
        return float(until), frozenset(named.split()), str(file), (int(table), int(line), int(nth))
    except (ValueError, TypeError, AttributeError):
        return 0.0, frozenset(), "", (0, 0, 0)
