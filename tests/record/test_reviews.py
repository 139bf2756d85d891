"""Reviews: what the council decides, with a reason, and what an acceptance is worth."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from quarterday.db.models import AuditRow, OutboxRow, Review, Valuation, Words
from quarterday.db.work import Actor, UnitOfWork
from quarterday.domain.contracts import MemberRole
from quarterday.errors import Refused
from quarterday.services.returns import reviews
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR

GIFT = {"ref": "GIFTS", "quantity": "250.10", "contract_share": "1/3"}
JOB = {"ref": "JOBS", "people": "1", "full_time_share": "1", "months": "3"}
SHORT = {"ref": "JOBS", "people": "1", "full_time_share": "1", "months": "12"}
STOCK = {"ref": "ACCESS", "quantity": "1"}


@pytest.fixture
def entries(uow: UnitOfWork) -> list[int]:
    """A gift, a job (which has no unit value), a job the rules leave undecided, and a stock, submitted."""
    return builders.a_submission(uow, GIFT, JOB, SHORT, STOCK, return_id=builders.a_return(uow))


def accept(uow: UnitOfWork, entry_id: int, **more: Any) -> reviews.Reviewed:
    return reviews.accept(uow, OPERATOR, entry_id=entry_id, **more)


def test_an_acceptance_is_what_the_rules_made_of_it_and_its_worth(uow: UnitOfWork, entries: list[int]) -> None:
    gift, job, undecided, stock = [accept(uow, entry) for entry in entries]
    worths = [done.worth for done in (gift, job, undecided, stock) if done.worth]
    assert [(one.micropounds, one.is_complete, one.unit_value) for one in worths] == [
        (83_366_667, True, "1"),
        (0, False, ""),
        (0, True, ""),
        (83_333_333, True, "83.3333333"),
    ]
    assert worths[1].reason.startswith("JOBS: no unit value in “round”")
    with uow.read(OPERATOR) as work:
        assert work.all(
            select(Review.c.decision, Review.c.numerator, Review.c.denominator, Review.c.pin_id).order_by(Review.c.id)
        ) == [("accepted", 2501, 10, 1), ("accepted", 1, 4, 1), ("accepted", 0, 1, 1), ("accepted", 1, 1, 1)]
        assert work.all(select(Valuation.c.micropounds).order_by(Valuation.c.id)) == [
            (worth.micropounds,) for worth in worths
        ]


@pytest.mark.parametrize(
    ("place", "quantity", "reason", "why"),
    [
        (0, "250.2", "", "more than was claimed"),
        (0, "100", " ", "Say why only a part counts"),
        (2, "1", "", "Say why more counts than the 0 by the rules"),
        (0, "-1", "", "negative"),
        (0, "NaN", "", "not a number"),
        (0, "1e400", "", "exponent"),
    ],
)
def test_what_cannot_be_accepted_is_refused(
    uow: UnitOfWork, entries: list[int], place: int, quantity: str, reason: str, why: str
) -> None:
    with pytest.raises(Refused, match=why):
        accept(uow, entries[place], quantity=quantity, reason=reason)
    with uow.read(OPERATOR) as work:
        assert work.connection.scalar(select(func.count(Review.c.id))) == 0


def test_a_part_is_accepted_with_its_reason_kept_apart(uow: UnitOfWork, entries: list[int]) -> None:
    done = accept(uow, entries[0], quantity="100", reason="The receipt is for 100.")
    assert done.worth
    assert done.worth.micropounds == 33_333_333
    with uow.read(OPERATOR) as work:
        words_id = select(Review.c.words_id).where(Review.c.id == done.review_id).scalar_subquery()
        assert work.one(select(Words.c.text).where(Words.c.id == words_id)) == ("The receipt is for 100.",)
        payloads = work.all(select(AuditRow.c.payload).where(AuditRow.c.action == "entry.accepted"))
    assert [row.payload for row in payloads] == [{"review": done.review_id, "quantity": [100, 1]}]


def test_pounds_are_accepted_as_people_type_them(uow: UnitOfWork, entries: list[int]) -> None:
    done = accept(uow, entries[0], quantity="£250.00", reason="The receipt is for 250.")
    assert done.worth
    assert done.worth.micropounds == 83_333_333
    with pytest.raises(Refused, match="more than one way"):
        accept(uow, entries[0], quantity="1.250,00", reason="The receipt.")


def test_the_newest_decision_counts(uow: UnitOfWork, entries: list[int]) -> None:
    accept(uow, entries[0])
    reviews.query(uow, OPERATOR, entry_id=entries[0], reason="Which food bank?")
    reviews.answer(uow, OPERATOR, entry_id=entries[0], text="The one at the station.")
    reviews.reject(uow, OPERATOR, entry_id=entries[1], reason="Outside the area.")
    with uow.read(OPERATOR) as work:
        assert reviews.decisions(work, entries) == {entries[0]: "queried", entries[1]: "rejected"}
        assert work.all(select(OutboxRow.c.kind).where(OutboxRow.c.kind == "mail.query")) == [("mail.query",)]
    accept(uow, entries[0])
    with uow.read(OPERATOR) as work:
        assert reviews.decisions(work, entries)[entries[0]] == "accepted"


@pytest.mark.parametrize("decide", [reviews.query, reviews.reject])
def test_who_asks_or_rejects_says_why(uow: UnitOfWork, entries: list[int], decide: Any) -> None:
    with pytest.raises(Refused, match="the supplier reads it"):
        decide(uow, OPERATOR, entry_id=entries[0], reason="\n")


def test_an_answer_sent_twice_is_said_once(uow: UnitOfWork, entries: list[int]) -> None:
    reviews.query(uow, OPERATOR, entry_id=entries[0], reason="Which food bank?")
    first = reviews.answer(uow, OPERATOR, entry_id=entries[0], text="The one at the station.")
    assert reviews.answer(uow, OPERATOR, entry_id=entries[0], text=" The one at the station. ") == first
    more = reviews.answer(uow, OPERATOR, entry_id=entries[0], text="In May.")
    assert more != first
    assert reviews.answer(uow, OPERATOR, entry_id=entries[0], text="The one at the station.") != first


def test_only_an_open_query_is_answered_and_in_words(uow: UnitOfWork, entries: list[int]) -> None:
    with pytest.raises(Refused, match="no open query"):
        reviews.answer(uow, OPERATOR, entry_id=entries[0], text="It was in May.")
    reviews.query(uow, OPERATOR, entry_id=entries[0], reason="When?")
    with pytest.raises(Refused, match="Write your answer"):
        reviews.answer(uow, OPERATOR, entry_id=entries[0], text=" ")


def test_nobody_decides_on_what_was_replaced(uow: UnitOfWork, entries: list[int]) -> None:
    reviews.query(uow, OPERATOR, entry_id=entries[0], reason="When?")
    builders.a_draft(uow, GIFT, return_id=1, replaces_entry_id=entries[0])
    builders.a_submission(uow, return_id=1)
    with pytest.raises(Refused, match="replaced by a newer one"):
        accept(uow, entries[0])


def test_a_worth_too_large_to_keep_is_refused(uow: UnitOfWork) -> None:
    (entry,) = builders.a_submission(
        uow, {"ref": "WEEKS", "people": "999999999999", "weeks": "99"}, return_id=builders.a_return(uow)
    )
    with pytest.raises(Refused, match="worth more than can be kept"):
        accept(uow, entry)


@pytest.mark.parametrize("decide", [reviews.accept, reviews.query, reviews.reject])
def test_a_supplier_decides_nothing(uow: UnitOfWork, entries: list[int], decide: Any) -> None:
    reason = {} if decide is reviews.accept else {"reason": "It is right."}
    with pytest.raises(Refused, match="Only the council"):
        decide(uow, Actor("user/1", supplier_id=1), entry_id=entries[0], **reason)


@pytest.mark.parametrize("entry_id", [1, 99])
def test_an_entry_elsewhere_looks_like_none(uow: UnitOfWork, entries: list[int], entry_id: int) -> None:
    stranger = Actor("user/1", authority_id=builders.an_authority(uow), role=MemberRole.ADMINISTRATOR)
    for decide in (reviews.accept, reviews.query, reviews.reject):
        reason = {} if decide is reviews.accept else {"reason": "It is right."}
        with pytest.raises(Refused, match="There is no such entry"):
            decide(uow, stranger, entry_id=entry_id, **reason)  # type: ignore[operator]
