"""A question that is asked while the mail with the ones before it goes out is in that mail, or in one after it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from datetime import timedelta

import pytest
from sqlalchemy import select

from quarterday.db import outbox
from quarterday.db.models import OutboxRow, Review
from quarterday.db.outbox import Due
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
