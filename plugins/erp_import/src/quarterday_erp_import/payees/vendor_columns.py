"""Which column of a finance system's list of suppliers is what: by its name, and by what stands in it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, lru_cache

from quarterday import Sentence, said
from quarterday_erp_import.payees.words import table
from quarterday_erp_import.reading import heading
from quarterday_erp_import.reading.contents import Content, contents
from quarterday_erp_import.reading.layout import MONEY, candidates, tidy
from quarterday_erp_import.reading.names import plain

HEADER_WITHIN = heading.PREAMBLE
"""The names of the columns stand within so many records."""

_WEIGHTS = {"name": 3.0, "number": 2.0}
"""What a list of suppliers can hardly be without counts for more when its header is looked for."""

_FITS = {"postcode": 0.5, "company_number": 0.3, "charity_number": 0.3, "vat_number": 0.3, "name": 0.5}
"""The least share of a column's filled cells that must fit a field before its name counts."""

_AS = {"name": "payee"}
"""What a field's contents are told by in spend files."""

_WORD = re.compile(r"[a-z0-9]+")
_LEAST, _FIRMS, _POSTCODES = 2.5, 0.3, 0.6
_GENERAL = {("number",), ("id",), ("name",), ("vat",)}
_SHORT = {"reg": "registration", "ref": "reference", "numbers": "number"}


@dataclass(frozen=True, slots=True)
class VendorColumn:
    """A column of the list, and why it was taken for a field."""

    index: int
    name: str
    """As the header has it, "" where it has none."""
    why: Sentence


@dataclass(frozen=True, slots=True)
class Understood:
    """What a list of suppliers is understood to be."""

    header_row: int
    """The number of the record that names the columns, or of the lower one where two do; 0 where none does."""
    names: Sequence[str]
    columns: Mapping[str, VendorColumn]

    @property
    def unused(self) -> list[str]:
        """The columns that nothing is taken from."""
        taken = {column.index for column in self.columns.values()}
        return [tidy(name) for at, name in enumerate(self.names) if at not in taken and name.strip()]


def understood(rows: Sequence[Sequence[str]]) -> Understood | None:
    """What the first records of a table say that it is; None where no column can hold suppliers' names."""
    number, names = _header(rows)
    after = rows[number:]
    width = max(len(names), heading.width_of(after))
    names = [*names, *[""] * (width - len(names))]
    if width > heading.COLUMNS:
        return None
    found = contents(after, width)
    columns = _named(names, found)
    for field, least in (("name", _FIRMS), ("postcode", _POSTCODES)):
        if field not in columns and (column := _by_content(field, names, found, columns, least)):
            columns[field] = column
    if "name" not in columns or (not number and "postcode" not in columns):
        return None
    return Understood(number, names, columns)


def payments(rows: Sequence[Sequence[str]], what: Understood) -> bool:
    """Whether a table is one of payments: it has their days and amounts, and names suppliers again and again."""
    after = rows[what.header_row :]
    found = candidates(what.names, contents(after, len(what.names)))
    paid = found.best("paid_on") and any(found.best(field) for field in MONEY)
    at = what.columns["name"].index
    named = [row[at].strip() for row in after if at < len(row) and row[at].strip()]
    return bool(paid) and len(set(named)) < 0.9 * len(named)


def fields_of(header: Sequence[str]) -> Mapping[str, int]:
    """Which column holds which field, by its name alone; empty where none can be a supplier's name."""
    columns = _named(header, [Content((), 0)] * len(header))
    return {field: column.index for field, column in columns.items()} if "name" in columns else {}


def _header(rows: Sequence[Sequence[str]]) -> tuple[int, list[str]]:
    """The number of the record that names the columns, and the names, which may stand in two records."""
    best: tuple[float, int, list[str]] = (_LEAST, 0, [])
    for number, row in enumerate(rows[:HEADER_WITHIN], 1):
        score = _score(row)
        if score > best[0]:
            best = (score, number, list(row))
        above = rows[number - 2] if number > 1 else ()
        if any(heading.is_data(cell) for cell in row) or not any(cell.strip() for cell in row):
            continue
        for joined in _joined(above, row):
            both = _score(joined)
            if both > max(best[0], score, _score(above)) + 0.25:
                best = (both, number, joined)
    return best[1], best[2]


