"""Files that a source fetches: how each comes to the disk, piece by piece, no larger and no longer than is agreed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from quarterday.errors import Refused, Retryable
from quarterday.ports import Item
from quarterday.services.plugins.telling import Unagreed

SAID_EVERY = 5.0
"""How often is said that a file still comes, in seconds; a source that says nothing for longer may hang."""

MEGABYTE = 2**20


@dataclass(frozen=True, slots=True)
class Fetch:
    """The file of an item of the source that is open: where to put it, and what it may take."""

    what: str
    item: Item
    to: Path
    most_bytes: int
    most_seconds: float


@dataclass(frozen=True, slots=True)
class Further:
    """More of the file that is being fetched."""

    what: str


class Arriving:
    """A file on its way to the disk."""

    def __init__(self, pieces: Iterator[object], fetch: Fetch) -> None:
        self._pieces = pieces
        self._fetch = fetch
        self._size = 0
        self._until = monotonic() + fetch.most_seconds
        fetch.to.write_bytes(b"")

    def further(self) -> dict[str, Any]:
        """Have more of it written; says whether that was the last.

        Raises :class:`Refused` for a file that is larger or takes longer than agreed, :class:`Retryable` where the disk
        is full, :class:`Unagreed` for what isn't bytes, and what the source raises. It is closed then.
        """
        pause = monotonic() + SAID_EVERY
        try:
            for piece in self._pieces:
                self._write(piece)
                if monotonic() >= pause:
                    return {"is_last": False}
        except BaseException:
            self.close()
            raise
        self.close()
        return {"is_last": True}

    def close(self) -> None:
        """Have the source let go of it."""
        close: Callable[[], object] | None = getattr(self._pieces, "close", None)
        if close is not None:
            close()

    def _write(self, piece: object) -> None:
        if type(piece) is not bytes:
            raise Unagreed(f"content() gave a value of the type {type(piece).__name__}, not bytes")
        self._size += len(piece)
        if self._size > self._fetch.most_bytes:
            most = self._fetch.most_bytes // MEGABYTE
            raise Refused("It is larger than {most} MB, and isn't fetched.", most=most)
        if monotonic() > self._until:
            minutes = round(self._fetch.most_seconds / 60)
            raise Refused("It did not come whole within {minutes} minutes.", minutes=minutes)
        try:
            with self._fetch.to.open("ab") as file:
                file.write(piece)
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise Retryable("What comes in can't be written ({why}); make room on the disk.", why=why) from error
