"""The sheets of a workbook as delimited text, each in a file of its own, made by a child process.

A workbook is hostile until it is read: two kilobytes may unpack to gigabytes, or name a cell in the last corner of an
endless sheet. So it is read where memory and time are bounded, whatever the reader's code does, and the text that comes
out goes the same way as any CSV. Run as a program, this module is that child.
"""

from __future__ import annotations

import csv
import datetime
import json
import resource
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from quarterday import Refused

if TYPE_CHECKING:
    from _csv import Writer

MEMORY = 2 * 2**30
"""How many bytes of memory the child may ask for."""

SECONDS = 120
"""How long it may work."""

WRITTEN = 2 * 2**30
"""How many bytes it may write."""

UNPACKED = 2**30
"""How many bytes the parts of a workbook may unpack to."""

TOO_LARGE = "The workbook needs more memory or time than a spend file should. Save the sheet as CSV and give that."


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet as text: a row of the sheet is a record of the file, row 1 the first."""

    name: str
    path: Path
    rows: int


def sheets(workbook: Path, folder: Path) -> list[Sheet]:
    """The visible sheets that hold anything, written into the folder.

    Raises :class:`Refused` for a workbook that is damaged, protected by a password or too large.
    """
    command = [sys.executable, "-I", "-m", __name__, str(workbook), str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)  # noqa: S603 our own program
    except subprocess.TimeoutExpired as late:
        raise Refused(TOO_LARGE) from late
    if done.returncode == 3:
        raise Refused("The workbook can't be read: it is damaged, or protected by a password. Save it again as XLSX.")
    if done.returncode:
        raise Refused(TOO_LARGE)
    return [Sheet(name, folder / file, rows) for name, file, rows in json.loads(done.stdout)]


def _bounded() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (WRITTEN, WRITTEN))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def unpacks_to_too_much(workbook: Path) -> bool:
    """Whether the parts of a zipped workbook say that they unpack to too much."""
    from zipfile import ZipFile, is_zipfile

    if not is_zipfile(workbook):
        return False
    with ZipFile(workbook) as archive:
        return sum(part.file_size for part in archive.infolist()) > UNPACKED


def _write(workbook: Path, folder: Path) -> list[tuple[str, str, int]]:
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    book = CalamineWorkbook.from_path(str(workbook))
    written = []
    for number, about in enumerate(book.sheets_metadata):
        if about.typ is not SheetTypeEnum.WorkSheet or about.visible is not SheetVisibleEnum.Visible:
            continue
        sheet = book.get_sheet_by_index(number)
        if not sheet.height:
            continue
        file = f"{number}.csv"
        with (folder / file).open("w", encoding="utf-8", newline="") as out:
            # The reader gives every row from the first of the sheet, but begins each at the first column in use.
            left = sheet.start[1] if sheet.start else 0
            rows = _put(csv.writer(out, lineterminator="\n"), sheet.iter_rows(), left)
        written.append((about.name, file, rows))
    return written


def _put(out_rows: Writer, rows: Iterable[Sequence[object]], left: int) -> int:
    """Write the rows, without the blank ones after the last that holds anything; how many there are."""
    written = 0
    blank = [""] * left
    for number, row in enumerate(rows, 1):
        cells = [as_text(cell) for cell in row]
        if any(cells):
            out_rows.writerows([[""]] * (number - 1 - written))
            out_rows.writerow(blank + cells)
            written = number
    return written


def as_text(value: object) -> str:
    """A cell as a person would type it: whole numbers without a point, days as ISO."""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat(" ", "seconds")
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return str(value)


def main() -> None:
    """Read the workbook named first into the folder named second; exit code 3 when it can't be read."""
    workbook, folder = Path(sys.argv[1]), Path(sys.argv[2])
    _bounded()
    if unpacks_to_too_much(workbook):
        sys.exit(4)
    try:
        written = _write(workbook, folder)
    except MemoryError:
        sys.exit(4)
    except Exception as error:
        sys.stderr.write(f"{type(error).__name__}: {error}")
        sys.exit(3)
    sys.stdout.write(json.dumps(written))


if __name__ == "__main__":
    main()
