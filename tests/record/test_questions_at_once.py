"""A question that is asked while the mail with the ones before it goes out is in that mail, or in one after it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from datetime import timedelta

import pytest
from sqlalchemy import select

from quarterday.db import outbox
from quarterday.db.models import OutboxRow, Review
from quarterday.db.outbox import Due, Ruling, State
from quarterday.db.work import UnitOfWork
from quarterday.services import words
from quarterday.services.returns import reviews, telling
from quarterday.services.returns.reported import reported
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR
from quarterday.testing.clock import Clock

GIFTS = {"ref": "GIFTS", "quantity": "250"}


def test_no_question_is_lost_between_two_mails(uow: UnitOfWork, clock: Clock) -> None:
    return_id = builders.a_return(uow)
    first, second = builders.a_submission(uow, GIFTS, {"ref": "ACCESS", "quantity": "40"}, return_id=return_id)
    reviews.query(uow, OPERATOR, entry_id=first, reason="Which food bank?")
    clock.now += timedelta(minutes=10)

    def taken() -> list[Due]:
        with uow.begin(OPERATOR) as work:
            return outbox.take(work, 10, OutboxRow.c.kind == "mail.query")

    with ThreadPoolExecutor(1) as thread:
        with uow.begin(OPERATOR) as work:
            asked = {"entry_id": second, "decision": "queried", "numerator": 0, "denominator": 1, "actor": "cli"}
            review_id = work.add(Review, **asked, words_id=words.keep(work, "How many?"))
            telling.ask(work, reported(work, return_id), review_id)
            taking = thread.submit(taken)
            with pytest.raises(NotYet):
                taking.result(0.5)
        (row,) = taking.result(20)
    with uow.read(OPERATOR) as work:
        assert telling.asked(work, return_id, row.payload["review_id"]) == [1, 2]
        assert work.connection.execute(select(OutboxRow.c.id).where(OutboxRow.c.kind == "mail.query")).all() == [
            (row.id,)
        ]


def test_two_who_ask_at_once_ask_in_one_mail(uow: UnitOfWork) -> None:
    return_id = builders.a_return(uow)
    entries = builders.a_submission(uow, GIFTS, {"ref": "ACCESS", "quantity": "40"}, return_id=return_id)
    with ThreadPoolExecutor(2) as threads:
        asking = [
            threads.submit(reviews.query, uow, OPERATOR, entry_id=entry_id, reason="Which?") for entry_id in entries
        ]
        done = sorted(one.result(20).review_id for one in asking)
    with uow.read(OPERATOR) as work:
        (row,) = work.all(select(OutboxRow.c.payload).where(OutboxRow.c.kind == "mail.query"))
        assert telling.asked(work, return_id, row.payload["review_id"]) == done


def test_who_asks_first_has_the_first_number_whoever_gets_ready_first(uow: UnitOfWork) -> None:
    return_id = builders.a_return(uow)
    first, second = builders.a_submission(uow, GIFTS, {"ref": "ACCESS", "quantity": "40"}, return_id=return_id)
    with ThreadPoolExecutor(1) as thread:
        with uow.begin(OPERATOR) as work:
            found = reported(work, return_id)
            telling.take_turn_to_ask(work, found)
            asking = thread.submit(reviews.query, uow, OPERATOR, entry_id=second, reason="How many?")
            with pytest.raises(NotYet):
                asking.result(0.5)
            asked = {"entry_id": first, "decision": "queried", "numerator": 0, "denominator": 1, "actor": "cli"}
            review_id = work.add(Review, **asked, words_id=words.keep(work, "Which food bank?"))
            telling.ask(work, found, review_id)
        asking.result(20)
    with uow.read(OPERATOR) as work:
        (row,) = work.all(select(OutboxRow.c.payload).where(OutboxRow.c.kind == "mail.query"))
        assert telling.asked(work, return_id, row.payload["review_id"]) == [1, 2]


@pytest.mark.parametrize("is_attempt", [True, False])
def test_a_mail_that_is_tried_again_takes_no_question_that_is_not_its_own(
    uow: UnitOfWork, clock: Clock, is_attempt: bool
) -> None:
    """Who had it already keeps its key; and the one after it, which told what was asked since, may be gone already."""
    return_id = builders.a_return(uow)
    cells = (GIFTS, {"ref": "ACCESS", "quantity": "40"}, {"ref": "WEEKS", "people": "1", "weeks": "3"})
    entries = builders.a_submission(uow, *cells, return_id=return_id)

    def delivered(ruling: Ruling) -> int:
        clock.now += timedelta(minutes=10)
        with uow.begin(OPERATOR) as work:
            (row,) = outbox.take(work, 10, OutboxRow.c.kind == "mail.query")
        if ruling.state is State.DUE:
            reviews.query(uow, OPERATOR, entry_id=entries[1], reason="How many?")
        with uow.begin(OPERATOR) as work:
            outbox.settle(work, row, ruling)
            told = telling.asked(work, return_id, row.payload["review_id"])
        return len(told)

    reviews.query(uow, OPERATOR, entry_id=entries[0], reason="Which food bank?")
    assert delivered(Ruling(State.DUE, wait=timedelta(days=1), is_attempt=is_attempt)) == 1
    assert delivered(Ruling(State.DONE)) == 1
    reviews.query(uow, OPERATOR, entry_id=entries[2], reason="Who trained them?")
    assert delivered(Ruling(State.DONE)) == 1
