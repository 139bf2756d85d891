"""Forecasts: accepted so far, and what activities under way will still give to their end; nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction as F
from typing import Any

import pytest

from quarterday.db.work import Actor, UnitOfWork
from quarterday.domain.catalogue import RuleData
from quarterday.domain.forecasting import Forecast
from quarterday.domain.valuation import Amount
from quarterday.services.figures.as_at import Wanted
from quarterday.services.figures.delivery import Per, delivery
from quarterday.services.figures.forecasts import forecasts
from quarterday.services.figures.one_contract import one_contract
from quarterday.services.returns import activities, reviews
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR
from quarterday.testing.clock import Clock

JULY = date(2026, 7, 1)
HIRE = {"ref": "JOBS", "people": "2", "full_time_share": "0.5", "months": "3", "activity": "Hire 3"}
STEADY = {"people": "2", "full_time_share": "0.5"}
MARCH_2028 = date(2028, 3, 31)


@pytest.fixture
def contract_id(uow: UnitOfWork) -> int:
    """Two years from April 2026, of supplier 1."""
    return builders.an_award(uow)


def under_way(uow: UnitOfWork, **more: Any) -> int:
    given = {"supplier_id": 1, "label": "Hire 3", "ref": "JOBS", "typed": STEADY, **more}
    return activities.add_activity(uow, OPERATOR, **given)


def report(uow: UnitOfWork, contract_id: int, *typed: dict[str, str]) -> list[int]:
    return builders.a_submission(uow, *typed, return_id=builders.a_return(uow, contract_id=contract_id))


def forecast(uow: UnitOfWork, ref: str = "JOBS", actor: Actor = OPERATOR, **wanted: Any) -> Forecast:
    with uow.read(actor) as work:
        (found,) = [one for one in forecasts(work, Wanted(**wanted)) if one.figures.measure.ref == ref]
    return found


def test_a_job_goes_on_from_the_first_day_not_reported_to_the_contracts_end(uow: UnitOfWork, contract_id: int) -> None:
    under_way(uow)
    (entry,) = report(uow, contract_id, HIRE)
    found = forecast(uow)
    assert (found.figures.accepted.quantity, found.to_come.quantity) == (0, F(18, 12))  # October 2026 to March 2028
    reviews.accept(uow, OPERATOR, entry_id=entry)
    found = forecast(uow)
    assert (found.expected.quantity, found.activities, found.unknown) == (F(21, 12), 1, ())


def test_without_an_activity_under_way_it_is_what_is_accepted(uow: UnitOfWork, contract_id: int) -> None:
    for entry in report(uow, contract_id, HIRE, {"ref": "GIFTS", "quantity": "5"}):
        reviews.accept(uow, OPERATOR, entry_id=entry)
    for ref in ("JOBS", "GIFTS"):
        found = forecast(uow, ref)
        assert (found.to_come.quantity, found.expected) == (0, found.figures.accepted)


@pytest.mark.parametrize(
    ("more", "months"),
    [
        ({"ends": date(2026, 12, 31)}, 3),
        ({"ends": date(2030, 12, 31)}, 18),
        ({"ends": date(2026, 9, 30)}, 0),
        ({"started": date(2026, 7, 2)}, 0),
    ],
)
def test_it_ends_with_the_activity_or_the_contract(
    uow: UnitOfWork, contract_id: int, more: dict[str, date], months: int
) -> None:
    under_way(uow, **more)
    report(uow, contract_id, HIRE)
    assert forecast(uow).to_come.quantity == F(months, 12)


def test_what_was_never_reported_goes_on_from_the_open_period(uow: UnitOfWork, contract_id: int) -> None:
    hire = under_way(uow)
    assert forecast(uow).to_come.quantity == 0
    activities.share_activity(uow, OPERATOR, activity_id=hire, contract_id=contract_id, part="1/3")
    builders.a_return(uow, contract_id=contract_id)
    assert forecast(uow).to_come.quantity == F(21, 12) / 3


def test_as_much_counts_as_counted_last(uow: UnitOfWork, contract_id: int) -> None:
    under_way(uow)
    (entry,) = report(uow, contract_id, HIRE)
    reviews.accept(uow, OPERATOR, entry_id=entry, quantity="0.125", reason="One of the two lives elsewhere.")
    assert forecast(uow).to_come.quantity == F(9, 12)
    reviews.reject(uow, OPERATOR, entry_id=entry, reason="Both live elsewhere.")
    assert forecast(uow).to_come.quantity == 0


def test_weeks_go_on_past_the_contracts_end_and_have_their_worth(uow: UnitOfWork, clock: Clock) -> None:
    contract = builders.an_award(uow, contract_id=builders.a_contract(uow, ends=date(2026, 9, 30)))
    weeks = {"ref": "WEEKS", "people": "3", "weeks": "13", "activity": "Apprentices"}
    under_way(uow, label="Apprentices", ref="WEEKS", typed={"people": "3"}, ends=date(2026, 10, 28))
    report(uow, contract, weeks)
    found = forecast(uow, "WEEKS")
    assert (found.to_come.quantity, found.to_come.worth) == (12, Amount(1_800_000_000))
    assert found.to_come.worth.is_complete


def test_a_disadvantaged_hire_counts_in_its_first_months_only(uow: UnitOfWork) -> None:
    edition = builders.a_catalogue()
    edition = replace(edition, rules=(*edition.rules, RuleData(rule="first-months", measures=("JOBS",))))
    contract = builders.an_award(uow, edition=edition, value_set=builders.a_value_set())
    under_way(uow, started=date(2026, 4, 1))
    report(uow, contract, HIRE | {"started": "2026-04-01"})
    assert forecast(uow).to_come.quantity == F(6, 12)


def test_what_nobody_can_say_adds_nothing_and_is_named(uow: UnitOfWork, contract_id: int) -> None:
    under_way(uow, typed={})
    under_way(uow, label="Careers fair", ref="HOURS")
    fair = {"ref": "HOURS", "hours": "2", "attendees": "8", "activity": "Careers fair"}
    report(uow, contract_id, HIRE, fair)
    assert (forecast(uow).to_come.quantity, forecast(uow).unknown) == (0, ("Hire 3",))
    assert forecast(uow, "HOURS").unknown == ("Careers fair",)


def test_a_level_goes_on_as_it_is(uow: UnitOfWork, contract_id: int) -> None:
    under_way(uow, label="Helpline", ref="ACCESS")
    (entry,) = report(uow, contract_id, {"ref": "ACCESS", "quantity": "40", "activity": "Helpline"})
    reviews.accept(uow, OPERATOR, entry_id=entry)
    found = forecast(uow, "ACCESS")
    assert (found.to_come.quantity, found.expected.quantity) == (0, 40)


def test_as_at_an_instant_and_in_scope(uow: UnitOfWork, clock: Clock, contract_id: int) -> None:
    under_way(uow)
    report(uow, contract_id, HIRE)
    before = clock.now
    clock.forward(hours=1)
    under_way(uow, ends=date(2026, 12, 31))
    assert (forecast(uow).to_come.quantity, forecast(uow, at=before).to_come.quantity) == (F(3, 12), F(18, 12))
    with uow.read(Actor("user/1", supplier_id=builders.a_supplier(uow))) as work:
        assert forecasts(work, Wanted()) == []


def test_it_is_kept_apart_as_figures_are_but_not_by_period(uow: UnitOfWork, contract_id: int) -> None:
    other = builders.an_award(uow, contract_id=builders.a_contract(uow, supplier_id=1))
    under_way(uow)
    report(uow, contract_id, HIRE | {"contract_share": "1/3"})
    report(uow, other, HIRE | {"contract_share": "2/3"})
    with uow.read(OPERATOR) as work:
        found = forecasts(work, Wanted(), {Per.CONTRACT})
        of_each = {one.figures.contract_id: one.to_come.quantity for one in found if one.figures.measure.ref == "JOBS"}
        assert of_each == {contract_id: F(6, 12), other: F(12, 12)}
        assert [one.figures for one in found] == delivery(work, Wanted(), {Per.CONTRACT})
        with pytest.raises(ValueError, match="not for one period"):
            forecasts(work, Wanted(), {Per.PERIOD})


def test_an_ended_contract_has_nothing_to_come(uow: UnitOfWork, clock: Clock, contract_id: int) -> None:
    under_way(uow)
    report(uow, contract_id, HIRE)
    clock.now = datetime(2028, 4, 2, tzinfo=UTC)
    assert forecast(uow).to_come.quantity == 0


def test_a_contracts_page_follows_from_no_activity_of_others(uow: UnitOfWork, contract_id: int) -> None:
    under_way(uow)
    report(uow, contract_id, HIRE)
    before = one_contract(uow, OPERATOR, contract_id=contract_id)
    other = builders.an_award(uow)
    hire = under_way(uow, label="Hire of another", supplier_id=2)
    activities.share_activity(uow, OPERATOR, activity_id=hire, contract_id=other, part="1")
    assert one_contract(uow, OPERATOR, contract_id=contract_id) is before
    under_way(uow, ends=date(2026, 12, 31))
    after = one_contract(uow, OPERATOR, contract_id=contract_id)
    assert [one.to_come.quantity for one in after.figures] != [one.to_come.quantity for one in before.figures]
