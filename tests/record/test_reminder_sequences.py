"""Whatever happens in whatever order: nobody hears of a return by one rung twice, or gets two mails on a day."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reminding import Reminding, a_contract, a_council, at, rows, said, ticked

from quarterday.db.engine import open_engine
from quarterday.db.models import METADATA
from quarterday.db.work import LONDON, Actor, UnitOfWork
from quarterday.domain.reminders import DEFAULT
from quarterday.errors import Refused
from quarterday.services.organisations import people, periods
from quarterday.services.organisations.bank_holidays import bank_holidays
from quarterday.services.promises import handovers
from quarterday.services.reminders.ladders import set_ladder
from quarterday.services.returns import submissions
from quarterday.services.returns.extensions import extend
from quarterday.services.returns.standing import returns
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR
from quarterday.testing.clock import Clock

STEPS = ("tick", "wait", "wait", "submit", "extend", "come", "leave", "hand over", "another ladder")


@pytest.fixture(autouse=True)
def secret_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUARTERDAY_SECRET_KEY", "k" * 32)


class Life:
    """A council to which things happen, each with a number that says how."""

    def __init__(self, uow: UnitOfWork, clock: Clock) -> None:
        self.uow, self.clock, self.council = uow, clock, a_council(uow)
        for rhythm in ("month", "quarter"):
            a_contract(uow, self.council, rhythm=rhythm)
        self.submitted: dict[int, date] = {}
        self.wait(0)

    @property
    def of(self) -> Reminding:
        return self.council

    def do(self, step: str, number: int) -> None:
        getattr(self, step.replace(" ", "_"))(number)
        ticked(self.uow, self.of)

    def tick(self, number: int) -> None:
        self.clock.forward(hours=number % 30)

    def wait(self, number: int) -> None:
        day = self.clock.now.astimezone(LONDON).date() + timedelta(days=number % 40)
        self.clock.now = max(self.clock.now, at(day))
        periods.open_returns(self.uow, OPERATOR, authority_id=self.of.authority_id, on=day)

    def submit(self, number: int) -> None:
        found = [one for one in returns(self.uow, OPERATOR) if one.id not in self.submitted]
        for one in found[number % 3 :: 3]:
            reporter = Actor("user", user_id=self.of.people[0], supplier_id=self.of.larch)
            how = {"seen_version": 0, "declared_as": "finance manager", "nothing_to_report": True}
            self._unless_refused(submissions.submit, reporter, return_id=one.id, **how)

    def extend(self, number: int) -> None:
        for one in returns(self.uow, OPERATOR):
            due = one.due + timedelta(days=number % 60 - 10)
            self._unless_refused(extend, OPERATOR, return_id=one.id, due=due, reason="They asked for it.")

    def come(self, number: int) -> None:
        builders.a_user(self.uow, supplier_id=self.of.larch)

    def leave(self, number: int) -> None:
        self._unless_refused(people.end_role, OPERATOR, user_id=self.of.people[1], supplier_id=self.of.larch)

    def hand_over(self, number: int) -> None:
        other = builders.a_user(self.uow, authority_id=self.of.authority_id)
        who = {"authority_id": self.of.authority_id, "leaving_id": self.of.manager, "entering_id": other}
        self._unless_refused(handovers.hand_over_all, OPERATOR, **who)

    def another_ladder(self, number: int) -> None:
        rungs = [{"to": one.to, "when": str(one.when)} for one in DEFAULT.rungs[number % 4 :]]
        data = {"rung": [*rungs, {"to": "supplier", "when": f"{number % 9 + 1} days after"}]}
        set_ladder(self.uow, OPERATOR, authority_id=self.of.authority_id, data=data)

    def _unless_refused(self, use_case: object, actor: Actor, **given: object) -> None:
        try:
            use_case(self.uow, actor, **given)  # type: ignore[operator]
        except Refused:
            return
        if use_case is submissions.submit:
            self.submitted[given["return_id"]] = self.clock.now  # type: ignore[index, assignment]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 1000)), min_size=6, max_size=14))
def test_nobody_hears_of_it_twice(tmp_path: Path, steps: list[tuple[str, int]]) -> None:
    file = tmp_path / "record.db"
    file.unlink(missing_ok=True)
    engine = open_engine(f"sqlite:///{file}")
    METADATA.create_all(engine)
    clock = Clock(at(date(2026, 7, 1)))
    uow = UnitOfWork(engine, clock)
    life = Life(uow, clock)
    for step, number in steps:
        life.do(step, number)
    told = said(uow)
    assert max(Counter((user, of, rung) for _, user, of, rung in told).values(), default=0) <= 1
    mails = Counter((row.recorded_at.astimezone(LONDON).date(), row.payload["user"]) for row in rows(uow))
    assert max(mails.values(), default=0) <= 1
    holidays = bank_holidays("england-and-wales")
    assert all(DEFAULT.is_sending(row.recorded_at.astimezone(LONDON), holidays) for row in rows(uow))
    late = [
        of
        for row in rows(uow)
        for of, _ in row.payload["returns"]
        if row.recorded_at > life.submitted.get(of, clock.now)
    ]
    assert not late, "a return that is in isn't asked for"
    engine.dispose()
