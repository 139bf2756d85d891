"""The figures there are: what each is reckoned by, over payments of which contracts and places are known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
from ibis.expr.types import Table

from quarterday.services.organisations.locating import names_of_wards
from quarterday_erp_import.analysis import attributing, payments
from quarterday_erp_import.analysis.ending import ending
from quarterday_erp_import.figures.terms import Terms

Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Ledger:
    """What figures are reckoned over."""

    spend: Table
    """Payments with year, contract, and where their postcodes lie."""
    contracts: Table
    outside: Table
    """What no buyer's choice changes."""
    terms: Terms
    today: date
    until: date | None
    """The day of the newest payment; None where there is none."""
    run: Callable[[Table], Rows]


@dataclass(frozen=True, slots=True)
class Analysis:
    """One figure: how it is reckoned, and for how much of the money what must be known for it."""

    rows: Callable[[Ledger], Rows]
    covers: Mapping[str, str]
    """What must be known → the column of the payments that is null where it isn't."""
    by_area: bool = False
    """Whether there is one for each definition of “local”."""
    span: str = "year"
    """Of what it is: of each “year”, of the last “months”, or of “all” payments."""


def back(ledger: Ledger) -> Table:
    """The payments of the last months that gaps are looked for in."""
    first = months_from(ledger.until or ledger.today, -ledger.terms.gap_months)
    return ledger.spend.filter(ledger.spend.paid_on > first)


def months_from(day: date, months: int) -> date:
    """The day so many months later, or its month's last where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    return date(year, month + 1, 28)


def _by(*keys: str) -> Callable[[Ledger], Rows]:
    return lambda ledger: ledger.run(payments.totals_by(ledger.spend, *keys))


def _sums(key: str) -> Callable[[Ledger], Rows]:
    return lambda ledger: ledger.run(payments.sums_by(ledger.spend, "year", key))


def _stated(what: str) -> Callable[[Ledger], Rows]:
    return lambda ledger: ledger.run(payments.stated(ledger.spend, what, "year"))


def _by_supplier(ledger: Ledger) -> Rows:
    return ledger.run(payments.totals_by_supplier(ledger.spend, "year"))


def _by_ward(ledger: Ledger) -> Rows:
    rows = ledger.run(payments.totals_by(ledger.spend, "year", "ward"))
    names = names_of_wards({row["ward"] for row in rows if row["ward"]})
    return [row | {"ward_name": names.get(row["ward"])} for row in rows]


def _influenceable(ledger: Ledger) -> Rows:
    return ledger.run(payments.influenceable(ledger.spend, ledger.outside, "year"))


def _contracts(ledger: Ledger) -> Rows:
    reached = {
        row["contract_id"]: row
        for row in ledger.run(attributing.triggers(ledger.spend, ledger.contracts, ledger.today))
    }
    paid = ledger.run(attributing.paid_on_contracts(ledger.spend, ledger.today))
    nothing = {"lines": 0, "amount": 0, "first_day": None, "last_day": None}
    rows = {one: {"contract_id": one} | nothing for one in reached} | {row["contract_id"]: row for row in paid}
    none: dict[str, Any] = {"trigger": None, "reached_on": None}
    return [row | {key: reached.get(of, none)[key] for key in none} for of, row in rows.items()]


def _without_commitments(ledger: Ledger) -> Rows:
    threshold = ledger.terms.threshold
    found = attributing.without_commitments(ledger.spend, ledger.contracts, threshold, ledger.today)
    return [{key: row[key] for key in ("contract_id", "ends", "amount")} for row in ledger.run(found)]


def _gaps(ledger: Ledger) -> Rows:
    terms, spend = ledger.terms, back(ledger)
    soon = {"ends_from": ledger.today, "ends_by": months_from(ledger.today, terms.gap_ends_within)}
    found = ledger.run(
        attributing.gaps(
            spend,
            ledger.contracts,
            at_least=terms.gap_at_least,
            at_most_local=(terms.gap_local_at_most, 100),
            **soon,
        )
    )
    on = ledger.run(ending(spend, ledger.contracts, **soon))
    return [
        {key: row[key] for key in ("category", "amount", "known", "local", "first_end")}
        | {"contract_ids": sorted(one["contract_id"] for one in on if one["category"] == row["category"])}
        for row in found
    ]


_PLACE, _CONTRACT = {"postcode": "is_local"}, {"contract": "contract_id"}
ANALYSES: Mapping[str, Analysis] = {
    "local": Analysis(_by("year"), _PLACE, by_area=True),
    "category": Analysis(_by("year", "category"), _PLACE | {"category": "category"}, by_area=True),
    "supplier": Analysis(_by_supplier, _PLACE | {"supplier": "supplier"}, by_area=True),
    "ward": Analysis(_by_ward, {"ward": "ward"}, by_area=True),
    "influenceable": Analysis(_influenceable, _PLACE | {"sector": "sector"}, by_area=True),
    "size": Analysis(_stated("size"), {"size": "size"}),
    "sector": Analysis(_stated("sector"), {"sector": "sector"}),
    "ownership": Analysis(_stated("ownership"), {"ownership": "ownership"}),
    "attributed": Analysis(_sums("attributed_by"), _CONTRACT),
    "bases": Analysis(_sums("amount_is"), {}),
    "contracts": Analysis(_contracts, _CONTRACT, span="all"),
    "without_commitments": Analysis(_without_commitments, _CONTRACT, span="all"),
    "gaps": Analysis(_gaps, _PLACE | _CONTRACT, by_area=True, span="months"),
}
"""All of them, by name."""


def covered(ledger: Ledger, analysis: Analysis) -> Rows:
    """For how much of the £ what the analysis needs is known: one row for each thing and year.

    The year is None for what isn't of years.
    """
    if not analysis.covers:
        return []
    spend = back(ledger) if analysis.span == "months" else ledger.spend
    year = spend.year if analysis.span == "year" else ibis.null("int64")
    known = ledger.run(payments.known_by(spend.mutate(year=year), analysis.covers, "year"))
    return [
        {"year": row["year"], "what": what, "known": row[what], "whole": row["amount"]}
        for row in known
        for what in analysis.covers
    ]
