"""What a spend file is understood to be: every decision with how sure it is, why, and what should be asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from quarterday_erp_import.reading.blocks import Wanted
from quarterday_erp_import.reading.dates import Order
from quarterday_erp_import.reading.layout import Column
from quarterday_erp_import.reading.mapping import Settled

DOUBTFUL = 0.8
"""A decision that is less sure than this is asked about."""

UNLIKE = {"document", "order_number"}
"""The fields besides money whose texts are nearly all different."""


@dataclass(frozen=True, slots=True)
class Question:
    """Something the file leaves open, to be answered once for its feed."""

    key: str
    """What to answer to: ``--set KEY=ANSWER``."""
    text: str
    choices: tuple[str, ...]
    assumed: str
    """What is taken to be so until somebody answers."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What a file is understood to be; enough to read it."""

    format: str
    """"text", "gzip", "xlsx", "xls" or "ods"."""
    encoding: str
    mixed_encodings: bool
    delimiter: str
    sheet: str
    header_row: int
    """The number of the last record that names columns, from 1; 0 where none does."""
    header_rows: int
    width: int
    """How many cells most records have."""
    names: tuple[str, ...]
    columns: Mapping[str, Column]
    """The column of each field that was found, besides amount, vat and gross."""
    amount: Column | None
    """The column of the amount; None where it is gross less VAT."""
    vat: Column | None
    gross: Column | None
    amount_is: str
    payments: str
    """"positive", or "negative" where the file shows payments as negative amounts."""
    periods: str
    kind: str
    """"spend" or "card"."""
    order: Order
    rows: int
    """How many records stand after the header."""
    sure: float
    """How sure the least sure decision is that a figure hangs on."""
    why: Mapping[str, str]
    questions: tuple[Question, ...]
    credit: Column | None = None
    """The column in which credits stand, where they have one of their own."""

    @property
    def wanted(self) -> Wanted:
        """What reading needs of the table's records."""
        repeated = {one.index for field, one in self.columns.items() if field not in UNLIKE}
        money = {one.index for one in (self.amount, self.vat, self.gross, self.credit) if one}
        every = money.union(one.index for one in self.columns.values())
        return Wanted(self.delimiter, self.width, sorted(every), repeated - money)

    def reads_like(self, other: Profile) -> bool:
        """Whether both have a file read in the same way, however sure, and for whatever reason."""

        def reading(one: Profile) -> Profile:
            return replace(one, rows=0, sure=0.0, why={}, questions=(), order=Order(one.order.order, 0.0, ""))

        return reading(self) == reading(other)

    @property
    def used(self) -> dict[str, Column]:
        """Each field's column, money among them under "amount", "vat" and "gross"."""
        money = {"amount": self.amount, "vat": self.vat, "gross": self.gross, "credit": self.credit}
        return {**self.columns, **{field: column for field, column in money.items() if column}}

    def to_json(self) -> dict[str, Any]:
        """The profile as plain data, as ``quarterday spend profile --json`` prints it."""
        used = self.used
        kept = {column.index for column in used.values()}
        return {
            "format": self.format,
            "encoding": self.encoding,
            "mixed_encodings": self.mixed_encodings,
            "delimiter": self.delimiter if self.format in ("text", "gzip") else None,
            "sheet": self.sheet or None,
            "header_row": self.header_row,
            "header_rows": self.header_rows,
            "rows": self.rows,
            "columns": {field: asdict(column) for field, column in used.items()},
            "not_kept": [name for at, name in enumerate(self.names) if at not in kept and name],
            "amount_is": self.amount_is,
            "payments": self.payments,
            "kind": self.kind,
            "dates": asdict(self.order),
            "sure": round(self.sure, 2),
            "why": dict(self.why),
            "questions": [asdict(question) for question in self.questions],
        }

    def settled(self) -> Settled:
        """This profile as a mapping for the next files of the same feed."""
        dated = "paid_on" in self.columns and not {"day first only", "month first only", "either"}.isdisjoint(
            self.order.evidence
        )
        money = {"net" if self.amount_is == "net" else "amount": self.amount, "vat": self.vat, "gross": self.gross}
        money |= {"credit": self.credit}
        chosen = {**self.columns, **{field: column for field, column in money.items() if column}}
        return Settled(
            columns={field: called(column, self.names) for field, column in chosen.items()},
            date_order=self.order.order if dated else "",
            amount_is=self.amount_is,
            payments=self.payments,
            kind=self.kind,
            sheet=self.sheet,
        )


def called(column: Column, names: Sequence[str]) -> str | int:
    """What a person calls a column: its name where only it has that name, else its number from 1."""
    return column.name if column.name and list(names).count(column.name) == 1 else column.index + 1
