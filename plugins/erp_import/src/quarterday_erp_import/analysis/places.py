"""Where the money went: whether a payment's postcode is local by a definition, and in which ward it lies."""

from __future__ import annotations

from ibis.expr.types import Table


def placed(spend: Table, places: Table) -> Table:
    """The payments with ``is_local`` and ``ward`` as ``places`` has them for their postcodes, null where it hasn't."""
    return spend.drop("is_local", "ward").left_join(places, "postcode").drop("postcode_right")
