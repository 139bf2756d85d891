"""A cell that can't be used, wherever it was typed: in a spreadsheet or a form."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CellProblem:
    """A field's cell (with ``field`` "", a whole row) that can't be used: what is wrong and what to do, in a sentence."""

    field: str
    why: str
