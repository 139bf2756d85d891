"""Control totals, records put right by people, and what stays of a record whose text was erased."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_up_lines import JUNE, POUND, Broken, Part, Spend, a_line, lines

from quarterday import NotThere, Refused
from quarterday.domain.contracts import MemberRole
from quarterday.services.record import Actor, UnitOfWork
from quarterday.testing.builders import OPERATOR, an_authority
from quarterday_erp_import.ledger import control_totals, corrections
from quarterday_erp_import.ledger.files import LineFiles
from quarterday_erp_import.ledger.importing import import_file

BROKEN = (Broken(2, 3, "Larch;abc;10/06/2026", "The amount is no number."), Broken(3, 4, "Total;;", "No payee."))


@pytest.fixture
def batch(uow: UnitOfWork, files: LineFiles, tmp_path: Path) -> int:
    """A batch of two lines, £100 each, and two records that couldn't be understood."""
    spend = Spend.of(tmp_path, "june.csv", Part(lines(a_line(1), a_line(4)), BROKEN))
    authority = an_authority(uow)
    done = import_file(
        uow, OPERATOR, files=files, path=spend.path, authority_id=authority, feed="june", read=spend.read
    )
    return done.batch.id


def test_control_totals_are_compared_with_what_was_read(uow: UnitOfWork, batch: int) -> None:
    assert control_totals.reconciled(uow, OPERATOR, batch_id=batch) == []
    typed = control_totals.add_control_total(uow, OPERATOR, batch_id=batch, source="typed", lines=3, amount=200 * POUND)
    assert (typed.lines_differ_by, typed.amount_differs_by, typed.agrees) == (-1, 0, False)
    footer = control_totals.add_control_total(uow, OPERATOR, batch_id=batch, source="footer", amount=199 * POUND)
    assert (footer.lines_differ_by, footer.amount_differs_by, footer.agrees) == (None, POUND, False)
    control_totals.add_control_total(uow, OPERATOR, batch_id=batch, source="typed", lines=2)
    assert [(one.source, one.agrees) for one in control_totals.reconciled(uow, OPERATOR, batch_id=batch)] == [
        ("typed", True),
        ("footer", False),
    ]


def test_a_control_total_says_something(uow: UnitOfWork, batch: int) -> None:
    with pytest.raises(Refused, match="Give the number of lines, the amount, or both"):
        control_totals.add_control_total(uow, OPERATOR, batch_id=batch, source="typed")


def test_a_record_is_put_right_by_a_row_of_its_own_and_the_newest_counts(uow: UnitOfWork, batch: int) -> None:
    first, second = corrections.quarantined(uow, OPERATOR, batch_id=batch)
    assert (first.line, first.text, first.is_settled) == (3, "Larch;abc;10/06/2026", False)
    for amount in (9 * POUND, 10 * POUND):
        means = {"payee": "Larch Building Ltd", "amount": amount, "paid_on": JUNE, "paid_precision": "day"}
        corrections.correct(uow, OPERATOR, quarantined_id=first.id, means=means)
    corrections.correct(uow, OPERATOR, quarantined_id=second.id, means=None)
    with uow.read(OPERATOR) as work:
        (line,) = corrections.corrected_lines(work, [batch]).to_pylist()
    assert (line["ordinal"], line["line"], line["amount"], line["paid_on"]) == (2, 3, 10 * POUND, JUNE)
    assert (line["amount_is"], line["kind_of_record"], len(line["source"])) == ("unknown", "spend", 64)
    settled = corrections.quarantined(uow, OPERATOR, batch_id=batch)
    assert [(one.is_settled, one.means is None) for one in settled] == [(True, False), (True, True)]


@pytest.mark.parametrize(
    ("means", "said"),
    [
        ({"payee": "Larch"}, "Give the payee and the amount"),
        ({"payee": " ", "amount": 1}, "Give the payee and the amount"),
        ({"payee": "Larch", "amount": "a lot"}, "“amount” can't be a lot"),
        ({"payee": "Larch", "amount": 2**70}, "“amount” can't be"),
        ({"payee": "Larch", "amount": 1, "paid_on": "soon"}, "“paid_on” can't be soon"),
        ({"payee": "Larch", "amount": 1, "narrative": "x"}, "A line has no “narrative”"),
        ({"payee": "Larch", "amount": 1, "ordinal": 7}, "A line has no “ordinal” that can be set"),
    ],
)
def test_what_no_line_can_be_is_refused(uow: UnitOfWork, batch: int, means: dict[str, object], said: str) -> None:
    record = corrections.quarantined(uow, OPERATOR, batch_id=batch)[0]
    with pytest.raises(Refused, match=said):
        corrections.correct(uow, OPERATOR, quarantined_id=record.id, means=means)


def test_erasing_the_text_leaves_no_piece_of_it_but_what_it_means(uow: UnitOfWork, batch: int) -> None:
    record = corrections.quarantined(uow, OPERATOR, batch_id=batch)[0]
    corrections.correct(uow, OPERATOR, quarantined_id=record.id, means={"payee": "Larch", "amount": POUND})
    corrections.erase_text(uow, OPERATOR, quarantined_id=record.id)
    after = corrections.quarantined(uow, OPERATOR, batch_id=batch)[0]
    assert (after.text, after.means) == (None, {"payee": "Larch", "amount": POUND})
    assert after.reason == "What it said was erased." != record.reason


def test_another_authoritys_records_are_not_there(uow: UnitOfWork, batch: int) -> None:
    record = corrections.quarantined(uow, OPERATOR, batch_id=batch)[0]
    lead = Actor("user/7", user_id=7, authority_id=an_authority(uow), role=MemberRole.LEAD)
    for asking in (
        lambda: corrections.correct(uow, lead, quarantined_id=record.id, means=None),
        lambda: corrections.quarantined(uow, lead, batch_id=batch),
        lambda: control_totals.reconciled(uow, lead, batch_id=batch),
        lambda: control_totals.add_control_total(uow, lead, batch_id=batch, source="typed", lines=1),
        lambda: corrections.correct(uow, lead, quarantined_id=10**9, means=None),
    ):
        with pytest.raises(NotThere):
            asking()
