"""Where files that came in lie until they are read: below the ledger's folder, whole, and named by their digest."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from quarterday import Refused, Retryable
from quarterday_erp_import.ledger.disk import swept, sync

MEGABYTE = 2**20
MOST = 1024 * MEGABYTE
"""How many bytes a file may hold; the largest yearly file we know has 60 MB."""

_FOLDER = "incoming"
_COMING = "coming-"


@dataclass(frozen=True, slots=True)
class Received:
    """A file that is on the disk, under a name that nobody reads."""

    path: Path
    sha256: str
    size: int
    """In bytes."""


class IncomingFiles:
    """The files of each authority: ``<ledger>/<authority>/incoming/<SHA-256>``, so that backups take them along."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, authority_id: int, sha256: str) -> Path:
        """Where the content of a file is."""
        return self.folder / str(authority_id) / _FOLDER / sha256

    @contextmanager
    def received(self, content: BinaryIO, *, most: int = MOST) -> Iterator[Received]:
        """Take a file in; what isn't kept by the end is removed.

        Raises :class:`Refused` for one that is empty or larger than ``most`` bytes, and :class:`Retryable` where the
        disk is full or can't be written.
        """
        with _writable():
            self.folder.mkdir(parents=True, exist_ok=True)
            number, name = tempfile.mkstemp(prefix=_COMING, dir=self.folder)
        path = Path(name)
        try:
            digest, size = hashlib.sha256(), 0
            with _writable(), os.fdopen(number, "wb") as file:
                while piece := content.read(MEGABYTE):
                    size += len(piece)
                    if size > most:
                        raise Refused("It is larger than {most} MB. Split it by month.", most=most // MEGABYTE)
                    digest.update(piece)
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            if not size:
                raise Refused("The file is empty. Ask for the file again.")
            yield Received(path, digest.hexdigest(), size)
        finally:
            path.unlink(missing_ok=True)

    def keep(self, received: Received, authority_id: int) -> None:
        """Give a file its name; called in the transaction that adds its row."""
        path = self.path(authority_id, received.sha256)
        with _writable():
            path.parent.mkdir(parents=True, exist_ok=True)
            os.replace(received.path, path)
            for folder in (path.parent, path.parent.parent, self.folder):
                sync(folder)

    def sweep(self, wanted: Collection[Path], *, older_than: timedelta) -> list[Path]:
        """Remove the content of files that nobody needs any more and that came longer ago than that: all but the
        wanted; returns them."""
        return swept(self.folder.glob(f"*/{_FOLDER}/*"), wanted, older_than=older_than)


@contextmanager
def _writable() -> Iterator[None]:
    try:
        yield
    except OSError as why:
        text = "The file can't be kept ({why}); make room on the disk, then try again."
        raise Retryable(text, why=why.strerror or str(why), after=600) from why
