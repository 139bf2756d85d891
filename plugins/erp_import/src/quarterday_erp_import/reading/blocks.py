"""The cells of some columns of many records at once, as Arrow arrays of text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from quarterday_erp_import.reading.records import Flags, Integers, Window, cells


@dataclass(frozen=True, slots=True)
class Block:
    """Some records, one after the other: the cells of the columns that were asked for, and where the records stand."""

    columns: dict[int, pa.Array]
    """The text of each asked column, by its index; "" where a record is too short to have it."""
    window: Window
    delimiter: str
    strange: Flags
    """Records with a fault, a stray quote, or another number of cells than most."""

    def __len__(self) -> int:
        return len(self.window)

    @property
    def numbers(self) -> Integers:
        """Each record's number in the file, from 1."""
        return np.arange(self.window.first, self.window.first + len(self), dtype=np.int64)

    def cells(self, record: int) -> list[str]:
        """All cells of one record."""
        return cells(self.window.text(record), self.delimiter)


def blocks(
    windows: Iterable[Window], delimiter: str, width: int, wanted: Sequence[int], *, after: int
) -> Iterator[Block]:
    """The records after number ``after``, most of which have ``width`` cells; of the ``wanted`` columns alone.

    A thread finds the next ones while these are worked on.
    """
    later = (window.without(max(0, after + 1 - window.first)) for window in windows)
    made = (_block(window, delimiter, width, wanted) for window in later if len(window))
    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(next, made, None)
        while block := coming.result():
            coming = thread.submit(next, made, None)
            yield block


def _block(window: Window, delimiter: str, width: int, wanted: Sequence[int]) -> Block:
    odd = window.odd | (window.widths != width)
    columns = _parsed(_regular(window, odd), delimiter, width, wanted, window.inside)
    if odd.any():
        strange = np.flatnonzero(odd)
        empty = window.blank
        empty[list(window.faults)] = True
        rows = [[] if empty[one] else cells(window.text(int(one)), delimiter) for one in strange]
        order = np.argsort(np.concatenate((np.flatnonzero(~odd), strange)), kind="stable")
        columns = {index: _merged(column, index, rows, order) for index, column in columns.items()}
    return Block(columns, window, delimiter, odd)


def _merged(column: pa.Array, index: int, rows: list[list[str]], order: Integers) -> pa.Array:
    others = pa.array([row[index] if index < len(row) else "" for row in rows], pa.string())
    return pa.concat_arrays([column, others]).take(pa.array(order))


def _regular(window: Window, odd: Flags) -> memoryview | bytes:
    """The text of the records that aren't odd."""
    view = memoryview(window.data)
    if not odd.any():
        return view[int(window.starts[0]) : int(window.nexts[-1])]
    edges = np.flatnonzero(np.diff(np.concatenate(([True], odd, [True])).astype(np.int8)))
    return b"".join(view[int(window.starts[a]) : int(window.nexts[b - 1])] for a, b in edges.reshape(-1, 2))


def _parsed(
    text: memoryview | bytes, delimiter: str, width: int, wanted: Sequence[int], inside: bool
) -> dict[int, pa.Array]:
    """The wanted columns of records that all have ``width`` cells, by Arrow's reader."""
    names = [str(index) for index in range(width)]
    if not len(text) or not wanted:
        return {index: pa.array([], pa.string()) for index in wanted}
    table = pa_csv.read_csv(
        pa.BufferReader(pa.py_buffer(text)),
        pa_csv.ReadOptions(column_names=names, block_size=len(text) + 1 if inside else 2**20),
        pa_csv.ParseOptions(delimiter=delimiter, newlines_in_values=inside, ignore_empty_lines=False),
        pa_csv.ConvertOptions(
            check_utf8=False,
            column_types=dict.fromkeys(names, pa.string()),
            include_columns=[str(index) for index in wanted if index < width],
            strings_can_be_null=False,
        ),
    )
    empty = pa.array([""] * len(table), pa.string()) if any(index >= width for index in wanted) else None
    return {index: table[str(index)].combine_chunks() if index < width else empty for index in wanted}
