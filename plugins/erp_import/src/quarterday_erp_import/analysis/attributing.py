"""Which contract a payment is on: by its number, else by its order's, else by being its supplier's only one there."""

from __future__ import annotations

from datetime import date

import ibis
from ibis.expr.types import Column, Table

from quarterday_erp_import.analysis.payments import amount

BY_CONTRACT, BY_ORDER, BY_SUPPLIER, NOT_ATTRIBUTED = "contract number", "order number", "only contract", ""


def attributed(spend: Table, contracts: Table, parties: Table, numbers: Table) -> Table:
    """Each payment with ``contract_id`` (null where none is certain) and ``attributed_by``.

    A number counts where it stands for one contract. Without one, a payment is on the contract that its supplier holds
    for its service on its day, where that is exactly one; a contract of no service is for each. Of a payment whose
    service isn't known it is the only one that the supplier holds for whatever service.
    """
    spend = _by_number(spend, numbers, "contract", "contract_number")
    spend = _by_number(spend, numbers, "order", "order_number")
    spend = _by_supplier(spend, contracts, parties)
    found = {BY_CONTRACT: spend.of_contract, BY_ORDER: spend.of_order, BY_SUPPLIER: spend.of_supplier}
    by = ibis.cases(*((column.notnull(), words) for words, column in found.items()), else_=NOT_ATTRIBUTED)
    return spend.mutate(contract_id=ibis.coalesce(*found.values()), attributed_by=by).drop(
        "of_contract", "of_order", "of_supplier"
    )


def coverage(spend: Table) -> Table:
    """How much was attributed by what: lines and amount."""
    return spend.group_by("attributed_by").agg(lines=spend.count(), amount=amount(spend))


def paid_on_contracts(spend: Table, until: date) -> Table:
    """What was paid on each contract up to and including a day: lines, amount, first and last day."""
    paid = spend.filter(spend.contract_id.notnull(), spend.paid_on <= until)
    return paid.group_by("contract_id").agg(
        lines=paid.count(), amount=amount(paid), first_day=paid.paid_on.min(), last_day=paid.paid_on.max()
    )


def triggers(spend: Table, contracts: Table, until: date) -> Table:
    """Each contract that has a spend trigger: what was paid up to a day, and the day on which it reached the trigger.

    ``reached_on`` is null where it hasn't; a credit afterwards doesn't undo it.
    """
    paid = spend.filter(spend.contract_id.notnull(), spend.paid_on <= until)
    days = paid.group_by("contract_id", "paid_on").agg(amount=amount(paid))
    so_far = ibis.cumulative_window(group_by=days.contract_id, order_by=days.paid_on)
    days = days.mutate(so_far=days.amount.sum().over(so_far))
    due = contracts.filter(contracts.trigger.notnull()).select("contract_id", "trigger")
    running = due.left_join(days, "contract_id").drop("contract_id_right")
    return running.group_by("contract_id", "trigger").agg(
        amount=amount(running), reached_on=running.paid_on.min(where=running.so_far >= running.trigger)
    )


def without_commitments(spend: Table, contracts: Table, threshold: int, until: date) -> Table:
    """Contracts worth, or paid, so many micropounds or more that hold no commitments: value and amount paid."""
    paid = paid_on_contracts(spend, until).select("contract_id", "amount")
    bare = contracts.filter(~contracts.has_commitments).select("contract_id", "value", "ends")
    joined = bare.left_join(paid, "contract_id").drop("contract_id_right")
    joined = joined.mutate(amount=joined.amount.fill_null(0))
    return joined.filter((joined.value.fill_null(0) >= threshold) | (joined.amount >= threshold))


def gaps(
    spend: Table, contracts: Table, *, at_least: int, at_most_local: tuple[int, int], ends_from: date, ends_by: date
) -> Table:
    """The categories in which much is spent and little of it is local, with their contracts that end soon.

    Those of ``at_least`` micropounds of which, of the part whose postcode is known, no more than a share (2 of 5) is
    local: the sums, how many contracts end between the two days, and the first of these days.
    """
    by_category = spend.group_by("category").agg(
        amount=amount(spend),
        known=amount(spend, spend.is_local.notnull()),
        local=amount(spend, spend.is_local),
    )
    ending = contracts.filter(contracts.ends >= ends_from, contracts.ends <= ends_by).select("contract_id", "ends")
    on_them = spend.select("category", "contract_id").distinct().join(ending, "contract_id")
    soon = on_them.group_by("category").agg(contracts=on_them.contract_id.nunique(), first_end=on_them.ends.min())
    part, whole = at_most_local
    few = by_category.filter(
        by_category.amount >= at_least, by_category.known > 0, by_category.local * whole <= by_category.known * part
    )
    joined = few.left_join(soon, "category").drop("category_right")
    return joined.mutate(contracts=joined.contracts.fill_null(0))


def _by_number(spend: Table, numbers: Table, sort: str, column: str) -> Table:
    of_sort = numbers.filter(numbers.sort == sort)
    of_sort = of_sort.mutate(number=_plain(of_sort.number))
    certain = of_sort.group_by("number").agg(
        **{f"of_{sort}": of_sort.contract_id.min(), "contracts": of_sort.contract_id.nunique()}
    )
    certain = certain.filter(certain.contracts == 1, certain.number != "").drop("contracts")
    spend = spend.mutate(number=_plain(spend[column]))
    return spend.left_join(certain, "number").drop("number", "number_right")


def _by_supplier(spend: Table, contracts: Table, parties: Table) -> Table:
    held = contracts.join(parties, "contract_id").select("contract_id", "supplier", "service", "starts", "ends")
    held = held.mutate(service=_plain(held.service))
    spend = spend.mutate(for_service=_plain(spend.service.fill_null("")))
    asked = (
        spend.filter(spend.supplier.notnull(), spend.paid_on.notnull())
        .select("supplier", "for_service", "paid_on")
        .distinct()
    )
    living = asked.join(
        held,
        [
            asked.supplier == held.supplier,
            held.service.isnull() | (asked.for_service == "") | (held.service == asked.for_service),
            asked.paid_on >= held.starts,
            asked.paid_on <= held.ends,
        ],
    )
    only = living.group_by("supplier", "for_service", "paid_on").agg(
        of_supplier=living.contract_id.min(), contracts=living.contract_id.nunique()
    )
    only = only.filter(only.contracts == 1).drop("contracts")
    return spend.left_join(only, ["supplier", "for_service", "paid_on"], rname="only_{name}").drop(
        "for_service", "only_supplier", "only_for_service", "only_paid_on"
    )


def _plain(number: Column) -> Column:
    """A number without what people put between its letters and digits."""
    return number.upper().re_replace("[^0-9A-Z]+", "")
