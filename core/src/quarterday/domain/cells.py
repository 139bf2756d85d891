"""What one typed row says, cell by cell, where it can be told for certain: in a spreadsheet or a form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias, TypeVar

from quarterday.domain.sentences import Sentence, said

T = TypeVar("T")
Typed: TypeAlias = Mapping[str, str]
"""The cells of one row by field; a cell that isn't there is blank."""

_DAYS = ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d %B %Y", "%d %b %Y", "%d-%b-%Y")
_YES, _NO = frozenset({"yes", "y", "true"}), frozenset({"no", "n", "false"})


@dataclass(frozen=True, slots=True)
class CellProblem:
    """What is wrong with one field's cell (with ``field`` "", with a whole row) and what to do, in a sentence."""

    field: str
    why: str


def blank(what: str) -> Sentence:
    """How it is said that a cell is needed; a form, where that is plain to see, says only ``what`` to enter."""
    return said("Blank: {what}.", what=what)


class Row:
    """The cells of one row, and the problems found while reading them."""

    def __init__(self, typed: Typed) -> None:
        self._cells = {field: text.strip() for field, text in typed.items()}
        self.problems: list[CellProblem] = []

    def text(self, field: str) -> str:
        """The cell as typed, without the space around it."""
        return self._cells.get(field, "")

    def wrong(self, field: str, why: str) -> None:
        """Note that a cell can't be used, and what to do."""
        self.problems.append(CellProblem(field, Sentence(why)))

    def read(self, field: str, reader: Callable[[str], T]) -> T | None:
        """The cell through a reader; None when it is blank or, with the problem noted, unreadable (``ValueError``)."""
        text = self._cells.get(field)
        if not text:
            return None
        try:
            return reader(text)
        except ValueError as problem:
            self.wrong(field, str(problem))
            return None

    def needed(self, field: str, reader: Callable[[str], T], what: str) -> T | None:
        """The same for a cell that must not be blank; ``what`` says what to enter."""
        if not self.text(field):
            self.wrong(field, blank(what))
        return self.read(field, reader)


def day(text: str) -> date:
    """A day written as ISO (2026-07-31) or the British way (31/07/2026, 31 July 2026).

    Raises :class:`ValueError` with a sentence for anything else.
    """
    for form in _DAYS:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 (a day, no time)
        except ValueError:
            continue
    raise ValueError(said("“{text}” is not a date; enter it like 2026-07-31 or 31/07/2026.", text=text[:40]))


def yes_or_no(text: str) -> bool:
    """Yes or no, in a word; raises :class:`ValueError` with a sentence for anything else."""
    answer = text.casefold()
    if answer in _YES or answer in _NO:
        return answer in _YES
    raise ValueError(said("“{text}” is neither yes nor no; enter one of them, or leave it blank.", text=text[:40]))
