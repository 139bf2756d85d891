"""Saying of one measure that nothing was done: an answer of its own, which what is written for it replaces."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from quarterday.db.models import AuditRow, NothingDone
from quarterday.db.work import UnitOfWork
from quarterday.errors import NotThere, Refused
from quarterday.services.figures.for_review import for_review
from quarterday.services.figures.in_hand import Standing, in_hand
from quarterday.services.returns.nothing_done import say_nothing
from quarterday.services.returns.reported import SomebodyElse
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR
from quarterday.testing.clock import Clock

GIFT = {"ref": "GIFTS", "quantity": "250"}


@pytest.fixture
def return_id(uow: UnitOfWork) -> int:
    return builders.a_return(uow)


def stands(uow: UnitOfWork, return_id: int, ref: str) -> Standing:
    return in_hand(uow, OPERATOR, return_id=return_id).task(ref).standing


def test_it_answers_until_something_is_written_or_it_is_taken_back(uow: UnitOfWork, return_id: int) -> None:
    place = {"return_id": return_id}
    assert say_nothing(uow, OPERATOR, **place, seen_version=0, ref="WEEKS") == 1
    assert say_nothing(uow, OPERATOR, **place, seen_version=0, ref="WEEKS") == 1  # said twice, it is said once
    assert (stands(uow, return_id, "WEEKS"), stands(uow, return_id, "GIFTS")) == (
        Standing.NOTHING_DONE,
        Standing.NOT_STARTED,
    )
    builders.a_draft(uow, {"ref": "WEEKS", "quantity": "6"}, return_id=return_id)
    assert stands(uow, return_id, "WEEKS") is not Standing.NOTHING_DONE
    with pytest.raises(SomebodyElse):
        say_nothing(uow, OPERATOR, **place, seen_version=1, ref="WEEKS", is_nothing=False)
    assert say_nothing(uow, OPERATOR, **place, seen_version=2, ref="WEEKS", is_nothing=False) == 3
    with uow.read(OPERATOR) as work:
        said = select(NothingDone.c.is_nothing).order_by(NothingDone.c.id)
        assert [row.is_nothing for row in work.all(said)] == [True, False]
        audited = select(AuditRow.c.action, AuditRow.c.payload).where(AuditRow.c.action.like("measure.%"))
        assert [(row.action, row.payload["ref"]) for row in work.all(audited.order_by(AuditRow.c.id))] == [
            ("measure.nothing_done", "WEEKS"),
            ("measure.reopened", "WEEKS"),
        ]


def test_the_council_sees_it_once_the_return_is_submitted(uow: UnitOfWork, return_id: int) -> None:
    say_nothing(uow, OPERATOR, return_id=return_id, seen_version=0, ref="WEEKS")
    assert for_review(uow, OPERATOR, return_id=return_id).nothing_done == frozenset()
    builders.a_submission(uow, GIFT, return_id=return_id)
    found = for_review(uow, OPERATOR, return_id=return_id)
    assert found.nothing_done == {"WEEKS"}
    assert "WEEKS" in {one.ref for one in found.silent}
    assert stands(uow, return_id, "WEEKS") is Standing.NOTHING_DONE
    assert stands(uow, return_id, "ACCESS") is Standing.NOTHING


def test_it_is_refused_where_it_makes_no_sense(uow: UnitOfWork, return_id: int, clock: Clock) -> None:
    builders.a_draft(uow, GIFT, return_id=return_id)
    with pytest.raises(Refused, match="Something is written for “Gifts to charities”"):
        say_nothing(uow, OPERATOR, return_id=return_id, seen_version=1, ref="GIFTS")
    with pytest.raises(NotThere):
        say_nothing(uow, OPERATOR, return_id=return_id, seen_version=1, ref="NOSUCH")
    builders.a_submission(uow, return_id=return_id)
    with pytest.raises(Refused, match="was submitted as it is"):
        say_nothing(uow, OPERATOR, return_id=return_id, seen_version=2, ref="WEEKS")
    other = builders.a_return(uow)
    clock.now = datetime(2027, 6, 1, 9, tzinfo=UTC)
    with pytest.raises(Refused, match="closed on"):
        say_nothing(uow, OPERATOR, return_id=other, seen_version=0, ref="WEEKS")
    with uow.read(OPERATOR) as work:
        assert work.connection.scalar(select(func.count(NothingDone.c.id))) == 0
