"""What a spreadsheet is once it has been read: columns that were recognised, and rows of text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from quarterday.domain.cells import CellProblem
from quarterday.domain.sentences import said
from quarterday.sheets.columns import ColumnMatch, letter


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row as a file holds it: its own line number, stripped texts, and what is wrong with a cell, by index."""

    line: int
    cells: tuple[str, ...]
    wrong: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RowFault:
    """A row or cell of a file that has to be put right: where it is, and what to do, in a sentence."""

    line: int
    column: str
    """The header over the cell; "" for the whole row."""
    place: str
    why: str

    def __str__(self) -> str:
        return f"{self.place}: {self.why}"


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row below the header. ``row["ref"]`` is the text of a field, "" where the sheet has no such column."""

    line: int
    """The line of the text file, or the row of the Excel sheet, as a person sees it."""
    cells: tuple[str, ...]
    """The text of each column, stripped; as many as the header has."""
    problems: tuple[CellProblem, ...]
    """Cells of recognised columns that can't be used; a reader that ignores them counts what isn't there."""
    index: Mapping[str, int]

    def __getitem__(self, name: str) -> str:
        at = self.index.get(name)
        return "" if at is None else self.cells[at]

    def all_problems(self, found: Iterable[CellProblem]) -> list[CellProblem]:
        """The row's problems and those ``found`` by reading its fields; what is wrong with one cell is said once."""
        unusable = {problem.field for problem in self.problems}
        return [*self.problems, *(problem for problem in found if problem.field not in unusable)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A spreadsheet that has been read whole. It keeps no file open."""

    name: str
    """The file's name."""
    kind: str
    """How it was read, for a person: “comma-separated text, UTF-8”, “Excel sheet “Values””."""
    line_word: str
    """What a person calls a row of such a file: ``line`` in a text file, ``row`` in Excel."""
    header_line: int
    columns: tuple[str, ...]
    """The header's names as written."""
    match: ColumnMatch
    """Which field each recognised column holds."""
    rows: tuple[SheetRow, ...]
    """The rows below the header that aren't blank."""

    def __iter__(self) -> Iterator[SheetRow]:
        return iter(self.rows)

    def place(self, line: int, name: str = "") -> str:
        """Where a cell is, for a person: ``line 5, column C “Unit value”``; without a field, ``line 5``."""
        at = self.match.index.get(name)
        if at is None:
            return said("{line_word} {line}", line_word=self.line_word, line=line)
        return said(
            "{line_word} {line}, column {letter} “{header}”",
            line_word=self.line_word,
            line=line,
            letter=letter(at),
            header=self.columns[at],
        )

    def fault(self, line: int, problem: CellProblem) -> RowFault:
        """A problem of a row with its place; one of a field that has no column says which field it is."""
        at = self.match.index.get(problem.field)
        why = (
            said("{field}: {why}", field=problem.field, why=problem.why)
            if at is None and problem.field
            else problem.why
        )
        return RowFault(line, "" if at is None else self.columns[at], self.place(line, problem.field), why)
