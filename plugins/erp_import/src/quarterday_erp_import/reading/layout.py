"""Which column of a table is what, by its name and by what stands in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from quarterday_erp_import.reading.contents import Content
from quarterday_erp_import.reading.names import meanings

FITS = 0.5
"""The least share of a column's cells that must fit a field before its name counts."""

FITS_LESS = {
    "vat": 0.3,
    "irrecoverable_vat": 0.0,
    "vat_number": 0.3,
    "company_number": 0.3,
    "service": 0.3,
    "category": 0.3,
}

NAMED = 0.45
"""The least that a name must speak for a field."""

MONEY = ("net", "gross", "amount", "vat", "credit")

KEPT = (
    "paid_on", "payee", "payee_id", "document", "order_number", "contract_number", "service", "category",
    "category_code", "company_number", "charity_number", "vat_number", "postcode", "card", "month",
)  # fmt: skip
"""The fields besides money that a line keeps, or needs to be read."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the table, and why it was taken for a field."""

    index: int
    """From 0."""
    name: str
    """As the header has it, with its white space tidied; "" where it has none."""
    sure: float
    """How sure that is, from 0 to 1."""
    why: str


@dataclass(frozen=True, slots=True)
class Candidates:
    """The columns that names and contents speak for, by field, the best first."""

    fields: Mapping[str, list[Column]]

    def best(self, field: str) -> Column | None:
        """The column that most speaks for a field."""
        return self.fields[field][0] if self.fields.get(field) else None


def candidates(names: Sequence[str], columns: Sequence[Content]) -> Candidates:
    """Every column under the one field that it most speaks for; each field's columns, the best first."""
    fields: dict[str, list[Column]] = {}
    taken: set[int] = set()
    scored = [
        (_score(likeness, content.shapes_of(field)), field, at)
        for at, (name, content) in enumerate(zip(names, columns, strict=True))
        for field, likeness in meanings(name).items()
        if likeness >= NAMED and content.shapes_of(field) >= FITS_LESS.get(field, FITS)
    ]
    for score, field, at in sorted(scored, key=lambda one: (-one[0], one[2])):
        if at in taken:
            continue
        taken.add(at)
        fields.setdefault(field, []).append(
            Column(at, tidy(names[at]), round(score, 2), _why(names[at], columns[at], field))
        )
    return Candidates(fields)


def by_content(columns: Sequence[Content], names: Sequence[str], taken: set[int], field: str) -> Column | None:
    """The column that looks like a field by what stands in it alone, where the names say nothing.

    Dates and amounts are told by their shape, payees by words like "Ltd"; where two are level, nothing is taken.
    """
    least = {"paid_on": 0.9, "amount": 0.5, "payee": 0.2}[field]
    free = [(_looks_like(one, field), at) for at, one in enumerate(columns) if at not in taken and one.filled >= 0.5]
    ranked = sorted((one for one in free if one[0] >= least), reverse=True)
    if not ranked or (len(ranked) > 1 and ranked[0][0] - ranked[1][0] < 0.02 and field != "paid_on"):
        return None
    at = ranked[0][1]
    return Column(at, tidy(names[at]), 0.5, f"{ranked[0][0]:.0%} of its cells look like it; its name says nothing")


def _looks_like(content: Content, field: str) -> float:
    if field == "payee":
        return content.firms
    return content.with_pence if field == "amount" else content.shapes_of(field)


def tidy(text: str) -> str:
    """The text with every run of white space one space."""
    return " ".join(text.split())


def _score(likeness: float, fits: float) -> float:
    return 0.8 * likeness + 0.2 * fits


def _why(name: str, content: Content, field: str) -> str:
    if not content.cells:
        return f"named “{tidy(name)}”; no record looked at fills it"
    return f"named “{tidy(name)}”; {content.shapes_of(field):.0%} of its filled cells look like it"
