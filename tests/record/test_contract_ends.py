"""Extending and shortening a contract: what is promised, due and opened then, and what was known before."""

from datetime import UTC, date, datetime
from fractions import Fraction as F
from functools import partial

import naive
import pytest
from refusals import not_refused

from quarterday.db.work import Actor, UnitOfWork
from quarterday.domain.bridge import Step
from quarterday.domain.periods import Rhythm
from quarterday.domain.promises import Promise
from quarterday.services.figures.as_at import Wanted
from quarterday.services.figures.bridge import View, bridge
from quarterday.services.figures.delivery import delivery
from quarterday.services.figures.forecasts import forecasts
from quarterday.services.organisations import periods
from quarterday.services.promises import awards, contracts
from quarterday.services.promises.dossier import dossier
from quarterday.services.promises.ends import change_end
from quarterday.services.returns import activities, standing
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR
from quarterday.testing.clock import Clock

ENDS, LONGER, SHORTER = date(2027, 3, 31), date(2027, 9, 30), date(2026, 11, 15)
PROMISED = {"WEEKS": Promise("400"), "ACCESS": Promise("120", "2026-Q1 = 40; 2026-Q4 = 120")}
Targets = dict[str, list[F]]


@pytest.fixture
def contract_id(uow: UnitOfWork) -> int:
    """A contract of four quarters, 100 weeks in each and 40 employees until the last, which has 120."""
    return awarded(uow, Rhythm.QUARTER)


def awarded(uow: UnitOfWork, rhythm: Rhythm) -> int:
    contract = builders.a_contract(uow, ends=ENDS, rhythm=rhythm)
    promises = PROMISED if rhythm is Rhythm.QUARTER else {"WEEKS": Promise("400")}
    return builders.an_award(uow, contract_id=contract, promises=promises)


def ends(uow: UnitOfWork, contract_id: int, day: date) -> int | None:
    return change_end(uow, OPERATOR, contract_id=contract_id, ends=day, reason="Agreed on 1 July")


def targets(uow: UnitOfWork, contract_id: int, at: datetime | None = None) -> Targets:
    found = awards.commitments(uow, OPERATOR, contract_id=contract_id, at=at)
    return {one.ref: list(one.targets.values()) for one in found}


def opened(uow: UnitOfWork, contract_id: int, on: date) -> list[str]:
    with uow.read(OPERATOR) as work:
        authority_id = contracts.scope.contract(work, contract_id).authority_id
    return [one.period.name for one in periods.open_returns(uow, OPERATOR, authority_id=authority_id, on=on)]


def figures_agree(uow: UnitOfWork, clock: Clock, contract_id: int, at: datetime | None = None) -> bool:
    day = (at or clock.now).date()
    expected = naive.figures(uow, day, at)
    with uow.read(OPERATOR) as work:
        found = delivery(work, Wanted(contract_id=contract_id, at=at))
    assert any((contract_id, one.measure.ref, "committed") in expected for one in found)
    return all(
        stage.quantity == expected[contract_id, one.measure.ref, name].quantity
        for one in found
        for name, stage in (("committed", one.committed), ("due", one.due))
        if (contract_id, one.measure.ref, name) in expected
    )


def test_a_longer_contract_promises_nothing_more_until_it_is_varied(
    uow: UnitOfWork, clock: Clock, contract_id: int
) -> None:
    before = targets(uow, contract_id)
    assert ends(uow, contract_id, LONGER) is None
    assert targets(uow, contract_id) == before
    assert dossier(uow, OPERATOR, contract_id=contract_id).contract.ends == LONGER
    assert figures_agree(uow, clock, contract_id)
    awards.vary(uow, OPERATOR, contract_id=contract_id, promises={"WEEKS": Promise("520")}, reason="More", since=ENDS)
    assert targets(uow, contract_id)["WEEKS"] == [F(100), F(100), F(100), *[F(220, 3)] * 3]


def test_a_shorter_contract_promises_what_its_own_periods_have(uow: UnitOfWork, clock: Clock, contract_id: int) -> None:
    before, then = targets(uow, contract_id), clock.now
    clock.forward(days=1)
    variation = ends(uow, contract_id, SHORTER)
    assert targets(uow, contract_id) == {"WEEKS": [F(100), F(100), F(100), F(0)], "ACCESS": [F(40)] * 4}
    assert targets(uow, contract_id, then) == before
    whole = dossier(uow, OPERATOR, contract_id=contract_id)
    assert [(one.id, one.reason) for one in whole.variations] == [(variation, "Agreed on 1 July")]
    assert {one.measure.ref: one.quantity for one in whole.promised} == {"WEEKS": 300, "ACCESS": 40}
    assert figures_agree(uow, clock, contract_id)
    assert figures_agree(uow, clock, contract_id, then)


def test_what_was_promised_only_beyond_the_new_end_falls_away_whole(uow: UnitOfWork, contract_id: int) -> None:
    more = {"JOBS": Promise("2"), "ACCESS": Promise("200")}
    awards.vary(uow, OPERATOR, contract_id=contract_id, promises=more, reason="For the last quarter", since=ENDS)
    ends(uow, contract_id, SHORTER)
    assert targets(uow, contract_id)["JOBS"] == [F(0)]


def test_what_fell_away_does_not_come_back(uow: UnitOfWork, contract_id: int) -> None:
    ends(uow, contract_id, SHORTER)
    assert ends(uow, contract_id, ENDS) is None
    assert targets(uow, contract_id) == {"WEEKS": [F(100), F(100), F(100), F(0)], "ACCESS": [F(40)] * 4}


