"""The simulation says what ticks then do: both run over a winter with Christmas, Easter and the hour that is lost."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from reminding import Reminding, a_contract, a_council, at, live_through, rows
from sqlalchemy import select

from quarterday import Refused
from quarterday.db.models import Contract, ContractAuthority, Period, Return
from quarterday.db.work import LONDON, UnitOfWork
from quarterday.domain.periods import in_words
from quarterday.services.organisations import people
from quarterday.services.promises import handovers
from quarterday.services.reminders.simulating import simulate
from quarterday.services.returns.extensions import extend
from quarterday.services.returns.standing import returns
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR
from quarterday.testing.clock import Clock

BEGINS, ENDS = date(2026, 12, 14), date(2027, 4, 9)
"""Bank holidays at Christmas and Easter (26 and 29 March); the clocks change on 28 March; months open and fall due."""
Told = tuple[date, int, tuple[tuple[str, str, str], ...]]


@pytest.fixture
def council(uow: UnitOfWork, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Reminding:
    """Contracts of every rhythm, one that is novated meanwhile, one that is covered, one with more time."""
    monkeypatch.setenv("QUARTERDAY_SECRET_KEY", "k" * 32)
    of = a_council(uow)
    made = {
        rhythm: a_contract(uow, of, rhythm=rhythm, starts=date(2026, 4, 1), ends=date(2027, 2, 20))
        for rhythm in ("month", "quarter", "half-year", "year", "end")
    }
    builders.an_award(
        uow,
        contract_id=builders.a_contract(
            uow, authority_id=of.authority_id, supplier_id=of.alder, rhythm="month", starts=date(2027, 1, 18)
        ),
    )
    clock.now = at(BEGINS, 5)
    late = builders.a_return(uow, contract_id=made["quarter"], on=date(2026, 9, 30))
    extend(uow, OPERATOR, return_id=late, due=date(2026, 12, 24), reason="Their system was down.")
    since = date(2027, 1, 20)
    handovers.novate(uow, OPERATOR, contract_id=made["month"], leaving_id=of.larch, entering_id=of.alder, since=since)
    people.end_role(uow, OPERATOR, user_id=of.people[1], supplier_id=of.larch, valid_from=date(2027, 2, 1))
    return of


def done(uow: UnitOfWork) -> list[Told]:
    """Every digest in the outbox, as a simulation says it."""
    with uow.read(OPERATOR) as work:
        what = select(Return.c.id, ContractAuthority.c.reference, Period.c.first, Period.c.last, Period.c.due)
        what = what.join(Period, Period.c.id == Return.c.period_id).join(
            Contract, Contract.c.id == Return.c.contract_id
        )
        found = {row.id: row for row in work.all(what.join(ContractAuthority))}
    return sorted(
        (
            row.recorded_at.astimezone(LONDON).date(),
            row.payload["user"],
            tuple(
                sorted(
                    (found[of].reference, in_words(found[of].first, found[of].last), rung)
                    for of, rung in row.payload["returns"]
                )
            ),
        )
        for row in rows(uow)
    )


def test_a_simulation_is_what_the_clock_then_does(
    uow: UnitOfWork, clock: Clock, council: Reminding, database: str
) -> None:
    ends = ENDS if database == "sqlite" else date(2027, 1, 22)  # the rules are the same, the statements are run on both
    before = returns(uow, OPERATOR)
    foreseen = simulate(uow, OPERATOR, authority_id=council.authority_id, first=BEGINS, last=ends)
    assert (rows(uow), returns(uow, OPERATOR)) == ([], before), "nothing is written"
    live_through(uow, clock, council, BEGINS, ends)
    told = [
        (one.day, one.user_id, tuple(sorted((line.contract, line.period, line.rung) for line in one.lines)))
        for one in foreseen
    ]
    assert sorted(told) == done(uow)
    assert len(told) > (50 if database == "sqlite" else 20)
    assert {one.day.weekday() for one in foreseen} <= set(range(5))
    assert not {one.day for one in foreseen} & {date(2026, 12, 25), date(2026, 12, 28), date(2027, 3, 26)}
    assert any(line.return_id is None for one in foreseen for line in one.lines), "some weren't open yet"


def test_a_part_of_it_is_that_part(uow: UnitOfWork, clock: Clock, council: Reminding) -> None:
    def days(first: date, last: date) -> list[object]:
        return list(simulate(uow, OPERATOR, authority_id=council.authority_id, first=first, last=last))

    middle = BEGINS + timedelta(days=20)
    whole = days(BEGINS, BEGINS + timedelta(days=40))
    assert days(BEGINS, middle) + days(middle + timedelta(days=1), BEGINS + timedelta(days=40)) == whole
    clock.now = at(BEGINS, 18)  # its hours are over for today
    assert days(BEGINS, BEGINS) == []


def test_a_span_that_cant_be_is_refused(uow: UnitOfWork, council: Reminding) -> None:
    for first, last, why in (
        (BEGINS - timedelta(days=1), BEGINS, "is over"),
        (BEGINS, BEGINS - timedelta(days=1), "covers 1 to 400 days"),
        (BEGINS, BEGINS + timedelta(days=400), "covers 1 to 400 days"),
    ):
        with pytest.raises(Refused, match=why):
            simulate(uow, OPERATOR, authority_id=council.authority_id, first=first, last=last)
