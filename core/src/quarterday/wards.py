"""Which ward each postcode lies in, where a directory that says so was loaded: none comes with Quarterday.

What can be loaded is Ordnance Survey's Code-Point Open, as it is given out (a ZIP of files without headings), and any
directory as CSV with a column for postcodes and one for wards, like the Office for National Statistics' NSPL; and
besides a list of wards with their names. It is kept in one file of the data folder, which each machine needs that
reckons figures.
"""

from __future__ import annotations

import csv
import os
import re
import sqlite3
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from gzip import GzipFile
from hashlib import sha256
from io import BufferedReader, TextIOWrapper
from itertools import chain
from pathlib import Path
from typing import IO
from zipfile import BadZipFile, ZipFile, is_zipfile

from quarterday.errors import Refused
from quarterday.settings_file import data_folder

FILE = "wards.db"
"""In the data folder."""

MOST_BYTES = 4 << 30
"""So much is read of one file, unpacked: the whole United Kingdom's directory with all its columns has 1.5 GB."""

_AT_ONCE = 900
_LONGEST = 1 << 16
"""So long is the longest line, in characters."""
_POSTCODE = re.compile(r"([A-Z]{1,2}\d[A-Z\d]?) ?(\d[A-Z]{2})", re.ASCII)
_WARD = re.compile(r"[ENSW]\d{8}", re.ASCII)
_POSTCODES = ("pcds", "pcd2", "pcd", "pcd7", "pcd8", "postcode")
_OF_WARDS = re.compile(r"(osward|ward|wd(\d\d)?cd|(admin_)?ward_code)")
_NAMES = re.compile(r"(wd(\d\d)?nm|ward_?name|name)")


@dataclass(frozen=True, slots=True)
class Loaded:
    """What there is after loading."""

    postcodes: int
    wards: int
    named: int
    """How many of these wards have a name."""


def load(paths: Iterable[Path]) -> Loaded:
    """Keep what the files say of postcodes and wards, all of it or nothing, in place of what was kept before.

    Raises :class:`~quarterday.errors.Refused` for a file that is no such directory, and where none of them has
    postcodes.
    """
    there = data_folder() / FILE
    partial = there.with_name(f"{FILE}.{os.getpid()}.partial")
    try:
        with closing(sqlite3.connect(partial)) as kept:
            kept.execute("PRAGMA journal_mode=OFF")
            kept.execute("CREATE TABLE place (postcode TEXT PRIMARY KEY, ward TEXT NOT NULL) WITHOUT ROWID")
            kept.execute("CREATE TABLE ward (code TEXT PRIMARY KEY, name TEXT NOT NULL) WITHOUT ROWID")
            kept.execute("CREATE TABLE about (digest TEXT NOT NULL)")
            with kept:
                for path in paths:
                    _take(kept, path)
                kept.execute("INSERT INTO about VALUES (?)", (_digest(kept),))
            found = _counted(kept)
        if not found.postcodes:
            raise Refused("None of these files says which ward a postcode lies in.")
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        partial.rename(there)
    finally:
        partial.unlink(missing_ok=True)
    return found


def wards_of(postcodes: Iterable[str]) -> dict[str, str]:
    """The code of the ward of each whole postcode (``S60 1AE``) that is known; nothing where nothing was loaded."""
    asked, found = sorted(set(postcodes)), dict[str, str]()
    with _opened() as kept:
        if kept is None:
            return found
        for first in range(0, len(asked), _AT_ONCE):
            some = asked[first : first + _AT_ONCE]
            marks = ", ".join("?" * len(some))
            found.update(kept.execute(f"SELECT postcode, ward FROM place WHERE postcode IN ({marks})", some))  # noqa: S608
    return found


def names_of(wards: Iterable[str]) -> dict[str, str]:
    """The names of those wards that have one."""
    with _opened() as kept:
        names = dict(kept.execute("SELECT code, name FROM ward")) if kept else {}
    return {ward: names[ward] for ward in wards if ward in names}


def edition() -> str:
    """What tells the directory that was loaded from another one; "" where none was."""
    with _opened() as kept:
        return str(kept.execute("SELECT digest FROM about").fetchone()[0]) if kept else ""


