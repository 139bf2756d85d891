"""Delivery figures: each stage, each way to keep them apart, each way a measure runs over time, as at any instant."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction as F
from typing import Any

import naive
import pytest
from sqlalchemy import delete, update

from quarterday.db.models import Entry, Review, Target, Valuation
from quarterday.db.work import Actor, UnitOfWork
from quarterday.domain.catalogue import RuleData
from quarterday.domain.delivery import Figures, Totals, add, totals
from quarterday.domain.locality import UnlikeAreas
from quarterday.domain.promises import Promise
from quarterday.domain.valuation import Amount
from quarterday.errors import Refused
from quarterday.services import awards, handovers, local_areas, opening, reviews
from quarterday.services.as_at import Wanted
from quarterday.services.delivery import Per, delivery
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR
from quarterday.testing.clock import Clock

APRIL, JULY, OCTOBER = date(2026, 4, 20), date(2026, 7, 1), date(2026, 10, 1)
JOB = {"ref": "JOBS", "people": "2", "full_time_share": "1", "months": "3"}
GIFT = {"ref": "GIFTS", "quantity": "90"}


def figures(uow: UnitOfWork, per: Collection[Per] = (), actor: Actor = OPERATOR, **wanted: Any) -> list[Figures]:
    with uow.read(actor) as work:
        return delivery(work, Wanted(**wanted), per)


def by_ref(found: Iterable[Figures]) -> dict[str, Figures]:
    listed = list(found)
    known = {one.measure.ref: one for one in listed}
    assert len(known) == len(listed)
    return known


def report(uow: UnitOfWork, contract_id: int, on: date, *typed: Mapping[str, str]) -> list[int]:
    return builders.a_submission(uow, *typed, return_id=builders.a_return(uow, contract_id=contract_id, on=on))


def accept(uow: UnitOfWork, *entries: int) -> None:
    for entry in entries:
        reviews.accept(uow, OPERATOR, entry_id=entry)


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
        council, firm = Actor("user/1", authority_id=1), Actor("user/2", supplier_id=1)
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


class TestLocal:
    """Figures on unlike definitions of “local” are never added; on one that has two names they are (DOMAIN 5)."""

    @pytest.fixture
    def areas(self, uow: UnitOfWork) -> list[int]:
        """The borough, the borough by another name, and the borough with its neighbour."""
        council = builders.an_authority(uow)
        named = {"The borough": ["E08000018"], "Our borough": ["E08000018"], "Wider": ["E08000018", "E08000019"]}
        return [
            local_areas.define(uow, OPERATOR, authority_id=council, name=name, codes=codes)
            for name, codes in named.items()
        ]

    def award(self, uow: UnitOfWork, area: int) -> int:
        contract = builders.a_contract(uow, authority_id=1)
        return builders.an_award(
            uow, contract_id=contract, local_area_id=area, promises={"SPEND": Promise("100"), "GIFTS": Promise("10")}
        )

    def test_only_what_rests_on_it_is_kept_apart(self, uow: UnitOfWork, areas: list[int]) -> None:
        for area in areas:
            self.award(uow, area)
        found = figures(uow)
        assert [(one.measure.ref, one.local.name if one.local else "", one.committed.quantity) for one in found] == [
            ("SPEND", "Our borough", 200),
            ("SPEND", "Wider", 100),
            ("GIFTS", "", 30),
        ]
        with pytest.raises(UnlikeAreas, match="Our borough, Wider"):
            add(found[:2])
        whole = totals(found, lambda one: one.committed)
        assert [(area.name if area else "", worth.micropounds) for area, worth in whole.local_economic] == [
            ("Our borough", 100_000_000),
            ("Wider", 50_000_000),
        ]
        assert (whole.social, whole.together) == (Amount(30_000_000), None)

    def test_local_economic_value_and_the_rest_stand_apart_then_together(
        self, uow: UnitOfWork, areas: list[int]
    ) -> None:
        self.award(uow, areas[0])
        whole = totals(figures(uow), lambda one: one.committed)
        assert [worth.micropounds for _, worth in whole.local_economic] == [50_000_000]
        assert (whole.social, whole.together) == (Amount(10_000_000), Amount(60_000_000))

    def test_a_measure_that_a_rule_makes_local_is_kept_apart_too(self, uow: UnitOfWork, areas: list[int]) -> None:
        edition = builders.a_catalogue()
        edition = replace(edition, rules=(*edition.rules, RuleData(rule="local-only", measures=("GIFTS",))))
        for area in areas[1:]:
            contract = builders.a_contract(uow, authority_id=1)
            builders.an_award(
                uow, contract_id=contract, local_area_id=area, edition=edition, promises={"GIFTS": Promise("10")}
            )
        assert [one.local.name for one in figures(uow) if one.local] == ["Our borough", "Wider"]


class TestValues:
    def test_contracts_with_unlike_value_sets_are_valued_each_by_its_own(self, uow: UnitOfWork) -> None:
        dear = replace(builders.a_value_set(), id="dear")
        dear = replace(dear, values=tuple(replace(one, text="10", value=F(10)) for one in dear.values))
        for values in (builders.a_value_set(), dear):
            contract = builders.an_award(
                uow, edition=builders.a_catalogue(), value_set=values, promises={"GIFTS": Promise("80")}
            )
            accept(uow, *report(uow, contract, JULY, GIFT))
        found = by_ref(figures(uow))["GIFTS"]
        assert found.committed.worth == Amount(80_000_000 + 800_000_000)
        assert found.accepted.worth == Amount(90_000_000 + 900_000_000)

    def test_without_a_value_set_quantities_are_whole_and_every_total_says_why(self, uow: UnitOfWork) -> None:
        contract = builders.an_award(uow, edition=builders.a_catalogue())
        accept(uow, *report(uow, contract, JULY, GIFT))
        found = by_ref(figures(uow))["GIFTS"]
        why = ("No value set is chosen, so there are quantities and no £.",)
        assert (found.accepted.quantity, found.accepted.worth) == (90, Amount(0, False, why))
        assert found.committed.worth == Amount(0, False, why)

    def test_sums_past_every_integer_of_a_database_are_exact(self, uow: UnitOfWork, contract_id: int) -> None:
        accept(uow, *report(uow, contract_id, JULY, *[GIFT] * 3))
        most = 2**63 - 1
        with uow.begin(OPERATOR) as work:
            work.connection.execute(update(Entry).values(numerator=most, denominator=1))
            work.connection.execute(update(Review).values(numerator=most, denominator=1))
            work.connection.execute(update(Valuation).values(micropounds=most))
            work.connection.execute(update(Target).values(numerator=most, denominator=1))
        found = by_ref(figures(uow))["GIFTS"]
        assert (found.claimed.quantity, found.accepted.quantity) == (3 * most, 3 * most)
        assert found.accepted.worth == Amount(3 * most)
        assert found.committed.quantity == 8 * most


class TestAsAt:
    def test_every_instant_keeps_its_figures(self, uow: UnitOfWork, clock: Clock, contract_id: int) -> None:
        seen = {}

        def look() -> None:
            seen[clock.now] = figures(uow, {Per.CONTRACT})
            clock.forward(hours=5)

        look()
        entries = report(uow, contract_id, JULY, GIFT, GIFT)
        look()
        accept(uow, *entries)
        look()
        reviews.query(uow, OPERATOR, entry_id=entries[0], reason="All of it?")
        look()
        builders.a_draft(uow, GIFT | {"quantity": "80"}, return_id=1, replaces_entry_id=entries[0])
        accept(uow, *builders.a_submission(uow, return_id=1)[1:])
        look()
        awards.vary(uow, OPERATOR, contract_id=contract_id, promises={"GIFTS": Promise("80")}, reason="Agreed.")
        day = date(2026, 6, 30)
        opening.add_opening_balance(
            uow, OPERATOR, contract_id=contract_id, ref="GIFTS", as_of=day, quantity="7", source="Report, p. 3"
        )
        look()
        builders.an_award(uow)
        look()
        assert len({str(found) for found in seen.values()}) == len(seen)
        for instant, found in seen.items():
            assert figures(uow, {Per.CONTRACT}, at=instant) == found

    def test_it_is_what_a_naive_reading_of_the_rows_gives(self, uow: UnitOfWork, contract_id: int) -> None:
        other = builders.an_award(
            uow, promises={"POLICY": Promise("yes"), "WASTE": Promise("95"), "HOURS": Promise("9")}
        )
        hours = {"ref": "HOURS", "hours": "1.5", "attendees": "7", "contract_share": "1/7"}
        for contract in (contract_id, other):
            entries = report(
                uow,
                contract,
                JULY,
                JOB,
                GIFT,
                hours,
                {"ref": "ACCESS", "quantity": "33"},
                {"ref": "WASTE", "quantity": "90"},
            )
            accept(uow, *entries[::2])
        assert_as_naive(uow, date(2026, 7, 1))


def assert_as_naive(uow: UnitOfWork, day: date, at: datetime | None = None) -> None:
    """The figures by contract are those of a naive reading, in every stage."""
    found = {}
    for one in figures(uow, {Per.CONTRACT}, at=at):
        for stage in naive.STAGES:
            worth = getattr(one, stage).worth
            figure = naive.Figure(getattr(one, stage).quantity, worth.micropounds, worth.is_complete)
            found[one.contract_id, one.measure.ref, stage] = figure
    nothing = naive.Figure(F(0), 0, True)
    expected = naive.figures(uow, day, at)
    assert {key: figure for key, figure in found.items() if figure != nothing} == {
        key: figure for key, figure in expected.items() if figure != nothing
    }


def test_totals_of_nothing_are_complete() -> None:
    assert totals([], lambda one: one.accepted) == Totals(local_economic=(), social=Amount(0))
    with pytest.raises(ValueError, match="no figures"):
        add([])


def test_unlike_measures_are_never_added(uow: UnitOfWork) -> None:
    builders.an_award(uow)
    with pytest.raises(ValueError, match="WEEKS of made-up/1 is not JOBS"):
        add(figures(uow))
