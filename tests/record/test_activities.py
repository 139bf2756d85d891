"""Activities: they last several periods, serve several contracts, and are claimed once in all."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from quarterday.db.models import ActivityFact, ActivityShare, DraftEntry, Return
from quarterday.db.work import Actor, UnitOfWork
from quarterday.errors import Refused
from quarterday.services.returns import activities, reviews
from quarterday.services.returns.submissions import NotReady
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR
from quarterday.testing.clock import Clock

HIRE = {"ref": "JOBS", "people": "1", "full_time_share": "1", "months": "3", "activity": "Hire 3"}
FAIR = {"ref": "HOURS", "hours": "2", "attendees": "8", "activity": "Careers fair"}
APRIL, JULY, OCTOBER = date(2026, 4, 20), date(2026, 7, 1), date(2026, 10, 1)


@pytest.fixture
def supplier_id(uow: UnitOfWork) -> int:
    return builders.a_supplier(uow)


def a_contract(uow: UnitOfWork, supplier_id: int) -> int:
    return builders.an_award(uow, contract_id=builders.a_contract(uow, supplier_id=supplier_id))


def add(uow: UnitOfWork, supplier_id: int, **more: Any) -> int:
    given = {"label": "Hire 3", "ref": "JOBS", "typed": {"people": "1", "full_time_share": "0.5"}, **more}
    return activities.add_activity(uow, OPERATOR, supplier_id=supplier_id, **given)


def carry_over(uow: UnitOfWork, return_id: int) -> list[dict[str, str]]:
    """What the drafts hold that were begun."""
    seen = builders.version_of(uow, return_id=return_id)
    made = activities.carry_over(uow, OPERATOR, return_id=return_id, seen_version=seen)
    with uow.read(OPERATOR) as work:
        rows = work.all(
            select(DraftEntry.c.ref, DraftEntry.c.typed).where(DraftEntry.c.id.in_(made)).order_by(DraftEntry.c.id)
        )
    return [{"ref": row.ref, **row.typed} for row in rows]


class TestDescribing:
    def test_newer_facts_stand_beside_the_older(self, uow: UnitOfWork, supplier_id: int) -> None:
        first = add(uow, supplier_id, started=APRIL)
        assert add(uow, supplier_id, label=" Hire  3 ", started=APRIL, ends=OCTOBER) == first
        with uow.read(OPERATOR) as work:
            assert work.all(select(ActivityFact.c.ends).order_by(ActivityFact.c.id)) == [(None,), (OCTOBER,)]

    @pytest.mark.parametrize(
        ("more", "why"),
        [
            ({"started": OCTOBER, "ends": APRIL}, "ends before it starts"),
            ({"label": " "}, "label, without a name"),
            ({"supplier_id": 99}, "no such supplier"),
        ],
    )
    def test_what_makes_no_sense_is_refused(
        self, uow: UnitOfWork, supplier_id: int, more: dict[str, Any], why: str
    ) -> None:
        with pytest.raises(Refused, match=why):
            add(uow, **{"supplier_id": supplier_id, **more})

    def test_a_supplier_describes_its_own_only(self, uow: UnitOfWork, supplier_id: int) -> None:
        other = Actor("user/1", supplier_id=builders.a_supplier(uow))
        with pytest.raises(Refused, match="no such supplier"):
            activities.add_activity(uow, other, supplier_id=supplier_id, label="Hire 3", ref="JOBS")


class TestSharing:
    def test_shares_of_all_contracts_never_exceed_the_whole(self, uow: UnitOfWork, supplier_id: int) -> None:
        one, two = a_contract(uow, supplier_id), a_contract(uow, supplier_id)
        hire = add(uow, supplier_id)
        activities.share_activity(uow, OPERATOR, activity_id=hire, contract_id=one, part="2/3")
        with pytest.raises(Refused, match="at most 1/3 is left"):
            activities.share_activity(uow, OPERATOR, activity_id=hire, contract_id=two, part="50%")
        activities.share_activity(uow, OPERATOR, activity_id=hire, contract_id=one, part="0.5")
        activities.share_activity(uow, OPERATOR, activity_id=hire, contract_id=two, part="50%")
        with uow.read(OPERATOR) as work:
            assert len(work.all(select(ActivityShare.c.id))) == 3

    @pytest.mark.parametrize("part", ["1/0", "150%", "-1", "half", "1e400", "NaN"])
    def test_what_is_no_share_is_refused(self, uow: UnitOfWork, supplier_id: int, part: str) -> None:
        contract, hire = a_contract(uow, supplier_id), add(uow, supplier_id)
        with pytest.raises(Refused):
            activities.share_activity(uow, OPERATOR, activity_id=hire, contract_id=contract, part=part)

    def test_others_activities_and_contracts_do_not_exist(self, uow: UnitOfWork, supplier_id: int) -> None:
        contract, hire, other = a_contract(uow, supplier_id), add(uow, supplier_id), builders.a_supplier(uow)
        elsewhere = a_contract(uow, other)
        share = activities.share_activity
        with pytest.raises(Refused, match="no such activity"):
            share(uow, Actor("user/1", supplier_id=other), activity_id=hire, contract_id=elsewhere, part="1")
        with pytest.raises(Refused, match="no such activity"):
            share(uow, OPERATOR, activity_id=99, contract_id=contract, part="1")
        with pytest.raises(Refused, match="no such activity"):
            share(uow, OPERATOR, activity_id=hire, contract_id=elsewhere, part="1")
        with pytest.raises(Refused, match="no such contract"):
            share(uow, Actor("user/1", supplier_id=supplier_id), activity_id=hire, contract_id=elsewhere, part="1")


class TestClaiming:
    """The shares that entries claim of one activity, over contracts, authorities and returns."""

    def test_what_another_contract_claims_is_left_out_and_not_named(self, uow: UnitOfWork, supplier_id: int) -> None:
        one, two = (builders.a_return(uow, contract_id=a_contract(uow, supplier_id)) for _ in range(2))
        builders.a_submission(uow, FAIR | {"contract_share": "60%"}, return_id=one)
        draft = builders.a_draft(uow, FAIR | {"contract_share": "50%"}, return_id=two)
        with pytest.raises(NotReady) as told:
            builders.a_submission(uow, return_id=two)
        assert [(problem.key, problem.why) for problem in told.value.problems] == [
            (
                f"draft {draft}, contract_share",
                "60% of “Careers fair” is also claimed elsewhere: enter a share of at most 0.4.",
            )
        ]

    def test_what_was_rejected_or_replaced_is_free_again(self, uow: UnitOfWork, supplier_id: int) -> None:
        one, two = (builders.a_return(uow, contract_id=a_contract(uow, supplier_id)) for _ in range(2))
        hire, fair = builders.a_submission(uow, HIRE, FAIR, return_id=one)
        with pytest.raises(NotReady, match="2 answers"):
            builders.a_submission(uow, HIRE, FAIR, return_id=two)
        reviews.reject(uow, OPERATOR, entry_id=hire, reason="Not on this contract.")
        reviews.query(uow, OPERATOR, entry_id=fair, reason="All of it?")
        builders.a_draft(uow, FAIR | {"contract_share": "0"}, return_id=one, replaces_entry_id=fair)
        builders.a_submission(uow, return_id=one)
        assert len(builders.a_submission(uow, return_id=two)) == 2

    def test_another_measure_another_supplier_or_other_days_are_another_thing(
        self, uow: UnitOfWork, supplier_id: int
    ) -> None:
        spring = FAIR | {"started": "2026-07-01", "ended": "2026-07-31"}
        autumn = FAIR | {"started": "2026-08-01", "ended": "2026-08-31"}
        builders.a_submission(
            uow, spring, HIRE, return_id=builders.a_return(uow, contract_id=a_contract(uow, supplier_id))
        )
        gift = {"ref": "GIFTS", "quantity": "5", "activity": "Hire 3"}
        ours = builders.a_return(uow, contract_id=a_contract(uow, supplier_id))
        theirs = builders.a_return(uow, contract_id=a_contract(uow, builders.a_supplier(uow)))
        assert len(builders.a_submission(uow, autumn, gift, return_id=ours)) == 2
        assert len(builders.a_submission(uow, FAIR, HIRE, return_id=theirs)) == 2

    def test_a_late_claim_is_held_against_its_own_period(self, uow: UnitOfWork, supplier_id: int, clock: Clock) -> None:
        contract = a_contract(uow, supplier_id)
        spring = builders.a_return(uow, contract_id=contract, on=APRIL)
        builders.a_submission(uow, FAIR, return_id=spring)
        summer = builders.a_return(uow, contract_id=contract, on=JULY)
        with uow.read(OPERATOR) as work:
            period = work.connection.execute(select(Return.c.period_id).where(Return.c.id == spring)).scalar_one()
        builders.a_draft(uow, FAIR, return_id=summer, late_period_id=period)
        with pytest.raises(NotReady, match="100% of “Careers fair”"):
            builders.a_submission(uow, return_id=summer)


class TestCarryingOver:
    def test_what_is_under_way_begins_an_entry_with_what_stays_the_same(
        self, uow: UnitOfWork, supplier_id: int, clock: Clock
    ) -> None:
        contract = a_contract(uow, supplier_id)
        hire = add(uow, supplier_id, started=APRIL, part_postcode="S60")
        add(uow, supplier_id, label="Hire 4", ends=date(2026, 9, 30))
        add(uow, supplier_id, label="Hire 5")  # never reported here
        activities.share_activity(uow, OPERATOR, activity_id=hire, contract_id=contract, part="1/3")
        summer = builders.a_return(uow, contract_id=contract)
        ended = HIRE | {"activity": "Hire 4"}
        builders.a_submission(uow, HIRE | {"contract_share": "1/3"}, ended, return_id=summer)
        assert carry_over(uow, summer) == []
        clock.forward(days=92)
        autumn = builders.a_return(uow, contract_id=contract, on=OCTOBER)
        assert carry_over(uow, autumn) == [
            {
                "ref": "JOBS",
                "people": "1",
                "full_time_share": "0.5",
                "started": "2026-04-20",
                "part_postcode": "S60",
                "contract_share": "1/3",
            }
        ]
        assert carry_over(uow, autumn) == []

    def test_it_begins_one_for_each_measure_it_was_reported_under(
        self, uow: UnitOfWork, supplier_id: int, clock: Clock
    ) -> None:
        contract = a_contract(uow, supplier_id)
        add(uow, supplier_id, typed={})
        gift = {"ref": "GIFTS", "quantity": "5", "activity": "Hire 3"}
        builders.a_submission(uow, HIRE, gift, return_id=builders.a_return(uow, contract_id=contract))
        clock.forward(days=92)
        autumn = builders.a_return(uow, contract_id=contract, on=OCTOBER)
        builders.a_draft(uow, gift, return_id=autumn)
        assert carry_over(uow, autumn) == [{"ref": "JOBS"}]

    def test_what_was_only_reported_goes_on_until_it_ended(
        self, uow: UnitOfWork, supplier_id: int, clock: Clock
    ) -> None:
        contract = a_contract(uow, supplier_id)
        job = {
            "ref": "JOBS",
            "people": "1",
            "weekly_hours": "20",
            "months": "3",
            "words": "New.",
            "started": "1/5/2026",
        }
        said = [
            job | {"activity": "Hire 6", "part_postcode": "S60"},
            job | {"activity": "Hire 7", "ended": "30/6/2026"},
            job | {"activity": "Hire 8", "ended": "2026-07-01"},
            {"ref": "GIFTS", "quantity": "5", "activity": "Food bank"},
        ]
        builders.a_submission(uow, *said, return_id=builders.a_return(uow, contract_id=contract, on=APRIL))
        clock.forward(days=10)
        summer = builders.a_return(uow, contract_id=contract)
        stays = {"ref": "JOBS", "people": "1", "weekly_hours": "20", "started": "1/5/2026"}
        assert carry_over(uow, summer) == [stays | {"part_postcode": "S60"}, stays | {"ended": "2026-07-01"}]
        assert carry_over(uow, summer) == []
