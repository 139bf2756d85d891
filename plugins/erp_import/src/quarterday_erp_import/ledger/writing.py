"""Writing the lines of a batch: a Parquet file under a name that nobody reads, and what its lines come to."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from quarterday import Trouble, said
from quarterday_erp_import.ledger.spans import Months, months
from quarterday_erp_import.lines import KEPT, SCHEMA
from quarterday_erp_import.reading import arrays
from quarterday_erp_import.reading.typed import added

_ROW_GROUP = 122_880  # as DuckDB's own, so that a reader takes one at a time
_RISING = ("ordinal", "line")
_LOOKED_FOR = ("ordinal", "paid_on", "amount")  # by these a reader leaves parts of a file out
_UNLIKE = ("amount", "vat", "gross", "document", "order_number")
_REPEATED = [name for name in KEPT.names if name not in (*_RISING, *_UNLIKE)]


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
    _thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))
    """What writes, while the next lines are read."""
    _under_way: Future[None] | None = None

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
        self.amount += added(arrays.numbers(lines.column("amount")))
        days = pc.min_max(lines.column("paid_on")).as_py()
        self.first_day = min((day for day in (self.first_day, days["min"]) if day), default=None)
        self.last_day = max((day for day in (self.last_day, days["max"]) if day), default=None)
        self.lines += lines.num_rows
        self._waiting.append(lines)
        self._waiting_lines += lines.num_rows
        if self._waiting_lines >= _ROW_GROUP:
            with writable():
                self._flush()

    def _in_order(self, ordinals: pa.Int64Array) -> None:
        rises = len(ordinals) == 1 or pc.all(pc.greater(ordinals[1:], ordinals[:-1])).as_py()
        if not rises or ordinals[0].as_py() <= self._last_ordinal:
            raise ValueError("the ordinals of the lines don't rise")
        self._last_ordinal = ordinals[-1].as_py()

    def _flush(self) -> None:
        """Have the lines that wait written, once those before them are."""
        self._written()
        self._under_way = self._thread.submit(self._write, pa.Table.from_batches(self._waiting, SCHEMA))
        self._waiting, self._waiting_lines = [], 0

    def _written(self) -> None:
        """Wait until nothing is under way; raises what went wrong with it."""
        if self._under_way is not None:
            self._under_way.result()

    def _write(self, table: pa.Table) -> None:
        if self._writer is None:
            self._writer = pq.ParquetWriter(
                self.path,
                KEPT,
                use_dictionary=_REPEATED,
                column_encoding=dict.fromkeys(_RISING, "DELTA_BINARY_PACKED"),
                write_statistics=list(_LOOKED_FOR),
            )
        source = pa.repeat(arrays.text(self.source), len(table))
        self._writer.write_table(pa.Table.from_arrays([source, *table.columns], schema=KEPT), row_group_size=_ROW_GROUP)

    def finish(self) -> None:
        """Have all of it on the disk; raises :class:`Trouble` where that is full."""
        with writable():
            if self._waiting or self._under_way is None:
                self._flush()
            self._written()
            if self._writer is not None:
                self._writer.close()
            with self.path.open("rb") as file:
                self.digest = hashlib.file_digest(file, "sha256").hexdigest()
                os.fsync(file.fileno())

    def close(self) -> None:
        """Let go of what writes, once what is under way has ended."""
        self._thread.shutdown()


@contextmanager
def writable() -> Iterator[None]:
    """Where files of the ledger are written; raises :class:`Trouble` where they can't be."""
    try:
        yield
    except OSError as why:
        raise Trouble(
            said(
                "The ledger's files can't be written ({why}); put that right, then try again.",
                why=why.strerror or str(why),
            )
        ) from why
