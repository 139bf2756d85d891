"""Tables with what one must know to read them, as files: CSV, a workbook, a page that stands alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape

from quarterday import Document, DocumentKind
from quarterday.services.figures.written import Grid, csv_bytes, workbook_bytes

Cell = str | Decimal
"""Text, or a number as a spreadsheet keeps it."""

_PENNY = Decimal("0.01")
_STYLE = """
body { font: 1rem/1.5 Arial, sans-serif; color: #0b0c0c; margin: 2rem auto; max-width: 75rem; padding: 0 1rem; }
h1 { font-size: 2rem; } h2 { font-size: 1.5rem; margin-top: 2.5rem; }
dt { font-weight: bold; } dd { margin: 0 0 .5rem; }
table { border-collapse: collapse; width: 100%; }
caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
th, td { border-bottom: 1px solid #b1b4b6; padding: .4rem .6rem .4rem 0; text-align: left; vertical-align: top; }
td.number, th.number { text-align: right; white-space: nowrap; }
.scroll { overflow-x: auto; } .scroll:focus { outline: 3px solid #ffdd00; }
"""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table."""

    name: str
    """Short, as the tab of a workbook."""
    caption: str
    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    notes: Sequence[str] = ()
    """What must be known beside it, a sentence each."""
    numbers: int = 0
    """So many of the columns, the last ones, hold numbers."""


@dataclass(frozen=True, slots=True)
class Paper:
    """A report of an authority for a period."""

    report: str
    """What it is, in small letters: “local”."""
    title: str
    authority_key: str
    period: str
    about: Sequence[tuple[str, str]]
    """What it is about, and what it says, a line each."""
    sheets: Sequence[Sheet]


def pence(micropounds: int) -> Decimal:
    """An amount in £ with two decimals, halves to even."""
    return (Decimal(micropounds) / 1_000_000).quantize(_PENNY)


def document(paper: Paper, form: str) -> Document:
    """The paper as a file of that form (“csv”, “xlsx” or “html”); the same paper is the same bytes each time."""
    media_type, content = FORMS[form]
    name = re.sub(r"[^a-z0-9]+", "-", f"spend {paper.report} {paper.authority_key} {paper.period}".casefold())
    return Document(
        kind=DocumentKind.REPORT,
        name=f"{name}.{form}",
        media_type=media_type,
        content=content(paper),
        meta={"report": paper.report, "authority": paper.authority_key, "period": paper.period},
    )


def _csv(paper: Paper) -> bytes:
    """One table: with several, each row says of which it is, and whose and of when, so that tables can be joined."""
    if len(paper.sheets) == 1:
        (sheet,) = paper.sheets
        return csv_bytes([sheet.header, *(_texts(row) for row in sheet.rows)])
    header = ("authority", "period", "table", *paper.sheets[0].header, "note")
    return csv_bytes([header, *_rows(paper)])


def _rows(paper: Paper) -> Iterator[Sequence[str]]:
    for sheet in paper.sheets:
        for row in sheet.rows:
            yield (paper.authority_key, paper.period, sheet.caption, *_texts(row), " ".join(sheet.notes))


def _texts(row: Sequence[Cell]) -> list[str]:
    return [cell if isinstance(cell, str) else f"{cell:f}" for cell in row]


def _workbook(paper: Paper) -> bytes:
    notes = [("Note", note) for sheet in paper.sheets for note in sheet.notes]
    about = Grid("About", ("about", "says"), [*paper.about, *dict.fromkeys(notes)], (24, 100))
    return workbook_bytes([*(Grid(one.name, one.header, one.rows, (32,)) for one in paper.sheets), about])


def _page(paper: Paper) -> bytes:
    terms = "".join(f"<dt>{escape(what)}</dt><dd>{escape(says)}</dd>" for what, says in paper.about)
    body = "".join(_section(sheet) for sheet in paper.sheets)
    return (
        '<!doctype html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(paper.title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>{escape(paper.title)}</h1>\n{body}\n<h2>About these figures</h2>\n<dl>{terms}</dl>\n"
        "</main>\n</body>\n</html>\n"
    ).encode()


def _section(sheet: Sheet) -> str:
    """A table without the columns in which nothing stands."""
    used = [at for at in range(len(sheet.header)) if any(row[at] != "" for row in sheet.rows)]
    notes = "".join(f"<p>{escape(note)}</p>" for note in sheet.notes)
    heading = f"<h2>{escape(sheet.caption)}</h2>{notes}"
    if not sheet.rows:
        return f"{heading}<p>There is nothing to show.</p>"
    numbers = range(len(sheet.header) - sheet.numbers, len(sheet.header))
    head = "".join(f'<th scope="col"{_class(at in numbers)}>{escape(sheet.header[at])}</th>' for at in used)
    rows = "".join(
        "<tr>" + "".join(_cell(row[at], at in numbers, is_first=at == used[0]) for at in used) + "</tr>"
        for row in sheet.rows
    )
    label = escape(sheet.caption, quote=True)
    return (
        f'{heading}<div class="scroll" role="region" tabindex="0" aria-label="{label}"><table>'
        f"<caption>{escape(sheet.caption)}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _cell(cell: Cell, is_number: bool, *, is_first: bool) -> str:
    text = escape(cell if isinstance(cell, str) else f"{cell:,f}")
    return f'<th scope="row">{text}</th>' if is_first else f"<td{_class(is_number)}>{text}</td>"


def _class(is_number: bool) -> str:
    return ' class="number"' if is_number else ""


FORMS: Mapping[str, tuple[str, Callable[[Paper], bytes]]] = {
    "csv": ("text/csv", _csv),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", _workbook),
    "html": ("text/html", _page),
}
"""How a paper is written."""
