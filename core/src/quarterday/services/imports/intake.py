"""Taking a spreadsheet into the record: what each row says, what became of it, and what has to be put right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Generic, TypeVar

from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.domain.cells import CellProblem, Row
from quarterday.domain.permissions import Permission
from quarterday.errors import Refused
from quarterday.services import scope
from quarterday.sheets import RowFault, Sheet, SheetRow, Vocabulary, open_sheet
from quarterday.sheets.writing import csv_bytes, unguarded

T = TypeVar("T")

WHY = "why it was quarantined"
"""The header of the column that a quarantine file has more than the file it comes from."""


class Outcome(StrEnum):
    """What became of a row that can be used."""

    ADDED = "added"
    COMPLETED = "completed"
    """It is there already, and something that was missing was added to it: a number, another name."""
    UNCHANGED = "unchanged"


class Line(Generic[T]):
    """One row of a file: what it says, and what is wrong with it."""

    def __init__(self, sheet: Sheet, row: SheetRow, read: Callable[[Row], T | None]) -> None:
        self.number = row.line
        self.place = sheet.place(row.line)
        """As a person calls it: ``line 5``."""
        self._cells = Row({name: unguarded(row[name]) for name in row.index})
        self._says = read(self._cells)
        self.problems = row.all_problems(self._cells.problems)

    def text(self, field: str) -> str:
        """A cell as typed."""
        return self._cells.text(field)

    @property
    def says(self) -> T:
        """What a row says with which nothing is wrong."""
        if self._says is None:
            raise ValueError("a row with problems says nothing")
        return self._says

    def wrong(self, field: str, why: str) -> None:
        """Note that a cell, or with "" the whole row, has to be put right."""
        self.problems.append(CellProblem(field, why))


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake(Generic[T]):
    """A file that was read, before anything of it is in the record."""

    sheet: Sheet
    digest: str
    """SHA-256 of the file."""
    lines: Sequence[Line[T]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What became of a file: rows = added + completed + unchanged + quarantined."""

    file: str
    read_as: str
    rows: int
    added: int
    completed: int
    """Rows of something that was there, to which something missing was added."""
    unchanged: int
    quarantined: int
    faults: tuple[RowFault, ...]
    """Every cell to put right, in the file's order; a quarantined row has one at least."""
    columns: Mapping[str, str]
    """Field → the header it was read from."""
    ignored: tuple[str, ...]
    """Headers that fit no field."""
    is_dry_run: bool
    sheet: Sheet


def opened(
    path: Path,
    vocabulary: Vocabulary,
    columns: Mapping[str, str] | None,
    needed: Iterable[str],
    read: Callable[[Row], T | None],
) -> Intake[T]:
    """The file read whole, each row through ``read``, which notes what is wrong with it and then gives None.

    Raises :class:`Refused` for a file that is no such spreadsheet, and for one without rows.
    """
    sheet = open_sheet(path, vocabulary, given=columns, needed=needed)
    if not sheet.rows:
        raise Refused(f"{path.name} has a header and no rows; there is nothing to import.")
    lines = [Line(sheet, row, read) for row in sheet]
    return Intake(sheet=sheet, digest=sha256(path.read_bytes()).hexdigest(), lines=lines)


def take_in(
    uow: UnitOfWork,
    actor: Actor,
    intake: Intake[T],
    put: Callable[[Work, Sequence[Line[T]]], Counter[Outcome]],
    *,
    authority_id: int | None,
    action: str,
    dry_run: bool,
) -> Imported:
    """Put a file's lines into the record in one transaction, and say what became of each.

    ``put`` gets the lines with which nothing is wrong so far, adds what they say and counts what became of them; of a
    line that the record contradicts it adds nothing and notes why. With ``dry_run`` all is done and taken back.
    """
    sheet, lines = intake.sheet, intake.lines
    with uow.begin(actor) as work:
        scope.needs(work, Permission.KEEP_CONTRACTS)
        trial = work.connection.begin_nested()
        outcomes = put(work, [line for line in lines if not line.problems])
        quarantined = len(lines) - outcomes.total()
        if outcomes[Outcome.ADDED] or outcomes[Outcome.COMPLETED]:
            subject = "installation" if authority_id is None else f"authority/{authority_id}"
            counts = {outcome.value: outcomes[outcome] for outcome in Outcome}
            work.audit(authority_id, action, subject, file=intake.digest, **counts, quarantined=quarantined)
        if dry_run:
            trial.rollback()
    return Imported(
        file=sheet.name,
        read_as=sheet.kind,
        rows=len(lines),
        added=outcomes[Outcome.ADDED],
        completed=outcomes[Outcome.COMPLETED],
        unchanged=outcomes[Outcome.UNCHANGED],
        quarantined=quarantined,
        faults=tuple(sheet.fault(line.number, problem) for line in lines for problem in line.problems),
        columns={name: sheet.columns[at] for name, at in sheet.match.index.items()},
        ignored=tuple(header for header in sheet.match.unknown if header != WHY),
        is_dry_run=dry_run,
        sheet=sheet,
    )


def write_quarantine(path: Path, imported: Imported) -> None:
    """Write the quarantined rows as they were, each with what is wrong with it, to be put right and imported again.

    Raises :class:`Refused` where the file exists or can't be written.
    """
    why: dict[int, list[str]] = {}
    for fault in imported.faults:
        why.setdefault(fault.line, []).append(str(fault))
    sheet = imported.sheet
    kept = [at for at, header in enumerate(sheet.columns) if header != WHY]
    header = [*(sheet.columns[at] for at in kept), WHY]
    rows = [[*(unguarded(row.cells[at]) for at in kept), " ".join(why[row.line])] for row in sheet if row.line in why]
    try:
        with path.open("xb") as file:
            file.write(csv_bytes([header, *rows]))
    except FileExistsError as problem:
        raise Refused(f"{path} exists already; name another file for the quarantined rows.") from problem
    except OSError as problem:
        raise Refused(f"{path} can't be written ({problem.strerror}); name another file.") from problem
