"""From batches to a figure: what counts, who was paid as matching and people decided, and what isn't known."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import ibis
import pytest
from made_up_lines import POUND, Broken, Part, Spend, a_line, lines

from quarterday import NotThere, Refused
from quarterday.services.record import UnitOfWork
from quarterday.testing.builders import OPERATOR, an_authority
from quarterday_erp_import.analysis.amounts import percent, pounds
from quarterday_erp_import.analysis.payments import known_by, payments, totals, totals_by_supplier
from quarterday_erp_import.figures.coverage import Coverage
from quarterday_erp_import.ledger import batches, corrections
from quarterday_erp_import.ledger.deciding import match_payees
from quarterday_erp_import.ledger.files import LineFiles
from quarterday_erp_import.ledger.importing import import_file
from quarterday_erp_import.ledger.settling import Settlement, settle
from quarterday_erp_import.ledger.standing import payees, standing
from quarterday_erp_import.payees.known import Known
from quarterday_erp_import.payees.payee import Outcome, Supplier
from quarterday_erp_import.payees.vendors import Size, Stated, Vendor

LARCH = Vendor(
    2, "Larch Building Limited", "700001", postcode="S60 1AA", size=Stated(Size.SMALL, "vendor list", date(2026, 4, 1))
)
ALDER = Vendor(3, "Alder Advice", "700002", postcode="LS1 1AA")
KNOWN = Known([Supplier("700001", (LARCH.name,), ("700001",)), Supplier("700002", (ALDER.name,), ("700002",))])
QUINCE = ("Quince Orchards Ltd", "")
VENDORS = {"700001": LARCH, "700002": ALDER}
LINES = (
    a_line(1, payee="LARCH BUILDING LTD", payee_id="700001"),
    a_line(2, payee="Larch Building Ltd", payee_id="700001", amount=-20 * POUND),
    a_line(3, payee="Alder Advice", payee_id="700002", amount=300 * POUND),
    a_line(4, payee="REDACTED PERSONAL DATA", amount=50 * POUND),
    a_line(5, payee="Quince Orchards Ltd", amount=70 * POUND),
)


@pytest.fixture
def authority(uow: UnitOfWork, files: LineFiles, tmp_path: Path) -> int:
    """An authority with one batch: £500 to four payees, and a record that couldn't be understood."""
    authority = an_authority(uow)
    bring(
        uow, files, authority, Spend.of(tmp_path, "june.csv", Part(lines(*LINES), (Broken(6, 7, "?", "No amount."),)))
    )
    return authority


def bring(uow: UnitOfWork, files: LineFiles, authority: int, spend: Spend) -> int:
    of = {"files": files, "path": spend.path, "authority_id": authority, "feed": "june", "read": spend.read}
    return import_file(uow, OPERATOR, **of).batch.id  # type: ignore[arg-type]


def local(uow: UnitOfWork, files: LineFiles, authority: int) -> dict[str, int]:
    """The totals, with what starts with S60 as local."""
    now = standing(uow, OPERATOR, files=files, authority_id=authority)
    who = payees(
        now.decided, VENDORS, same=now.same, is_local=lambda code: code.startswith("S60"), ward=lambda code: None
    )
    (row,) = now.engine.to_pyarrow(totals(payments(now.lines, ibis.memtable(who)))).to_pylist()
    return row


def test_payees_are_matched_once_and_figures_follow(uow: UnitOfWork, files: LineFiles, authority: int) -> None:
    assert local(uow, files, authority) == {"lines": 5, "amount": 500 * POUND, "known": 0, "local": 0}
    counts = match_payees(uow, OPERATOR, files=files, authority_id=authority, known=KNOWN)
    assert counts == {Outcome.MATCHED: 3, Outcome.NO_SUPPLIER: 1, Outcome.NEW: 1}
    assert match_payees(uow, OPERATOR, files=files, authority_id=authority, known=KNOWN) == {}
    assert local(uow, files, authority) == {
        "lines": 5,
        "amount": 500 * POUND,
        "known": 380 * POUND,
        "local": 80 * POUND,
    }


def test_a_person_settles_a_payee_and_no_line_is_rewritten(uow: UnitOfWork, files: LineFiles, authority: int) -> None:
    match_payees(uow, OPERATOR, files=files, authority_id=authority, known=KNOWN)
    before = {path: path.stat().st_mtime_ns for path in files.folder.rglob("*.parquet")}
    settle(uow, OPERATOR, authority_id=authority, settlements=[Settlement(QUINCE, "700001")])
    assert local(uow, files, authority)["local"] == 150 * POUND
    match_payees(uow, OPERATOR, files=files, authority_id=authority, known=KNOWN, anew=True)
    assert local(uow, files, authority)["local"] == 150 * POUND
    settle(uow, OPERATOR, authority_id=authority, settlements=[Settlement(QUINCE)])
    assert local(uow, files, authority)["local"] == 80 * POUND
    assert {path: path.stat().st_mtime_ns for path in files.folder.rglob("*.parquet")} == before