def _joined(above: Sequence[str], below: Sequence[str]) -> list[list[str]]:
    """Two rows read as one header: each cell with the one over it, and with the title that spans to it."""
    if sum(1 for cell in above if cell.strip()) < 2:
        return []
    width = max(len(above), len(below))
    upper, lower = ([*cells, *[""] * (width - len(cells))] for cells in (above, below))
    spanning: list[str] = []
    for cell in upper:
        spanning.append(cell if cell.strip() or not spanning else spanning[-1])
    return [[tidy(f"{one} {other}") for one, other in zip(over, lower, strict=True)] for over in (upper, spanning)]


def _score(row: Sequence[str]) -> float:
    """How much a row looks like the names of the columns."""
    found: dict[str, float] = {}
    data = 0
    for cell in (cell.strip() for cell in row):
        if not cell:
            continue
        if len(cell) > 120 or heading.is_data(cell) or Content((cell,), 1).shapes_of("postcode"):
            data += 1
            continue
        for field, likeness in sorted(_speaks(cell).items(), key=lambda item: -item[1])[:1]:
            found[field] = max(found.get(field, 0.0), likeness)
    return sum(likeness * _WEIGHTS.get(field, 1.0) for field, likeness in found.items()) - 1.5 * data


def _named(names: Sequence[str], found: Sequence[Content]) -> dict[str, VendorColumn]:
    """The columns whose names speak for a field, each under one."""
    scored = sorted(
        (-likeness, at, field)
        for at, (name, content) in enumerate(zip(names, found, strict=True))
        for field, likeness in _speaks(name).items()
        if content.shapes_of(_AS.get(field, field)) >= _FITS.get(field, 0.0)
    )
    columns: dict[str, VendorColumn] = {}
    taken: set[int] = set()
    for _, at, field in scored:
        if field not in columns and at not in taken:
            taken.add(at)
            columns[field] = VendorColumn(at, tidy(names[at]), said("its name says so"))
    return columns


def _by_content(
    field: str, names: Sequence[str], found: Sequence[Content], columns: Mapping[str, VendorColumn], least: float
) -> VendorColumn | None:
    """The column that looks most like a field by what stands in it, where no name says it."""
    taken = {column.index for column in columns.values()}
    looks = [
        (one.firms if field == "name" else one.shapes_of(field) if one.cells else 0.0, -at)
        for at, one in enumerate(found)
        if at not in taken
    ]
    share, place = max(looks, default=(0.0, 0))
    if share < least:
        return None
    text = said("{share} of its filled cells look like it; its name says nothing", share=f"{share:.0%}")
    return VendorColumn(-place, tidy(names[-place]), text)


@cache
def _phrases() -> Mapping[str, Sequence[tuple[str, ...]]]:
    """The names that each field's column may have, the likeliest first."""
    return {field: [_words(phrase) for phrase in phrases] for field, phrases in table("vendors.toml")["fields"].items()}


@cache
def _known() -> list[str]:
    """The longer words of those names."""
    return sorted({word for phrases in _phrases().values() for phrase in phrases for word in phrase if len(word) > 5})


@lru_cache(4096)
def _words(name: str) -> tuple[str, ...]:
    """A column's name as words, written out."""
    return tuple(_SHORT.get(word, word) for word in plain(name))


@lru_cache(4096)
def _speaks(name: str) -> Mapping[str, float]:
    """How much a column's name speaks for each field, from 0 to 1; a misspelt one a little less."""
    given = _words(name)
    found = _compared(given)
    mended = tuple(_spelt(word) for word in given)
    if mended != given:
        for field, likeness in _compared(mended).items():
            found[field] = max(found.get(field, 0.0), 0.95 * likeness)
    return found


def _compared(given: tuple[str, ...]) -> dict[str, float]:
    found: dict[str, float] = {}
    for field, phrases in _phrases().items():
        for place, phrase in enumerate(phrases):
            if likeness := _likeness(given, phrase):
                found[field] = max(found.get(field, 0.0), likeness - 0.002 * place)
    return found


def _likeness(given: tuple[str, ...], phrase: tuple[str, ...]) -> float:
    """How alike a name is to a phrase: it is it, holds it, or neither; one word is held by two at most.

    What says nothing by itself isn't held: a transaction has a number too.
    """
    if given == phrase:
        return 1.0
    if phrase in _GENERAL:
        return 0.0
    if len(phrase) > 2 and sorted(given) == sorted(phrase):
        return 0.9
    size = len(phrase)
    held = any(given[at : at + size] == phrase for at in range(len(given) - size + 1))
    return 0.4 + 0.5 * size / len(given) if held and (size > 1 or len(given) == 2) else 0.0


def _spelt(word: str) -> str:
    if len(word) < 6 or word in _known():
        return word
    near = get_close_matches(word, _known(), 1, 0.86)
    return near[0] if near else word
