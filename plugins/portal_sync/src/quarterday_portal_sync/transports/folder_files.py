"""One file of a portal's: fetched whole, then read record by record."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from quarterday import Refused, Retryable, Sentence, said
from quarterday.services.places.place import Entry, Place
from quarterday.services.places.rows import MOST_BYTES, RawRow, rows_of, unguarded
from quarterday_portal_sync.mapping.headers import headers_of
from quarterday_portal_sync.mapping.layouts import Format, TableLayout
from quarterday_portal_sync.mapping.mapped import Shaped

_TOTAL = re.compile(r"(grand |sub-?)?totals?:?", re.IGNORECASE)
_LEAST_COLUMNS = 3
"""In a table of so many columns a row with one cell is a remark."""


@dataclass(frozen=True, slots=True)
class FileRow:
    """A record of a file, or why one can't be read."""

    line: int
    """Its row as a person sees it; of JSON its number in the list."""
    raw: Shaped
    why: Sentence | None = None


class NotFetched(Refused):
    """A file that is gone, or was changed since it was listed: what is there is taken by the next reading."""


@contextmanager
def fetched(place: Place, entry: Entry) -> Iterator[Path]:
    """A file's content on this machine, under its own name, until the end.

    Raises :class:`NotFetched`, :class:`Refused` where it is larger than is read, and :class:`Retryable` where the disk
    of this machine is full.
    """
    if entry.size > MOST_BYTES:
        raise Refused("It is larger than {most} MB; have it split.", most=MOST_BYTES // 2**20)
    with TemporaryDirectory(prefix="quarterday-") as folder:
        path = Path(folder) / PurePosixPath(entry.path).name
        try:
            with path.open("wb") as file:
                for piece in place.content(entry.path, entry.key):
                    file.write(piece)
        except Refused as why:
            raise NotFetched(str(why)) from why
        except OSError as error:
            text = "The file can't be kept while it is read ({why}); make room on the disk."
            raise Retryable(text, why=error.strerror or "no space", after=600) from error
        yield path


def records_of(path: Path, layout: TableLayout, needed: Sequence[str]) -> Iterator[FileRow]:
    """The records of a file, one by one; ``needed`` are headers without which it isn't what was agreed.

    Raises :class:`Refused`, with a sentence that says what to do, for a file that can't be read as a whole.
    """
    if layout.format is Format.JSON:
        yield from _of_json(path, layout)
        return
    rows = rows_of(path, sheet=layout.sheet, delimiter=layout.delimiter, encoding=layout.encoding)
    above, headers = _header(path, rows, layout)
    if missing := [name for name in needed if name not in headers]:
        raise Refused(
            "{file} has no column {missing} in its row {row}; ask the portal whether its files were changed, and mend "
            "the mapping.",
            file=path.name,
            missing=", ".join(f"“{name}”" for name in missing),
            row=layout.header_row,
        )
    for row in rows:
        if not _is_remark(row, above, len(headers)):
            yield _record(row, headers, needed)


def _header(path: Path, rows: Iterator[RawRow], layout: TableLayout) -> tuple[list[tuple[str, ...]], tuple[str, ...]]:
    """The rows of the header, and the header of each column."""
    if not layout.header_row:
        return [], layout.columns
    above: list[tuple[str, ...]] = []
    for row in rows:
        if row.line >= layout.header_row:
            above.append(row.cells)
        if len(above) == layout.header_rows:
            return above, headers_of(above)
    raise Refused("{file} ends before its header, in row {row}.", file=path.name, row=layout.header_row)


def _is_remark(row: RawRow, above: Sequence[tuple[str, ...]], columns: int) -> bool:
    """Whether a row is no record: the header once more, a total, or a line of text."""
    filled = [cell for cell in row.cells if cell]
    return (
        row.cells in above
        or (len(filled) == 1 and columns >= _LEAST_COLUMNS and not any(row.wrong.values()))
        or bool(filled and _TOTAL.fullmatch(filled[0]))
    )


def _record(row: RawRow, headers: Sequence[str], needed: Sequence[str]) -> FileRow:
    if any(row.cells[len(headers) :]):
        why = said("It has {cells} cells under {headers} headers.", cells=len(row.cells), headers=len(headers))
        return FileRow(row.line, {}, why)
    cells = (*row.cells, *[""] * (len(headers) - len(row.cells)))
    for at, trouble in row.wrong.items():
        if trouble and at < len(headers) and headers[at] in needed:
            return FileRow(row.line, {}, said("“{header}”: {why}", header=headers[at], why=trouble))
    return FileRow(row.line, {name: unguarded(cell) for name, cell in zip(headers, cells, strict=True) if name})


def _of_json(path: Path, layout: TableLayout) -> Iterator[FileRow]:
    try:
        data = json.loads(path.read_bytes(), parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise Refused("{file} is not proper JSON; ask for the file again.", file=path.name) from error
    for step in filter(None, layout.items.split(".")):
        data = data.get(step) if isinstance(data, Mapping) else None
    if not isinstance(data, list):
        raise Refused(
            "{file} has no list at “{at}”; ask the portal whether its files were changed, and mend the mapping.",
            file=path.name,
            at=layout.items,
        )
    for number, one in enumerate(data, 1):
        if isinstance(one, Mapping):
            yield FileRow(number, one)
        else:
            yield FileRow(number, {}, said("It is no record."))
