"""Keeping a file as evidence: taken in, looked at, scanned, and only then kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import IO, BinaryIO

from quarterday.errors import Refused
from quarterday.evidence.content import type_of
from quarterday.evidence.scanning import Outcome, Scan, Scanner
from quarterday.evidence.store import Store

MEGABYTE = 2**20


@dataclass(frozen=True, slots=True)
class Limits:
    """How much evidence is taken."""

    most_bytes: int = 25 * MEGABYTE
    """Size of one file, in bytes."""
    most_pieces: int = 20
    """Files, links and statements together, for one entry."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that is kept: its SHA-256, its size in bytes, its type by content, and what the scanner said."""

    digest: str
    size: int
    media_type: str
    scan: Outcome


@dataclass(frozen=True, slots=True)
class Keeper:
    """The store with what is asked of a file before it gets in."""

    store: Store
    limits: Limits = field(default_factory=Limits)
    scanner: Scanner | None = None

    def keep(self, stream: IO[bytes], name: str) -> Kept:
        """Keep a file under the digest of its content; ``name`` is how a sentence calls it, and is not kept.

        Raises :class:`Refused` for a file that is too large, empty, of a type that isn't kept, or carries a virus, and
        :class:`~quarterday.errors.Trouble` where the store can't be written. Nothing stays of a file that isn't kept.
        """
        with self.store.receive(stream, name, self.limits.most_bytes) as received:
            kind = type_of(received.file, name)
            scan = self._clean(received.file, name)
            self.store.keep(received)
            return Kept(received.digest, received.size, kind.media_type, scan.outcome)

    def open(self, digest: str, *, name: str, scanned: Outcome) -> BinaryIO:
        """A kept file, to be closed by the reader. One that wasn't scanned when it came is scanned now.

        Raises :class:`Refused` where that finds a virus, and what :meth:`Store.open` raises.
        """
        file = self.store.open(digest)
        try:
            if scanned is not Outcome.CLEAN:
                self._clean(file, name)
            file.seek(0)
        except BaseException:
            file.close()
            raise
        return file

    def _clean(self, file: BinaryIO, name: str) -> Scan:
        scan = self.scanner.scan(file) if self.scanner else Scan(Outcome.NOT_SCANNED, "no scanner is configured")
        if scan.outcome is Outcome.FOUND:
            raise Refused(
                "{file} carries a virus ({what}); clean the machine it comes from, then make it again.",
                file=name,
                what=scan.what,
            )
        return scan
