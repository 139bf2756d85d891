"""Identifiers as finance systems hold them, made comparable: with or without spaces, prefix and leading noughts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from quarterday_erp_import.payees.payee import Payee, Supplier

_FILLING = re.compile(r"(.)\1*|0*(?:1234567890?|123456789)")


def comparable(text: str | None) -> str | None:
    """The identifier in capitals without spaces, ``GB`` and leading noughts, so that those lost in Excel don't matter.

    None for what identifies nobody: nothing, words (``N/A``), one sign again and again, 123456789, fewer than five
    signs, or a number that a spreadsheet wrote with an exponent (``4.71532E+23``).
    """
    if not text or len(text) > 40:
        return None
    sign = re.sub(r"[\s.\-/]", "", text).upper().removeprefix("GB")
    if not sign.isascii() or not sign.isalnum() or sum(one.isdigit() for one in sign) < 4:
        return None
    kept = sign.lstrip("0")
    return kept if len(kept) >= 5 and not _FILLING.fullmatch(kept) else None


def contradicts(payee: Payee, supplier: Supplier) -> bool:
    """Whether both hold an identifier of one scheme, and not the same."""
    for field in ("company_number", "charity_number", "vat_number"):
        theirs = getattr(payee, field)
        ours = theirs and getattr(supplier, field)
        if ours and (one := comparable(theirs)) and (other := comparable(ours)) and one != other:
            return True
    return False
