"""Delivery figures by what they rest on: definitions of “local”, values, and the instant they are computed as at."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction as F

import pytest
from delivered import GIFT, JOB, JULY, accept, assert_as_naive, by_ref, figures, report
from sqlalchemy import update

from quarterday.db.models import Entry, Review, Target, Valuation
from quarterday.db.work import UnitOfWork
from quarterday.domain.catalogue import RuleData
from quarterday.domain.delivery import add, totals
from quarterday.domain.locality import UnlikeAreas
from quarterday.domain.promises import Promise
from quarterday.domain.valuation import Amount
from quarterday.services.figures.delivery import Per
from quarterday.services.organisations import local_areas
from quarterday.services.promises import awards, opening
from quarterday.services.returns import reviews
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR
from quarterday.testing.clock import Clock


@pytest.fixture
def contract_id(uow: UnitOfWork) -> int:
    """Two years from April 2026: 25 FTE, 400 weeks, £2,000 of gifts, support for 120 employees."""
    return builders.an_award(uow)


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
