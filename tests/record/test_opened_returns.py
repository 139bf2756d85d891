"""Opening the returns of a period: each contract once, whatever was missed, and across authorities."""

from datetime import date, timedelta
from functools import partial

import pytest
from refusals import not_refused
from sqlalchemy import select

from quarterday.db.models import AuditRow, Period, Return
from quarterday.db.work import UnitOfWork
from quarterday.domain.periods import Rhythm
from quarterday.services.organisations import periods
from quarterday.services.promises import handovers
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR
from quarterday.testing.clock import Clock

TODAY = date(2026, 7, 1)


def opened(uow: UnitOfWork, authority: int, on: date) -> list[tuple[int, str]]:
    done = periods.open_returns(uow, OPERATOR, authority_id=authority, on=on)
    return [(one.contract_id, one.period.name) for one in done]


def awarded(uow: UnitOfWork, authority: int, **facts: object) -> int:
    contract = builders.a_contract(uow, authority_id=authority, **facts)  # type: ignore[arg-type]
    return builders.an_award(uow, contract_id=contract)


@pytest.mark.parametrize(
    ("rhythm", "name", "due"),
    [
        (Rhythm.MONTH, "July 2026", date(2026, 8, 14)),
        (Rhythm.QUARTER, "2026/27 Q2", date(2026, 10, 14)),
        (Rhythm.HALF_YEAR, "2026/27 H1", date(2026, 10, 14)),
        (Rhythm.YEAR, "2026/27", date(2027, 4, 14)),
        (Rhythm.END, "2026-04-01 to 2028-03-31", date(2028, 4, 14)),
    ],
)
def test_a_return_is_open_from_its_periods_first_day(uow: UnitOfWork, rhythm: Rhythm, name: str, due: date) -> None:
    council = builders.an_authority(uow, due_days=14, closes_days=60)
    contract = awarded(uow, council, rhythm=rhythm)
    assert opened(uow, council, TODAY) == [(contract, name)]
    with uow.begin(OPERATOR) as work:
        found = work.one(select(Period.c.due, Period.c.closes, Period.c.last))
    assert found is not None
    assert (found.due, found.closes) == (due, found.last + timedelta(days=60))


def test_twice_is_once(uow: UnitOfWork) -> None:
    council = builders.an_authority(uow)
    awarded(uow, council)
    assert len(opened(uow, council, TODAY)) == 1
    assert opened(uow, council, TODAY) == []
    with uow.begin(OPERATOR) as work:
        told = work.all(select(AuditRow.c.subject).where(AuditRow.c.action == "return.opened"))
        there = work.all(select(Return.c.id))
    assert [row.subject for row in told] == [f"return/{row.id}" for row in there]


def test_what_was_missed_is_opened_later(uow: UnitOfWork, clock: Clock) -> None:
    council = builders.an_authority(uow)
    contract = awarded(uow, council)
    clock.forward(days=300)
    names = ["2026/27 Q2", "2026/27 Q3", "2026/27 Q4", "2027/28 Q1"]
    assert opened(uow, council, date(2027, 4, 20)) == [(contract, name) for name in names]


def test_a_past_period_is_opened_where_the_council_asks_for_it(uow: UnitOfWork) -> None:
    council = builders.an_authority(uow)
    contract = awarded(uow, council)
    assert opened(uow, council, date(2026, 5, 1)) == [(contract, "2026/27 Q1")]
    assert opened(uow, council, TODAY) == [(contract, "2026/27 Q2")]


def test_only_contracts_with_commitments_that_run_report(uow: UnitOfWork, clock: Clock) -> None:
    council = builders.an_authority(uow)
    builders.a_contract(uow, authority_id=council)
    awarded(uow, council, starts=date(2026, 10, 1))
    awarded(uow, builders.an_authority(uow))
    ended = awarded(uow, council, ends=date(2026, 8, 15))
    assert opened(uow, council, TODAY) == [(ended, "2026/27 Q2")]
    clock.forward(days=100)
    assert [name for contract, name in opened(uow, council, date(2026, 10, 1)) if contract == ended] == []


def test_a_contract_that_moved_keeps_its_return_and_goes_on_in_the_new_calendar(uow: UnitOfWork, clock: Clock) -> None:
    old, new = builders.an_authority(uow), builders.an_authority(uow, first_month=1)
    contract = awarded(uow, old, rhythm=Rhythm.HALF_YEAR)
    assert opened(uow, old, TODAY) == [(contract, "2026/27 H1")]
    clock.forward(days=60)
    handovers.move(uow, OPERATOR, contract_id=contract, authority_id=new, since=date(2026, 8, 15))
    assert opened(uow, old, date(2026, 8, 20)) == []
    assert opened(uow, new, date(2026, 8, 20)) == [(contract, "2026 H2")]  # from July: not wholly covered
    clock.forward(days=200)
    assert opened(uow, new, date(2027, 1, 10)) == [(contract, "2027 H1")]


def test_a_return_is_found_by_a_day(uow: UnitOfWork) -> None:
    made = builders.a_return(uow)
    with uow.begin(OPERATOR) as work:
        contract = work.one(select(Return.c.contract_id).where(Return.c.id == made))
    assert contract is not None
    found = partial(periods.return_of, uow, OPERATOR, contract_id=contract.contract_id)
    assert found(day=date(2026, 9, 30)) == made
    cases = [
        (partial(found, day=date(2026, 10, 1)), "no return for 2026-10-01; open the period's returns first"),
        (partial(found, contract_id=999, day=TODAY), "There is no such contract"),
        (partial(opened, uow, 1, date(2026, 7, 2)), "2026-07-02 is still to come"),
        (partial(opened, uow, 999, TODAY), "There is no such authority"),
    ]
    assert not_refused(uow, cases) == []
