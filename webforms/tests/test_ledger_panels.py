"""What the ledger says, on a contract's page and beside the entries of a return: read from rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from quarterday.db.models import LedgerFigure, SpendTrigger
from quarterday.services.organisations import local_areas
from quarterday.services.record import UnitOfWork
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR

POUND = 1_000_000


@dataclass(frozen=True)
class Case:
    """A submitted claim of £12,000 of local spend, and the browser of the contract's manager."""

    uow: UnitOfWork
    authority_id: int
    contract_id: int
    return_id: int
    entry_id: int
    area_id: int
    browser: Any

    @property
    def contract(self) -> str:
        return self.text(f"/council/contracts/{self.contract_id}")

    def text(self, address: str) -> str:
        return str(self.browser.open(address).text)

    def answered(self, **said: object) -> None:
        """Have the ledger say of the contract: £50,000 paid, £10,000 of it locally, unless otherwise said."""
        row = {
            "ledger": "books",
            "until": date(2026, 6, 15),
            "lines": 12,
            "paid": 50_000 * POUND,
            "placed": 30_000 * POUND,
            "local": 10_000 * POUND,
            "local_area_id": self.area_id,
            "unattributed": 700 * POUND,
            "spend_trigger": None,
            "reached_on": None,
            "batches": ["june.csv"],
        }
        with self.uow.begin(OPERATOR) as work:
            now = {"authority_id": self.authority_id, "contract_id": self.contract_id, "asked_at": work.now}
            work.add(LedgerFigure, **{**now, **row, **said})


@pytest.fixture
def case(uow: UnitOfWork, visitor: Callable[..., Any]) -> Case:
    authority = builders.an_authority(uow)
    area = local_areas.define(uow, OPERATOR, authority_id=authority, name="The borough", codes=["E08000018"])
    manager = builders.a_user(uow, authority_id=authority)
    contract = builders.a_contract(uow, authority_id=authority, owner_id=manager)
    builders.an_award(uow, contract_id=contract, local_area_id=area)
    spend = {"ref": "SPEND", "quantity": "12000", "part_postcode": "S60 1AA", "is_local": "yes"}
    made = builders.a_return(uow, contract_id=contract)
    (entry,) = builders.a_submission(uow, spend, return_id=made)
    return Case(uow, authority, contract, made, entry, area, visitor(manager))


def without_a_ledger(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("quarterday_webforms.council.contract.is_there", lambda: False)


def with_a_ledger(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("quarterday_webforms.council.contract.is_there", lambda: True)


def test_without_a_ledger_the_contract_says_so(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    without_a_ledger(monkeypatch)
    assert "Not available: no ledger is installed." in case.contract


def test_a_ledger_that_was_not_asked_yet_is_told_apart(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    with_a_ledger(monkeypatch)
    assert "The ledger has not been asked of this contract yet" in case.contract


def test_a_contract_shows_what_was_paid_by_what_definition_and_until_when(case: Case) -> None:
    case.answered()
    text = case.contract
    assert "£50,000.00, payments known up to 15 June 2026" in text
    assert "£10,000.00, postcode known for 60% of it. Local means The borough." in text
    assert "Another £700.00 to the same supplier" in text
    assert "12 payments (june.csv); asked on" in text
    assert "Ask for invoices" in text
    assert "A subcontractor's spend can't appear in your ledger" in text
    assert "Delivery is recorded from the beginning." in text


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ({"local": 12_000 * POUND}, "Borne out"),
        ({"paid": 11_000 * POUND}, "More than was paid"),
        ({"local": None, "local_area_id": None}, "Not compared"),
    ],
)
def test_how_a_claim_stands_is_shown_on_each_page(case: Case, said: dict[str, object], shown: str) -> None:
    case.answered(**said)
    at = f"/council/returns/{case.return_id}"
    for address in (f"/council/contracts/{case.contract_id}", at, f"{at}/entries/{case.entry_id}"):
        assert shown in case.text(address)


def test_the_return_shows_claim_and_ledger_beside_the_entry(case: Case) -> None:
    at = f"/council/returns/{case.return_id}"
    assert "The ledger:" not in case.text(at)
    case.answered()
    for address in (at, f"{at}/entries/{case.entry_id}"):
        text = case.text(address)
        assert (
            "Claimed so far: £12,000.00. The ledger: £50,000.00 paid on the contract, £10,000.00 of it locally" in text
        )
        assert "(postcode known for 60% of it; local means The borough), up to 15 June 2026." in text
        assert "payments up to 15 June 2026, and the claim is for the time up to 30 September 2026" in text


def test_the_newest_answer_counts(case: Case) -> None:
    case.answered()
    assert "£50,000.00" in case.contract
    case.answered(paid=60_000 * POUND)
    assert "£60,000.00, payments known" in case.contract


def test_a_spend_trigger_is_reached_or_not(case: Case) -> None:
    with case.uow.begin(OPERATOR) as work:
        work.add(SpendTrigger, contract_id=case.contract_id, amount=40_000 * POUND)
    case.answered()
    assert "£40,000.00 paid: the ledger has not been asked since this was set" in case.contract
    case.answered(spend_trigger=40_000 * POUND)
    assert "£40,000.00 paid: not reached" in case.contract
    case.answered(spend_trigger=40_000 * POUND, reached_on=date(2026, 5, 2))
    assert "£40,000.00 paid: reached on 2 May 2026" in case.contract


def test_the_spend_trigger_is_set_on_a_page(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    with_a_ledger(monkeypatch)
    address = f"/council/contracts/{case.contract_id}/spend-trigger"
    assert "Delivery is recorded from the beginning. Change from which spend" in case.contract
    page = case.browser.open(address)
    wrong = case.browser.send(page, address, pounds="0", seen="")
    assert (wrong.status, wrong.value("pounds")) == (422, "0")
    assert "A spend trigger is an amount above 0" in wrong.errors
    done = case.browser.send(page, address, pounds="£50,000.50", seen="")
    assert "Delivery is recorded from £50,000.5 paid. The ledger is asked anew." in done.text
    assert "Delivery is recorded from £50,000.50 paid. Change" in case.contract
    twice = case.browser.send(page, address, pounds="50000.5", seen="")
    assert "Delivery is recorded from £50,000.5 paid." in twice.text
    late = case.browser.send(page, address, pounds="7000", seen="")
    assert (late.status, late.value("pounds"), late.value("seen")) == (422, "7000", "50,000.5")
    assert "Somebody changed this since you opened it." in late.errors
    assert "from the beginning" in case.browser.send(late, address, pounds="", seen="50,000.5").text
    with case.uow.read(OPERATOR) as work:
        rows = work.all(select(SpendTrigger.c.amount).order_by(SpendTrigger.c.id))
    assert [row.amount for row in rows] == [50_000_500_000, None]


def test_the_neighbours_spend_trigger_is_not_there(case: Case, visitor: Callable[..., Any]) -> None:
    stranger = visitor(builders.a_user(case.uow, authority_id=builders.an_authority(case.uow)))
    assert stranger.open(f"/council/contracts/{case.contract_id}/spend-trigger").status == 404
