"""What a file itself says its payments add up to is compared with what was taken in of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_up_lines import POUND

from quarterday.services.record import UnitOfWork
from quarterday.testing.builders import OPERATOR, an_authority
from quarterday_erp_import.ledger.control_totals import reconciled
from quarterday_erp_import.ledger.files import LineFiles
from quarterday_erp_import.ledger.importing import import_file

HEAD = "Supplier,Payment Date,Net Amount,Document\n"
PAID = "Larch Building Ltd,13/06/2026,1000.00,A1\nAlder Advice CIC,14/06/2026,-20.50,A2\n"
LATER = "Rowan Care Ltd,15/06/2026,20.50,A3\n"


@pytest.mark.parametrize(
    ("records", "footer"),
    [
        (PAID + ",,979.50,\n", None),  # no more than a sum, which is no word of its author's
        (PAID + "Grand Total,,979.50,\n", 979_500_000),
        (PAID + "\n,Total:,980.00,\nPrinted on Monday,,,\n", 980 * POUND),
        (PAID + "Larch Building Ltd Total,,1000.00,\n", None),
        (PAID + "Sub-total,,979.50,\n" + LATER + "Total,,1000.00,\n", 1_000 * POUND),
        (PAID + "Total,,979.50,\n" + LATER + "Total,,20.50,\n", None),
        (PAID + "Total,,979.50,\n" + LATER + "Total,,20.50,\nGRAND TOTAL,,1000.00,\n", 1_000 * POUND),
        (PAID + "Total,,979.50,\n" + LATER, None),
        (PAID + "Total,,see below,\n", None),
        (PAID, None),
    ],
)
@pytest.mark.parametrize("ledger_url", ["sqlite"], indirect=True)  # the databases don't differ in what is read
def test_a_total_below_all_payments_is_a_control_total(
    records: str, footer: int | None, uow: UnitOfWork, files: LineFiles, tmp_path: Path
) -> None:
    (tmp_path / "june.csv").write_text(HEAD + records)
    of = {"authority_id": an_authority(uow), "feed": "spend"}
    done = import_file(uow, OPERATOR, files=files, path=tmp_path / "june.csv", **of)  # type: ignore[arg-type]
    found = reconciled(uow, OPERATOR, batch_id=done.batch.id)
    assert done.footer == footer
    assert [(one.source, one.lines, one.amount) for one in found] == ([("footer", None, footer)] if footer else [])
    assert [one.amount_differs_by for one in found] == ([done.batch.amount - footer] if footer else [])
