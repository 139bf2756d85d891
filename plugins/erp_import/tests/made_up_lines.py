"""Made-up spend lines and files of them, for tests that begin after a file was read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from quarterday_erp_import.ledger.importing import Reading
from quarterday_erp_import.lines import SCHEMA
from quarterday_erp_import.reading.footers import Total

POUND = 1_000_000
"""In micropounds."""
JUNE = date(2026, 6, 10)


def a_line(ordinal: int, **fields: Any) -> dict[str, Any]:
    """One line: £100 to Larch Building Ltd in June 2026, but for what is said otherwise."""
    line: dict[str, Any] = dict.fromkeys(SCHEMA.names)
    line |= {"ordinal": ordinal, "line": ordinal + 1, "paid_on": JUNE, "paid_precision": "day"}
    line |= {"payee": "Larch Building Ltd", "amount": 100 * POUND, "amount_is": "net", "kind_of_record": "spend"}
    return line | {"document": f"D{ordinal}"} | fields


def lines(*rows: dict[str, Any]) -> pa.RecordBatch:
    """Lines as reading gives them."""
    return pa.RecordBatch.from_pylist(list(rows), schema=SCHEMA)


@dataclass(frozen=True)
class Broken:
    """A record that couldn't be understood."""

    ordinal: int
    line: int
    text: str
    reason: str


@dataclass(frozen=True)
class Part:
    """A part of a file, as reading gives it."""

    lines: pa.RecordBatch
    quarantined: Sequence[Broken] = ()
    skipped: int = 0
    totals: Sequence[Total] = ()


@dataclass
class Spend:
    """A made-up file, and how it is read."""

    path: Path
    parts: Sequence[Part]
    times_read: int = field(default=0)

    @classmethod
    def of(cls, folder: Path, name: str, *parts: Part) -> Spend:
        """The file, whose content is its parts in words."""
        path = folder / name
        path.write_text(repr([part.lines.to_pylist() for part in parts]))
        return cls(path, parts)

    def read(self, path: Path) -> Reading:
        """What reading the file gives."""
        assert path == self.path
        self.times_read += 1
        return Reading({"encoding": "utf-8"}, self.parts)
