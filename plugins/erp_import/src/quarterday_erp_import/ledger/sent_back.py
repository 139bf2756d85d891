"""A CSV of ours that a person filled in and sent back: its rows by the names of our columns, and what came of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from quarterday import Refused, Sentence
from quarterday.services.figures.written import unguarded

MOST_ROWS = 100_000


@dataclass(frozen=True, slots=True)
class Wrong:
    """A row that can't be used."""

    row: int
    """Its number in the file that was sent, the header being 1."""
    why: Sentence


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a file."""

    kept: int
    """How many things were settled by it, or otherwise than before."""
    untouched: int
    """How many rows say nothing."""
    wrong: tuple[Wrong, ...]


def rows_of(
    content: bytes, header: Iterable[str], *, needs: Collection[str], otherwise: Refused
) -> list[tuple[int, dict[str, str]]]:
    """The rows in which anything stands, each with its number and its cells by the names of our columns.

    Raises :class:`Refused` for what is no CSV or too long, and ``otherwise`` where a column is missing that it needs.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(text.replace("\0", ""), newline=""), delimiter=delimiter))
    except csv.Error as why:
        raise Refused("The file isn’t proper CSV ({why}); save it as CSV again.", why=str(why)) from why
    ours = {_plain(name): name for name in header}
    theirs = [ours.get(_plain(name)) for name in rows[0]] if rows else []
    if set(needs) - set(theirs):
        raise otherwise
    if len(rows) > MOST_ROWS:
        raise Refused("The file has more than {most} rows; send it in parts.", most=MOST_ROWS)
    return [
        (number, {name: unguarded(cell) for name, cell in zip(theirs, row, strict=False) if name})
        for number, row in enumerate(rows[1:], 2)
        if any(cell.strip() for cell in row)
    ]


def _plain(name: str) -> str:
    return " ".join(name.casefold().replace("_", " ").split())
