"""An example of what a portal gives out, read: its tables, or the lists in its JSON, whatever they are called."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from pathlib import Path

from quarterday import Refused
from quarterday_portal_sync.mapping.headers import headers_of
from quarterday_portal_sync.mapping.layouts import Format, Style
from quarterday_portal_sync.mapping.learning.names import known_headers
from quarterday_portal_sync.mapping.mapped import Shaped
from quarterday_portal_sync.mapping.paths import leaves, named, text_of

HEADER_WITHIN = 11
"""The header is looked for in so many rows."""
LOOKED_AT = 2000
"""So many records of a table are looked at."""
MOST_BYTES = 32 * 2**20
NAMES = ("name", "key", "label", "code", "field", "id")
VALUES = ("value", "values", "answer", "text", "amount")


@dataclass(frozen=True, slots=True)
class Column:
    """One header of a table or one path of nested records, with what stands there."""

    name: str
    values: tuple[object, ...]
    """Those that aren't blank, in order."""

    @property
    def texts(self) -> tuple[str, ...]:
        """The values as text."""
        return tuple(text_of(value) for value in self.values)


@dataclass(frozen=True, slots=True)
class Table:
    """Records of one sheet, file or list."""

    format: Format
    rows: Sequence[Shaped]
    columns: Sequence[Column]
    sheet: str = ""
    header_row: int = 1
    header_rows: int = 1
    delimiter: str = ","
    encoding: str = "utf-8-sig"
    items: str = ""
    """Of JSON, the path to the list."""
    paging: Mapping[str, str] = field(default_factory=dict)
    """Of JSON, what it shows of how the list goes on, by the names of the mapping file."""

    def of(self, rows: Sequence[Shaped]) -> Table:
        """The same table with only some of its rows."""
        headers = [column.name for column in self.columns]
        columns = _columns(rows) if self.format is Format.JSON else _flat(headers, rows)
        return Table(
            self.format, rows, columns, self.sheet, self.header_row, self.header_rows, self.delimiter, self.encoding,
            self.items, self.paging,
        )  # fmt: skip


def read_example(path: Path) -> list[Table]:
    """The tables of an example file; raises :class:`Refused` for what holds none."""
    if not path.is_file():
        raise Refused("{path} isn't there; name a file that the portal gave out.", path=path)
    found = _of_json(path) if path.suffix.casefold() in (".json", ".jsonl") else _of_sheets(path)
    if not found:
        raise Refused("{file} has no table that can be recognised; give an export with a header row.", file=path.name)
    return found


# --- tables ---


def _of_sheets(path: Path) -> list[Table]:
    from quarterday.services.places.rows import rows_of, sheets_of

    sheets = sheets_of(path)
    found = []
    for sheet in sheets:
        grid = [
            (row.line, row.cells)
            for row in islice(rows_of(path, sheet=sheet, delimiter=",", encoding="utf-8"), LOOKED_AT)
        ]
        if table := _table(grid, Format.XLSX, sheet=sheet):
            found.append(table)
    if sheets:
        return found
    encoding = _encoding(path)
    best: tuple[int, Table] | None = None
    for delimiter in (",", ";", "\t", "|"):
        try:
            rows = rows_of(path, sheet="", delimiter=delimiter, encoding=encoding)
            grid = [(row.line, row.cells) for row in islice(rows, LOOKED_AT)]
        except Refused:
            continue
        made = _table(grid, Format.CSV, delimiter=delimiter, encoding=encoding)
        if made and (best is None or len(made.columns) > best[0]):
            best = len(made.columns), made
    return [best[1]] if best else []


def _encoding(path: Path) -> str:
    content = path.read_bytes()
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        content.decode()
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def _table(
    grid: Sequence[tuple[int, Sequence[str]]],
    kind: Format,
    *,
    sheet: str = "",
    delimiter: str = ",",
    encoding: str = "utf-8-sig",
) -> Table | None:
    """The table in a grid of cells, from the row that names most of what is known."""
    scores = [(known_headers(cells), -number) for number, (_, cells) in enumerate(grid[:HEADER_WITHIN])]
    best, at = max(scores, default=(0, 0))
    if best < 2:
        return None
    last = -at
    first = last
    while first > 0 and _is_group(grid[first - 1], grid[first]):
        first -= 1
    headers = headers_of([cells for _, cells in grid[first : last + 1]])
    rows = [
        dict(zip(headers, [*cells, *[""] * (len(headers) - len(cells))], strict=False)) for _, cells in grid[last + 1 :]
    ]
    named_ones = [name for name in headers if name]
    return Table(kind, rows, _flat(named_ones, rows), sheet, grid[first][0], last - first + 1, delimiter, encoding)


