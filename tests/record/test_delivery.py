"""Delivery figures: each stage, each way to keep them apart, each way a measure runs over time, as at any instant."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction as F
from typing import Any

import pytest
from delivered import APRIL, GIFT, JOB, JULY, OCTOBER, accept, by_ref, figures, report
from sqlalchemy import delete

from quarterday.db.models import Valuation
from quarterday.db.work import Actor, UnitOfWork
from quarterday.domain.catalogue import RuleData
from quarterday.domain.contracts import MemberRole
from quarterday.domain.delivery import Totals, add, totals
from quarterday.domain.promises import Promise
from quarterday.domain.valuation import Amount
from quarterday.errors import Refused
from quarterday.services.figures.delivery import Per
from quarterday.services.promises import awards, handovers, opening
from quarterday.services.returns import reviews
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR
from quarterday.testing.clock import Clock


@pytest.fixture
def contract_id(uow: UnitOfWork) -> int:
    """Two years from April 2026: 25 FTE, 400 weeks, £2,000 of gifts, support for 120 employees."""
    return builders.an_award(uow)


class TestStages:
    def test_committed_and_due_by_now(self, uow: UnitOfWork, clock: Clock, contract_id: int) -> None:
        found = by_ref(figures(uow))
        assert list(found) == ["JOBS", "WEEKS", "GIFTS", "ACCESS"]
        assert {ref: (one.committed.quantity, one.due.quantity) for ref, one in found.items()} == {
            "JOBS": (25, F(25, 8)),
            "WEEKS": (400, 50),
            "GIFTS": (2000, 250),
            "ACCESS": (120, 120),
        }
        assert found["WEEKS"].committed.worth == Amount(60_000_000_000)
        assert found["ACCESS"].committed.worth == Amount(9_999_999_996)
        assert found["JOBS"].committed.worth.micropounds == 0
        assert found["JOBS"].committed.worth.reasons[0].startswith("JOBS: no unit value")
        clock.now = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)  # it is July in London
        assert by_ref(figures(uow))["WEEKS"].due.quantity == 50
        clock.now = datetime(2026, 6, 30, 22, 30, tzinfo=UTC)
        assert by_ref(figures(uow))["WEEKS"].due.quantity == 0

    def test_claimed_then_accepted(self, uow: UnitOfWork, contract_id: int) -> None:
        third = GIFT | {"contract_share": "1/3", "activity": "Fair"}
        entries = report(uow, contract_id, JULY, JOB, GIFT, third)
        found = by_ref(figures(uow))
        assert (found["JOBS"].claimed.quantity, found["GIFTS"].claimed.quantity) == (F(1, 2), 120)
        assert found["GIFTS"].accepted.quantity == 0
        accept(uow, *entries)
        found = by_ref(figures(uow))
        assert found["GIFTS"].accepted.quantity == 120
        assert found["GIFTS"].accepted.worth == Amount(120_000_000)
        assert found["GIFTS"].claimed.worth == Amount(0)
        assert found["JOBS"].accepted.quantity == F(1, 2)
        assert not found["JOBS"].accepted.worth.is_complete

    @pytest.mark.parametrize("decide", [reviews.query, reviews.reject])
    def test_what_is_no_longer_accepted_no_longer_counts(self, uow: UnitOfWork, contract_id: int, decide: Any) -> None:
        entries = report(uow, contract_id, JULY, GIFT, GIFT)
        accept(uow, *entries)
        decide(uow, OPERATOR, entry_id=entries[0], reason="It is in the books twice.")
        found = by_ref(figures(uow))["GIFTS"]
        assert (found.claimed.quantity, found.accepted.quantity) == (180, 90)
        assert found.accepted.worth == Amount(90_000_000)

    def test_what_was_replaced_no_longer_counts(self, uow: UnitOfWork, contract_id: int) -> None:
        (entry,) = report(uow, contract_id, JULY, GIFT)
        reviews.query(uow, OPERATOR, entry_id=entry, reason="All of it?")
        builders.a_draft(uow, GIFT | {"quantity": "80"}, return_id=1, replaces_entry_id=entry)
        accept(uow, *builders.a_submission(uow, return_id=1))
        found = by_ref(figures(uow))["GIFTS"]
        assert (found.claimed.quantity, found.accepted.quantity) == (80, 80)

    def test_a_variation_is_the_promise_now(self, uow: UnitOfWork, contract_id: int) -> None:
        awards.vary(uow, OPERATOR, contract_id=contract_id, promises={"WEEKS": Promise("80")}, reason="Agreed.")
        assert by_ref(figures(uow))["WEEKS"].committed.quantity == 80

    def test_what_came_before_the_record_stands_apart(self, uow: UnitOfWork, contract_id: int) -> None:
        for day, quantity in ((APRIL, "40"), (date(2026, 6, 30), "70"), (APRIL, "45")):
            opening.add_opening_balance(
                uow, OPERATOR, contract_id=contract_id, ref="GIFTS", as_of=day, quantity=quantity, source="Report, p. 3"
            )
        found = by_ref(figures(uow))["GIFTS"]
        assert (found.opening.quantity, found.opening.worth) == (70, Amount(70_000_000))
        assert found.accepted.quantity == 0
        assert found.behind == 250 - 70

    def test_behind_is_measured_against_what_is_due(self, uow: UnitOfWork, contract_id: int) -> None:
        accept(uow, *report(uow, contract_id, JULY, GIFT, {"ref": "ACCESS", "quantity": "130"}))
        found = by_ref(figures(uow))
        assert (found["GIFTS"].behind, found["ACCESS"].behind, found["WEEKS"].behind) == (160, 0, 50)

    def test_an_acceptance_without_its_valuation_makes_a_total_incomplete(
        self, uow: UnitOfWork, contract_id: int
    ) -> None:
        accept(uow, *report(uow, contract_id, JULY, GIFT, {"ref": "ACCESS", "quantity": "130"}))
        with uow.begin(OPERATOR) as work:
            work.connection.execute(delete(Valuation))
        found = by_ref(figures(uow))
        assert found["GIFTS"].accepted.quantity == 90
        assert found["GIFTS"].accepted.worth == Amount(0, False, ("GIFTS: an accepted entry is not valued yet.",))
        assert found["ACCESS"].accepted.worth == Amount(0, False, ("ACCESS: an accepted entry is not valued yet.",))


class TestOverTime:
    """Stocks, rates and what counts once are never added up (DOMAIN 4.16)."""

    def test_the_latest_of_a_stock_counts(self, uow: UnitOfWork, clock: Clock, contract_id: int) -> None:
        level = {"ref": "ACCESS", "quantity": "100"}
        entries = report(uow, contract_id, APRIL, level)
        accept(uow, *entries)
        later = report(uow, contract_id, JULY, level | {"quantity": "80"}, level | {"quantity": "90"})
        found = by_ref(figures(uow))["ACCESS"]
        assert (found.claimed.quantity, found.accepted.quantity) == (90, 100)
        accept(uow, *later)
        found = by_ref(figures(uow))["ACCESS"]
        assert (found.accepted.quantity, found.accepted.worth) == (90, Amount(7_499_999_997))
        by_period = [one.accepted.quantity for one in figures(uow, {Per.PERIOD}) if one.measure.ref == "ACCESS"]
        assert by_period[:2] == [100, 90]

    def test_a_level_the_rules_leave_out_leaves_the_one_before(
        self, uow: UnitOfWork, clock: Clock, contract_id: int
    ) -> None:
        edition = builders.a_catalogue("2")
        disregard = RuleData(rule="words", measures=("ACCESS",), numbers={"disregard": True})
        edition = replace(edition, rules=(*edition.rules, disregard))
        contract = builders.an_award(
            uow, contract_id=builders.a_contract(uow), edition=edition, value_set=builders.a_value_set("2")
        )
        level = {"ref": "ACCESS", "quantity": "100", "words": "By the helpline."}
        accept(uow, *report(uow, contract, APRIL, level))
        accept(uow, *report(uow, contract, JULY, level | {"quantity": "50", "words": ""}))
        (found,) = [one for one in figures(uow, contract_id=contract) if one.measure.ref == "ACCESS"]
        assert (found.claimed.quantity, found.accepted.quantity) == (50, 100)

    def test_stocks_of_contracts_add_and_rates_never_do(self, uow: UnitOfWork, clock: Clock) -> None:
        promises = {"ACCESS": Promise("50"), "WASTE": Promise("90"), "POLICY": Promise("yes")}
        contracts = [builders.an_award(uow, promises=promises) for _ in range(2)]
        typed = [
            {"ref": "ACCESS", "quantity": "10"},
            {"ref": "WASTE", "quantity": "80%"},
            {"ref": "POLICY", "quantity": "yes"},
        ]
        for contract in contracts:
            accept(uow, *report(uow, contract, APRIL, *typed))
        found = by_ref(figures(uow))
        assert (found["ACCESS"].committed.quantity, found["ACCESS"].accepted.quantity) == (100, 20)
        assert (found["WASTE"].committed.quantity, found["WASTE"].accepted.quantity) == (None, None)
        assert found["WASTE"].behind is None
        assert (found["POLICY"].committed.quantity, found["POLICY"].accepted.quantity) == (2, 2)
        alone = by_ref(figures(uow, contract_id=contracts[0]))
        assert (alone["WASTE"].committed.quantity, alone["WASTE"].accepted.quantity) == (90, 80)
        assert alone["WASTE"].behind == 10

    def test_what_counts_once_counts_from_the_first_yes(self, uow: UnitOfWork, clock: Clock) -> None:
        contract = builders.an_award(uow, promises={"POLICY": Promise("yes")})
        for on, said in ((APRIL, "no"), (JULY, "yes"), (OCTOBER, "no")):
            clock.now = max(clock.now, datetime(on.year, on.month, on.day, 12, tzinfo=UTC))
            accept(uow, *report(uow, contract, on, {"ref": "POLICY", "quantity": said}))
        assert by_ref(figures(uow))["POLICY"].accepted.quantity == 1
        assert by_ref(figures(uow, within=(date(2026, 4, 1), date(2026, 6, 30))))["POLICY"].accepted.quantity == 0


class TestApart:
    def test_by_contract_supplier_and_period(self, uow: UnitOfWork) -> None:
        suppliers = [builders.a_supplier(uow) for _ in range(2)]
        contracts = [
            builders.an_award(uow, contract_id=builders.a_contract(uow, supplier_id=supplier))
            for supplier in (suppliers[0], suppliers[0], suppliers[1])
        ]
        for number, contract in enumerate(contracts):
            accept(uow, *report(uow, contract, JULY, *[GIFT] * (number + 1)))
        gifts = lambda *per, **wanted: [  # noqa: E731
            one for one in figures(uow, per, **wanted) if one.measure.ref == "GIFTS"
        ]
        of_each = gifts(Per.CONTRACT)
        assert [(one.contract_id, one.accepted.quantity) for one in of_each] == list(
            zip(contracts, [90, 180, 270], strict=True)
        )
        assert [(one.supplier_id, one.accepted.quantity) for one in gifts(Per.SUPPLIER)] == [
            (suppliers[0], 270),
            (suppliers[1], 270),
        ]
        periods = gifts(Per.PERIOD)
        assert [(one.period, one.committed.quantity) for one in periods[:2]] == [
            (date(2026, 4, 1), 750),
            (date(2026, 7, 1), 750),
        ]
        assert [one.accepted.quantity for one in periods] == [0, 540, 0, 0, 0, 0, 0, 0]
        (whole,) = gifts()
        assert add(of_each) == replace(whole) == add(periods)
        assert gifts(supplier_id=suppliers[1]) == gifts(contract_id=contracts[2])
        both = gifts(Per.CONTRACT, Per.PERIOD, supplier_id=suppliers[1])
        assert {(one.contract_id, one.supplier_id) for one in both} == {(contracts[2], None)}
        assert add(both) == gifts(supplier_id=suppliers[1])[0]

    def test_a_novation_hands_over_what_was_delivered(self, uow: UnitOfWork, contract_id: int) -> None:
        accept(uow, *report(uow, contract_id, JULY, GIFT))
        entering, since = builders.a_supplier(uow), date(2026, 7, 10)
        handovers.novate(uow, OPERATOR, contract_id=contract_id, leaving_id=1, entering_id=entering, since=since)
        uow.clock.now = datetime(2026, 7, 11, tzinfo=UTC)  # type: ignore[attr-defined]
        assert {one.supplier_id for one in figures(uow, {Per.SUPPLIER})} == {entering}
        before = datetime(2026, 7, 9, tzinfo=UTC)
        assert {one.supplier_id for one in figures(uow, {Per.SUPPLIER}, at=before)} == {1}
        assert figures(uow, supplier_id=1) == []

    def test_each_sees_its_own_scope(self, uow: UnitOfWork, contract_id: int) -> None:
        other = builders.an_award(uow)
        accept(uow, *report(uow, other, JULY, GIFT))
        council, firm = Actor("user/1", authority_id=1, role=MemberRole.ADMINISTRATOR), Actor("user/2", supplier_id=1)
        for actor in (council, firm):
            assert by_ref(figures(uow, actor=actor))["GIFTS"].accepted.quantity == 0
            assert figures(uow, actor=actor) == figures(uow, contract_id=contract_id)
            with pytest.raises(Refused, match="no such contract"):
                figures(uow, actor=actor, contract_id=other)
        assert figures(uow, authority_id=2) == figures(uow, contract_id=other)
        assert figures(uow, actor=council, authority_id=2) == []

    def test_a_contract_that_moved_is_its_new_authoritys_from_that_day(
        self, uow: UnitOfWork, clock: Clock, contract_id: int
    ) -> None:
        new = builders.an_authority(uow)
        handovers.move(uow, OPERATOR, contract_id=contract_id, authority_id=new, since=date(2026, 8, 1))
        assert (len(figures(uow, authority_id=1)), figures(uow, authority_id=new)) == (4, [])
        clock.forward(days=40)
        assert (figures(uow, authority_id=1), len(figures(uow, authority_id=new))) == ([], 4)

    def test_only_contracts_that_have_not_ended(self, uow: UnitOfWork, clock: Clock, contract_id: int) -> None:
        builders.an_award(uow, contract_id=builders.a_contract(uow, ends=date(2026, 9, 30)))
        assert by_ref(figures(uow, is_running=True))["GIFTS"].committed.quantity == 4000
        clock.now = datetime(2026, 10, 1, 12, tzinfo=UTC)
        assert by_ref(figures(uow, is_running=True))["GIFTS"].committed.quantity == 2000

    def test_one_span(self, uow: UnitOfWork, contract_id: int) -> None:
        accept(uow, *report(uow, contract_id, APRIL, GIFT))
        report(uow, contract_id, JULY, GIFT, GIFT)
        found = by_ref(figures(uow, within=(date(2026, 4, 1), date(2026, 6, 30))))["GIFTS"]
        assert (found.committed.quantity, found.due.quantity) == (250, 250)
        assert (found.claimed.quantity, found.accepted.quantity) == (90, 90)


def test_totals_of_nothing_are_complete() -> None:
    assert totals([], lambda one: one.accepted) == Totals(local_economic=(), social=Amount(0))
    with pytest.raises(ValueError, match="no figures"):
        add([])


def test_unlike_measures_are_never_added(uow: UnitOfWork) -> None:
    builders.an_award(uow)
    with pytest.raises(ValueError, match="WEEKS of made-up/1 is not JOBS"):
        add(figures(uow))
