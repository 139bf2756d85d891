"""A figure as it is shown: its rows, what they mean by it, how much of the money is behind it, and of which day it is.

A figure never hides what isn't known: its coverage says for how much of the £ a postcode, a size or a contract is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

import pyarrow as pa
from ibis.expr.types import Table

from quarterday_erp_import.analysis.amounts import percent, pounds
from quarterday_erp_import.analysis.payments import amount


class Engine(Protocol):
    """What runs an expression; a connection of Ibis does."""

    def to_pyarrow(self, expr: Table) -> pa.Table:
        """The rows of a table."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """For how much of the money something is known."""

    what: str
    """“postcode”, “size”, “contract”."""
    known: int
    """In micropounds, credits included, as the whole."""
    whole: int

    @property
    def words(self) -> str:
        """“postcode known for 43.2% of £1,234.50”; of nothing, or of less, the amount stands for the share."""
        known = percent(self.known, self.whole) if self.whole > 0 else pounds(self.known)
        return f"{self.what} known for {known} of {pounds(self.whole)}"


@dataclass(frozen=True, slots=True)
class Figure:
    """What was reckoned, with what it takes to read it."""

    rows: tuple[Mapping[str, Any], ...]
    """Money in them is micropounds."""
    definition: str
    """What is counted, and by which definition of local or of size."""
    coverage: tuple[Coverage, ...]
    on: date
    """The day up to which the ledger was read."""


def figure(engine: Engine, rows: Table, spend: Table, known: Mapping[str, str], *, definition: str, on: date) -> Figure:
    """The figure that ``rows`` come to, of ``spend``.

    ``known`` is what its coverage is about → the column that is null where that isn't known.
    """
    columns = {f"known_{column}": amount(spend, spend[column].notnull()) for column in known.values()}
    (covered,) = engine.to_pyarrow(spend.agg(amount=amount(spend), **columns)).to_pylist()
    return Figure(
        tuple(engine.to_pyarrow(rows).to_pylist()),
        definition,
        tuple(Coverage(what, covered[f"known_{column}"], covered["amount"]) for what, column in known.items()),
        on,
    )
