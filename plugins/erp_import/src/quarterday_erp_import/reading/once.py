"""A file read in one pass: understood by its opening first, and by all of it at the end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from quarterday_erp_import.reading import opening
from quarterday_erp_import.reading.blocks import blocks
from quarterday_erp_import.reading.chunks import Chunk, Reader, read
from quarterday_erp_import.reading.file_profile import Profile
from quarterday_erp_import.reading.mapping import Settled
from quarterday_erp_import.reading.seen import Seen
from quarterday_erp_import.reading.text import text_as
from quarterday_erp_import.reading.understanding import drafted


class Otherwise(Exception):
    """All of a file says something else than its opening: what was read counts for nothing, read it once more."""


class Once:
    """A file that is understood and read without going through it for each.

    Only whether days come first, and in which column they stand, takes all of a file to tell. Its opening tells nearly
    always the same; where it doesn't, that is seen at the end.
    """

    profile: Profile
    """What the file is understood to be: by its opening until all of it was read."""

    def __init__(self, path: Path, *, mapping: Settled | None = None) -> None:
        """Understand its opening, where ``mapping`` leaves it open; raises as :func:`understanding.profile`."""
        self._path = path
        self._is_whole = False
        with drafted(path, mapping or Settled()) as draft:
            self._draft = draft
            self.profile = draft.profile(draft.seen(most=1))

    @property
    def records(self) -> int:
        """About how many there are, as long as only its opening was read."""
        size = self._path.stat().st_size
        return self.profile.rows if self._is_whole else round(self.profile.rows * max(1.0, size / opening.PIECE))

    @property
    def understood(self) -> dict[str, Any]:
        """The profile as plain data."""
        return self.profile.to_json()

    @property
    def chunks(self) -> Iterator[Chunk]:
        """The lines of the file, some at a time, each record once and in order.

        Raises :class:`Otherwise` at the end where all of it says something else than its opening. What was given
        counts for nothing then; asked for once more, they are given as the whole file is understood.
        """
        if self._is_whole:
            yield from read(self._path, self.profile)
            return
        first, reader, seen = self.profile, Reader(self.profile), Seen(self._draft.dated)
        dated = set(seen.dated.values())
        wanted = first.wanted
        wanted = replace(wanted, columns=sorted(dated.union(wanted.columns)))
        with text_as(self._path, first.encoding, first.mixed_encodings, first.sheet) as text:
            for block in blocks(text.windows(first.delimiter), wanted, after=first.header_row):
                seen.add(block)
                yield reader.chunk(block)
        self.profile, self._is_whole = self._draft.profile(seen), True
        if not self.profile.reads_like(first):
            raise Otherwise
