"""One record that isn't plainly a payment: what it is, in words a person can act on."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from quarterday_erp_import.reading.contents import is_nothing
from quarterday_erp_import.reading.dates import moment, month_number
from quarterday_erp_import.reading.file_profile import Profile
from quarterday_erp_import.reading.money import micropounds
from quarterday_erp_import.reading.names import plain

BLANK, TOTAL, NOTE, HEADER = "blank", "total", "note", "header again"
"""What is skipped, and isn't a payment: it is counted, and nothing else is kept of it."""

LINES = 3
"""How many line ends the name of a payee may hold; more are other records, inside a stray quote."""

SAID = 3
"""How many cells a subtotal fills at most: what it is of, its amount, and perhaps how many records it adds up."""

_TOTAL = re.compile(
    r"(?:grand|sub|overall|report|page|sheet|net|gross|running)?[ -]*totals?"
    r"(?:[ :-]+(?:for|of|spend|amount|payments?|value|paid|net|gross|\d|£|\().*)?:?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Skipped:
    """It isn't a payment and nobody needs to look at it."""

    kind: str
    total: str = ""
    """Of a total that is called one, how: “Grand Total”."""


@dataclass(frozen=True, slots=True)
class Aside:
    """It can't be understood; a person must look at it."""

    why: str


def is_total(text: str) -> bool:
    """Whether a cell says that its record adds others up."""
    return bool(_TOTAL.fullmatch(text.strip()))


def is_subtotal(text: str) -> bool:
    """Whether a cell may say so, as a spreadsheet's subtotals do: “Elm Ltd Total”."""
    return text.strip().lower().endswith((" total", " totals"))


def judged(
    cells: Sequence[str], profile: Profile, *, amount_known: bool, so_far: Callable[[], int]
) -> Skipped | Aside | None:
    """What a record is besides a payment, or None when it is one after all.

    ``amount_known`` is whether an amount could be read, ``so_far`` gives the sum of the payments before it in
    micropounds, which an unnamed total repeats.
    """
    filled = [at for at, cell in enumerate(cells) if cell.strip(" \t\r\n\xa0\0")]
    if not filled:
        return Skipped(BLANK)
    if len(filled) > 1 and all(
        at < len(profile.names) and plain(cells[at]) == plain(profile.names[at]) for at in filled
    ):
        return Skipped(HEADER)
    payee, date_text = (_cell(cells, profile, field) for field in ("payee", "paid_on"))
    money = {column.index for column in (profile.amount, profile.vat, profile.gross, profile.credit) if column}
    dated = moment(date_text, profile.order.order) is not None
    if not dated and (called := [cells[at].strip() for at in filled if is_total(cells[at])]):
        return Skipped(TOTAL, called[0])
    if not dated and len(filled) <= SAID and any(is_subtotal(cells[at]) for at in filled):
        return Skipped(TOTAL)
    if not amount_known and not dated and len(filled) <= 2:
        return Skipped(NOTE)
    if beyond := [at for at in filled if at >= max(profile.width, len(profile.names))]:
        return Aside(
            f"It has {len(beyond)} more cells than the others, so what stands in it may be in the wrong columns."
        )
    if not amount_known:
        return Aside(_no_amount(cells, profile))
    if money.issuperset(filled):
        stated = (
            micropounds(cells[profile.amount.index]) if profile.amount and profile.amount.index < len(cells) else None
        )
        if stated == so_far():
            return Skipped(TOTAL)
        return Aside("Nothing but an amount stands in it: no payee, no date, no number.")
    if date_text and not is_nothing(date_text) and not dated:
        return Aside(f"“{_short(date_text)}” is no date.")
    month = _cell(cells, profile, "month")
    if not is_nothing(month) and not month_number(month):
        return Aside(f"“{_short(month)}” is no month.")
    if payee.count("\n") + payee.count("\r") > LINES:
        return Aside("The name of the payee runs over many lines, as after a quote that isn't closed.")
    return None


def _no_amount(cells: Sequence[str], profile: Profile) -> str:
    column = profile.amount or profile.gross
    text = cells[column.index] if column and column.index < len(cells) else ""
    return "No amount stands in it." if is_nothing(text) else f"“{_short(text)}” is no amount."


def _cell(cells: Sequence[str], profile: Profile, field: str) -> str:
    column = profile.columns.get(field)
    return cells[column.index].strip() if column and column.index < len(cells) else ""


def _short(text: str) -> str:
    said = " ".join(text.split())
    return said if len(said) <= 60 else said[:59] + "…"
