"""Many write at once, each by a connection of its own: nobody meets an error, and of two on one return one is told."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from fractions import Fraction
from threading import Barrier
from typing import TypeVar

import invariants
import pytest
from sqlalchemy import func, select
from steps import BEGINS, OPERATOR, Ticking

from quarterday.db.engine import open_engine
from quarterday.db.models import Activity, DraftEntry, Entry, Return, Revision
from quarterday.db.work import Actor, UnitOfWork
from quarterday.errors import Refused
from quarterday.services.organisations import periods
from quarterday.services.organisations.people import add_user
from quarterday.services.organisations.suppliers import add_supplier
from quarterday.services.returns.drafts import save_entry
from quarterday.services.returns.reported import SomebodyElse
from quarterday.services.returns.submissions import submit
from quarterday.testing.builders import a_contract, a_supplier, an_authority, an_award

WRITERS = 64
GIFT = {"ref": "GIFTS", "quantity": "250.10", "words": "Given to the food bank."}
T = TypeVar("T")


@pytest.fixture
def laid_down(record_url: str) -> UnitOfWork:
    """A record whose clock goes on by itself."""
    engine = open_engine(record_url)
    yield UnitOfWork(engine, Ticking(BEGINS))
    engine.dispose()


def at_once(record_url: str, number: int, write: Callable[[UnitOfWork, int], T]) -> list[T]:
    """Run that many writers, each in a thread and with a connection of its own, beginning together."""
    start = Barrier(number)

    def run(writer: int) -> T:
        engine = open_engine(record_url)
        uow = UnitOfWork(engine, Ticking(BEGINS + timedelta(days=1, hours=writer)))
        engine.connect().close()  # all are there before the first begins
        start.wait()
        try:
            return write(uow, writer)
        finally:
            engine.dispose()

    with ThreadPoolExecutor(number) as threads:
        return list(threads.map(run, range(number)))


def returns(uow: UnitOfWork, number: int) -> tuple[Actor, list[int]]:
    """Returns of that many contracts of one supplier, and somebody who reports for it."""
    authority, lead = an_authority(uow), a_supplier(uow)
    for _ in range(number):
        an_award(uow, contract_id=a_contract(uow, authority_id=authority, supplier_id=lead))
    opened = periods.open_returns(uow, OPERATOR, authority_id=authority, on=date(2026, 4, 20))
    user = add_user(uow, OPERATOR, email="r@example.org", name="R. Porter", role="supplier", supplier_id=lead)
    return Actor(f"user/{user}", user_id=user, supplier_id=lead), [one.return_id for one in opened]


def test_64_writers_meet_no_error(laid_down: UnitOfWork, record_url: str) -> None:
    supplier, opened = returns(laid_down, WRITERS)
    fair = {
        "ref": "HOURS",
        "hours": "2",
        "attendees": "8",
        "activity": "Careers fair",
        "contract_share": f"1/{WRITERS}",
    }

    def report(uow: UnitOfWork, writer: int) -> int:
        seen = {"return_id": opened[writer], "seen_version": 0}
        for typed in (fair, GIFT):
            seen["seen_version"] = save_entry(uow, supplier, **seen, typed=typed).version
        add_supplier(uow, OPERATOR, name=f"Larch {writer}")
        return submit(uow, supplier, **seen, declared_as="finance manager").number

    assert at_once(record_url, WRITERS, report) == [1] * WRITERS
    with laid_down.read(OPERATOR) as work:
        assert work.connection.scalar(select(func.count(Revision.c.id))) == WRITERS
        assert work.connection.scalar(select(func.count(Activity.c.id))) == 1
        shares = work.all(select(Entry.c.share_numerator, Entry.c.share_denominator).where(Entry.c.ref == "HOURS"))
        assert sum(Fraction(*share) for share in shares) == 1
    assert invariants.broken(laid_down) == []


def test_of_shares_claimed_at_once_none_goes_over_the_whole(laid_down: UnitOfWork, record_url: str) -> None:
    supplier, opened = returns(laid_down, 4)
    fair = {"ref": "HOURS", "hours": "2", "attendees": "8", "activity": "Careers fair", "contract_share": "1/2"}
    for return_id in opened:
        save_entry(laid_down, supplier, return_id=return_id, seen_version=0, typed=fair)

    def report(uow: UnitOfWork, writer: int) -> str:
        try:
            submit(uow, supplier, return_id=opened[writer], seen_version=1, declared_as="finance manager")
        except Refused as why:
            return str(why)
        return "submitted"

    said = at_once(record_url, 4, report)
    assert said.count("submitted") == 2
    assert all("also claimed elsewhere" in one for one in said if one != "submitted")
    assert invariants.broken(laid_down) == []


@pytest.mark.parametrize("writers", [2, 8])
def test_of_several_on_one_return_one_wins_and_the_others_are_told(
    laid_down: UnitOfWork, record_url: str, writers: int
) -> None:
    supplier, (return_id,) = returns(laid_down, 1)

    def save(uow: UnitOfWork, writer: int) -> str:
        try:
            save_entry(uow, supplier, return_id=return_id, seen_version=0, typed=GIFT)
        except SomebodyElse as told:
            return str(told)
        return "saved"

    said = at_once(record_url, writers, save)
    assert said.count("saved") == 1
    told = "Somebody changed this return since you opened it, so nothing was saved:"
    assert sum(one.startswith(told) for one in said) == writers - 1
    with laid_down.read(OPERATOR) as work:
        assert work.one(select(func.count(DraftEntry.c.id))) == (1,)
        assert work.one(select(Return.c.draft_version)) == (1,)


def test_a_return_submitted_twice_at_once_is_submitted_once(laid_down: UnitOfWork, record_url: str) -> None:
    supplier, (return_id,) = returns(laid_down, 1)
    save_entry(laid_down, supplier, return_id=return_id, seen_version=0, typed=GIFT)

    def report(uow: UnitOfWork, writer: int) -> bool:
        try:
            submit(uow, supplier, return_id=return_id, seen_version=1, declared_as="finance manager")
        except SomebodyElse:
            return False
        return True

    assert sorted(at_once(record_url, 4, report)) == [False, False, False, True]
    assert invariants.broken(laid_down) == []
