"""What the cells of a column say it is, whatever it is called."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from quarterday_erp_import.reading.dates import moment, month_number
from quarterday_erp_import.reading.money import micropounds

NOTHING = {"", "-", "n/a", "na", "none", "null", "nil", "#n/a", "n\\a", "not available", "not yet available", "."}
"""What stands in a cell that holds nothing, in lower case."""

_LETTERS = re.compile(r"[^\W\d_]{2}")
_POSTCODE = re.compile(r"(?:GIR ?0AA|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2})", re.IGNORECASE)
_VAT_NUMBER = re.compile(r"(?:GB)? ?(?:\d ?){9}(?:(?:\d ?){3})?", re.IGNORECASE)
_COMPANY = re.compile(r"(?:gb/|GB-COH-)?(?:[A-Z]{2}\d{5,6}[A-Z\d]?|\d{6,8})", re.IGNORECASE)
_CHARITY = re.compile(r"(?:SC)?\d{5,7}(?:-\d{1,2})?", re.IGNORECASE)
_PERIOD = re.compile(r"\d{4}[-/ ]?P(?:eriod)? ?\d{1,2}", re.IGNORECASE)
_FIRM = re.compile(
    r"\b(?:ltd|limited|plc|llp|council|services?|company|group|trust|association|school|solutions|university|uk|nhs|cic)\b",
    re.IGNORECASE,
)
_YES_OR_NO = re.compile(r"y|yes|n|no|true|false|1|0|gpc|p-?card|purchase card|procurement card", re.IGNORECASE)


def is_nothing(cell: str) -> bool:
    """Whether a cell is empty, or says that it is."""
    return cell.strip().lower() in NOTHING


@dataclass(frozen=True, slots=True)
class Content:
    """The cells of one column in the records that were looked at, without those that hold nothing."""

    cells: Sequence[str]
    records: int

    @property
    def filled(self) -> float:
        """The share of the records whose cell holds something."""
        return len(self.cells) / self.records if self.records else 0.0

    def share(self, fits: Callable[[str], object]) -> float:
        """The share of the filled cells that fit."""
        return sum(1 for cell in self.cells if fits(cell)) / len(self.cells) if self.cells else 0.0

    def shapes_of(self, field: str) -> float:
        """How well the cells fit a field, from 0 to 1; of a column that holds nothing only its name can speak."""
        if not self.cells:
            return 0.5
        return self.share(_FITS.get(field, _anything))

    @property
    def firms(self) -> float:
        """The share of the filled cells with a word that the names of organisations have."""
        return self.share(_FIRM.search)

    @property
    def with_pence(self) -> float:
        """The share of the filled cells that are amounts with decimals."""
        return self.share(lambda cell: "." in cell and micropounds(cell) is not None)


def contents(rows: Sequence[Sequence[str]], width: int) -> list[Content]:
    """Each column's content in these records; blank ones are left out."""
    kept = [row for row in rows if any(cell.strip() for cell in row)]
    return [
        Content([row[at].strip() for row in kept if at < len(row) and not is_nothing(row[at])], len(kept))
        for at in range(width)
    ]


def _anything(cell: str) -> bool:
    return bool(cell)


def _reference(cell: str) -> bool:
    """Whether a cell could be a number that a system gave: it has a digit and hardly a space."""
    return any(letter.isdigit() for letter in cell) and len(cell.split()) <= 3 and len(cell) <= 40


def _money(cell: str) -> bool:
    return micropounds(cell) is not None


_FITS: dict[str, Callable[[str], object]] = {
    "paid_on": moment,
    "invoice_date": moment,
    "effective_date": moment,
    "period": lambda cell: _PERIOD.fullmatch(cell) or moment(cell),
    "month": month_number,
    "payee": _LETTERS.search,
    "payee_id": _reference,
    "net": _money,
    "gross": _money,
    "amount": _money,
    "vat": _money,
    "credit": _money,
    "irrecoverable_vat": _money,
    "service": _LETTERS.search,
    "category": _LETTERS.search,
    "document": lambda cell: len(cell) <= 60,
    "order_number": lambda cell: len(cell) <= 40,
    "contract_number": lambda cell: len(cell) <= 60,
    "company_number": _COMPANY.fullmatch,
    "charity_number": _CHARITY.fullmatch,
    "vat_number": _VAT_NUMBER.fullmatch,
    "postcode": _POSTCODE.fullmatch,
    "card": _YES_OR_NO.fullmatch,
}
