"""Arrow arrays from numpy's and from texts, and back.

Arrow's own ``array``, ``scalar`` and ``to_numpy`` import pandas where it is installed: half a second, for nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

# Parts of a file come and go: the system's allocator uses their memory again at once, Arrow's own only later.
pa.set_memory_pool(pa.system_memory_pool())

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


def integers(numbers: npt.NDArray[np.integer], *, known: Flags | None = None) -> pa.Array:
    """Whole numbers of 32 or 64 bits as an array of them; null where they aren't ``known``."""
    kind = pa.int32() if numbers.dtype == np.int32 else pa.int64()
    valid = None if known is None or known.all() else _bits(known)
    return pa.Array.from_buffers(kind, len(numbers), [valid, pa.py_buffer(np.ascontiguousarray(numbers))])


def booleans(those: Flags) -> pa.BooleanArray:
    """Yes and no, as an array that filters others."""
    return pa.Array.from_buffers(pa.bool_(), len(those), [None, _bits(those)])


def texts(said: Sequence[str | None]) -> pa.StringArray:
    """Texts, with null for None."""
    letters = [b"" if text is None else text.encode() for text in said]
    ends = np.zeros(len(letters) + 1, np.int32)
    np.cumsum(np.fromiter(map(len, letters), np.int32, len(letters)), out=ends[1:])
    known = np.fromiter((text is not None for text in said), bool, len(letters))
    valid = None if known.all() else _bits(known)
    return pa.Array.from_buffers(
        pa.string(), len(letters), [valid, pa.py_buffer(ends), pa.py_buffer(b"".join(letters))]
    )


def text(said: str) -> pa.StringScalar:
    """One text."""
    return texts([said])[0]


def numbers(column: pa.Array) -> Integers:
    """Whole numbers of 32 or 64 bits, none of them null, for numpy."""
    every: Integers = np.frombuffer(column.buffers()[1], "i4" if column.type.bit_width == 32 else "i8")
    return every[column.offset : column.offset + len(column)]


def flags(column: pa.BooleanArray) -> Flags:
    """Yes and no for numpy, to be written into; null is no."""
    valid, bits = column.buffers()
    found = _flags(bits, column)
    return found if valid is None else found & _flags(valid, column)


def _flags(bits: pa.Buffer, column: pa.Array) -> Flags:
    every = np.unpackbits(np.frombuffer(bits, np.uint8), count=column.offset + len(column), bitorder="little")
    return every[column.offset :].astype(bool)


def _bits(those: Flags) -> pa.Buffer:
    return pa.py_buffer(np.packbits(those, bitorder="little"))
