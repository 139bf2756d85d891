"""Headers that stand in more than one row: as one text for each column, and back."""

from __future__ import annotations

import re
from collections.abc import Sequence

BETWEEN = " / "
"""What stands between the parts of a header, the upper one first."""


def headers_of(rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """The header of each column, from the rows it stands in: ``Claim`` above ``Quantity`` is ``Claim / Quantity``.

    A cell of the upper rows also stands over the blank ones to its right, as merged cells are saved. Of two columns
    with one header the second has `` (2)`` after it.
    """
    width = max((len(row) for row in rows), default=0)
    spread = [
        _spread([*row, *[""] * (width - len(row))]) if number < len(rows) - 1 else [*row, *[""] * (width - len(row))]
        for number, row in enumerate(rows)
    ]
    seen: dict[str, int] = {}
    found = []
    for at in range(width):
        name = BETWEEN.join(part for row in spread if (part := " ".join(row[at].split())))
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 or not name else f"{name} ({seen[name]})")
    return tuple(found)


def rows_of(headers: Sequence[str], count: int) -> list[list[str]]:
    """The header rows that :func:`headers_of` reads as these headers, each part of the upper ones once."""
    known = set(headers)
    plain = [base if (base := re.sub(r" \(\d+\)$", "", header)) in known else header for header in headers]
    parts = [header.split(BETWEEN, count - 1) for header in plain]
    whole = [[*[""] * (count - len(part)), *part] for part in parts]
    rows = [[part[row] for part in whole] for row in range(count)]
    return [*(_gathered(row) for row in rows[:-1]), rows[-1]] if rows else []


def _spread(row: Sequence[str]) -> list[str]:
    found: list[str] = []
    for cell in row:
        found.append(cell if cell.strip() or not found else found[-1])
    return found


def _gathered(row: Sequence[str]) -> list[str]:
    return [cell if at == 0 or row[at - 1] != cell else "" for at, cell in enumerate(row)]
