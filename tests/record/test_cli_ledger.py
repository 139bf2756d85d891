"""``quarterday ledger``: what was paid, how sure that is, and from which paid spend delivery counts."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from quarterday.cli.main import main
from quarterday.db.models import LedgerFigure, OutboxRow
from quarterday.db.work import UnitOfWork
from quarterday.services.ledger import asking, beside
from quarterday.services.organisations import local_areas
from quarterday.testing.builders import OPERATOR, a_contract, a_return, a_submission, an_authority, an_award

AT = ("--authority", "northmoor")
POUND = 1_000_000


def quarterday(*words: str) -> Result:
    return CliRunner().invoke(main, ["ledger", *words, *AT])


@pytest.fixture
def contract(uow: UnitOfWork, record_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setenv("QUARTERDAY_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("QUARTERDAY_DATABASE_URL", record_url)
    authority = an_authority(uow, key="northmoor")
    area = local_areas.define(uow, OPERATOR, authority_id=authority, name="The borough", codes=["E08000018"])
    contract = a_contract(uow, authority_id=authority, reference="NM-1")
    return an_award(uow, contract_id=contract, local_area_id=area)


@pytest.fixture
def answered(uow: UnitOfWork, contract: int) -> int:
    """£50,000 was paid, £10,000 of it locally; £12,000 of local spend is claimed."""
    spend = {"ref": "SPEND", "quantity": "12000", "part_postcode": "S60 1AA", "is_local": "yes"}
    a_submission(uow, spend, return_id=a_return(uow, contract_id=contract))
    figure = {"ledger": "books", "until": date(2026, 6, 15), "lines": 3, "paid": 50_000 * POUND}
    figure |= {"placed": 30_000 * POUND, "local": 10_000 * POUND, "unattributed": 0, "batches": ["june.csv"]}
    with uow.begin(OPERATOR) as work:
        area, _ = asking.questions_of(work, 1)
        work.add(
            LedgerFigure, authority_id=1, contract_id=contract, asked_at=work.now, **figure,
            local_area_id=area[contract], spend_trigger=40_000 * POUND, reached_on=date(2026, 5, 2),
        )  # fmt: skip
    return contract


def test_it_shows_what_was_paid_and_how_the_claim_stands(answered: int) -> None:
    quarterday("trigger", "NM-1", "40000")
    shown = quarterday("show", "NM-1")
    assert shown.exit_code == 0, shown.output
    for said in (
        "£50,000.00 (payments: 3)",
        "£10,000.00; postcode known for 60% of it; local: The borough",
        "£40,000.00: reached on 2026-05-02",
        "Spend with local firms (SPEND): within what was paid.",
        "A subcontractor's spend can't appear in your ledger",
    ):
        assert said in shown.stdout
    found = json.loads(quarterday("show", "NM-1", "--json").stdout)
    assert (found["paid"], found["local"], found["local_means"]) == ("50000.000000", "10000.000000", "The borough")
    (claim,) = found["claims"]
    assert (claim["claimed"], claim["standing"]) == ("12000.000000", "within what was paid")


def test_a_trigger_is_set_and_taken_back(contract: int) -> None:
    assert quarterday("trigger", "NM-1", "£40,000").stdout == (
        "Delivery on NM-1 is recorded once £40,000.00 was paid on it.\n"
    )
    assert json.loads(quarterday("show", "NM-1", "--json").stdout)["trigger"] == "40000.000000"
    assert quarterday("trigger", "NM-1").stdout == "Delivery on NM-1 is recorded from the beginning.\n"
    assert quarterday("trigger", "NM-1", "lots").exit_code == 5


def test_without_a_ledger_it_says_so(contract: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for place in (asking, beside):
        monkeypatch.setattr(place, "ledger", lambda _: None)
    assert quarterday("show", "NM-1").stdout == "Not available: no ledger is installed.\n"


def test_it_is_asked_anew(uow: UnitOfWork, contract: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "ledger_of", lambda _: None)
    assert quarterday("ask").exit_code == 0
    with uow.read(OPERATOR) as work:
        assert [row.kind for row in work.all(select(OutboxRow.c.kind))] == ["ledger.ask"]
