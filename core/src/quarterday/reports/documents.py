"""The delivery report as a document of each format."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC
from enum import StrEnum
from typing import NamedTuple

from quarterday.ports import Document, DocumentKind
from quarterday.reports import table
from quarterday.reports.as_json import json_bytes
from quarterday.reports.delivery import DeliveryReport
from quarterday.sheets.writing import Grid, csv_bytes, workbook_bytes


class Format(StrEnum):
    """How a report is written."""

    CSV = "csv"
    XLSX = "xlsx"
    HTML = "html"
    JSON = "json"


class _Written(NamedTuple):
    media_type: str
    content: Callable[[DeliveryReport], bytes]


def document(report: DeliveryReport, form: Format) -> Document:
    """The report as a file; the same report is the same bytes each time."""
    written = _FORMATS[form]
    span = report.period.name if report.period else "all-periods"
    name = re.sub(r"[^a-z0-9]+", "-", f"delivery {report.authority_key} {span}".casefold())
    return Document(
        kind=DocumentKind.REPORT,
        name=f"{name}.{form}",
        media_type=written.media_type,
        content=written.content(report),
        meta={"report": "delivery", "authority": report.authority_key, "as_at": _moment(report)},
    )


def about(report: DeliveryReport) -> list[tuple[str, str]]:
    """What the figures are and rest on, a line each: what it is about, and what it says."""
    span = f"{report.period.name}, {report.period.first} to {report.period.last}" if report.period else "all periods"
    return [
        ("Authority", report.authority),
        ("Period", span),
        ("As known at", _moment(report)),
        *(("Note", note) for note in report.notes),
        *(("Values", f"{one.title}, for {one.edition}; licence: {one.licence}") for one in report.value_sets),
        *(("Local", f"{one.name}: {', '.join((*one.codes, *one.wards))}") for one in report.local_areas),
        *(("Not complete", reason) for reason in report.reasons),
    ]


def _moment(report: DeliveryReport) -> str:
    return report.as_at.astimezone(UTC).isoformat(timespec="seconds")


def _csv(report: DeliveryReport) -> bytes:
    """One table: each row says for itself whose and of when it is, so that tables can be put together."""
    span = report.period.name if report.period else "all periods"
    warning = " ".join(report.notes)
    header = ("authority", "period", "as at", *table.COLUMNS, "note")
    rows = [(report.authority_key, span, _moment(report), *map(_text, row), warning) for row in table.rows(report)]
    return csv_bytes([header, *rows])


def _text(cell: table.Cell) -> str:
    return cell if isinstance(cell, str) else f"{cell:f}"


def _workbook(report: DeliveryReport) -> bytes:
    return workbook_bytes(
        [
            Grid("Delivery", table.COLUMNS, table.rows(report), (9, 24, 10, 44, 24, 20, 20, 26)),
            Grid("About", ("about", "says"), about(report), (16, 100)),
        ]
    )


def _page(report: DeliveryReport) -> bytes:
    from quarterday.reports.page import page

    return page(report, about(report)).encode()


_FORMATS: Mapping[Format, _Written] = {
    Format.CSV: _Written("text/csv", _csv),
    Format.XLSX: _Written("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", _workbook),
    Format.HTML: _Written("text/html", _page),
    Format.JSON: _Written("application/json", json_bytes),
}
