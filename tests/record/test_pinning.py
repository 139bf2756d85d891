"""Values for a contract that was awarded before there were any: from then on there are £, and before there are none."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import partial

import naive
import pytest
from refusals import not_refused
from sqlalchemy import select

from quarterday.db.models import AuditRow, Review, Valuation
from quarterday.db.work import Actor, UnitOfWork
from quarterday.domain.bridge import MeasureBridge, Move, Step
from quarterday.domain.promises import Promise
from quarterday.domain.values import Shipped
from quarterday.errors import Refused
from quarterday.services.figures.as_at import Wanted
from quarterday.services.figures.bridge import View, bridge
from quarterday.services.figures.delivery import delivery
from quarterday.services.figures.explaining import explain
from quarterday.services.figures.recomputing import recompute
from quarterday.services.organisations import periods
from quarterday.services.promises import awards, handovers
from quarterday.services.promises.dossier import dossier
from quarterday.services.promises.pinning import PinnedLater, pin_values
from quarterday.services.returns import reviews
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR
from quarterday.testing.clock import Clock

VALUES = builders.a_value_set(shipped=Shipped.OWN)
PROMISES = {"WEEKS": Promise("80"), "GIFTS": Promise("900"), "ACCESS": Promise("120")}
WEEKS = {"ref": "WEEKS", "people": "2", "weeks": "6"}
GIFT = {"ref": "GIFTS", "quantity": "250.10"}
ACCESS = {"ref": "ACCESS", "quantity": "40"}
POLICY = {"ref": "POLICY", "quantity": "yes"}


@pytest.fixture
def council(uow: UnitOfWork) -> int:
    return builders.an_authority(uow)


@pytest.fixture
def contract_id(uow: UnitOfWork, council: int) -> int:
    """A contract without values, beside one that has none either."""
    without(uow, council)
    return without(uow, council)


@pytest.fixture
def entries(uow: UnitOfWork, contract_id: int) -> list[int]:
    """Five entries: three accepted, one of them in part; one queried, one undecided."""
    return_id = builders.a_return(uow, contract_id=contract_id)
    made = builders.a_submission(uow, WEEKS, GIFT, ACCESS, GIFT, POLICY, return_id=return_id)
    reviews.accept(uow, OPERATOR, entry_id=made[0], quantity="10", reason="Two weeks were holiday.")
    reviews.accept(uow, OPERATOR, entry_id=made[1])
    reviews.accept(uow, OPERATOR, entry_id=made[2])
    reviews.accept(uow, OPERATOR, entry_id=made[3])
    reviews.query(uow, OPERATOR, entry_id=made[3], reason="Which food bank?")
    return made


def without(uow: UnitOfWork, council: int) -> int:
    contract = builders.a_contract(uow, authority_id=council)
    return builders.an_award(uow, contract_id=contract, edition=builders.a_catalogue(), promises=PROMISES)


def pin(uow: UnitOfWork, contract_id: int) -> PinnedLater:
    return pin_values(uow, OPERATOR, contract_id=contract_id, value_set=VALUES, reason="The values came in July")


def accepted(uow: UnitOfWork, contract_id: int, at: datetime | None = None) -> dict[str, tuple[object, int, bool]]:
    with uow.read(OPERATOR) as work:
        found = delivery(work, Wanted(contract_id=contract_id, at=at))
    return {
        one.measure.ref: (one.accepted.quantity, one.accepted.worth.micropounds, one.accepted.worth.is_complete)
        for one in found
        if one.accepted.quantity
    }


def test_what_is_accepted_is_valued_from_then_on(
    uow: UnitOfWork, clock: Clock, contract_id: int, entries: list[int]
) -> None:
    then = clock.now
    clock.forward(days=1)
    before = accepted(uow, contract_id)
    made = pin(uow, contract_id)
    assert made.valued == 3
    assert before == accepted(uow, contract_id, then)
    assert {ref: worth for ref, (_, worth, _) in before.items()} == {"WEEKS": 0, "GIFTS": 0, "ACCESS": 0}
    now = accepted(uow, contract_id)
    assert {ref: said[0] for ref, said in now.items()} == {ref: said[0] for ref, said in before.items()}
    assert {ref: said[1:] for ref, said in now.items()} == {
        "WEEKS": (1_500_000_000, True),
        "GIFTS": (250_100_000, True),
        "ACCESS": (3_333_333_332, True),
    }
    assert recompute(uow, OPERATOR).differing == ()
    raw = naive.figures(uow, clock.now.date())
    assert all(
        (raw[contract_id, ref, "accepted"].quantity, raw[contract_id, ref, "accepted"].micropounds) == said[:2]
        for ref, said in now.items()
    )


def test_the_decision_stays_and_is_made_once_more(
    uow: UnitOfWork, clock: Clock, contract_id: int, entries: list[int]
) -> None:
    clock.forward(days=1)
    made = pin(uow, contract_id)
    with uow.read(OPERATOR) as work:
        query = select(Review.c.entry_id, Review.c.decision, Review.c.numerator, Review.c.pin_id).order_by(Review.c.id)
        said = [tuple(row) for row in work.all(query.where(Review.c.pin_id == made.pin_id))]
        valued = work.all(select(Valuation.c.id).join(Review, Review.c.id == Valuation.c.review_id))
        told = work.all(select(AuditRow.c.subject, AuditRow.c.action).order_by(AuditRow.c.id.desc()).limit(4))
    assert [row[:2] for row in said] == [(entry, "accepted") for entry in entries[:3]]
    assert said[0][2] == 10
    assert len(valued) == 7
    assert [tuple(row) for row in reversed(told)] == [
        (f"contract/{contract_id}", "contract.values_pinned"),
        *((f"entry/{entry}", "entry.accepted") for entry in entries[:3]),
    ]
    (one,) = explain(uow, OPERATOR, ref="WEEKS", wanted=Wanted(contract_id=contract_id))
    assert [decision.decision for decision in one.leaves[0].decisions] == ["accepted", "accepted"]
    assert one.leaves[0].worth.micropounds == one.accepted.worth.micropounds == 1_500_000_000


def test_the_bridge_shows_it_as_re_valued(
    uow: UnitOfWork, clock: Clock, council: int, contract_id: int, entries: list[int]
) -> None:
    first = View(at=clock.now)
    clock.forward(days=1)
    pin(uow, contract_id)

    def weeks(second: View, start: View = first) -> MeasureBridge:
        found = bridge(uow, OPERATOR, first=start, second=second, authority_id=council)
        (one,) = [one for one in found if one.measure.ref == "WEEKS"]
        return one

    one = weeks(View())
    assert dict(one.accepted.steps) == {Step.REVALUED: Move(micropounds=1_500_000_000)}
    assert dict(one.committed.steps) == {Step.REVALUED: Move(micropounds=80 * 150_000_000)}
    assert (one.committed.quantity_before, one.committed.quantity_after) == (160, 160)
    assert not one.committed.after.is_complete  # the contract beside it has no values yet
    back = weeks(first, View())
    assert dict(back.accepted.steps) == {Step.REVALUED: Move(micropounds=-1_500_000_000)}


def test_a_later_acceptance_is_valued_by_the_pin(
    uow: UnitOfWork, clock: Clock, contract_id: int, entries: list[int]
) -> None:
    pin(uow, contract_id)
    made = reviews.accept(uow, OPERATOR, entry_id=entries[3])
    assert made.worth is not None
    assert made.worth.micropounds == 250_100_000


def test_the_calendar_of_the_award_stays(uow: UnitOfWork, clock: Clock, contract_id: int) -> None:
    """Targets go on being of the periods they were first made for, when a pin comes after a move."""
    before = awards.commitments(uow, OPERATOR, contract_id=contract_id)
    other = builders.an_authority(uow, first_month=1)
    handovers.move(uow, OPERATOR, contract_id=contract_id, authority_id=other, since=clock.now.date())
    clock.forward(days=1)
    pin(uow, contract_id)
    awards.vary(uow, OPERATOR, contract_id=contract_id, promises={"WEEKS": Promise("160")}, reason="Twice as much")
    after = awards.commitments(uow, OPERATOR, contract_id=contract_id)
    assert [one.targets.keys() for one in after] == [one.targets.keys() for one in before]
    assert sum(after[0].targets.values()) == 160


def test_no_period_is_opened_twice_for_it(uow: UnitOfWork, clock: Clock, council: int, contract_id: int) -> None:
    clock.now = datetime(2026, 10, 20, tzinfo=UTC)
    pin(uow, contract_id)
    opened = periods.open_returns(uow, OPERATOR, authority_id=council, on=date(2026, 10, 20))
    names = [one.period.name for one in opened if one.contract_id == contract_id]
    assert names == ["2026/27 Q2", "2026/27 Q3"]


def test_the_dossier_says_by_what_it_is_measured(uow: UnitOfWork, clock: Clock, contract_id: int) -> None:
    then = clock.now
    clock.forward(days=1)
    pin(uow, contract_id)
    now, before = (dossier(uow, OPERATOR, contract_id=contract_id, at=at).pinned for at in (None, then))
    assert now is not None
    assert before is not None
    assert (now.values and now.values.title, before.values) == ("Round values", None)


def test_what_cannot_be_pinned_leaves_nothing(uow: UnitOfWork, contract_id: int, entries: list[int]) -> None:
    values = {"value_set": VALUES, "reason": "They came"}
    plain, valued = builders.a_contract(uow), builders.an_award(uow)
    act = partial(pin_values, uow, OPERATOR, contract_id=contract_id, **values)  # type: ignore[arg-type]
    acts = [
        (partial(act, contract_id=plain), "no commitments yet"),
        (partial(act, contract_id=valued), "pinned to values, and they stay"),
        (partial(act, contract_id=999), "There is no such contract"),
        (partial(act, value_set=builders.a_value_set("2")), "values made-up/2, and the contract"),
        (partial(act, reason=" "), "Say why the contract gets values now"),
        (partial(pin_values, uow, Actor("u", supplier_id=1), contract_id=contract_id, **values), "Only the council"),
    ]
    assert not_refused(uow, acts) == []
    assert act().valued == 3
    with pytest.raises(Refused, match="pinned to values"):
        act()