@contextmanager
def _opened() -> Iterator[sqlite3.Connection | None]:
    path = data_folder() / FILE
    if not path.exists():
        yield None
        return
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as kept:
        yield kept


def _counted(kept: sqlite3.Connection) -> Loaded:
    number = "SELECT count(*), count(DISTINCT ward) FROM place"
    named = "SELECT count(*) FROM ward WHERE code IN (SELECT ward FROM place)"
    return Loaded(*kept.execute(number).fetchone(), *kept.execute(named).fetchone())


def _digest(kept: sqlite3.Connection) -> str:
    found = sha256()
    for table in ("place", "ward"):
        for row in kept.execute(f"SELECT * FROM {table} ORDER BY 1"):  # noqa: S608 (one of two words)
            found.update("\t".join(row).encode())
    return found.hexdigest()


def _take(kept: sqlite3.Connection, path: Path) -> None:
    is_any = False
    try:
        with closing(_texts(path)) as texts:
            for lines in texts:
                is_any |= _take_text(kept, csv.reader(lines))
    except (OSError, EOFError, BadZipFile, UnicodeDecodeError, csv.Error) as problem:
        raise Refused("{name} can't be read ({why}).", name=path.name, why=str(problem)) from problem
    if not is_any:
        raise Refused("{name} names no postcodes with their wards, and no wards with their names.", name=path.name)


def _texts(path: Path) -> Generator[Iterator[str], None, None]:
    """The lines of each CSV in a file, of which no more are read than :data:`MOST_BYTES` hold."""
    if not is_zipfile(path):
        with GzipFile(path) if path.suffix == ".gz" else path.open("rb") as file:
            yield _lines(file)
        return
    with ZipFile(path) as whole:
        for name in whole.namelist():
            if name.lower().endswith(".csv"):
                with whole.open(name) as file:
                    yield _lines(file)


def _lines(file: GzipFile | BufferedReader | IO[bytes]) -> Iterator[str]:
    left = MOST_BYTES
    with TextIOWrapper(file, "utf-8-sig", newline="") as text:
        while line := text.readline(_LONGEST):
            left -= len(line)
            if left < 0:
                raise OSError("it is too large")
            yield line


def _take_text(kept: sqlite3.Connection, rows: Iterator[list[str]]) -> bool:
    """Keep what one CSV says; False where it says nothing of wards."""
    first = next(rows, [])
    heading = [cell.strip().lower() for cell in first]
    wards = [at for at, cell in enumerate(heading) if _OF_WARDS.fullmatch(cell)]
    postcodes = [heading.index(cell) for cell in _POSTCODES if cell in heading]
    names = [at for at, cell in enumerate(heading) if _NAMES.fullmatch(cell)]
    if len(first) == 10 and _POSTCODE.fullmatch(_tidy(first[0])):  # Code-Point Open
        _keep(kept, "place", _pairs(chain([first], rows), 0, 9, is_place=True))
    elif wards and postcodes:
        _keep(kept, "place", _pairs(rows, postcodes[0], wards[0], is_place=True))
    elif wards and names:
        _keep(kept, "ward", _pairs(rows, wards[0], names[0], is_place=False))
    else:
        return False
    return True


def _keep(kept: sqlite3.Connection, table: str, pairs: Iterator[tuple[str, str]]) -> None:
    kept.executemany(f"INSERT OR REPLACE INTO {table} VALUES (?, ?)", pairs)  # noqa: S608 (one of two words)


def _pairs(rows: Iterable[list[str]], key: int, value: int, *, is_place: bool) -> Iterator[tuple[str, str]]:
    """Postcodes with their wards, or wards with their names; what is neither is passed by."""
    for row in rows:
        if max(key, value) >= len(row):
            continue
        if is_place:
            found = _POSTCODE.fullmatch(_tidy(row[key]))
            if found and _WARD.fullmatch(row[value].strip()):
                yield f"{found[1]} {found[2]}", row[value].strip()
        elif _WARD.fullmatch(row[key].strip()) and row[value].strip():
            yield row[key].strip(), " ".join(row[value].split())[:100]


def _tidy(postcode: str) -> str:
    """A postcode without its spaces, of which directories have none, one or two."""
    return "".join(postcode.upper().split())
