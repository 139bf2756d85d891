"""Lines together with who was paid, and sums over them."""

from __future__ import annotations

from collections.abc import Mapping

import ibis
from ibis.expr.types import Column, IntegerScalar, Table

UNNAMED = ("redacted", "individual", "address")
"""The kinds of payee that no figure names."""

PERSONS = ("sole_trader", "person")
"""The sectors whose suppliers are people, and that no figure names."""

_FIRST_MONTH = 4
"""A council's year begins in April."""


def payments(lines: Table, payees: Table) -> Table:
    """Each line with who was paid and its financial year (2025 is April 2025 to March 2026).

    A payee nobody decided on is a supplier of which nothing is known. Who is a person, trades as one or is redacted has
    no name. A line's own postcode goes before its supplier's.
    """
    joined = lines.mutate(payee_key=lines.payee_id.fill_null("")).left_join(
        payees, ["payee", ("payee_key", "payee_id")], rname="decided_{name}"
    )
    kind = joined.kind.fill_null("supplier")
    named = ~kind.isin(UNNAMED) & ~joined.sector.fill_null("").isin(PERSONS)
    text = ibis.null("string")
    return joined.mutate(
        kind=kind,
        supplier=ibis.ifelse(named, joined.supplier, text),
        supplier_name=ibis.ifelse(named, joined.supplier_name, text),
        payee=ibis.ifelse(named, joined.payee, text),
        postcode=ibis.coalesce(joined.postcode, joined.decided_postcode),
        year=_year(joined.paid_on),
    ).drop("payee_key", "decided_payee_id", "decided_postcode")


def totals(spend: Table) -> Table:
    """One row: lines, amount, the part whose postcode is known, the part that is local, all in micropounds.

    “Local” is by the definition that the payees were marked with; whose postcode isn't known is neither local nor not.
    """
    return spend.agg(**_sums(spend))


def totals_by(spend: Table, *keys: str) -> Table:
    """The same for each value of a column, like “category”, “ward” or “year”, or of several; null where unknown."""
    return spend.group_by(*keys).agg(**_sums(spend))


def totals_by_supplier(spend: Table, *keys: str) -> Table:
    """The same for each supplier, with a name; payees nobody decided on, or who have no name, are one row of nulls."""
    return spend.group_by("supplier", *keys).agg(supplier_name=spend.supplier_name.max(), **_sums(spend))


def stated(spend: Table, what: str, *keys: str) -> Table:
    """Spend by “size”, “sector” or “ownership” and by who says so: lines, amount, and from when to when it was said."""
    said_on = spend[f"{what}_on"]
    of = {key: spend[key] for key in keys} | {what: spend[what], "source": spend[f"{what}_source"]}
    return spend.group_by(**of).agg(
        lines=spend.count(), amount=amount(spend), first_said=said_on.min(), last_said=said_on.max()
    )


def sums_by(spend: Table, *keys: str) -> Table:
    """Lines and amount alone, as by “amount_is”: how much is net of VAT, gross, or unknown which."""
    return spend.group_by(*keys).agg(lines=spend.count(), amount=amount(spend))


def influenceable(spend: Table, outside: Table, *keys: str) -> Table:
    """What a buyer's choice can change (reason ""), and what it can't, by reason: the sums of :func:`totals`.

    A line that is outside for several reasons counts under the first: by kind of payee, by sector, by category.
    """
    reasons = []
    for column in ("kind", "sector", "category"):
        of_column = outside.filter(outside["column"] == column).select(
            **{column: outside.value, f"because_{column}": outside.reason}
        )
        spend = spend.left_join(of_column, column, rname="outside_{name}").drop(f"outside_{column}")
        reasons.append(f"because_{column}")
    spend = spend.mutate(reason=ibis.coalesce(*(spend[name] for name in reasons), ""))
    return totals_by(spend, "reason", *keys)


def known_by(spend: Table, known: Mapping[str, str], *keys: str) -> Table:
    """For how much of the money something is known: the whole amount, and for each of ``known`` (a name → the column
    that is null where that isn't known) the part of which it is."""
    parts = {name: amount(spend, spend[column].notnull()) for name, column in known.items()}
    return spend.aggregate(by=keys, amount=amount(spend), **parts)


def amount(spend: Table, where: Column | None = None) -> IntegerScalar:
    """The sum in micropounds, 0 of nothing."""
    return spend.amount.sum(where=where).fill_null(0)


def _sums(spend: Table) -> dict[str, IntegerScalar]:
    return {
        "lines": spend.count(),
        "amount": amount(spend),
        "known": amount(spend, spend.is_local.notnull()),
        "local": amount(spend, spend.is_local),
    }


def _year(day: Column) -> Column:
    return day.year().cast("int64") - (day.month() < _FIRST_MONTH).cast("int64")
