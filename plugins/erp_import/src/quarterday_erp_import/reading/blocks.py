"""The cells of some columns of many records at once, as Arrow arrays of text.

Arrow's reader finds the same cells as Python's csv module where quotes stand at the beginning and end of a cell, and
says which records have more cells than most, or fewer. Those, and what only Python's module reads right, are read one
by one and put back between the others.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from quarterday_erp_import.reading import arrays
from quarterday_erp_import.reading.arrays import Flags, Integers
from quarterday_erp_import.reading.records import Window, cells

_One = TypeVar("_One")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is wanted of a table whose records mostly have ``width`` cells."""

    delimiter: str
    width: int
    columns: Sequence[int]
    repeated: Collection[int] = ()
    """Those of the columns in which the same texts come again and again: each is kept once, and where it stands."""


@dataclass(frozen=True, slots=True)
class Block:
    """Some records, one after the other: the cells of the columns that were asked for, and where the records stand."""

    columns: dict[int, pa.Array]
    """The text of each asked column, by its index, dictionary-encoded where it is a repeated one; "" where a record is
    too short to have it."""
    window: Window
    delimiter: str
    strange: Flags
    """Records with a fault, a stray quote, or another number of cells than most, but for empty lines."""
    blank: Flags
    """Records that are plainly blank: nothing but delimiters."""

    def __len__(self) -> int:
        return len(self.window)

    @property
    def numbers(self) -> Integers:
        """Each record's number in the file, from 1."""
        return np.arange(self.window.first, self.window.first + len(self), dtype=np.int64)

    def cells(self, record: int) -> list[str]:
        """All cells of one record."""
        return cells(self.window.text(record), self.delimiter)


def blocks(windows: Iterable[Window], wanted: Wanted, *, after: int) -> Iterator[Block]:
    """The records after number ``after``, the wanted columns alone.

    While these are worked on, one thread finds where the next ones begin and end, another their cells.
    """
    later = (window.without(max(0, after + 1 - window.first)) for window in _ahead(iter(windows)))
    return _ahead(_block(window, wanted) for window in later if len(window))


def _ahead(coming: Iterator[_One]) -> Iterator[_One]:
    """The same, each made by a thread while the one before is worked on."""
    with ThreadPoolExecutor(1) as thread:
        under_way = thread.submit(next, coming, None)
        while (one := under_way.result()) is not None:
            under_way = thread.submit(next, coming, None)
            yield one


def _block(window: Window, wanted: Wanted) -> Block:
    regular = np.flatnonzero(~window.odd)
    columns, others = _parsed(_regular(window), wanted, window.inside, len(regular))
    widths = np.where(window.odd, 0, wanted.width)
    widths[regular[list(others)]] = list(others.values())
    strange = widths != wanted.width
    sizes = window.ends - window.starts
    blank = ~window.odd & ((sizes == 0) | (sizes == widths - 1))
    if strange.any():
        places = np.flatnonzero(strange)
        unread = blank.copy()
        unread[list(window.faults)] = True
        rows = [[] if unread[one] else cells(window.text(one), wanted.delimiter) for one in places.tolist()]
        order = arrays.integers(np.argsort(np.concatenate((np.flatnonzero(~strange), places)), kind="stable"))
        columns = {index: _merged(column, index, rows, order) for index, column in columns.items()}
    return Block(columns, window, wanted.delimiter, strange, blank)


def _merged(column: pa.Array, index: int, rows: list[list[str]], order: pa.Array) -> pa.Array:
    others = arrays.texts([row[index] if index < len(row) else "" for row in rows])
    merged = pa.concat_arrays([column.cast(pa.string()), others]).take(order)
    return merged.dictionary_encode() if isinstance(column, pa.DictionaryArray) else merged


def _regular(window: Window) -> memoryview | bytes:
    """The text of the records that aren't odd."""
    view = memoryview(window.data)
    if not window.odd.any():
        return view[int(window.starts[0]) : int(window.nexts[-1])]
    edges = np.flatnonzero(np.diff(np.concatenate(([True], window.odd, [True])).astype(np.int8)))
    return b"".join(view[int(window.starts[a]) : int(window.nexts[b - 1])] for a, b in edges.reshape(-1, 2))


def _parsed(
    text: memoryview | bytes, wanted: Wanted, inside: bool, records: int
) -> tuple[dict[int, pa.Array], dict[int, int]]:
    """The wanted columns of those records that have the usual number of cells, by Arrow's reader; and which of the
    records have another number, and how many."""
    others: dict[int, int] = {}
    if not records or not wanted.columns:
        return {index: arrays.texts([]) for index in wanted.columns}, others

    def other(row: pa_csv.InvalidRow) -> str:
        others[row.number - 1] = row.actual_columns
        return "skip"

    names = [str(index) for index in range(wanted.width)]
    kinds = {name: _REPEATED if int(name) in wanted.repeated else pa.string() for name in names}
    table = pa_csv.read_csv(
        pa.BufferReader(pa.py_buffer(text)),
        # One block and no threads: only so are the records numbered. Other threads work on other windows.
        pa_csv.ReadOptions(column_names=names, block_size=len(text) + 1, use_threads=False),
        pa_csv.ParseOptions(
            delimiter=wanted.delimiter, newlines_in_values=inside, ignore_empty_lines=False, invalid_row_handler=other
        ),
        pa_csv.ConvertOptions(
            check_utf8=False,
            column_types=kinds,
            include_columns=[str(index) for index in wanted.columns if index < wanted.width],
            strings_can_be_null=False,
        ),
    )
    if len(table) + len(others) != records:  # a misreading that would put cells into other records than they are of
        raise AssertionError("Arrow's reader finds other records than we do")
    missing = [index for index in wanted.columns if index >= wanted.width]
    found = {index: table[str(index)].combine_chunks() for index in wanted.columns if index < wanted.width}
    return found | dict.fromkeys(missing, pa.repeat(arrays.text(""), len(table))), others


_REPEATED = pa.dictionary(pa.int32(), pa.string())
