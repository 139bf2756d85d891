"""Kept figures as tables: the same cells for a page and for a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from quarterday import Sentence, numbered, said
from quarterday_erp_import.analysis.amounts import percent
from quarterday_erp_import.figures.keeping import Kept

Row = Mapping[str, Any]

SME = frozenset({"micro", "small", "medium", "sme"})


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in one place of a table."""

    kind: str
    """“text”, “pounds” (micropounds), “number”, “day”, “share” or “contract” (the id of one)."""
    value: Any
    contracts: Sequence[int] = ()

    @property
    def plain(self) -> str:
        """As a file has it: pounds as decimal text, days as ISO text."""
        if self.value is None:
            return ""
        if self.kind == "pounds":
            pence, rest = divmod(abs(self.value), 10_000)
            pence += 2 * rest > 10_000 or (2 * rest == 10_000 and pence % 2 == 1)
            return f"{'-' if self.value < 0 and pence else ''}{pence // 100}.{pence % 100:02}"
        return str(self.value)


@dataclass(frozen=True, slots=True)
class View:
    """How one analysis is shown: its title, its columns, and a row's cells."""

    title: Sentence
    header: tuple[Sentence, ...]
    cells: Callable[[Row], list[Cell]]
    numbers: int
    """So many of the columns, the last ones, hold numbers."""
    has_years: bool = True
    note: Sentence | None = None


def _sums(row: Row) -> list[Cell]:
    return [
        Cell("number", row["lines"]),
        Cell("pounds", row["amount"]),
        Cell("pounds", row["known"]),
        Cell("pounds", row["local"]),
        Cell("share", percent(row["local"], row["known"])),
    ]


def _named(key: str, nobody: Sentence) -> Callable[[Row], list[Cell]]:
    def cells(row: Row) -> list[Cell]:
        if rest := row.get("rest"):
            return [Cell("text", numbered(rest, "{n} other", "{n} others")), *_sums(row)]
        return [Cell("text", row[key] if row[key] is not None else nobody), *_sums(row)]

    return cells


def _by_ward(row: Row) -> list[Cell]:
    code, name = row["ward"], row.get("ward_name")
    label = said("{name} ({code})", name=name, code=code) if name else code
    return [Cell("text", label if code else said("not known")), *_sums(row)]


def _reason(row: Row) -> list[Cell]:
    return [Cell("text", row["reason"] or said("a buyer's choice can change it")), *_sums(row)]


def _stated(key: str) -> Callable[[Row], list[Cell]]:
    def cells(row: Row) -> list[Cell]:
        value = row[key]
        return [
            Cell("text", WORDS.get(value, value) if value else said("not known")),
            Cell("text", row["source"] or ""),
            Cell("day", _day(row["last_said"])),
            Cell("number", row["lines"]),
            Cell("pounds", row["amount"]),
        ]

    return cells


def _contract(row: Row) -> list[Cell]:
    return [
        Cell("contract", row["contract_id"]),
        Cell("day", _day(row["last_day"])),
        Cell("day", _day(row["reached_on"])),
        Cell("number", row["lines"]),
        Cell("pounds", row["amount"]),
        Cell("pounds", row["trigger"]),
    ]


def _without(row: Row) -> list[Cell]:
    return [Cell("contract", row["contract_id"]), Cell("day", _day(row["ends"])), Cell("pounds", row["amount"])]


def _gap(row: Row) -> list[Cell]:
    sums = [Cell("pounds", row[key]) for key in ("amount", "known", "local")]
    label = row["category"] if row["category"] is not None else said("no category")
    share = Cell("share", percent(row["local"], row["known"]))
    return [Cell("text", label), Cell("contracts", None, row["contract_ids"]), *sums, share]


def _lines_and_amount(key: str, words: Mapping[str, Sentence]) -> Callable[[Row], list[Cell]]:
    return lambda row: [
        Cell("text", words.get(row[key], row[key])),
        Cell("number", row["lines"]),
        Cell("pounds", row["amount"]),
    ]


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


