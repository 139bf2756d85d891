"""The accounting identity of a file: its rows are those accepted, those quarantined and those skipped, together."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from quarterday_erp_import.reading import arrays
from quarterday_erp_import.reading.chunks import Chunk, Quarantined
from quarterday_erp_import.reading.file_profile import Profile
from quarterday_erp_import.reading.mapping import Settled
from quarterday_erp_import.reading.money import pounds
from quarterday_erp_import.reading.once import Once, Otherwise
from quarterday_erp_import.reading.typed import added


@dataclass
class Account:
    """How many records of a file are what, and what the accepted ones add up to."""

    profile: Profile
    rows: int = 0
    accepted: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    amount: int = 0
    """In micropounds, credits included."""
    quarantined: list[Quarantined] = field(default_factory=list)

    def add(self, chunk: Chunk) -> None:
        """Count one more chunk of the file."""
        self.rows += chunk.rows
        self.accepted += chunk.lines.num_rows
        self.skipped.update(chunk.skips)
        self.quarantined += chunk.quarantined
        self.amount += added(arrays.numbers(chunk.lines.column("amount")))

    def to_json(self) -> dict[str, Any]:
        """The account as ``quarterday spend import --dry-run --json`` prints it; amounts in £ as decimal text."""
        return {
            "rows": self.rows,
            "accepted": self.accepted,
            "quarantined": len(self.quarantined),
            "skipped": self.skipped.total(),
            "amount_total": pounds(self.amount),
            "columns": {
                name: {"index": column.index, "name": column.name} for name, column in self.profile.used.items()
            },
            "header_row": self.profile.header_row,
            "encoding": self.profile.encoding,
        }


def account(path: Path, *, mapping: Settled | None = None) -> Account:
    """Read the whole file and count what its records are.

    Raises :class:`quarterday.Refused` with a sentence when it isn't a spend file.
    """
    once = Once(path, mapping=mapping)
    try:
        return _counted(once)
    except Otherwise:
        return _counted(once)


def _counted(once: Once) -> Account:
    found = Account(once.profile)
    for chunk in once.chunks:
        found.add(chunk)
    found.profile = once.profile
    return found
