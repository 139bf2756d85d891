"""The contracts that end soon, for what is spent on."""

from __future__ import annotations

from datetime import date

from ibis.expr.types import Table


def ending(spend: Table, contracts: Table, *, ends_from: date, ends_by: date) -> Table:
    """Each contract that ends between the two days and is paid on, once for each category that it is paid for in."""
    soon = contracts.filter(contracts.ends >= ends_from, contracts.ends <= ends_by).select("contract_id", "ends")
    return spend.select("category", "contract_id").distinct().join(soon, "contract_id")
