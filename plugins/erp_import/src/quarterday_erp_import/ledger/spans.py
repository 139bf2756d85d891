"""From which month to which a batch runs."""

from __future__ import annotations

from datetime import date
from typing import TypeAlias

Months: TypeAlias = tuple[tuple[int, int], tuple[int, int]]
"""A first and a last month, each as year and month."""


def months(first: date | None, last: date | None) -> Months | None:
    """The months of two days; None where there are no days."""
    return None if first is None or last is None else ((first.year, first.month), (last.year, last.month))
