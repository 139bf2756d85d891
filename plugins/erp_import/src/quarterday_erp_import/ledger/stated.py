"""What a person says a record means, as they type it: a day, an amount and who was paid, in a form or in a CSV."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from quarterday import Sentence, said

FIELDS = (
    "payee",
    "paid_on",
    "amount",
    "payee_id",
    "document",
    "order_number",
    "contract_number",
    "service",
    "category",
)
"""What can be typed, in the order of the form."""
MOST = 2**63 - 1
"""The largest amount, in micropounds."""
EARLIEST, LATEST = date(1990, 1, 1), date(2059, 12, 31)
"""No payment is older or later: what says so is a slip."""

_LONGEST = 300
_AMOUNT = re.compile(r"(?:\d{1,3}(?:,\d{3})+|\d{1,13})(?:\.\d{1,6})?|\.\d{1,6}")
_DAY = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})")
_YEAR_FIRST = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")


def line_of(typed: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, Sentence]]:
    """The fields of a line, days as dates and money in micropounds; and what is wrong, by field.

    What isn't given is left out. Days are day first, like 10/06/2026, or ISO.
    """
    line: dict[str, Any] = {}
    wrong: dict[str, Sentence] = {}
    for name in FIELDS:
        text = " ".join(typed.get(name, "").replace("\0", "").split())
        if len(text) > _LONGEST:
            wrong[name] = said("Write at most {most} characters.", most=_LONGEST)
        elif name == "amount":
            found = amount(text)
            if found is None:
                wrong[name] = said("Enter the amount in pounds, like 1234.50; a credit is −1234.50.")
            else:
                line[name] = found
        elif name == "paid_on":
            day = day_of(text) if text else None
            if day:
                line |= {"paid_on": day, "paid_precision": "day"}
            elif text:
                wrong[name] = said("Enter the day of payment, like 10/06/2026, or leave it blank.")
        elif text:
            line[name] = text
    if "payee" not in line and "payee" not in wrong:
        wrong["payee"] = said("Enter who was paid, as the file says it.")
    return line, wrong


def amount(text: str) -> int | None:
    """An amount in micropounds as people type it: “£1,234.50”, “-5”, “(5.00)”; None for what is none."""
    plain = text.replace("£", "").replace(" ", "").replace("−", "-")
    is_credit = plain.startswith("-") or (plain.startswith("(") and plain.endswith(")"))
    plain = plain.removeprefix("-") if plain.startswith("-") else plain[1:-1] if is_credit else plain
    if not _AMOUNT.fullmatch(plain):
        return None
    found = int(Decimal(plain.replace(",", "")) * 1_000_000)
    return None if found > MOST else -found if is_credit else found


def day_of(text: str) -> date | None:
    """A day as people type it; None for what is none, or can't be the day of a payment."""
    if match := _DAY.fullmatch(text):
        day, month, year = (int(part) for part in match.groups())
    elif match := _YEAR_FIRST.fullmatch(text):
        year, month, day = (int(part) for part in match.groups())
    else:
        return None
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    return found if EARLIEST <= found <= LATEST else None
