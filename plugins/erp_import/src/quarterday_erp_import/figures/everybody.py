"""Everybody who was paid: who matching and people decided they are, and what the others' names look like."""

from __future__ import annotations

import pyarrow as pa

from quarterday_erp_import.ledger.deciding import Decided
from quarterday_erp_import.ledger.standing import Standing, payees
from quarterday_erp_import.payees.kinds import looks
from quarterday_erp_import.payees.names import read
from quarterday_erp_import.payees.payee import Outcome


def everybody(now: Standing) -> pa.Table:
    """All payees of the ledger as :data:`~quarterday_erp_import.analysis.shapes.PAYEES`, places left out.

    Nobody has decided on some yet: who of them looks like a person is none that may be named.
    """
    lines = now.lines
    asked = lines.group_by("payee", number=lines.payee_id.fill_null("")).agg(
        is_card=(lines.kind_of_record == "card").all()
    )
    decided = dict(now.decided)
    for row in now.engine.to_pyarrow(asked).to_pylist():
        key = (row["payee"], row["number"])
        if key not in decided:
            kind = looks(read(row["payee"]), card=row["is_card"]).kind
            decided[key] = Decided(*key, Outcome.NEW, kind, "", "", ())
    return payees(decided, now.vendors, same=now.same, is_local=_unknown, ward=_unknown)


def _unknown(postcode: str) -> None:
    """Places are looked up for payments, whose own postcode goes before their payee's."""
