"""Returns: drafts that lose nothing, submissions that are frozen, and only what was queried ever replaced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from quarterday.db.models import AuditRow, DraftEntry, Entry, OutboxRow, Return, Revision, Words
from quarterday.db.work import Actor, UnitOfWork
from quarterday.domain.catalogue import RuleData
from quarterday.errors import Refused
from quarterday.services import words
from quarterday.services.returns import drafts, reviews, submissions
from quarterday.services.returns.reported import SomebodyElse
from quarterday.services.returns.submissions import NotReady
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR
from quarterday.testing.clock import Clock

GIFT = {"ref": "GIFTS", "quantity": "250.10", "words": "Given to the food bank."}
HIRE = {"ref": "JOBS", "people": "1", "full_time_share": "1", "months": "3", "activity": "Hire 3"}


def save(uow: UnitOfWork, return_id: int, typed: Mapping[str, str], **more: Any) -> drafts.Saved:
    seen = more.pop("seen_version", None)
    seen = builders.version_of(uow, return_id=return_id) if seen is None else seen
    return drafts.save_entry(uow, OPERATOR, return_id=return_id, seen_version=seen, typed=typed, **more)


def submit(uow: UnitOfWork, return_id: int, **more: Any) -> submissions.Submitted:
    person = Actor("user/1", user_id=builders.a_user(uow, authority_id=1), is_operator=True)
    given = {"seen_version": builders.version_of(uow, return_id=return_id), "declared_as": "finance manager", **more}
    return submissions.submit(uow, person, return_id=return_id, **given)


def how_many(uow: UnitOfWork, table: Any) -> int:
    with uow.read(OPERATOR) as work:
        return int(work.connection.scalar(select(func.count()).select_from(table)) or 0)


def rows(uow: UnitOfWork, *columns: Any) -> list[Any]:
    with uow.read(OPERATOR) as work:
        return work.all(select(*columns).order_by(columns[0]))


@pytest.fixture
def return_id(uow: UnitOfWork) -> int:
    """The open return of July to September 2026."""
    return builders.a_return(uow)


class TestDrafts:
    def test_what_is_wrong_is_told_and_kept_as_typed(self, uow: UnitOfWork, return_id: int) -> None:
        saved = save(uow, return_id, {"ref": "gifts", "quantity": "250,10", "words": "To the food bank."})
        assert [problem.field for problem in saved.problems] == ["quantity"]
        with uow.read(OPERATOR) as work:
            (draft,) = drafts.drafts_of(work, return_id)
        assert draft.typed == {"ref": "GIFTS", "quantity": "250,10", "words": "To the food bank.", "activity": ""}

    def test_words_stand_apart_from_the_cells(self, uow: UnitOfWork, return_id: int) -> None:
        save(uow, return_id, GIFT)
        assert rows(uow, DraftEntry.c.id, DraftEntry.c.typed) == [(1, {"quantity": "250.10"})]
        ((text,),) = rows(uow, Words.c.text)
        assert words.fields_of(text) == {"words": "Given to the food bank."}
        assert all("food bank" not in str(payload) for _, payload in rows(uow, AuditRow.c.id, AuditRow.c.payload))

    def test_saving_again_replaces_the_draft(self, uow: UnitOfWork, return_id: int) -> None:
        first = save(uow, return_id, GIFT)
        second = save(uow, return_id, GIFT | {"quantity": "300"}, draft_id=first.draft_id)
        assert (second.draft_id, second.version) == (first.draft_id, first.version + 1)
        assert rows(uow, DraftEntry.c.id, DraftEntry.c.typed) == [(first.draft_id, {"quantity": "300"})]

    def test_of_two_writers_the_second_is_told_and_nothing_is_saved(self, uow: UnitOfWork, return_id: int) -> None:
        seen = builders.version_of(uow, return_id=return_id)
        save(uow, return_id, GIFT, seen_version=seen)
        with pytest.raises(SomebodyElse, match="look at it again"):
            save(uow, return_id, GIFT | {"quantity": "1"}, seen_version=seen)
        assert how_many(uow, DraftEntry) == 1

    @pytest.mark.parametrize(
        ("typed", "more", "why"),
        [
            ({"ref": "NT99"}, {}, "no measure"),
            ({}, {}, "no measure"),
            (GIFT, {"draft_id": 99}, "no such entry"),
            (GIFT, {"replaces_entry_id": 99}, "not in this return"),
            (GIFT, {"late_period_id": 99}, "choose a past one"),
            (GIFT, {"late_period_id": 1}, "choose a past one"),
        ],
    )
    def test_what_cannot_be_a_draft_is_refused(
        self, uow: UnitOfWork, return_id: int, typed: dict[str, str], more: dict[str, int], why: str
    ) -> None:
        with pytest.raises(Refused, match=why):
            save(uow, return_id, typed, **more)
        assert how_many(uow, DraftEntry) == 0
        assert builders.version_of(uow, return_id=return_id) == 0

    def test_a_draft_can_be_taken_away(self, uow: UnitOfWork, return_id: int) -> None:
        saved = save(uow, return_id, GIFT)
        after = drafts.remove_entry(
            uow, OPERATOR, return_id=return_id, seen_version=saved.version, draft_id=saved.draft_id
        )
        assert (after, how_many(uow, DraftEntry)) == (saved.version + 1, 0)
        with pytest.raises(Refused, match="no such entry"):
            drafts.remove_entry(uow, OPERATOR, return_id=return_id, seen_version=after, draft_id=saved.draft_id)

    def test_nothing_new_goes_in_once_the_period_is_closed(self, uow: UnitOfWork, clock: Clock, return_id: int) -> None:
        clock.now = datetime(2026, 12, 29, 23, 30, tzinfo=UTC)  # the 90th day after 30 September
        save(uow, return_id, GIFT)
        clock.forward(minutes=31)
        with pytest.raises(Refused, match="closed on 29 December 2026: put it in the next return as a late claim"):
            save(uow, return_id, GIFT)
        with pytest.raises(Refused, match="closed"):
            submit(uow, return_id)

    def test_somebody_elses_return_does_not_exist(self, uow: UnitOfWork, return_id: int) -> None:
        other = Actor("user/9", supplier_id=builders.a_supplier(uow))
        with pytest.raises(Refused, match="There is no such return"):
            drafts.save_entry(uow, other, return_id=return_id, seen_version=0, typed=GIFT)


class TestSubmitting:
    def test_the_drafts_become_entries_frozen_in_a_revision(self, uow: UnitOfWork, return_id: int) -> None:
        save(uow, return_id, GIFT)
        save(uow, return_id, HIRE | {"contract_share": "1/3"})
        receipt = submit(uow, return_id)
        assert (receipt.number, receipt.reference) == (1, f"QD-{receipt.revision_id:06}-1")
        assert how_many(uow, DraftEntry) == 0
        assert rows(
            uow, Entry.c.ref, Entry.c.numerator, Entry.c.denominator, Entry.c.share_denominator, Entry.c.value_day
        ) == [
            ("GIFTS", 2501, 10, 1, date(2026, 9, 30)),
            ("JOBS", 1, 4, 3, date(2026, 9, 30)),
        ]
        with uow.read(OPERATOR) as work:
            entries = submissions.entries_now(work, return_id)
            assert receipt.digest == submissions.digest_of_revision(work, entries, return_id, 1, False)
            assert work.one(select(OutboxRow.c.payload).where(OutboxRow.c.kind == "mail.receipt")) == (
                {"revision_id": receipt.revision_id},
            )

    def test_a_digest_outlives_the_words_and_notices_any_fact(self, uow: UnitOfWork, return_id: int) -> None:
        save(uow, return_id, GIFT)
        receipt = submit(uow, return_id)
        with uow.begin(OPERATOR) as work:
            entries = submissions.entries_now(work, return_id)
            (kept,) = work.all(select(Words.c.id))
            words.erase(work, kept.id)
            assert work.one(select(Words.c.text, Words.c.salt)) == (None, None)
            assert submissions.digest_of_revision(work, entries, return_id, 1, False) == receipt.digest
            work.connection.execute(Entry.update().values(numerator=2502))
            assert submissions.digest_of_revision(work, entries, return_id, 1, False) != receipt.digest

    def test_every_cell_to_put_right_is_named_and_nothing_is_submitted(self, uow: UnitOfWork, return_id: int) -> None:
        one = save(uow, return_id, {"ref": "GIFTS", "quantity": "1e400"}).draft_id
        two = save(uow, return_id, {"ref": "WEEKS", "people": "2"}).draft_id
        with pytest.raises(NotReady, match="2 answers must be put right") as told:
            submit(uow, return_id)
        assert [problem.key for problem in told.value.problems] == [f"draft {one}, quantity", f"draft {two}, weeks"]
        assert (how_many(uow, Entry), how_many(uow, Revision), how_many(uow, DraftEntry)) == (0, 0, 2)

    @pytest.mark.parametrize("quantity", ["-5", "NaN", "1e400", "12,5", "٣", "1234567890123", "999999999999.999999999"])
    def test_no_absurd_quantity_is_submitted(self, uow: UnitOfWork, return_id: int, quantity: str) -> None:
        save(uow, return_id, GIFT | {"quantity": quantity})
        with pytest.raises(NotReady):
            submit(uow, return_id)
        assert how_many(uow, Entry) == 0

    def test_an_empty_return_says_so(self, uow: UnitOfWork, return_id: int) -> None:
        with pytest.raises(Refused, match="say that there is nothing to report"):
            submit(uow, return_id)
        submit(uow, return_id, nothing_to_report=True)
        with pytest.raises(Refused, match="Nothing has changed"):
            submit(uow, return_id, nothing_to_report=True)
        with pytest.raises(Refused, match="Nothing has changed"):
            submit(uow, return_id)
        save(uow, return_id, GIFT)
        with pytest.raises(Refused, match="there is something to report"):
            submit(uow, return_id, nothing_to_report=True)
        submit(uow, return_id)
        assert rows(uow, Revision.c.number, Revision.c.is_nothing_to_report) == [(1, True), (2, False)]

    def test_it_is_declared_in_a_role_by_a_person(self, uow: UnitOfWork, return_id: int) -> None:
        save(uow, return_id, GIFT)
        with pytest.raises(Refused, match="in which role"):
            submit(uow, return_id, declared_as="  ")
        with pytest.raises(Refused, match="declared by a person"):
            submissions.submit(uow, OPERATOR, return_id=return_id, seen_version=1, declared_as="finance manager")

    def test_who_has_not_seen_the_newest_does_not_submit_it(self, uow: UnitOfWork, return_id: int) -> None:
        save(uow, return_id, GIFT)
        with pytest.raises(SomebodyElse):
            submit(uow, return_id, seen_version=0)
        assert how_many(uow, Revision) == 0


class TestReplacing:
    @pytest.fixture
    def submitted(self, uow: UnitOfWork, return_id: int) -> list[int]:
        return builders.a_submission(uow, GIFT, HIRE, return_id=return_id)

    def test_only_what_was_queried_is_replaced_and_the_rest_stays(
        self, uow: UnitOfWork, return_id: int, submitted: list[int]
    ) -> None:
        gift, hire = submitted
        reviews.accept(uow, OPERATOR, entry_id=hire)
        reviews.query(uow, OPERATOR, entry_id=gift, reason="Which food bank?")
        save(uow, return_id, GIFT | {"quantity": "200"}, replaces_entry_id=gift)
        assert submit(uow, return_id).number == 2
        with uow.read(OPERATOR) as work:
            kept, newer = submissions.entries_now(work, return_id)
            assert kept == hire
            assert work.one(select(Entry.c.replaces_entry_id).where(Entry.c.id == newer)) == (gift,)
        with pytest.raises(Refused, match="replaced already"):
            save(uow, return_id, GIFT, replaces_entry_id=gift)

    @pytest.mark.parametrize("decide", [None, reviews.accept, reviews.reject])
    @pytest.mark.parametrize("is_late", [True, False])
    def test_what_was_not_queried_is_not(
        self, uow: UnitOfWork, return_id: int, submitted: list[int], decide: Any, is_late: bool
    ) -> None:
        if decide:
            decide(uow, OPERATOR, entry_id=submitted[0], reason="As it is.")
        late = {"late_period_id": _past(uow, return_id)} if is_late else {}
        with pytest.raises(Refused, match="Only what was queried can change now"):
            save(uow, return_id, GIFT, replaces_entry_id=submitted[0], **late)

    def test_a_query_settled_before_the_answer_came_is_settled(
        self, uow: UnitOfWork, return_id: int, submitted: list[int]
    ) -> None:
        reviews.query(uow, OPERATOR, entry_id=submitted[0], reason="Which food bank?")
        save(uow, return_id, GIFT | {"quantity": "200"}, replaces_entry_id=submitted[0])
        reviews.accept(uow, OPERATOR, entry_id=submitted[0])
        with pytest.raises(Refused, match="replaced once, while it is queried"):
            submit(uow, return_id)

    def test_one_entry_has_one_successor(self, uow: UnitOfWork, return_id: int, submitted: list[int]) -> None:
        reviews.query(uow, OPERATOR, entry_id=submitted[0], reason="Which food bank?")
        saved = save(uow, return_id, GIFT, replaces_entry_id=submitted[0])
        with pytest.raises(Refused, match="change that draft"):
            save(uow, return_id, GIFT, replaces_entry_id=submitted[0])
        save(uow, return_id, GIFT | {"quantity": "1"}, replaces_entry_id=submitted[0], draft_id=saved.draft_id)
        with uow.begin(OPERATOR) as work:
            work.add(
                DraftEntry, return_id=return_id, replaces_entry_id=submitted[0], ref="GIFTS", typed={"quantity": "2"}
            )
        with pytest.raises(Refused, match="replaced once"):
            submit(uow, return_id)

    def test_nothing_new_is_added_to_a_submitted_return(
        self, uow: UnitOfWork, return_id: int, submitted: list[int]
    ) -> None:
        save(uow, return_id, GIFT)
        with pytest.raises(Refused, match="make it a late claim in the next return"):
            submit(uow, return_id)

    def test_a_query_is_answered_after_the_period_closed_too(
        self, uow: UnitOfWork, clock: Clock, return_id: int, submitted: list[int]
    ) -> None:
        clock.now = datetime(2027, 3, 1, tzinfo=UTC)
        reviews.query(uow, OPERATOR, entry_id=submitted[0], reason="Which food bank?")
        save(uow, return_id, GIFT | {"quantity": "200"}, replaces_entry_id=submitted[0])
        assert submit(uow, return_id).number == 2
        with pytest.raises(Refused, match="closed"):
            save(uow, return_id, GIFT)


class TestLateClaims:
    def test_it_is_an_entry_of_its_own_with_the_past_periods_dates(self, uow: UnitOfWork, return_id: int) -> None:
        builders.a_draft(uow, GIFT, return_id=return_id, late_period_id=_past(uow, return_id))
        (entry,) = builders.a_submission(uow, return_id=return_id)
        assert rows(
            uow, Entry.c.id, Entry.c.return_id, Entry.c.first, Entry.c.last, Entry.c.is_late, Entry.c.value_day
        ) == [(entry, return_id, date(2026, 4, 1), date(2026, 6, 30), True, date(2026, 6, 30))]

    def test_it_can_be_added_after_the_return_was_submitted(self, uow: UnitOfWork, return_id: int) -> None:
        builders.a_submission(uow, GIFT, return_id=return_id)
        builders.a_draft(uow, GIFT, return_id=return_id, late_period_id=_past(uow, return_id))
        assert len(builders.a_submission(uow, return_id=return_id)) == 2

    def test_it_is_for_a_period_of_this_contract(self, uow: UnitOfWork, return_id: int) -> None:
        other = builders.a_return(uow, on=date(2026, 4, 20))
        with pytest.raises(Refused, match="a period of this contract"):
            save(uow, return_id, GIFT, late_period_id=_period(uow, other))

    def test_the_last_return_stays_open_for_what_may_count_later(self, uow: UnitOfWork, clock: Clock) -> None:
        completed = RuleData(rule="completed", measures=("WEEKS",))
        edition = builders.a_catalogue()
        edition = replace(edition, rules=(*edition.rules, completed))
        contract_id = builders.an_award(
            uow,
            contract_id=builders.a_contract(uow, ends=date(2026, 9, 30)),
            edition=edition,
            value_set=builders.a_value_set(),
        )
        last = builders.a_return(uow, contract_id=contract_id)
        clock.now = datetime(2027, 6, 1, tzinfo=UTC)
        save(uow, last, {"ref": "WEEKS", "people": "2", "weeks": "6", "is_completed": "yes"})
        with pytest.raises(Refused, match="closed"):
            save(uow, last, GIFT)
        submit(uow, last)


def _past(uow: UnitOfWork, return_id: int) -> int:
    """The id of the quarter before a return's own, which is opened for its contract."""
    with uow.read(OPERATOR) as work:
        contract_id = work.connection.execute(select(Return.c.contract_id).where(Return.c.id == return_id)).scalar_one()
    return _period(uow, builders.a_return(uow, contract_id=contract_id, on=date(2026, 4, 20)))


def _period(uow: UnitOfWork, return_id: int) -> int:
    with uow.read(OPERATOR) as work:
        return work.connection.execute(select(Return.c.period_id).where(Return.c.id == return_id)).scalar_one()