WORDS: Mapping[str, Sentence] = {
    "micro": said("micro"),
    "small": said("small"),
    "medium": said("medium"),
    "large": said("large"),
    "sme": said("small or medium"),
    "vcse": said("voluntary, community or social enterprise (VCSE)"),
    "public": said("public body"),
    "private": said("private"),
    "sole_trader": said("sole trader"),
    "person": said("a person"),
}
"""Sizes and sectors in words."""
_BY = {
    "contract number": said("by the contract's number"),
    "order number": said("by the order's number"),
    "only contract": said("its payee holds only that contract there"),
    "": said("not attributed"),
}
_BASES = {
    "net": said("net of recoverable VAT"),
    "gross": said("with VAT"),
    "unknown": said("nobody knows which"),
}
_LOCAL = (said("Payments"), said("Paid"), said("Postcode known"), said("Local"), said("Local share"))
_SAID = (said("Said by"), said("Last said"), said("Payments"), said("Paid"))

VIEWS: Mapping[str, View] = {
    "category": View(
        said("Spend by category"), (said("Category"), *_LOCAL), _named("category", said("no category")), 5
    ),
    "supplier": View(
        said("Spend by supplier"),
        (said("Supplier"), *_LOCAL),
        _named("supplier_name", said("not named: people, sole traders, redacted")),
        5,
    ),
    "ward": View(said("Spend by ward"), (said("Ward"), *_LOCAL), _by_ward, 5),
    "influenceable": View(said("Spend that a choice can change"), (said("What it is"), *_LOCAL), _reason, 5),
    "size": View(said("Spend by size of the payee"), (said("Size"), *_SAID), _stated("size"), 2),
    "sector": View(said("Spend by sector of the payee"), (said("Sector"), *_SAID), _stated("sector"), 2),
    "ownership": View(said("Spend by who owns the payee"), (said("Ownership"), *_SAID), _stated("ownership"), 2),
    "gaps": View(
        said("Where much is spent and little stays local"),
        (said("Category"), said("Contracts that end soon"), *_LOCAL[1:]),
        _gap,
        4,
        has_years=False,
    ),
    "without_commitments": View(
        said("Contracts without commitments"),
        (said("Contract"), said("Ends"), said("Paid")),
        _without,
        1,
        has_years=False,
        note=said("What a contract is worth isn't recorded, so it is told by what was paid on it."),
    ),
    "contracts": View(
        said("Spend by contract"),
        (said("Contract"), said("Last paid"), said("Trigger reached"), said("Payments"), said("Paid"), said("Trigger")),
        _contract,
        3,
        has_years=False,
    ),
    "attributed": View(
        said("How payments are attributed to contracts"),
        (said("How"), said("Payments"), said("Paid")),
        _lines_and_amount("attributed_by", _BY),
        2,
    ),
    "bases": View(
        said("What the amounts are"),
        (said("Amounts are"), said("Payments"), said("Paid")),
        _lines_and_amount("amount_is", _BASES),
        2,
    ),
}
"""The analyses that have a page, in the order in which they are offered."""


def years(figure: Kept) -> list[int | None]:
    """The financial years that a figure has rows of, the newest first; None for payments without a day."""
    found = {row["year"] for row in figure.rows if "year" in row}
    return sorted(found, key=lambda year: -(year or 0))


def rows_of(figure: Kept, year: int | None) -> list[Mapping[str, Any]]:
    """A figure's rows of one year, or all of what isn't of years."""
    return [row for row in figure.rows if not VIEWS[figure.analysis].has_years or row["year"] == year]


def table(figure: Kept, year: int | None) -> list[list[Cell]]:
    """The same as cells."""
    return [VIEWS[figure.analysis].cells(row) for row in rows_of(figure, year)]


def smes(rows: Iterable[Row]) -> int:
    """What was paid to payees of all sizes up to medium, in micropounds."""
    return sum(row["amount"] for row in rows if row.get("size") in SME)
