"""Where lines are kept: one Parquet file for each batch, whole or not there, and on the disk before its row commits."""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from quarterday import Retryable, Trouble, said
from quarterday_erp_import.lines import SCHEMA

KEPT = pa.schema([pa.field("source", pa.string(), nullable=False), *SCHEMA])
"""What a file holds: the lines, and before them the SHA-256 of the source file, which with the ordinal names a line."""

Months: TypeAlias = tuple[tuple[int, int], tuple[int, int]]
"""A first and a last month, each as year and month."""

_ROW_GROUP = 122_880  # as DuckDB's own, so that a reader takes one at a time
_COMING = "coming-"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that lines come from, as it was when its digest was taken."""

    path: Path
    sha256: str
    size: int
    modified: int
    """In nanoseconds, by the file system's clock."""

    @classmethod
    def of(cls, path: Path) -> SourceFile:
        """The file as it is now; raises :class:`Trouble` where it can't be read."""
        try:
            with path.open("rb") as file:
                stat = os.fstat(file.fileno())
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as why:
            raise Trouble(
                said("“{name}” can't be read ({why}).", name=path.name, why=why.strerror or "no file")
            ) from why
        return cls(path, digest, stat.st_size, stat.st_mtime_ns)

    def require_unchanged(self) -> None:
        """Nothing, where the file is still what it was; raises :class:`Retryable` where somebody is writing it."""
        try:
            stat = self.path.stat()
        except OSError:
            stat = None
        if stat is None or (stat.st_size, stat.st_mtime_ns) != (self.size, self.modified):
            raise Retryable(
                said("“{name}” changed while it was read; try again when it is complete.", name=self.path.name)
            )


@dataclass
class Writing:
    """A batch that is being written, and what it comes to so far."""

    path: Path
    source: str
    lines: int = 0
    amount: int = 0
    """In micropounds, credits included."""
    first_day: date | None = None
    last_day: date | None = None
    digest: str = ""
    """The SHA-256 of the Parquet file, once it is finished."""
    _last_ordinal: int = 0
    _writer: pq.ParquetWriter | None = None
    _waiting: list[pa.RecordBatch] = field(default_factory=list)
    _waiting_lines: int = 0

    @property
    def months(self) -> Months | None:
        """The first and the last month of the lines; None where they have no days."""
        return months(self.first_day, self.last_day)

    def write(self, lines: pa.RecordBatch) -> None:
        """Take some lines, in the order of the file.

        Raises :class:`ValueError` for lines of another shape, or whose ordinals don't rise, and :class:`Trouble` where
        the disk is full.
        """
        if not lines.num_rows:
            return
        if not lines.schema.equals(SCHEMA):
            raise ValueError(f"these are no lines: {lines.schema}")
        lines.validate()
        self._in_order(lines.column("ordinal"))
        amounts = pc.cast(lines.column("amount"), pa.decimal128(38))  # a sum in 64 bits would wrap without a word
        self.amount += int(pc.sum(amounts).as_py())
        days = pc.min_max(lines.column("paid_on")).as_py()
        self.first_day = min((day for day in (self.first_day, days["min"]) if day), default=None)
        self.last_day = max((day for day in (self.last_day, days["max"]) if day), default=None)
        self.lines += lines.num_rows
        self._waiting.append(lines)
        self._waiting_lines += lines.num_rows
        if self._waiting_lines >= _ROW_GROUP:
            with _writable():
                self._flush()

    def _in_order(self, ordinals: pa.Int64Array) -> None:
        rises = len(ordinals) == 1 or pc.all(pc.greater(ordinals[1:], ordinals[:-1])).as_py()
        if not rises or ordinals[0].as_py() <= self._last_ordinal:
            raise ValueError("the ordinals of the lines don't rise")
        self._last_ordinal = ordinals[-1].as_py()

    def _flush(self) -> None:
        table = pa.Table.from_batches(self._waiting, SCHEMA)
        source = pa.DictionaryArray.from_arrays(pa.repeat(pa.scalar(0, pa.int32()), len(table)), [self.source])
        if self._writer is None:
            self._writer = pq.ParquetWriter(self.path, KEPT)
        self._writer.write_table(
            pa.Table.from_arrays([source.cast(pa.string()), *table.columns], schema=KEPT), row_group_size=_ROW_GROUP
        )
        self._waiting, self._waiting_lines = [], 0

    def finish(self) -> None:
        """Have all of it on the disk; raises :class:`Trouble` where that is full."""
        with _writable():
            if self._waiting or self._writer is None:
                self._flush()
            if self._writer is not None:
                self._writer.close()
            with self.path.open("rb") as file:
                self.digest = hashlib.file_digest(file, "sha256").hexdigest()
                os.fsync(file.fileno())


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
        with _writable():
            self.folder.mkdir(parents=True, exist_ok=True)
            number, name = tempfile.mkstemp(prefix=_COMING, dir=self.folder)
            os.close(number)
        path = Path(name)
        try:
            yield Writing(path, source)
        finally:
            path.unlink(missing_ok=True)

    def keep(self, written: Writing, path: Path) -> None:
        """Give finished lines their name; called in the transaction that adds their row.

        What is there already was left by a transaction that never committed, and is replaced.
        """
        with _writable():
            path.parent.mkdir(exist_ok=True)
            os.replace(written.path, path)
            for folder in (path.parent, self.folder):
                _sync(folder)

    def sweep(self, kept: Collection[Path], *, older_than: timedelta) -> list[Path]:
        """Remove what interrupted imports left longer ago than that: files that aren't among the kept; returns them."""
        limit = time.time() - older_than.total_seconds()
        removed = []
        for path in [*self.folder.glob(f"{_COMING}*"), *self.folder.glob("*/*.parquet")]:
            with suppress(FileNotFoundError):  # an import ended meanwhile, or another sweep was first
                if path not in kept and path.stat().st_mtime < limit:
                    path.unlink()
                    removed.append(path)
        return removed


def months(first: date | None, last: date | None) -> Months | None:
    """The months of two days; None where there are no days."""
    return None if first is None or last is None else ((first.year, first.month), (last.year, last.month))


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


@contextmanager
def _writable() -> Iterator[None]:
    try:
        yield
    except OSError as why:
        raise Trouble(
            said(
                "The ledger's files can't be written ({why}); put that right, then try again.",
                why=why.strerror or str(why),
            )
        ) from why
