"""A return as its council checks it, decisions made at once, and one contract with its figures period by period."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction as F

import pytest
from council import ENDS, Council, Kept

from quarterday.db.engine import open_engine
from quarterday.db.work import Actor, UnitOfWork
from quarterday.domain.promises import Promise
from quarterday.errors import NotThere, Refused
from quarterday.services.figures.as_at import Wanted
from quarterday.services.figures.delivery import delivery
from quarterday.services.figures.explaining import explain, explain_entry
from quarterday.services.figures.for_review import for_review
from quarterday.services.figures.one_contract import one_contract
from quarterday.services.organisations import periods
from quarterday.services.promises import ends, handovers
from quarterday.services.returns import reviews
from quarterday.services.returns.standing import returns, whole_return
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR
from quarterday.testing.clock import Clock

GIFT = {"ref": "GIFTS", "quantity": "250.10"}
WEEKS = {"ref": "WEEKS", "people": "2", "weeks": "6"}


@pytest.fixture
def story(council_url: str) -> Iterator[UnitOfWork]:
    """A record with a whole council in it."""
    engine = open_engine(council_url)
    yield UnitOfWork(engine, Clock(ENDS))
    engine.dispose()


@pytest.fixture
def told(kept_council: Kept) -> Council:
    return kept_council.council


@pytest.fixture
def return_id(uow: UnitOfWork) -> int:
    """The open return of July to September 2026."""
    return builders.a_return(uow)


class TestForReview:
    def test_it_is_what_the_record_says_of_the_return(self, story: UnitOfWork, told: Council) -> None:
        seen = 0
        for one in returns(story, told.staff):
            found = for_review(story, told.staff, return_id=one.id)
            whole = whole_return(story, told.staff, return_id=one.id)
            same = {entry.id: entry for entry in whole.entries}
            assert {entry.id for entry in found.entries} == set(same)
            for entry in found.entries:
                other = same[entry.id]
                assert (entry.claimed, entry.share, entry.decision) == (other.quantity, other.share, other.decision)
                assert entry.worth == other.worth
                assert entry.agrees
                seen += 1
            assert [one.reference for one in found.submissions] == [one.receipt.reference for one in whole.submissions]
        assert seen > 10

    def test_who_said_what_and_why(self, story: UnitOfWork, told: Council) -> None:
        return_id = periods.return_of(story, told.staff, contract_id=told.own_values, day=date(2026, 6, 30))
        found = for_review(story, told.staff, return_id=return_id)
        jobs, weeks = (next(e for e in found.entries if e.measure.ref == ref) for ref in ("JOBS", "WEEKS"))
        assert [(one.decision, one.by, one.words) for one in jobs.talk] == [
            ("rejected", "M. Anager", "These jobs were there before.")
        ]
        assert (weeks.accepted, weeks.claimed, weeks.talk[0].words) == (F("12.5"), 13, "Half a week was holiday.")
        assert [measure.ref for measure, _ in found.by_measure] == [
            "JOBS", "WEEKS", "HOURS", "GIFTS", "ACCESS", "WASTE", "POLICY",
        ]  # fmt: skip

    def test_what_is_claimed_elsewhere_is_told_without_the_place(self, story: UnitOfWork, told: Council) -> None:
        return_id = periods.return_of(story, told.staff, contract_id=told.own_values, day=date(2026, 6, 30))
        found = for_review(story, told.staff, return_id=return_id)
        assert {one.measure.ref: one.elsewhere for one in found.entries if one.elsewhere} == {"HOURS": F(2, 3)}
        assert "WV-1" not in repr(found)

    def test_what_was_rejected_elsewhere_is_not_claimed(self, story: UnitOfWork, told: Council) -> None:
        there = periods.return_of(story, OPERATOR, contract_id=told.neighbours, day=date(2026, 6, 30))
        (hours,) = for_review(story, OPERATOR, return_id=there).entries
        assert hours.elsewhere == F(1, 3)
        reviews.reject(story, OPERATOR, entry_id=hours.id, reason="It was another fair.")
        return_id = periods.return_of(story, told.staff, contract_id=told.own_values, day=date(2026, 6, 30))
        assert not any(one.elsewhere for one in for_review(story, told.staff, return_id=return_id).entries)

    def test_plain_is_what_accepting_the_plain_ones_accepts(self, uow: UnitOfWork, return_id: int) -> None:
        odd = {"ref": "JOBS", "people": "2", "full_time_share": "1", "months": "9"}
        entries = builders.a_submission(uow, GIFT, WEEKS, odd, return_id=return_id)
        reviews.query(uow, OPERATOR, entry_id=entries[0], reason="To whom?")
        plain = {one.id for one in for_review(uow, OPERATOR, return_id=return_id).plain}
        assert plain
        assert entries[0] not in plain
        assert set(reviews.accept_plain(uow, OPERATOR, return_id=return_id)) == plain
        assert not for_review(uow, OPERATOR, return_id=return_id).plain

    def test_what_was_promised_and_not_reported_is_named(self, uow: UnitOfWork, return_id: int) -> None:
        assert for_review(uow, OPERATOR, return_id=return_id).silent == ()
        builders.a_submission(uow, GIFT, WEEKS, return_id=return_id)
        silent = for_review(uow, OPERATOR, return_id=return_id).silent
        assert [measure.ref for measure in silent] == ["JOBS", "ACCESS"]

    def test_nobody_elses(self, story: UnitOfWork, told: Council) -> None:
        there = periods.return_of(story, OPERATOR, contract_id=told.neighbours, day=date(2026, 6, 30))
        with pytest.raises(NotThere):
            for_review(story, told.staff, return_id=there)
        with pytest.raises(Refused, match="Only the council"):
            for_review(story, told.supplier, return_id=there)
        (hours,) = for_review(story, OPERATOR, return_id=there).entries
        with pytest.raises(NotThere):
            for_review(story, OPERATOR, return_id=there).entry(hours.id + 1000)


class TestDecidingAtOnce:
    def test_whoever_saw_less_is_told_and_nothing_is_saved(self, uow: UnitOfWork, return_id: int) -> None:
        gift, weeks = builders.a_submission(uow, GIFT, WEEKS, return_id=return_id)
        first = reviews.query(uow, OPERATOR, entry_id=gift, reason="To whom?", seen=0)
        for decide in (
            lambda: reviews.accept(uow, OPERATOR, entry_id=gift, seen=0),
            lambda: reviews.query(uow, OPERATOR, entry_id=gift, reason="When?", seen=0),
            lambda: reviews.reject(uow, OPERATOR, entry_id=gift, reason="No.", seen=0),
        ):
            with pytest.raises(reviews.Decided):
                decide()
        found = for_review(uow, OPERATOR, return_id=return_id)
        assert found.entry(gift).newest == first.review_id
        assert found.entry(weeks).newest == 0
        answered = reviews.answer(uow, OPERATOR, entry_id=gift, text="The food bank.")
        with pytest.raises(reviews.Decided):
            reviews.accept(uow, OPERATOR, entry_id=gift, seen=first.review_id)
        reviews.accept(uow, OPERATOR, entry_id=gift, seen=answered.review_id)
        assert for_review(uow, OPERATOR, return_id=return_id).entry(gift).decision == "accepted"

    def test_only_the_plain_ones_that_were_seen(self, uow: UnitOfWork, return_id: int) -> None:
        gift, weeks = builders.a_submission(uow, GIFT, WEEKS, return_id=return_id)
        assert set(reviews.accept_plain(uow, OPERATOR, return_id=return_id, only={weeks, 999})) == {weeks}
        assert for_review(uow, OPERATOR, return_id=return_id).entry(gift).decision == ""


class TestOneContract:
    @pytest.mark.parametrize("ref", ["WEEKS", "ACCESS", "WASTE", "POLICY", "HOURS"])
    def test_its_periods_come_to_its_figures(self, story: UnitOfWork, told: Council, ref: str) -> None:
        found = one_contract(story, told.staff, contract_id=told.own_values, ref=ref)
        with story.read(told.staff) as work:
            figures = {one.measure.ref: one for one in delivery(work, Wanted(contract_id=told.own_values))}
        assert found.measure is not None
        assert found.measure.ref == ref
        over = [one for one in found.periods if one.is_over]
        assert over[-1].due_so_far == figures[ref].due.quantity
        assert found.periods[-1].accepted_so_far == figures[ref].accepted.quantity
        assert [one.name for one in found.periods] == ["2026/27 Q1", "2026/27 Q2", "2026/27 Q3"]
        assert [one.is_over for one in found.periods] == [True, True, False]

    def test_without_a_ref_the_one_furthest_behind(self, story: UnitOfWork, told: Council) -> None:
        found = one_contract(story, told.staff, contract_id=told.own_values)
        missing = {
            one.figures.measure.ref: (one.figures.behind or 0) / (one.figures.due.quantity or 1)
            for one in found.figures if one.figures.committed.quantity
        }  # fmt: skip
        assert found.measure is not None
        assert missing[found.measure.ref] == max(missing.values())

    def test_local_economic_value_stands_apart_and_gaps_are_told(self, story: UnitOfWork, told: Council) -> None:
        made_up = one_contract(story, told.staff, contract_id=told.illustrative)
        assert made_up.is_illustrative
        ((area, jobs),) = made_up.pounds["committed"].local_economic
        assert (area and area.name, jobs.is_complete) == ("The borough", False)
        assert any("JOBS" in reason for reason in made_up.why_incomplete)
        own = one_contract(story, told.staff, contract_id=told.own_values)
        assert not own.is_illustrative
        assert own.why_incomplete == []
        assert [one.ref for one in own.dossier.openings] == ["GIFTS"]

    def test_before_the_award_there_are_no_figures(self, uow: UnitOfWork) -> None:
        found = one_contract(uow, OPERATOR, contract_id=builders.a_contract(uow))
        assert (found.figures, found.measure, found.periods, found.returns) == ((), None, (), ())
        assert found.dossier.pinned is None

    def test_a_contract_that_reports_once_has_one_period(self, uow: UnitOfWork, clock: Clock) -> None:
        contract = builders.a_contract(uow, rhythm="end", starts=date(2026, 4, 1), ends=date(2027, 3, 31))
        builders.an_award(uow, contract_id=contract, promises={"WEEKS": Promise("10")})
        clock.now = datetime(2026, 8, 1, 9, tzinfo=UTC)
        (only,) = one_contract(uow, OPERATOR, contract_id=contract).periods
        assert (only.due, only.is_over) == (10, False)

    def test_every_dated_change_is_told(self, uow: UnitOfWork, clock: Clock) -> None:
        authority = builders.an_authority(uow)
        manager = builders.a_user(uow, authority_id=authority)
        first, second = builders.a_supplier(uow, name="Elm Ltd"), builders.a_supplier(uow, name="Oak Ltd")
        contract = builders.a_contract(uow, authority_id=authority, supplier_id=first, owner_id=manager)
        since = date(2026, 9, 1)
        handovers.novate(uow, OPERATOR, contract_id=contract, leaving_id=first, entering_id=second, since=since)
        ends.change_end(uow, OPERATOR, contract_id=contract, ends=date(2029, 3, 31), reason="One year more.")
        changes = one_contract(uow, OPERATOR, contract_id=contract).changes
        assert [(one.kind, one.name, one.detail) for one in changes if one.day == since] == [
            ("party out", "Elm Ltd", "lead"), ("party in", "Oak Ltd", "lead"),
        ]  # fmt: skip
        (end,) = [one for one in changes if one.kind == "end"]
        assert (end.ends, end.detail) == (date(2029, 3, 31), "One year more.")
        assert {one.kind for one in changes} == {"authority", "manager", "party in", "party out", "end"}
        assert [one.day for one in changes] == sorted(one.day for one in changes)

    def test_nobody_elses(self, story: UnitOfWork, told: Council) -> None:
        with pytest.raises(NotThere):
            one_contract(story, told.staff, contract_id=told.neighbours)
        with pytest.raises(Refused, match="Only the council"):
            one_contract(story, told.supplier, contract_id=told.own_values)


class TestExplainEntry:
    def test_the_entries_of_a_figure_add_to_it_one_by_one(self, story: UnitOfWork, told: Council) -> None:
        (figure,) = explain(story, told.staff, ref="WEEKS", wanted=Wanted(contract_id=told.own_values))
        alone = [explain_entry(story, told.staff, entry_id=leaf.entry_id) for leaf in figure.leaves]
        assert len(alone) > 1
        assert sum(one.accepted.quantity or 0 for one in alone) == figure.accepted.quantity
        assert sum(one.accepted.worth.micropounds for one in alone) == figure.accepted.worth.micropounds

    def test_what_is_not_there_or_elsewhere_is_not_there(self, story: UnitOfWork, told: Council) -> None:
        there = periods.return_of(story, OPERATOR, contract_id=told.neighbours, day=date(2026, 6, 30))
        (hours,) = for_review(story, OPERATOR, return_id=there).entries
        stranger: Actor = replace(told.staff, authority_id=told.authority_id)
        for entry_id in (hours.id, 10**6):
            with pytest.raises(NotThere):
                explain_entry(story, stranger, entry_id=entry_id)
