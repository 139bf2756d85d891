"""Rows as open text and back: JSON, one row a line, a moment as ISO text in UTC, a day as ISO text."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Column, Date, Table

from quarterday.db.columns import Instant

Row = Mapping[str, Any]


class NotARow(ValueError):
    """A line is no row of its table; the message says why."""


def line_of(table: Table, row: Row) -> bytes:
    """A row as one line; every column under its own name, in the table's order."""
    said = {column.name: _WRITERS[_kind(column)](row[column.name]) for column in table.columns}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def row_of(table: Table, line: bytes) -> dict[str, Any]:
    """The row in a line; raises :class:`NotARow`."""
    try:
        said = json.loads(line)
        if not isinstance(said, dict) or said.keys() != set(table.columns.keys()):
            raise NotARow("it has other columns than this version of Quarterday")
        return {column.name: _READERS[_kind(column)](said[column.name]) for column in table.columns}
    except (ValueError, TypeError) as problem:
        raise NotARow(str(problem)) from problem


def _kind(column: Column[Any]) -> str:
    if isinstance(column.type, Instant):
        return "moment"
    return "day" if isinstance(column.type, Date) else "plain"


def _moment(value: datetime | None) -> str | None:
    return None if value is None else value.astimezone(UTC).isoformat(timespec="microseconds")


def _to_moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _day(value: date | None) -> str | None:
    return None if value is None else value.isoformat()


def _to_day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _same(value: Any) -> Any:
    return value


_WRITERS: Mapping[str, Callable[[Any], Any]] = {"moment": _moment, "day": _day, "plain": _same}
_READERS: Mapping[str, Callable[[Any], Any]] = {"moment": _to_moment, "day": _to_day, "plain": _same}