def test_only_payees_of_the_ledger_are_settled(uow: UnitOfWork, authority: int) -> None:
    with pytest.raises(NotThere, match="no such payee"):
        settle(uow, OPERATOR, authority_id=authority, settlements=[Settlement(("Nobody", ""), "700001")])
    with pytest.raises(Refused, match="Say of at least one payee"):
        settle(uow, OPERATOR, authority_id=authority, settlements=[])


def test_what_was_put_right_counts_and_what_was_superseded_does_not(
    uow: UnitOfWork, files: LineFiles, authority: int, tmp_path: Path
) -> None:
    (batch,) = batches.batches(uow, OPERATOR, authority_id=authority)
    (record,) = corrections.quarantined(uow, OPERATOR, batch_id=batch.id)
    assert standing(uow, OPERATOR, files=files, authority_id=authority).open_records == 1
    means = {"payee": "Alder Advice", "payee_id": "700002", "amount": 11 * POUND}
    corrections.correct(uow, OPERATOR, quarantined_id=record.id, means=means)
    now = standing(uow, OPERATOR, files=files, authority_id=authority)
    assert (now.open_records, now.batches) == (0, (batch.id,))
    assert local(uow, files, authority)["amount"] == 511 * POUND
    newer = bring(uow, files, authority, Spend.of(tmp_path, "june-2.csv", Part(lines(*LINES[:1]))))
    batches.supersede(uow, OPERATOR, batch_id=batch.id, by_batch_id=newer)
    assert local(uow, files, authority)["amount"] == 100 * POUND


def test_a_ledger_without_batches_comes_to_nothing(uow: UnitOfWork, files: LineFiles) -> None:
    authority = an_authority(uow)
    assert local(uow, files, authority) == {"lines": 0, "amount": 0, "known": 0, "local": 0}
    assert match_payees(uow, OPERATOR, files=files, authority_id=authority, known=KNOWN) == {}


def test_nobody_redacted_has_a_name_in_a_figure_and_coverage_is_said(
    uow: UnitOfWork, files: LineFiles, authority: int
) -> None:
    match_payees(uow, OPERATOR, files=files, authority_id=authority, known=KNOWN)
    now = standing(uow, OPERATOR, files=files, authority_id=authority)
    who = payees(
        now.decided, VENDORS, same=now.same, is_local=lambda code: code.startswith("S60"), ward=lambda code: None
    )
    spend = payments(now.lines, ibis.memtable(who))
    run = now.engine.to_pyarrow
    assert {(row["supplier_name"], row["amount"]) for row in run(totals_by_supplier(spend)).to_pylist()} == {
        ("Larch Building Limited", 80 * POUND),
        ("Alder Advice", 300 * POUND),
        ("Quince Orchards Ltd", 70 * POUND),
        (None, 50 * POUND),
    }
    (known,) = run(known_by(spend, {"postcode": "is_local", "size": "size"})).to_pylist()
    assert known == {"amount": 500 * POUND, "postcode": 380 * POUND, "size": 80 * POUND}


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [
        (1, 3, "33.3%"),
        (2, 3, "66.7%"),
        (1, 2_000, "0.0%"),
        (3, 2_000, "0.2%"),
        (5, 5, "100.0%"),
        (-1, 10, "-10.0%"),
        (1, 0, "not available"),
        (1, -5, "not available"),
    ],
)
def test_a_share_is_worked_out_in_whole_numbers(part: int, whole: int, said: str) -> None:
    assert percent(part, whole) == said


@pytest.mark.parametrize(
    ("micropounds", "said"),
    [
        (1_234_500_000, "£1,234.50"),
        (-46_528_000_000, "-£46,528.00"),
        (5_000, "£0.00"),
        (15_000, "£0.02"),
        (-4_000, "£0.00"),
    ],
)
def test_an_amount_is_written_in_pounds_and_pence(micropounds: int, said: str) -> None:
    assert pounds(micropounds) == said


def test_coverage_of_nothing_has_no_share() -> None:
    assert Coverage("postcode", 0, 0).words == "The payee's postcode is known for £0.00 of £0.00."
