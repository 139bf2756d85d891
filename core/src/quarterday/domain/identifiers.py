"""Identifiers of organisations: how each is written, and which digits can't be right."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from quarterday.domain.sentences import NotUsable, said

SCHEMES = COMPANY, CHARITY, PPON, VAT = "GB-COH", "GB-CHC", "GB-PPON", "VAT"

_COMPANY = re.compile(r"\d{8}|[A-Z]{2}\d{6}|R\d{7}|[A-Z]{2}\d{5}[A-Z]", re.ASCII)
_CHARITY = re.compile(r"\d{6,7}", re.ASCII)
_PPON = re.compile(r"[A-Z]{4}-\d{4}-[A-Z]{4}", re.ASCII)
_VAT = re.compile(r"\d{9}(\d{3})?", re.ASCII)
_VAT_WEIGHTS = (8, 7, 6, 5, 4, 3, 2)


class NotAnIdentifier(NotUsable):
    """The text can't be such an identifier; the message says how one is written."""


def identifier(scheme: str, text: str) -> str:
    """The identifier as it is kept: capitals, no spaces, without the scheme before it.

    Raises :class:`NotAnIdentifier` for another scheme and for what can't be right under this one. Nothing is guessed:
    a company number that lost its leading zero is asked for again.
    """
    if scheme not in _READERS:
        raise NotAnIdentifier(
            "“{scheme}” is not a scheme known here; write one of {schemes}.",
            scheme=scheme[:20],
            schemes=", ".join(_READERS),
        )
    typed = re.sub(r"\s+", "", text).upper().removeprefix(f"{scheme}-")
    return _READERS[scheme](typed)


def _company(typed: str) -> str:
    typed = typed.removeprefix("GB/")  # as OpenCorporates writes it, and registers after it
    if typed.isascii() and typed.isdigit() and 0 < len(typed) < 8:
        raise NotAnIdentifier(
            "“{typed}” has {digits} digits and a company number has 8; if it lost its zeros, write {whole}.",
            typed=typed,
            digits=len(typed),
            whole=typed.zfill(8),
        )
    return _fits(
        _COMPANY, typed, said("a company number: 8 digits, or two letters and 6 digits, like 01234567 or SC123456")
    )


def _charity(typed: str) -> str:
    return _fits(_CHARITY, typed, said("a charity number: 6 or 7 digits, like 1234567"))


def _ppon(typed: str) -> str:
    return _fits(_PPON, typed, said("a PPON: like PABC-1234-DEFG"))


def _vat(typed: str) -> str:
    """HMRC's check: the weighted first seven digits and the last two make a multiple of 97, or do with 55 added."""
    number = _fits(
        _VAT, typed.removeprefix("GB"), said("a VAT number: 9 digits, or 12 with the branch, like 123 4567 82")
    )
    weighted = sum(int(digit) * weight for digit, weight in zip(number, _VAT_WEIGHTS, strict=False))
    if (weighted + int(number[7:9])) % 97 not in (0, 42):
        raise NotAnIdentifier(
            "“{number}” is not a VAT number: its check digits don't fit; look for a typing mistake.", number=number
        )
    return number


def _fits(form: re.Pattern[str], typed: str, what: str) -> str:
    if not form.fullmatch(typed):
        raise NotAnIdentifier("“{typed}” is not {what}.", typed=typed[:40], what=what)
    return typed


_READERS: Mapping[str, Callable[[str], str]] = {COMPANY: _company, CHARITY: _charity, PPON: _ppon, VAT: _vat}
