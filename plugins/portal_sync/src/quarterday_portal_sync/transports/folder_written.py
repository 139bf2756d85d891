"""Our files of an exchange: the same records under the same key are the same bytes, whenever they are written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from hashlib import sha256
from typing import TYPE_CHECKING

from quarterday import Answered, said
from quarterday_portal_sync.mapping.headers import rows_of
from quarterday_portal_sync.mapping.layouts import Format, TableLayout
from quarterday_portal_sync.mapping.mapped import Shaped
from quarterday_portal_sync.mapping.paths import text_of
from quarterday_portal_sync.transports.folder_evidence import EvidenceFiles

if TYPE_CHECKING:
    from quarterday_portal_sync.mapping.file import PortalMapping
    from quarterday_portal_sync.transports.port import Going

KEY = "{key}"
"""What stands for the delivery's key in the name of a file."""

MOST_NAME = 150
"""The longest name of a file in bytes; common file systems take 255."""

MOST_CELL = 32_767
"""How many characters a cell of Excel holds."""

Table = list[tuple[TableLayout, Shaped]]


@dataclass(frozen=True, slots=True)
class Written:
    """A file for the portal."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Delivery:
    """The files of one delivery, and what is known of each of its records once they are there."""

    files: tuple[Written, ...]
    answers: tuple[Answered, ...]


def written(mapping: PortalMapping, going: Sequence[Going], key: str) -> Delivery:
    """The files that hold records, one for each name that the layouts of their kinds give; before them, evidence.

    Of a file nobody answers: a record in it counts as taken, under our key until theirs comes with an export. One that
    its file can't hold is answered with the reason, and the others go.
    """
    tables: dict[str, dict[str, Table]] = {}
    evidence: dict[str, bytes] = {}
    files = EvidenceFiles(mapping)
    answers = []
    for one in going:
        layout = mapping.table(one.kind)
        if layout is None or not layout.outgoing:
            answers.append(Answered(one.key, why=said("No file for the portal holds this kind of record.")))
            continue
        name = _name(layout, key)
        row, beside = files.apart(one.kind, one.row, name)
        if why := _unwritable(row, layout):
            answers.append(Answered(one.key, why=why))
            continue
        if beside:
            evidence[beside[0]] = beside[1]
        if not layout.columns:
            layout = replace(layout, columns=tuple(path.text for path in mapping.of[one.kind].paths))
        tables.setdefault(name, {}).setdefault(layout.sheet, []).append((layout, row))
        answers.append(Answered(one.key, external_id=one.external_id or one.key))
    written = {**evidence, **{name: _content(sheets) for name, sheets in tables.items()}}
    return Delivery(tuple(Written(*one) for one in written.items()), tuple(answers))


def _name(layout: TableLayout, key: str) -> str:
    """The name of a file: what of the delivery's key a name may have, with a few digits of it where that is not all."""
    said = re.sub(r"[^A-Za-z0-9_.-]+", "-", key)
    if said != key or len(said) > MOST_NAME // 2:
        said = f"{said[: MOST_NAME // 2]}-{sha256(key.encode()).hexdigest()[:8]}"
    if KEY in layout.outgoing:
        return layout.outgoing.replace(KEY, said)
    stem, dot, ending = layout.outgoing.rpartition(".")
    return f"{stem}-{said}{dot}{ending}" if dot else f"{layout.outgoing}-{said}"


def _unwritable(row: Shaped, layout: TableLayout) -> str:
    """Why a file can't hold a record; "" where it can."""
    if layout.format is Format.JSON:
        return ""
    texts = [text_of(value) for value in row.values()]
    if layout.format is Format.XLSX:
        too_long = any(len(text) > MOST_CELL for text in texts)
        return said("It has a text of more than {most} characters.", most=MOST_CELL) if too_long else ""
    try:
        "".join(texts).encode(layout.encoding)
    except UnicodeEncodeError as error:
        return said("It has the sign “{sign}”, which the portal's files can't hold.", sign=error.object[error.start])
    return ""


def _content(sheets: dict[str, Table]) -> bytes:
    table = [one for records in sheets.values() for one in records]
    layout, _ = table[0]
    if layout.format is Format.XLSX:
        return _workbook(sheets)
    if layout.format is Format.JSON:
        return _json(layout, [row for _, row in table])
    from quarterday.services.figures.written import csv_bytes

    rows = ([text_of(value) for value in row] for row in _rows(table))
    return csv_bytes(rows, delimiter=layout.delimiter, encoding=layout.encoding)


def _workbook(sheets: dict[str, Table]) -> bytes:
    from quarterday.services.figures.written import Grid, workbook_bytes

    grids = []
    for name, table in sheets.items():
        first, *others = [[_cell(value) for value in row] for row in _rows(table)]
        grids.append(Grid(name or "Sheet1", [str(cell) for cell in first], others))
    return workbook_bytes(grids)


def _cell(value: object) -> str | Decimal:
    """Numbers as numbers; whatever the mapping wrote as text stays text."""
    is_number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    return Decimal(text_of(value)) if is_number else text_of(value)


def _json(layout: TableLayout, records: Sequence[Shaped]) -> bytes:
    data: object = records
    for step in reversed(list(filter(None, layout.items.split(".")))):
        data = {step: data}
    return json.dumps(data, ensure_ascii=False, indent=1, default=_number).encode() + b"\n"


def _number(value: object) -> int | float:
    """A decimal as JSON has numbers; only where it is the same."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(f"a {type(value).__name__} is nothing that JSON holds")


def _rows(table: Table) -> Iterator[Sequence[object]]:
    """The rows of a table: blank ones above the header, the header, the records."""
    layout, _ = table[0]
    columns = tuple(dict.fromkeys(name for layout, _ in table for name in layout.columns))
    if layout.header_row:
        yield from ([""] * len(columns) for _ in range(layout.header_row - 1))
        yield from rows_of(columns, layout.header_rows)
    for _, row in table:
        yield [row.get(name, "") for name in columns]
