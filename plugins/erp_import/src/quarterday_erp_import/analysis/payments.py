"""Lines together with who was paid, and sums over them."""

from __future__ import annotations

import ibis
from ibis.expr.types import Column, IntegerScalar, Table

UNNAMED = ("redacted", "individual")
"""The kinds of payee that no figure names."""

_FIRST_MONTH = 4
"""A council's year begins in April."""


def payments(lines: Table, payees: Table) -> Table:
    """Each line with who was paid and its financial year (2025 is April 2025 to March 2026).

    A payee nobody decided on is a supplier of which nothing is known. Who is an individual or redacted has no name. A
    line's own postcode goes before its supplier's.
    """
    joined = lines.mutate(payee_key=lines.payee_id.fill_null("")).left_join(
        payees, ["payee", ("payee_key", "payee_id")], rname="decided_{name}"
    )
    kind = joined.kind.fill_null("supplier")
    named = ~kind.isin(UNNAMED)
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


def totals_by(spend: Table, key: str) -> Table:
    """The same for each value of a column, like “category”, “ward” or “year”; null where it is unknown."""
    return spend.group_by(key).agg(**_sums(spend))


def totals_by_supplier(spend: Table) -> Table:
    """The same for each supplier, with a name; payees nobody decided on, or who have no name, are one row of nulls."""
    return spend.group_by("supplier").agg(supplier_name=spend.supplier_name.max(), **_sums(spend))


def stated(spend: Table, what: str) -> Table:
    """Spend by “size”, “sector” or “ownership” and by who says so: lines, amount, and from when to when it was said."""
    said_on = spend[f"{what}_on"]
    keys = {what: spend[what], "source": spend[f"{what}_source"]}
    return spend.group_by(**keys).agg(
        lines=spend.count(), amount=amount(spend), first_said=said_on.min(), last_said=said_on.max()
    )


def bases(spend: Table) -> Table:
    """How much of it is net of VAT, gross, or unknown which: sums that hold several say so."""
    return spend.group_by("amount_is").agg(lines=spend.count(), amount=amount(spend))


def influenceable(spend: Table, outside: Table) -> Table:
    """What a buyer's choice can change (reason ""), and what it can't, by reason: lines and amount.

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
    return spend.group_by("reason").agg(lines=spend.count(), amount=amount(spend))


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