def test_a_contract_without_commitments_has_nothing_to_vary(uow: UnitOfWork) -> None:
    contract = builders.a_contract(uow, ends=ENDS)
    assert ends(uow, contract, SHORTER) is None
    builders.an_award(uow, contract_id=contract, promises={"WEEKS": Promise("300")})
    assert sum(targets(uow, contract)["WEEKS"]) == 300
    assert len(targets(uow, contract)["WEEKS"]) == 3


def test_what_is_reported_once_is_due_at_the_new_end(uow: UnitOfWork, clock: Clock) -> None:
    contract = awarded(uow, Rhythm.END)
    for day in (LONGER, SHORTER):
        assert ends(uow, contract, day) is not None
        (one,) = awards.commitments(uow, OPERATOR, contract_id=contract)
        assert dict(one.targets) == {(date(2026, 4, 1), day): F(400)}
    clock.now = datetime(2026, 12, 1, tzinfo=UTC)
    with uow.read(OPERATOR) as work:
        (figures,) = delivery(work, Wanted(contract_id=contract))
    assert figures.due.quantity == 400


def test_returns_are_opened_as_far_as_the_new_end(uow: UnitOfWork, clock: Clock, contract_id: int) -> None:
    clock.now = datetime(2027, 10, 20, tzinfo=UTC)
    assert opened(uow, contract_id, clock.now.date())[-1] == "2026/27 Q4"
    assert opened(uow, contract_id, clock.now.date()) == []
    ends(uow, contract_id, LONGER)
    assert opened(uow, contract_id, clock.now.date()) == ["2027/28 Q1", "2027/28 Q2"]


def test_an_extension_of_a_contract_that_reports_once_gets_a_return_of_its_own(uow: UnitOfWork, clock: Clock) -> None:
    contract = awarded(uow, Rhythm.END)
    assert opened(uow, contract, clock.now.date()) == ["2026-04-01 to 2027-03-31"]
    ends(uow, contract, LONGER)
    assert opened(uow, contract, clock.now.date()) == []
    clock.now = datetime(2027, 4, 1, tzinfo=UTC)
    assert opened(uow, contract, clock.now.date()) == ["2027-04-01 to 2027-09-30"]
    assert opened(uow, contract, clock.now.date()) == []


def test_nobody_waits_for_a_return_after_the_end(uow: UnitOfWork, clock: Clock, contract_id: int) -> None:
    clock.now = datetime(2027, 6, 1, tzinfo=UTC)
    opened(uow, contract_id, clock.now.date())

    def late() -> list[str]:
        return [one.period for one in standing.returns(uow, OPERATOR, contract_id=contract_id) if one.is_overdue]

    assert late()[-2:] == ["2026/27 Q3", "2026/27 Q4"]
    ends(uow, contract_id, SHORTER)
    assert late()[-1] == "2026/27 Q3"


def test_what_is_under_way_gives_to_the_new_end(uow: UnitOfWork, clock: Clock, contract_id: int) -> None:
    with uow.read(OPERATOR) as work:
        lead = activities.reporting_supplier(work, contract_id)
    facts = {"label": "Apprentice 1", "ref": "WEEKS", "typed": {"people": "1", "weeks": "13"}}
    made = activities.add_activity(uow, OPERATOR, supplier_id=lead, started=date(2026, 7, 1), **facts)  # type: ignore[arg-type]
    activities.share_activity(uow, OPERATOR, activity_id=made, contract_id=contract_id, part="1")

    def to_come(at: datetime | None = None) -> F:
        with uow.read(OPERATOR) as work:
            found = forecasts(work, Wanted(contract_id=contract_id, at=at))
        return next(one.to_come.quantity for one in found if one.figures.measure.ref == "WEEKS")

    before, then = to_come(), clock.now
    clock.forward(days=1)
    ends(uow, contract_id, LONGER)
    assert to_come() > before > 0
    assert to_come(then) == before


def test_the_bridge_has_it_as_varied_and_keeps_an_extended_contract(
    uow: UnitOfWork, clock: Clock, contract_id: int
) -> None:
    then = clock.now
    clock.forward(days=1)
    ends(uow, contract_id, SHORTER)
    shortened = clock.now
    clock.forward(days=1)
    ends(uow, contract_id, LONGER)
    clock.now = datetime(2027, 5, 1, tzinfo=UTC)

    def weeks(first: datetime, second: datetime | None) -> dict[Step, F]:
        found = bridge(uow, OPERATOR, first=View(at=first), second=View(at=second), contract_id=contract_id)
        return {
            step: move.quantity
            for one in found
            if one.measure.ref == "WEEKS"
            for step, move in one.committed.steps.items()
        }

    assert weeks(then, shortened) == {Step.VARIED: F(-100)}
    assert weeks(shortened, None) == {}
    ends(uow, contract_id, ENDS)
    clock.forward(days=1)
    assert weeks(shortened, None) == {Step.ENDED: F(-300)}


def test_an_end_that_cannot_be_leaves_nothing(uow: UnitOfWork, contract_id: int) -> None:
    change = partial(change_end, uow, OPERATOR, contract_id=contract_id, ends=LONGER, reason="Agreed")
    months = awarded(uow, Rhythm.MONTH)
    supplier = Actor("u", supplier_id=1)
    acts = [
        (partial(change, ends=ENDS), "ends 2027-03-31 already"),
        (partial(change, ends=date(2026, 3, 31)), "before it starts"),
        (partial(change, ends=date(9999, 12, 31)), "enter the day it is expected to"),
        (partial(change, contract_id=months, ends=date(2199, 12, 31)), "more than 600 periods"),
        (partial(change, reason=" "), "Say why the contract's end changes"),
        (partial(change, contract_id=999), "There is no such contract"),
        (partial(change_end, uow, supplier, contract_id=contract_id, ends=LONGER, reason="x"), "Only the council"),
    ]
    assert not_refused(uow, acts) == []
    assert change() is None
