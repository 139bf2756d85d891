"""The codes that a portal has for measures, held against an edition: the same, the same but for how it is written, or
nothing that is sure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from quarterday import Catalogue, Measure
from quarterday_portal_sync.mapping.learning.examples import Column, Table
from quarterday_portal_sync.mapping.learning.names import plain
from quarterday_portal_sync.mapping.paths import text_of

ALIKE = 0.62
"""How alike two titles are, at least, to be named."""
_BEFORE = ("nationaltoms", "nationaltom", "toms", "tom")


@dataclass
class Codes:
    """What became of the codes."""

    sure: list[tuple[Measure, str, str]] = field(default_factory=list)
    """A measure of ours, their code for it, and why that is sure."""
    doubtful: list[tuple[Measure, str, str]] = field(default_factory=list)
    """The same, with why somebody has to confirm it."""
    unknown: list[str] = field(default_factory=list)
    """Their codes without any counterpart."""
    missing: list[Measure] = field(default_factory=list)
    """Our measures without one."""


def compare(values: Sequence[str], titles: dict[str, str], edition: Catalogue) -> Codes:
    """Their codes against an edition's measures; ``titles`` are theirs by code, where the example shows them."""
    found = Codes()
    by_writing: dict[str, list[Measure]] = {}
    for measure in edition.measures:
        for name in {_bare(measure.ref), _bare(measure.code)} - {""}:
            by_writing.setdefault(name, []).append(measure)
    for code in dict.fromkeys(values):
        exact = [one for one in edition.measures if code == one.ref]
        written = by_writing.get(_bare(code), [])
        if exact:
            found.sure.append((exact[0], code, "it is our ref"))
        elif len(written) == 1:
            why = "it is the council's own code" if code == written[0].code else "it is our ref, written otherwise"
            found.sure.append((written[0], code, why))
        elif written:
            found.doubtful += [(one, code, "it could be several of ours") for one in written]
        elif near := _nearest(titles.get(code, ""), edition):
            found.doubtful.append((near, code, "their title for it is like ours"))
        else:
            found.unknown.append(code)
    taken = {measure.ref for measure, _, _ in found.sure}
    found.missing = [one for one in edition.measures if one.ref not in taken]
    return found


def titles_of(table: Table, codes: Column) -> dict[str, str]:
    """Their titles by code: of a column that has just one for each code, and several words."""
    beside = [one for one in table.columns if one.name != codes.name and _words(one) >= 2]
    for column in beside:
        found: dict[str, set[str]] = {}
        for row in table.rows:
            code, title = _cell(table, row, codes.name), _cell(table, row, column.name)
            if code and title:
                found.setdefault(code, set()).add(title)
        if found and all(len(titles) == 1 for titles in found.values()) and _is_about_measures(column, codes):
            return {code: next(iter(titles)) for code, titles in found.items()}
    return {}


def looks_like(column: Column, edition: Catalogue | None) -> int:
    """How many of a column's different values are measures of the edition, in hundredths."""
    values = set(column.texts)
    if not values or edition is None:
        return 0
    known = {_bare(name) for one in edition.measures for name in (one.ref, one.code)} - {""}
    return 100 * sum(_bare(value) in known for value in values) // len(values)


def _is_about_measures(column: Column, codes: Column) -> bool:
    """Whether a header says that it names measures: like that of the codes, but for its last word."""
    name = plain(re.split(r" / |\.", column.name)[-1])
    about = plain(column.name)
    mine = plain(re.split(r" / |\.", codes.name)[-1])
    is_title = any(word in name for word in ("title", "name", "description", "label"))
    return is_title and (
        any(word in about for word in ("measure", "kpi", "indicator", "metric", "tom"))
        or about.startswith(plain(codes.name).removesuffix(mine))
    )


def _bare(code: str) -> str:
    """A ref without spaces, signs, capitals and what stands before it: ``TOM NT-1`` is ``nt1``."""
    bare = plain(code)
    for before in _BEFORE:
        if bare.startswith(before) and len(bare) > len(before):
            return bare.removeprefix(before)
    return bare


def _nearest(title: str, edition: Catalogue) -> Measure | None:
    if not title:
        return None
    rated = [
        (SequenceMatcher(None, title.casefold(), one.title.casefold()).ratio(), number)
        for number, one in enumerate(edition.measures)
    ]
    best, number = max(rated)
    return edition.measures[number] if best >= ALIKE else None


def _words(column: Column) -> float:
    return sum(len(text.split()) for text in column.texts) / len(column.texts) if column.texts else 0


def _cell(table: Table, row: object, name: str) -> str:
    from quarterday_portal_sync.mapping.layouts import Format
    from quarterday_portal_sync.mapping.paths import dotted, header

    path = dotted(name) if table.format is Format.JSON else header(name)
    return text_of(path.get(row))