def _is_group(above: tuple[int, Sequence[str]], header: tuple[int, Sequence[str]]) -> bool:
    """Whether a row is the upper part of a header: words over several of its columns, right above it."""
    words = [cell for cell in above[1] if cell.strip()]
    return (
        above[0] == header[0] - 1
        and len(words) > 1
        and len(above[1]) <= len(header[1]) + 1
        and not any(re.search(r"\d{3}|^\W*\d", cell) for cell in words)
    )


def _flat(headers: Sequence[str], rows: Sequence[Shaped]) -> list[Column]:
    return [
        Column(name, tuple(value for row in rows if str(value := row.get(name, "")).strip()))
        for name in headers if name
    ]  # fmt: skip


# --- JSON ---


def _of_json(path: Path) -> list[Table]:
    if path.stat().st_size > MOST_BYTES:
        raise Refused("{file} is larger than an example needs to be; give its first part.", file=path.name)
    try:
        text = path.read_text(encoding="utf-8-sig")
        if path.suffix.casefold() == ".jsonl":
            data: object = [json.loads(line, parse_float=Decimal) for line in text.splitlines() if line.strip()]
        else:
            data = json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as why:
        raise Refused("{file} isn't JSON: {why}.", file=path.name, why=why) from why
    return [
        Table(Format.JSON, rows[:LOOKED_AT], _columns(rows[:LOOKED_AT]), items=items, paging=_paging(data))
        for items, rows in _lists(data)
    ]


def _lists(data: object, place: str = "") -> Iterator[tuple[str, list[Shaped]]]:
    """The lists of records, but for those inside a record."""
    if isinstance(data, list):
        if data and all(isinstance(one, dict) for one in data):
            yield place, data
    elif isinstance(data, dict):
        for name, value in data.items():
            yield from _lists(value, f"{place}.{name}" if place else str(name))


def _columns(rows: Sequence[Shaped]) -> list[Column]:
    """Every path that holds single values in any record; of a list of names and values one for each name."""
    found: dict[str, list[object]] = {}
    for row in rows:
        for place, value in leaves(row):
            text = _path(row, place)
            if text is not None and not isinstance(value, list | dict) and text_of(value):
                found.setdefault(text, []).append(value)
            elif text is not None:
                found.setdefault(text, [])
    return [Column(name, tuple(values)) for name, values in found.items()]


def _path(row: Shaped, place: Sequence[str | int]) -> str | None:
    """The path that leads to a place in every record alike; None for the name in a list of names and values."""
    text, here = "", row
    inside: object = here
    for step in place:
        if isinstance(step, str):
            text += f".{step}" if text else step
            inside = inside[step]  # type: ignore[index]
            continue
        one = inside[step]  # type: ignore[index]
        name = next((key for key in NAMES if isinstance(one, dict) and isinstance(one.get(key), str)), "")
        is_pair = name and any(key in one for key in VALUES)
        if is_pair and place[-1] == name:
            return None
        text += f"[{name}={one[name]}]" if is_pair else f"[{step}]"
        inside = one
    return text


def _paging(data: object) -> dict[str, str]:
    """What an answer shows of how its list goes on."""
    for place, value in leaves(data):
        if any(isinstance(step, int) for step in place):
            continue
        last = str(place[-1]) if place else ""
        text = "" if isinstance(value, list | dict) else text_of(value)
        if re.search(r"next", ".".join(map(str, place)), re.IGNORECASE):
            if re.match(r"https?://|/", text):
                return {"style": Style.LINK, "next": named(place)}
            return {"style": Style.CURSOR, "next": named(place)}
        if re.fullmatch(r"(next_?)?cursor", last, re.IGNORECASE):
            return {"style": Style.CURSOR, "next": named(place)}
    return {}
