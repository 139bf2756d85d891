"""What commands print: JSON, and tables with colour on a terminal and plain in a pipe."""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Sequence
from datetime import date

import click

STYLES = {
    "good": "green",
    "loaded": "green",
    "warning": "yellow",
    "disabled": "dim",
    "wrong": "bold red",
    "failed": "bold red",
    "low": "yellow",
    "unknown": "dim",
}
"""How a cell that holds just this word is coloured, in every table."""


def print_json(value: object) -> None:
    """Print one JSON document; dates become ISO text. Raises :class:`TypeError` for what JSON doesn't know."""
    in_full = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    click.echo(json.dumps(value, indent=2, ensure_ascii=not in_full, default=_plain))


def print_table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], *, title: str = "", numbers: Collection[str] = ()
) -> None:
    """Print a table: with colour on a terminal, in a pipe as plain text, whose lines are neither cut nor wrapped.

    ``numbers`` names the columns that are aligned to the right.
    """
    clean = [[one_line(cell) for cell in row] for row in rows]
    if sys.stdout.isatty():
        _print_rich(columns, clean, title, numbers)
        return
    if title:
        click.echo(title)
    widths = [max(map(len, column)) for column in zip(columns, *clean, strict=True)]
    for row in [list(columns), *clean]:
        cells = [
            cell.rjust(width) if name in numbers else cell.ljust(width)
            for cell, width, name in zip(row, widths, columns, strict=True)
        ]
        click.echo("  ".join(cells).rstrip())


def _print_rich(columns: Sequence[str], rows: list[list[str]], title: str, numbers: Collection[str]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(title) if title else None, title_justify="left", box=box.SIMPLE_HEAD)
    for name in columns:
        table.add_column(Text(name), justify="right" if name in numbers else "left")
    for row in rows:
        table.add_row(*(Text(cell, style=STYLES.get(cell, "")) for cell in row))
    Console().print(table)


def one_line(text: str) -> str:
    """The text on one line, without control characters, which a file or a plugin could use to fool a terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _plain(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is not JSON")
