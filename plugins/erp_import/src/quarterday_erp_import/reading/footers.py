"""What a file itself says that its payments add up to, below them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import pyarrow as pa

_OF_ALL = re.compile(r"(?:grand|overall|report)\b", re.IGNORECASE)
_OF_SOME = re.compile(r"(?:sub|page|sheet|running)[ -]*total", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Total:
    """A record that adds others up."""

    ordinal: int
    """Its number after the header."""
    called: str
    amount: int | None
    """In micropounds, in the column of amounts; None where none can be read there."""


class _Read(Protocol):
    @property
    def lines(self) -> pa.RecordBatch: ...

    @property
    def totals(self) -> Sequence[Total]: ...


@dataclass
class Footer:
    """The totals of a file, as its records are read one after the other."""

    totals: list[Total] = field(default_factory=list)
    last: int = 0
    """The number of the last payment."""

    def add(self, chunk: _Read) -> None:
        """Look at some more of the records."""
        self.totals += [one for one in chunk.totals if not _OF_SOME.match(one.called)]
        if chunk.lines.num_rows:
            self.last = chunk.lines.column("ordinal")[-1].as_py()

    @property
    def amount(self) -> int | None:
        """What all payments add up to by the file, in micropounds; None where it doesn't say so for certain.

        That is the only total, or one that is called the grand total, where no payment follows.
        """
        of_all: Iterable[Total] = [one for one in self.totals if _OF_ALL.match(one.called)] or self.totals
        found = {one.amount for one in of_all}
        if len(found) != 1 or max(one.ordinal for one in of_all) < self.last:
            return None
        return found.pop()
