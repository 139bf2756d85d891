"""Which of a table's amounts are net, gross and VAT: by arithmetic first, by name where that says nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, permutations

from quarterday_erp_import.reading.layout import Candidates, Column
from quarterday_erp_import.reading.money import micropounds
from quarterday_erp_import.reading.names import plain

CLEAR = 0.9
"""The share of the records that must agree before arithmetic decides."""

BY_RATE = 0.8
"""The same, where a VAT rate fits: hardly anything else makes one amount exactly a fifth more than another."""

_PENNY = 10_000
"""Micropounds: what rounding to the penny may put between two sums."""


@dataclass(frozen=True, slots=True)
class Amounts:
    """The columns of money, and what the one that counts is."""

    amount: Column | None
    """What was paid; None where it is the gross amount less VAT."""
    vat: Column | None
    gross: Column | None
    amount_is: str
    """"net" (of recoverable VAT), "gross" or "unknown"."""
    sure: float
    why: str
    others: tuple[Column, ...] = ()
    """Columns that could be the amount as well."""
    credit: Column | None = None
    """The column in which credits stand, where they have one of their own."""


def amounts(found: Candidates, rows: Sequence[Sequence[str]]) -> Amounts | None:
    """The columns of money, or None where there are none."""
    net, gross, vat, bare = (found.fields.get(field, []) for field in ("net", "gross", "vat", "amount"))
    whole = [*net, *bare, *gross]
    if not whole:
        return None
    chosen = _added_up(whole, vat, rows) or _by_rate(whole, rows) or _named(net, bare, gross, vat, rows)
    return replace(chosen, credit=_credits(chosen.amount, found.best("credit"), rows))


def _credits(amount: Column | None, credit: Column | None, rows: Sequence[Sequence[str]]) -> Column | None:
    """The column of credits, where its amounts stand instead of others and not beside them."""
    if amount is None or credit is None:
        return None
    beside = instead = 0
    for row in rows:
        paid, back = (micropounds(row[one.index]) if one.index < len(row) else None for one in (amount, credit))
        beside += bool(back and paid)
        instead += bool(back and not paid)
    return credit if instead and instead >= CLEAR * (instead + beside) else None


def _added_up(whole: list[Column], vat: list[Column], rows: Sequence[Sequence[str]]) -> Amounts | None:
    """Net plus VAT is gross, in nearly every record."""
    for (less, more), tax in ((pair, tax) for tax in vat for pair in permutations(whole, 2)):
        triples = _numbers(rows, less, tax, more)
        with_tax = [one for one in triples if one[1]]
        agreeing = sum(1 for a, b, c in triples if abs(a + b - c) <= 2 * _PENNY)
        if with_tax and agreeing >= CLEAR * len(triples):
            why = f"“{less.name}” and “{tax.name}” add up to “{more.name}” in {agreeing} of {len(triples)} records"
            return Amounts(less, tax, more, "net", 0.99, why)
    return None


def _by_rate(whole: list[Column], rows: Sequence[Sequence[str]]) -> Amounts | None:
    """One column is the other with 20% or 5% VAT, or the same, in nearly every record."""
    for less, more in permutations(whole, 2):
        pairs = [(a, b) for a, b in _numbers(rows, less, more) if a]
        taxed = sum(1 for a, b in pairs if abs(5 * b - 6 * a) <= 6 * _PENNY and a != b)
        agreeing = taxed + sum(1 for a, b in pairs if a == b or abs(20 * b - 21 * a) <= 21 * _PENNY)
        if taxed >= max(2, 0.1 * len(pairs)) and agreeing >= BY_RATE * len(pairs):
            why = f"“{more.name}” is “{less.name}” with VAT at a known rate in {agreeing} of {len(pairs)} records"
            return Amounts(less, None, more, "net", 0.95, why)
    return None


def _named(
    net: list[Column], bare: list[Column], gross: list[Column], vat: list[Column], rows: Sequence[Sequence[str]]
) -> Amounts:
    tax = vat[0] if vat else None
    if net:
        others = tuple(net[1:])
        return Amounts(net[0], tax, gross[0] if gross else None, "net", 0.95 if not others else 0.6, net[0].why, others)
    if bare:
        chosen = bare[0]
        others = tuple(one for one in bare[1:] if chosen.sure - one.sure < 0.1)
        kind, why = _against_tax(chosen, tax, rows)
        kind = _by_words(chosen.name) if kind == "unknown" else kind
        sure = 0.6 if others else chosen.sure
        return Amounts(chosen, tax, gross[0] if gross else None, kind, sure, why or chosen.why, others)
    if tax:
        return Amounts(None, tax, gross[0], "net", 0.9, f"“{gross[0].name}” less “{tax.name}”, as the names say")
    return Amounts(gross[0], None, gross[0], "gross", gross[0].sure, gross[0].why)


def _by_words(name: str) -> str:
    """What the words in an amount's name say that it is."""
    words = plain(name)
    if "net" in words or "nett" in words or ("excluding", "vat") in pairwise(words):
        return "net"
    return "gross" if "gross" in words or ("including", "vat") in pairwise(words) else "unknown"


def _against_tax(amount: Column, tax: Column | None, rows: Sequence[Sequence[str]]) -> tuple[str, str]:
    """Whether VAT in a column beside it is a fifth of the amount (then it is net) or a sixth (gross)."""
    if tax is None:
        return "unknown", ""
    taxed = [(a, b) for a, b in _numbers(rows, amount, tax) if b]
    for kind, share in (("net", 5), ("gross", 6)):
        agreeing = sum(1 for a, b in taxed if abs(share * b - a) <= share * _PENNY)
        if taxed and agreeing >= CLEAR * len(taxed):
            return (
                kind,
                f"“{tax.name}” is a {'fifth' if share == 5 else 'sixth'} of it in {agreeing} of {len(taxed)} records",
            )
    return "unknown", ""


def _numbers(rows: Sequence[Sequence[str]], *columns: Column) -> list[tuple[int, ...]]:
    """The amounts of these columns, of the records that have them all."""
    found = []
    for row in rows:
        numbers = [micropounds(row[one.index]) if one.index < len(row) else None for one in columns]
        if None not in numbers:
            found.append(tuple(number for number in numbers if number is not None))
    return found
