"""The shape of a spend line: what reading a file hands on, and what a batch keeps.

Money is whole micropounds (10⁻⁶ £) in 64 bits, so ± £9.2 million million fit. What a person wrote about a payment
(narratives, names of card holders) is never kept.
"""

from __future__ import annotations

import pyarrow as pa

SCHEMA = pa.schema(
    [
        # 1-based number of the record after the header; with the file's hash it is the line's identity.
        pa.field("ordinal", pa.int64(), nullable=False),
        # The line of the file (the row of the sheet) on which the record begins.
        pa.field("line", pa.int64(), nullable=False),
        # The day of payment; the first day where only a month, quarter or year is known; null where nothing is.
        pa.field("paid_on", pa.date32()),
        # How much of it is known: "day", "month", "quarter", "year" or "".
        pa.field("paid_precision", pa.string(), nullable=False),
        # As written, with runs of white space made one space.
        pa.field("payee", pa.string(), nullable=False),
        # The finance system's number of the supplier, as text.
        pa.field("payee_id", pa.string()),
        # Net of recoverable VAT where both stand, else the one amount there is; credits are negative.
        pa.field("amount", pa.int64(), nullable=False),
        pa.field("vat", pa.int64()),
        pa.field("gross", pa.int64()),
        # What `amount` is: "net", "gross" or "unknown".
        pa.field("amount_is", pa.string(), nullable=False),
        # Number of the transaction, invoice or voucher.
        pa.field("document", pa.string()),
        pa.field("order_number", pa.string()),
        pa.field("contract_number", pa.string()),
        # Directorate, service or cost centre.
        pa.field("service", pa.string()),
        # Expense type or subjective, and its code.
        pa.field("category", pa.string()),
        pa.field("category_code", pa.string()),
        pa.field("company_number", pa.string()),
        pa.field("charity_number", pa.string()),
        pa.field("vat_number", pa.string()),
        pa.field("postcode", pa.string()),
        # "spend" or "card" (a payment by purchase card, whose payee is a merchant as the card scheme writes it).
        pa.field("kind_of_record", pa.string(), nullable=False),
    ]
)
"""One row for each accepted record."""

KEPT = pa.schema([pa.field("source", pa.string(), nullable=False), *SCHEMA])
"""What a batch's file holds: the SHA-256 of the source file, which with the ordinal names a line, and the lines."""
