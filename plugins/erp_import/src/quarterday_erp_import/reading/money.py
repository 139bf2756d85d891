"""Amounts as finance systems print them, read exactly into whole micropounds (10⁻⁶ £)."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from quarterday_erp_import.reading import arrays
from quarterday_erp_import.reading.arrays import Flags, Integers

MOST = 2**63 - 1
"""The largest amount that 64 bits hold, in micropounds."""

_SIGNS = re.compile(r"Â?£|¬£|[œ$\ufffd]|GBP", re.IGNORECASE)
"""The pound sign, as written and as wrong encodings show it; Excel's dollar, which a currency format leaves behind."""

_NUMBER = re.compile(
    r"(?:\d+|\d{1,3}(?:[, ]\d{3})+)(?:\.\d*)?(?:E[+-]?\d{1,3})?|\.\d+(?:E[+-]?\d{1,3})?", re.IGNORECASE
)

_NOTHING = {"-", "–", "nil", "--"}

_PENCE = r"^-?\d{1,12}\.\d\d$"
"""What most cells look like: read as a whole number of pence."""

_PENNY = 10_000
"""In micropounds."""

_PLAIN = r"^\s*-?£?(\d{1,12}|\d{1,3}(,\d{3}){1,3})(\.\d{1,20})?\s*$"
"""What nearly every other cell looks like, and Arrow reads by itself."""


@lru_cache(maxsize=4_096)  # what stands in the opening is looked at in several ways
def micropounds(text: str) -> int | None:
    """The amount a cell states, or None when it states none.

    ``(123.45)``, ``123.45-`` and ``123.45 CR`` are negative, ``-`` and ``£-`` are nothing paid. More than six
    decimals, which a floating-point number leaves behind, are rounded half to even.
    """
    said = " ".join(_SIGNS.sub("", text).replace("\0", "").split())
    if said.lower() in _NOTHING:
        return 0
    negative = False
    if said.startswith("(") and said.endswith(")"):
        negative, said = True, said[1:-1].strip()
    if said[-2:].upper() in ("CR", "DR"):
        negative, said = said[-2:].upper() == "CR", said[:-2].strip()
    if said[:1] in "+-−" and said:
        negative, said = negative ^ (said[0] in "-−"), said[1:].strip()
    elif said.endswith("-"):
        negative, said = True, said[:-1].strip()
    if not _NUMBER.fullmatch(said):
        return None
    with localcontext() as context:
        context.prec = 60
        exact = Decimal(said.replace(",", "").replace(" ", "")).scaleb(6)
        if exact.adjusted() > 19:
            return None
        whole = int(exact.quantize(Decimal(1), ROUND_HALF_EVEN))
    return None if whole > MOST else -whole if negative else whole


def read(column: pa.Array) -> tuple[Integers, Flags]:
    """The amounts of a column of text in micropounds, 0 where there is none, and which cells state one."""
    amounts = np.zeros(len(column), np.int64)
    in_pence = pc.match_substring_regex(column, _PENCE)
    known = arrays.flags(in_pence)
    amounts[known] = _pence(column.filter(in_pence))
    rest = np.flatnonzero(~known)
    if len(rest):
        others = column.filter(pc.invert(in_pence))
        is_plain = pc.match_substring_regex(others, _PLAIN)
        plain = arrays.flags(is_plain)
        amounts[rest[plain]] = _plain(others.filter(is_plain))
        known[rest[plain]] = True
        for place, text in zip(rest[~plain].tolist(), others.filter(pc.invert(is_plain)).to_pylist(), strict=True):
            amount = micropounds(text)
            if amount is not None:
                amounts[place], known[place] = amount, True
    return amounts, known


def _pence(text: pa.Array) -> Integers:
    """Amounts in pounds with two decimals, in micropounds."""
    return arrays.numbers(pc.replace_substring(text, ".", "").cast(pa.int64())) * _PENNY


def _plain(text: pa.Array) -> Integers:
    """Plain amounts in micropounds; what has more than six decimals is rounded half to even."""
    bare = pc.replace_substring_regex(text, r"[^0-9.-]", "")
    if pc.all(pc.match_substring_regex(bare, _PENCE)).as_py():
        return _pence(bare)
    exact = bare.cast(pa.decimal128(33, 20))
    whole = pc.round(exact, 6, "half_to_even").cast(pa.decimal128(20, 6))
    # At most 12 digits and 6 decimals: the lower 8 of a decimal's 16 bytes hold it whole.
    lower: Integers = np.frombuffer(whole.buffers()[1], np.int64)[: 2 * len(whole) : 2] if len(whole) else _NONE
    return lower


_NONE = np.empty(0, np.int64)


def pounds(amount: int) -> str:
    """Micropounds as decimal text, with two decimals or as many as are needed: ``-1234.50``."""
    whole, rest = divmod(abs(amount), 10**6)
    decimals = f"{rest:06d}".rstrip("0").ljust(2, "0")
    return f"{'-' if amount < 0 else ''}{whole}.{decimals}"
