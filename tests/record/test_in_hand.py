"""A return in its supplier's hand: figures as the council sees them, what is written and decided."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction as F

import pytest
from council import ENDS

from quarterday.db.engine import open_engine
from quarterday.db.work import Actor, UnitOfWork
from quarterday.domain.catalogue import RuleData
from quarterday.domain.counting.findings import Effect
from quarterday.errors import Refused
from quarterday.services.figures.as_at import Wanted
from quarterday.services.figures.delivery import delivery
from quarterday.services.figures.in_hand import InHand, Standing, in_hand
from quarterday.services.figures.my_returns import Turn, my_returns
from quarterday.services.organisations import periods
from quarterday.services.promises import ends
from quarterday.services.returns import reviews
from quarterday.services.returns.standing import returns
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR
from quarterday.testing.clock import Clock

GIFT = {"ref": "GIFTS", "quantity": "250.10", "words": "Given to the food bank."}
HIRE = {"ref": "JOBS", "people": "2", "full_time_share": "0.5", "months": "3", "activity": "Hire 3"}


@pytest.fixture
def story(council_url: str) -> Iterator[UnitOfWork]:
    """A record with a whole council in it."""
    engine = open_engine(council_url)
    yield UnitOfWork(engine, Clock(ENDS))
    engine.dispose()


@pytest.fixture
def return_id(uow: UnitOfWork) -> int:
    """The open return of July to September 2026."""
    return builders.a_return(uow)


def hand(uow: UnitOfWork, return_id: int, ref: str | None = None) -> InHand:
    return in_hand(uow, OPERATOR, return_id=return_id, ref=ref)


class TestQuantities:
    def test_they_are_those_the_council_sees(self, story: UnitOfWork) -> None:
        seen = 0
        for one in returns(story, OPERATOR):
            shown = hand(story, one.id)
            before = shown.past[0][1] if shown.past else None
            with story.read(OPERATOR) as work:
                whole = {f.measure.ref: f for f in delivery(work, Wanted(contract_id=one.contract_id))}
                within = (before.first, before.last) if before else (date.min, date.min)
                part = {f.measure.ref: f for f in delivery(work, Wanted(contract_id=one.contract_id, within=within))}
            for task in shown.tasks:
                quantities, same = task.quantities, whole[task.measure.ref]
                assert (quantities.promised or 0) == same.committed.quantity
                assert (quantities.due or 0) == same.due.quantity
                assert (quantities.accepted or 0) == same.accepted.quantity
                assert (quantities.opening or 0) == same.opening.quantity
                if before and (last := part.get(task.measure.ref)):
                    assert (quantities.before_claimed or 0) == last.claimed.quantity
                    assert (quantities.before_accepted or 0) == last.accepted.quantity
                    seen += bool(last.claimed.quantity)
                alone = hand(story, one.id, task.measure.ref).task(task.measure.ref)
                assert alone.quantities == quantities
        assert seen > 3

    def test_this_periods_target_stands_beside_what_is_due(self, uow: UnitOfWork, return_id: int) -> None:
        found = hand(uow, return_id).task("WEEKS").quantities
        assert (found.promised, found.due, found.in_period) == (400, 50, 50)
        assert (found.accepted, found.before_claimed) == (None, None)


class TestWriting:
    def test_what_is_promised_is_a_task_and_the_rest_can_be_added(self, uow: UnitOfWork, return_id: int) -> None:
        found = hand(uow, return_id)
        assert {task.measure.ref: task.standing for task in found.tasks} == dict.fromkeys(
            ("JOBS", "WEEKS", "GIFTS", "ACCESS"), Standing.NOT_STARTED
        )
        assert [measure.ref for measure in found.others] == ["SPEND", "HOURS", "INVESTED", "WASTE", "POLICY"]
        assert (found.period.name, found.due, found.is_open) == ("2026/27 Q2", date(2026, 10, 30), True)

    def test_an_entry_is_counted_as_it_would_be_when_submitted(self, uow: UnitOfWork, return_id: int) -> None:
        builders.a_draft(uow, HIRE, return_id=return_id)
        builders.a_draft(uow, GIFT | {"quantity": "12,5"}, return_id=return_id)
        found = hand(uow, return_id)
        hire, gift = found.lines
        assert hire.counted
        assert (hire.number, hire.counted.quantity, hire.problems) == (1, F(1, 4), ())
        assert (gift.counted, [problem.field for problem in gift.problems]) == (None, ["quantity"])
        assert found.task("JOBS").standing is Standing.READY
        assert found.task("GIFTS").standing is Standing.TO_PUT_RIGHT
        assert found.version == 2

    def test_a_doubtful_claim_asks_and_says_where_to_answer(self, uow: UnitOfWork) -> None:
        edition = builders.a_catalogue()
        rules = (
            RuleData(rule="completed", measures=("WEEKS",)),
            RuleData(rule="once", measures=("JOBS", "WEEKS"), numbers={"of": "same person"}),
        )
        contract_id = builders.an_award(uow, edition=replace(edition, rules=(*edition.rules, *rules)))
        return_id = builders.a_return(uow, contract_id=contract_id)
        builders.a_draft(uow, HIRE, return_id=return_id)
        builders.a_draft(uow, {"ref": "WEEKS", "people": "1", "weeks": "6"}, return_id=return_id)
        found = hand(uow, return_id)
        assert (found.task("JOBS").standing, found.task("WEEKS").standing) == (Standing.READY, Standing.ASKED)
        line = found.task("WEEKS").lines[0]
        assert [(finding.effect, field) for finding, field in line.asks] == [
            (Effect.ASK, "is_completed"),
            (Effect.ASK, "counted_once"),
        ]
        assert "counted_once" in line.asked
        assert "counted_once" not in hand(uow, return_id).task("WEEKS").asked

    def test_a_late_claim_keeps_the_id_of_its_period(self, uow: UnitOfWork, return_id: int) -> None:
        contract_id = hand(uow, return_id).contract_id
        builders.a_return(uow, contract_id=contract_id, on=date(2026, 5, 1))
        ((period_id, period),) = hand(uow, return_id).past
        builders.a_draft(uow, GIFT, return_id=return_id, late_period_id=period_id)
        (line,) = hand(uow, return_id).lines
        assert (line.late_period_id, line.draft.late_period) == (period_id, period)


class TestDecided:
    def test_each_entry_says_what_was_decided_and_why(self, uow: UnitOfWork, return_id: int) -> None:
        gift, hire = builders.a_submission(uow, GIFT, HIRE | {"contract_share": "1/2"}, return_id=return_id)
        assert {task.standing for task in hand(uow, return_id).tasks} == {Standing.SUBMITTED, Standing.NOTHING}
        reviews.query(uow, OPERATOR, entry_id=gift, reason="Which food bank?")
        reviews.accept(uow, OPERATOR, entry_id=hire)
        found = hand(uow, return_id)
        asked = found.entry(gift)
        assert (asked.decision, asked.talk[-1].words, asked.typed["words"]) == (
            "queried", "Which food bank?", "Given to the food bank.",
        )  # fmt: skip
        assert found.entry(hire).accepted == F(1, 8)
        assert (found.task("GIFTS").standing, found.task("JOBS").standing) == (Standing.QUERIED, Standing.ACCEPTED)
        reviews.answer(uow, OPERATOR, entry_id=gift, text="The one in Mill Lane.")
        assert hand(uow, return_id).task("GIFTS").standing is Standing.ANSWERED
        draft = builders.a_draft(uow, GIFT | {"quantity": "200"}, return_id=return_id, replaces_entry_id=gift)
        assert hand(uow, return_id).entry(gift).answering == draft
        assert hand(uow, return_id).task("GIFTS").standing is Standing.READY

    def test_nothing_is_added_beside_what_was_submitted(self, uow: UnitOfWork, clock: Clock, return_id: int) -> None:
        assert hand(uow, return_id).task("GIFTS").is_open
        builders.a_submission(uow, GIFT, return_id=return_id)
        assert not hand(uow, return_id).task("GIFTS").is_open
        clock.now = datetime(2027, 3, 1, tzinfo=UTC)
        assert not hand(uow, return_id).is_open

    def test_somebody_elses_return_is_not_there(self, uow: UnitOfWork, return_id: int) -> None:
        other = Actor("user/9", supplier_id=builders.a_supplier(uow))
        with pytest.raises(Refused, match="There is no such return"):
            in_hand(uow, other, return_id=return_id)
        with pytest.raises(Refused, match="no such measure"):
            hand(uow, return_id, "NT99")
        with pytest.raises(Refused, match="no such entry"):
            hand(uow, return_id).entry(99)
        with pytest.raises(Refused, match="no such entry"):
            hand(uow, return_id).line(99)


class TestMyReturns:
    def test_they_come_by_whose_turn_it_is(self, uow: UnitOfWork, clock: Clock) -> None:
        supplier = builders.a_supplier(uow)
        authority = builders.an_authority(uow)
        mine = [builders.a_contract(uow, authority_id=authority, supplier_id=supplier) for _ in range(4)]
        for contract_id in mine:
            builders.an_award(uow, contract_id=contract_id)
        builders.a_return(uow, contract_id=builders.an_award(uow))
        asked, sent, nothing, late = [builders.a_return(uow, contract_id=contract_id) for contract_id in mine]
        (entry,) = builders.a_submission(uow, GIFT, return_id=asked)
        reviews.query(uow, OPERATOR, entry_id=entry, reason="Which food bank?")
        builders.a_submission(uow, GIFT, return_id=sent)
        (done,) = builders.a_submission(uow, GIFT, return_id=nothing)
        reviews.accept(uow, OPERATOR, entry_id=done)
        clock.now = datetime(2026, 11, 1, 12, tzinfo=UTC)
        periods.open_returns(uow, OPERATOR, authority_id=authority, on=date(2026, 11, 1))
        actor = Actor("user/1", supplier_id=supplier)
        found = my_returns(uow, actor)
        assert [(one.listed.id, one.turn) for one in found[:2]] == [(asked, Turn.QUERIED), (late, Turn.LATE)]
        assert [one.turn for one in found[2:]] == [*[Turn.DUE] * 4, Turn.WITH_COUNCIL, Turn.DONE]
        assert found[0].title.startswith("Grounds maintenance")
        assert found[0].authority.startswith("Exampleshire")
        clock.now = datetime(2027, 1, 20, 12, tzinfo=UTC)
        assert {one.listed.id: one.turn for one in my_returns(uow, actor)}[late] is Turn.MISSED

    def test_what_is_answered_is_with_the_council_until_it_asks_again(self, uow: UnitOfWork) -> None:
        contract_id = builders.an_award(uow)
        return_id = builders.a_return(uow, contract_id=contract_id)
        actor = builders.a_reporter(uow, contract_id=contract_id)
        first, second = builders.a_submission(uow, GIFT, HIRE, return_id=return_id)

        def turn() -> Turn:
            return {one.listed.id: one.turn for one in my_returns(uow, actor)}[return_id]

        for entry in (first, second):
            reviews.query(uow, OPERATOR, entry_id=entry, reason="Which food bank?")
        reviews.answer(uow, actor, entry_id=first, text="The one in Mill Lane.")
        assert turn() is Turn.QUERIED
        reviews.answer(uow, actor, entry_id=second, text="Two people.")
        assert turn() is Turn.WITH_COUNCIL
        reviews.query(uow, OPERATOR, entry_id=first, reason="In which month?")
        assert turn() is Turn.QUERIED

    def test_nothing_is_asked_for_after_a_contract_has_ended(self, uow: UnitOfWork, clock: Clock) -> None:
        contract_id = builders.an_award(uow)
        return_id = builders.a_return(uow, contract_id=contract_id)
        actor = builders.a_reporter(uow, contract_id=contract_id)
        clock.now = datetime(2026, 10, 5, 12, tzinfo=UTC)
        later = builders.a_return(uow, contract_id=contract_id, on=date(2026, 10, 1))
        assert [one.listed.id for one in my_returns(uow, actor)] == [return_id, later]
        ends.change_end(uow, OPERATOR, contract_id=contract_id, ends=date(2026, 9, 30), reason="It was ended early.")
        assert [one.listed.id for one in my_returns(uow, actor)] == [return_id]
