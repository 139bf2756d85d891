"""Where a table begins: its delimiter, and the row, or the two rows, that name its columns."""

from __future__ import annotations

import csv
import io
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from quarterday_erp_import.reading.dates import moment
from quarterday_erp_import.reading.money import micropounds
from quarterday_erp_import.reading.names import meanings
from quarterday_erp_import.reading.records import LONGEST

DELIMITERS = ",\t;|"

LOOKED_AT = 1_000
"""How many records at the beginning of a table are looked at to understand it."""

COLUMNS = 1_000
"""How many columns a table may have."""

PREAMBLE = 60
"""How many records may stand before the names of the columns."""

_NEEDED = {"paid_on": 2.0, "payee": 3.0, "net": 2.5, "gross": 2.5, "amount": 2.5}
"""The fields that a spend file can't be without count for more when its header is looked for."""


@dataclass(frozen=True, slots=True)
class Heading:
    """The names of a table's columns, and which record they stand in."""

    row: int
    """The number of the record that holds them, or of the lower one where two do; 0 when the table has no names."""
    names: list[str]
    rows: int
    """How many records hold them: 0, 1 or 2."""
    score: float


def delimiter_of(text: str) -> str:
    """What parts the cells: the delimiter that gives most records the same number of cells, and that more than one."""
    return max(DELIMITERS, key=lambda delimiter: _evenness(records(text, delimiter)))


def records(text: str, delimiter: str) -> list[list[str]]:
    """The first records of a text."""
    csv.field_size_limit(2 * LONGEST)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    return [row for row, _ in zip(reader, range(LOOKED_AT), strict=False)]


def _evenness(rows: Sequence[Sequence[str]]) -> float:
    widths = Counter(len(row) for row in rows if any(cell.strip() for cell in row))
    widths.pop(1, None)
    if not widths:
        return 0.0
    width, times = widths.most_common(1)[0]
    return times / len(rows) * math.log2(width)


def width_of(rows: Sequence[Sequence[str]]) -> int:
    """How many cells most records have."""
    widths = Counter(len(row) for row in rows if any(cell.strip() for cell in row))
    return widths.most_common(1)[0][0] if widths else 0


def heading(rows: Sequence[Sequence[str]]) -> Heading:
    """The header of a table: the row among the first whose cells name most of what a spend file has.

    Where a header is spread over two rows, their cells are read together.
    """
    best = Heading(0, [], 0, 0.0)
    for number, row in enumerate(rows[:PREAMBLE], 1):
        score = _score(row)
        if score > best.score + 0.01:
            best = Heading(number, list(row), 1, score)
        if number > 1 and (joined := _joined(rows[number - 2], row)):
            both = _score(joined)
            if both > max(best.score, _score(rows[number - 2])) + 0.25 and both > score + 0.25:
                best = Heading(number, joined, 2, both)
    if best.score < 2.5:
        return Heading(0, [""] * width_of(rows), 0, 0.0)
    return best


def _joined(above: Sequence[str], below: Sequence[str]) -> list[str]:
    """The cells of two rows read as one header, or nothing where the upper one is no part of a header."""
    if sum(1 for cell in above if cell.strip()) < 2 or not any(cell.strip() for cell in below):
        return []
    width = max(len(above), len(below))
    pairs = zip(*([*row, *[""] * (width - len(row))] for row in (above, below)), strict=True)
    return [" ".join(f"{upper} {lower}".split()) for upper, lower in pairs]


def _score(row: Sequence[str]) -> float:
    """How much a row looks like the names of a spend file's columns."""
    found: dict[str, float] = {}
    data = 0
    for cell in row:
        name = cell.strip()
        if not name:
            continue
        if len(name) > 120 or is_data(name):
            data += 1
            continue
        for field, likeness in sorted(meanings(name).items(), key=lambda item: -item[1])[:1]:
            found[field] = max(found.get(field, 0.0), likeness)
    return sum(likeness * _NEEDED.get(field, 1.0) for field, likeness in found.items()) - 1.5 * data


def is_data(cell: str) -> bool:
    """Whether a cell holds what no column is called: an amount or a date."""
    return micropounds(cell) is not None or moment(cell) is not None
