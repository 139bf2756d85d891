"""The tables that figures are reckoned over, beside the lines: who payees are, and what is known of contracts."""

from __future__ import annotations

import pyarrow as pa

PAYEES = pa.schema(
    [
        # As the lines have them; "" where lines have no number. One row for each two.
        pa.field("payee", pa.string(), nullable=False),
        pa.field("payee_id", pa.string(), nullable=False),
        # Whoever that is, under one key and one name; null where it was not decided.
        pa.field("supplier", pa.string()),
        pa.field("supplier_name", pa.string()),
        # “supplier”, “redacted”, “individual”, “internal”, “factor”, “card merchant”, “address”.
        pa.field("kind", pa.string(), nullable=False),
        # The supplier's, where the list of suppliers has one.
        pa.field("postcode", pa.string()),
        # By the definition of local that the figure is asked for; null where no postcode is known.
        pa.field("is_local", pa.bool_()),
        pa.field("ward", pa.string()),
        # “micro”, “small”, “medium”, “large” or “sme”; then who says so, and as of when.
        pa.field("size", pa.string()),
        pa.field("size_source", pa.string()),
        pa.field("size_on", pa.date32()),
        # “vcse”, “public”, “private”, “sole_trader” or “person”.
        pa.field("sector", pa.string()),
        pa.field("sector_source", pa.string()),
        pa.field("sector_on", pa.date32()),
        pa.field("ownership", pa.string()),
        pa.field("ownership_source", pa.string()),
        pa.field("ownership_on", pa.date32()),
    ]
)

CONTRACTS = pa.schema(
    [
        pa.field("contract_id", pa.int64(), nullable=False),
        pa.field("starts", pa.date32(), nullable=False),
        pa.field("ends", pa.date32(), nullable=False),
        # In micropounds; null where it isn't known.
        pa.field("value", pa.int64()),
        # The paid spend from which delivery is recorded, in micropounds; null where there is none.
        pa.field("trigger", pa.int64()),
        pa.field("has_commitments", pa.bool_(), nullable=False),
    ]
)

PARTIES = pa.schema(
    [
        pa.field("contract_id", pa.int64(), nullable=False),
        # As in PAYEES.
        pa.field("supplier", pa.string(), nullable=False),
        # A service that the contract is for, one row for each; null where it is for any.
        pa.field("service", pa.string()),
    ]
)

NUMBERS = pa.schema(
    [
        # “contract” or “order”.
        pa.field("sort", pa.string(), nullable=False),
        pa.field("number", pa.string(), nullable=False),
        pa.field("contract_id", pa.int64(), nullable=False),
    ]
)
"""The numbers under which lines name a contract."""

PLACES = pa.schema(
    [
        pa.field("postcode", pa.string(), nullable=False),
        # By one definition of local; null where that can't be told.
        pa.field("is_local", pa.bool_()),
        pa.field("ward", pa.string()),
    ]
)
"""Where postcodes lie."""

OUTSIDE = pa.schema(
    [
        # “kind” of payee, “category” or “sector” of spend; its value; and why nobody can influence it.
        pa.field("column", pa.string(), nullable=False),
        pa.field("value", pa.string(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),
    ]
)
"""Spend that no buyer's choice changes."""
