"""Exact numbers: what a person typed, as a fraction, and money rounded once.

A quantity is never a float. Money is whole micropounds (10⁻⁶ £), so that every database adds it exactly.
"""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

from quarterday.domain.sentences import NotUsable, said

MICROPOUNDS = 1_000_000
"""How many micropounds make £1."""

DIGITS_BEFORE, DIGITS_AFTER = 12, 9
_NUMBER = re.compile(rf"\d{{1,{DIGITS_BEFORE}}}(?:\.\d{{1,{DIGITS_AFTER}}})?|\.\d{{1,{DIGITS_AFTER}}}", re.ASCII)
_GROUPED = re.compile(r"\d{1,3}([, \u00a0\u202f])\d{3}(?:\1\d{3})*(?:\.\d+)?", re.ASCII)
"""Thousands kept apart by commas or by spaces, one or the other: 1,250 and 12 000.50."""
_SEVERAL_MARKS = re.compile(r"\d+(?:[.,\s]\d+){2,}|\d+\s\d+", re.ASCII)
_FRACTION = re.compile(r"(\d{1,9})/(\d{1,9})", re.ASCII)


class NotANumber(NotUsable):
    """The text is no number we can be sure of; the message is a sentence for the person who typed it."""


def ratio(text: str) -> tuple[int, int]:
    """The exact number a person typed, ``12``, ``12.5`` or ``.5``, as reduced numerator and denominator.

    Never negative. Raises :class:`NotANumber` for anything else (a sign, an exponent, a comma, a £ sign, ``NaN``,
    more than 12 digits before the point or 9 after it): a number that needs a guess is asked for again.
    """
    typed = text.strip()
    if not _NUMBER.fullmatch(typed):
        raise NotANumber(_why_not(typed))
    return Decimal(typed).as_integer_ratio()


def number(text: str) -> Fraction:
    """The same as :func:`ratio`, as a fraction to reckon with."""
    return Fraction(*ratio(text))


def typed_number(text: str) -> Fraction:
    """A quantity as somebody types it into a box or a cell: as :func:`number`, also with its thousands kept apart.

    ``1,250``, ``12 000.50`` and ``1250`` are the same kind of answer. What could be read in two ways (``1.250,00``,
    ``12,5``) raises :class:`NotANumber`.
    """
    typed = text.strip()
    if _GROUPED.fullmatch(typed):
        return number(re.sub(r"[, \u00a0\u202f]", "", typed))
    if _SEVERAL_MARKS.fullmatch(typed):
        raise NotANumber(
            "“{typed}” can be read in more than one way; enter it like 1250.50 or 1,250.50.", typed=typed[:40]
        )
    return number(typed)


def typed_pounds(text: str) -> Fraction:
    """Pounds as somebody types them: as :func:`typed_number`, also with the £ sign in front."""
    return typed_number(text.strip().removeprefix("£"))


def storable(quantity: Fraction) -> Fraction:
    """The same quantity, sure to fit in two whole numbers of a database; else raises :class:`NotANumber`."""
    if max(abs(quantity.numerator), quantity.denominator) >= 2**63:
        raise NotANumber(
            "{quantity} is too large or too fine to keep; enter it with fewer digits.", quantity=shown(quantity, 4)
        )
    return quantity


def share(text: str) -> Fraction:
    """A share between 0 and 1 as it was typed: ``0.5``, ``1/3``, ``50%`` or ``1``.

    Raises :class:`NotANumber` for what is no number, and for a share over the whole.
    """
    typed = text.strip()
    if found := _FRACTION.fullmatch(typed):
        over, under = int(found[1]), int(found[2])
        if under == 0:
            raise NotANumber("“{typed}” divides by nothing; enter a share like 1/3, 0.5 or 50%.", typed=typed)
        given = Fraction(over, under)
    elif typed.endswith("%"):
        given = number(typed[:-1]) / 100
    else:
        given = number(typed)
    if given > 1:
        raise NotANumber("“{typed}” is more than the whole; enter a share up to 1, like 1/3, 0.5 or 50%.", typed=typed)
    return given


def _why_not(typed: str) -> str:
    """One sentence that says what is wrong with a number and what to type instead."""
    if not typed:
        return said("Enter a number, like 12 or 12.5.")
    if re.fullmatch(r"[-−–(].*\d.*", typed):
        return said("“{typed}” is negative; enter a number of 0 or more.", typed=typed)
    if re.fullmatch(r"£?\s*\d{1,3}(,\d{3})+(\.\d+)?", typed):
        plain = typed.lstrip("£ ").replace(",", "")
        return said("“{typed}” has thousands separators or a £ sign; enter it as {plain}.", typed=typed, plain=plain)
    if re.fullmatch(r"\d+,\d+", typed):
        return said(
            "“{typed}” has a decimal comma; enter it with a point, as {plain}.",
            typed=typed,
            plain=typed.replace(",", "."),
        )
    if typed.startswith("£"):
        return said(
            "“{typed}” has a £ sign; enter the number alone, as {plain}.", typed=typed, plain=typed.lstrip("£ ")
        )
    if re.fullmatch(r"[0-9.]+", typed) and typed.count(".") <= 1 and typed != ".":
        return said(
            "“{typed}” is too long: at most {before} digits before the point and {after} after it.",
            typed=typed,
            before=DIGITS_BEFORE,
            after=DIGITS_AFTER,
        )
    if re.fullmatch(r"\d+(\.\d+)?[eE][+-]?\d+", typed):
        return said("“{typed}” is written with an exponent; enter it in full, like 12000.", typed=typed)
    return said("“{typed}” is not a number; enter one like 12 or 12.5.", typed=typed[:40])


def rounded(numerator: int, denominator: int) -> int:
    """``numerator / denominator`` (both whole, the second above 0) to the nearest whole number, half to even."""
    whole, rest = divmod(numerator, denominator)
    twice = 2 * rest
    return whole + (twice > denominator or (twice == denominator and whole & 1))


def pounds(amount: int) -> str:
    """Micropounds as a person reads them: ``£25,000.00`` (pence rounded half-even, for display only)."""
    pence = rounded(amount, MICROPOUNDS // 100)
    sign = "-" if pence < 0 else ""
    return f"{sign}£{abs(pence) // 100:,}.{abs(pence) % 100:02}"


def pounds_text(amount: int) -> str:
    """Micropounds as plain decimal text of £, all six places: ``25000.000000`` (for JSON and CSV)."""
    sign = "-" if amount < 0 else ""
    return f"{sign}{abs(amount) // MICROPOUNDS}.{abs(amount) % MICROPOUNDS:06}"


def shown(quantity: Fraction, places: int = 2) -> str:
    """A quantity as a person reads it: ``1,250``, ``2.5``, ``0.33``; rounded half-even, for display only."""
    scale = 10**places
    units = rounded(quantity.numerator * scale, quantity.denominator)
    sign = "-" if units < 0 else ""
    text = f"{sign}{abs(units) // scale:,}.{abs(units) % scale:0{places}}" if places else f"{sign}{abs(units):,}"
    return text.rstrip("0").rstrip(".") if places else text


def exact_text(quantity: Fraction) -> str:
    """A quantity whole, for JSON: decimal text where that is exact (``2.5``), else a fraction (``1/3``)."""
    if quantity.denominator == 1:
        return str(quantity.numerator)
    twos_and_fives = quantity.denominator
    for factor in (2, 5):
        while twos_and_fives % factor == 0:
            twos_and_fives //= factor
    if twos_and_fives != 1:
        return str(quantity)
    text = f"{Decimal(quantity.numerator) / Decimal(quantity.denominator):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
