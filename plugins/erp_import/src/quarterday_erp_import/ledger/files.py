"""Where lines are kept: one Parquet file for each batch, whole or not there, and on the disk before its row commits."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from quarterday import Retryable, Trouble, said
from quarterday_erp_import.ledger.disk import swept, sync
from quarterday_erp_import.ledger.writing import Writing, writable

_COMING = "coming-"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that lines come from, as it was when its digest was taken."""

    path: Path
    sha256: str
    size: int
    modified: int
    """In nanoseconds, by the file system's clock."""
    name: str
    """What it is called where it comes from."""

    @classmethod
    def of(cls, path: Path, *, name: str = "", since: os.stat_result | None = None) -> SourceFile:
        """The file as it is now, or was when somebody began to read it (``since``), called as it lies where no other
        name is given; raises :class:`Trouble` where it can't be read."""
        try:
            with path.open("rb") as file:
                stat = since or os.fstat(file.fileno())
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as why:
            raise Trouble(
                said("“{name}” can't be read ({why}).", name=path.name, why=why.strerror or "no file")
            ) from why
        return cls(path, digest, stat.st_size, stat.st_mtime_ns, name or path.name)

    def require_unchanged(self) -> None:
        """Nothing, where the file is still what it was; raises :class:`Retryable` where somebody is writing it."""
        try:
            stat = self.path.stat()
        except OSError:
            stat = None
        if stat is None or (stat.st_size, stat.st_mtime_ns) != (self.size, self.modified):
            raise Retryable(said("“{name}” changed while it was read; try again when it is complete.", name=self.name))


class LineFiles:
    """The folder of the batches' lines: ``<authority>/<SHA-256 of the source file>-<reading>.parquet``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, authority_id: int, sha256: str, reading: int) -> Path:
        """Where the lines of a batch are."""
        return self.folder / str(authority_id) / f"{sha256}-{reading}.parquet"

    @contextmanager
    def writing(self, source: str) -> Iterator[Writing]:
        """Write lines under a name that nobody reads; what isn't kept by the end is removed.

        Raises :class:`Trouble` where the disk is full or can't be written.
        """
        with writable():
            self.folder.mkdir(parents=True, exist_ok=True)
            number, name = tempfile.mkstemp(prefix=_COMING, dir=self.folder)
            os.close(number)
        path = Path(name)
        try:
            with closing(Writing(path, source)) as written:
                yield written
        finally:
            path.unlink(missing_ok=True)

    def keep(self, written: Writing, path: Path) -> None:
        """Give finished lines their name; called in the transaction that adds their row.

        What is there already was left by a transaction that never committed, and is replaced.
        """
        with writable():
            path.parent.mkdir(exist_ok=True)
            os.replace(written.path, path)
            for folder in (path.parent, self.folder):
                sync(folder)

    def sweep(self, kept: Collection[Path], *, older_than: timedelta) -> list[Path]:
        """Remove what interrupted imports left longer ago than that: files that aren't among the kept; returns them."""
        there = [*self.folder.glob(f"{_COMING}*"), *self.folder.glob("*/*.parquet")]
        return swept(there, kept, older_than=older_than)
