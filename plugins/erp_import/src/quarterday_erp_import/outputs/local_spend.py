"""The local-spend report: how much of a period's spend stayed local by each definition, and with whom it was spent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from quarterday.services.organisations.local_areas import Defined
from quarterday_erp_import.analysis.amounts import percent
from quarterday_erp_import.figures.analyses import ANALYSES, Ledger, covered
from quarterday_erp_import.figures.coverage import coverage
from quarterday_erp_import.figures.reckoning import largest
from quarterday_erp_import.outputs.papers import Cell, Sheet, pence

HEADER = ("what", "said by", "payments", "£", "£ with a known postcode", "£ local", "local share of what is known")
NUMBERS = 5

_BY_AREA = {"category": "By category", "supplier": "By supplier", "influenceable": "What a buyer's choice can change"}
_STATED = {"size": "By size of the payee", "sector": "By sector of the payee", "ownership": "By who owns the payee"}
_SAYS = {
    "": "can be influenced",
    "vcse": "voluntary, community and social enterprise (VCSE)",
    "sole_trader": "sole trader",
    "sme": "small or medium (SME)",
}
_SME = frozenset({"micro", "small", "medium", "sme"})


def by_area(ledgers: Iterable[tuple[Defined | None, Ledger]]) -> Iterator[Sheet]:
    """The tables that rest on what is local: for each definition one of the whole, and those by what and by whom."""
    for area, ledger in ledgers:
        name = area.area.name if area else "no definition"
        notes = _notes("local", ledger)
        whole = [_row("All payments", row) for row in ANALYSES["local"].rows(ledger)]
        yield Sheet(f"Local, {name}"[:31], f"Local spend, local by “{name}”", HEADER, whole, notes, NUMBERS)
        for analysis, title in _BY_AREA.items():
            rows = largest(analysis, ANALYSES[analysis].rows(ledger))
            shown = [_row(_label(analysis, row), row) for row in rows]
            caption = f"{title}, local by “{name}”"
            yield Sheet(f"{title[:14]}, {name}"[:31], caption, HEADER, shown, _notes(analysis, ledger), NUMBERS)


def by_payee(ledger: Ledger) -> Iterator[Sheet]:
    """The tables that don't: by size, sector and ownership, each with who says so, and by ward where that is known."""
    for analysis, title in _STATED.items():
        rows = ANALYSES[analysis].rows(ledger)
        shown = [
            _row(_label(analysis, row), row, said_by=_said_by(row))
            for row in sorted(rows, key=lambda row: -row["amount"])
        ]
        if analysis == "size" and (small := [row for row in rows if row["size"] in _SME]):
            sums = {key: sum(row[key] for row in small) for key in ("lines", "amount")}
            shown.append(_row("all SMEs together, micro ones among them", sums))
        yield Sheet(title, title, HEADER, shown, _notes(analysis, ledger), NUMBERS)
    wards = [row for row in ANALYSES["ward"].rows(ledger) if row["ward"]]
    if wards:
        rows = largest("ward", wards)
        yield Sheet(
            "By ward", "By ward of the payee", HEADER, [_row(_label("ward", row), row) for row in rows], (), NUMBERS
        )


def _row(what: str, row: Mapping[str, Any], *, said_by: str = "") -> list[Cell]:
    known, local = row.get("known"), row.get("local")
    return [
        what,
        said_by,
        Decimal(row["lines"]),
        pence(row["amount"]),
        "" if known is None else pence(known),
        "" if local is None else pence(local),
        "" if known is None or local is None else percent(local, known),
    ]


def _label(analysis: str, row: Mapping[str, Any]) -> str:
    if row.get("rest"):
        return f"{row['rest']} others"
    key = {"supplier": "supplier_name", "influenceable": "reason"}.get(analysis, analysis)
    found = row[key]
    if analysis == "ward":
        return f"{row['ward_name']} ({found})" if row["ward_name"] else str(found)
    if found is None:
        return "payees who are not named" if analysis == "supplier" else "not known"
    return _SAYS.get(found, found) if analysis != "category" else str(found)


def _said_by(row: Mapping[str, Any]) -> str:
    if row["source"] is None:
        return ""
    first, last = row["first_said"], row["last_said"]
    days = f"{first}" if first == last else f"{first} to {last}"
    return f"{row['source']}, {days}"


def _notes(analysis: str, ledger: Ledger) -> list[str]:
    found = covered(ledger, ANALYSES[analysis])
    return [one.words for year in {row["year"] for row in found} for one in coverage(found, year)]
