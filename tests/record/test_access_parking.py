"""What somebody was sending when their session had ended waits for them, sealed, and for nobody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from quarterday.db.models import ParkedForm
from quarterday.db.work import UnitOfWork
from quarterday.services.access import parking, sessions
from quarterday.services.access.visits import Visit
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR
from quarterday.testing.clock import Clock

PAGE = "/returns/7/check"
TYPED = {"words": ["Two apprentices, “Ærø” & <b>"], "group": ["a", "b"]}


pytestmark = pytest.mark.usefixtures("secret_key")


@pytest.fixture
def cookie(uow: UnitOfWork) -> str:
    return somebody(uow)


def somebody(uow: UnitOfWork) -> str:
    return builders.a_session(uow, builders.a_user(uow, supplier_id=builders.a_supplier(uow))).cookie


def visit(uow: UnitOfWork, cookie: str) -> Visit:
    found = sessions.visit(uow, cookie)
    assert found is not None
    return found


def test_it_comes_back_to_its_writer_as_often_as_the_page_is_loaded(uow: UnitOfWork, cookie: str) -> None:
    assert parking.park(uow, cookie, PAGE, TYPED)
    for _ in range(2):
        assert parking.parked(uow, visit(uow, cookie), PAGE) == TYPED
    assert parking.parked(uow, visit(uow, cookie), "/returns/8/check") is None


def test_what_is_sent_again_takes_the_place_of_what_was_parked(uow: UnitOfWork, cookie: str) -> None:
    parking.park(uow, cookie, PAGE, TYPED)
    parking.park(uow, cookie, PAGE, {"words": ["later"]})
    assert parking.parked(uow, visit(uow, cookie), PAGE) == {"words": ["later"]}


def test_only_the_newest_few_of_a_person_are_kept(uow: UnitOfWork, cookie: str) -> None:
    for number in range(parking.MOST + 2):
        parking.park(uow, cookie, f"/returns/{number}/check", TYPED)
    kept = [number for number in range(9) if parking.parked(uow, visit(uow, cookie), f"/returns/{number}/check")]
    assert kept == [2, 3, 4, 5, 6]


def test_it_is_kept_no_longer_once_it_was_sent(uow: UnitOfWork, cookie: str) -> None:
    parking.park(uow, cookie, PAGE, TYPED)
    parking.clear(uow, visit(uow, cookie), PAGE)
    assert parking.parked(uow, visit(uow, cookie), PAGE) is None


def test_nobody_else_has_it(uow: UnitOfWork, cookie: str) -> None:
    parking.park(uow, cookie, PAGE, TYPED)
    assert parking.parked(uow, visit(uow, somebody(uow)), PAGE) is None


def test_the_database_alone_doesnt_tell(uow: UnitOfWork, cookie: str) -> None:
    parking.park(uow, cookie, PAGE, TYPED)
    with uow.read(OPERATOR) as work:
        (row,) = work.all(select(ParkedForm.c.sealed))
    assert "apprentices" not in row.sealed


def test_a_cookie_of_nobody_parks_nothing(uow: UnitOfWork) -> None:
    assert not parking.park(uow, "made up", PAGE, TYPED)


def test_it_waits_a_day(uow: UnitOfWork, cookie: str) -> None:
    clock = Clock(uow.clock())
    later = UnitOfWork(uow.engine, clock)
    found = visit(uow, cookie)
    parking.park(later, cookie, PAGE, TYPED)
    clock.now += parking.KEPT - timedelta(minutes=1)
    assert parking.parked(later, found, PAGE) == TYPED
    clock.now += timedelta(minutes=2)
    assert parking.parked(later, found, PAGE) is None
