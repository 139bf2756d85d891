"""Returns at a contract's edges: the last one, open for what may count later, and claims for another's days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import select

from quarterday.db.models import Entry, Return
from quarterday.db.work import UnitOfWork
from quarterday.domain.catalogue import RuleData
from quarterday.errors import Refused
from quarterday.evidence import Keeper, Store
from quarterday.services.figures import desk
from quarterday.services.figures.as_at import Wanted
from quarterday.services.figures.delivery import Per, delivery
from quarterday.services.figures.desk import Asked
from quarterday.services.figures.my_returns import my_returns
from quarterday.services.figures.one_contract import one_contract
from quarterday.services.organisations import authorities, periods
from quarterday.services.promises import ends, handovers
from quarterday.services.returns import drafts, evidencing, reviews, standing, submissions
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR
from quarterday.testing.clock import Clock

WEEKS = {"ref": "WEEKS", "people": "2", "weeks": "6", "is_completed": "yes"}
GIFT = {"ref": "GIFTS", "quantity": "250"}
CLOSED, STILL_OPEN, OVER = (datetime(2027, *day, tzinfo=UTC) for day in ((1, 5), (4, 8), (4, 9)))
"""After the last return of 30 September 2026 closed (90 days), on its very last day (190 here), and after that."""


@pytest.fixture
def contract_id(uow: UnitOfWork) -> int:
    """A contract to 30 September 2026, of an edition that lets weeks count if they are completed."""
    council = authorities.add_authority(uow, OPERATOR, key="northmoor", name="Northmoor Council", last_closes_days=190)
    contract = builders.a_contract(uow, authority_id=council, ends=date(2026, 9, 30))
    edition = builders.a_catalogue()
    edition = replace(edition, rules=(*edition.rules, RuleData(rule="completed", measures=("WEEKS",))))
    return builders.an_award(uow, contract_id=contract, edition=edition, value_set=builders.a_value_set())


@pytest.fixture
def last(uow: UnitOfWork, contract_id: int) -> int:
    return builders.a_return(uow, contract_id=contract_id)


def save(uow: UnitOfWork, return_id: int, typed: Mapping[str, str], **more: int) -> int:
    return builders.a_draft(uow, typed, return_id=return_id, **more)


class TestTheLastReturn:
    def test_it_says_what_it_is_open_for(self, uow: UnitOfWork, last: int) -> None:
        whole = standing.whole_return(uow, OPERATOR, return_id=last)
        assert (whole.may_count_later, whole.open_later_until) == (("WEEKS",), date(2027, 4, 8))

    def test_what_may_count_later_goes_in_until_its_last_day(self, uow: UnitOfWork, clock: Clock, last: int) -> None:
        clock.now = STILL_OPEN
        save(uow, last, WEEKS)
        (entry,) = builders.a_submission(uow, return_id=last)
        assert reviews.accept(uow, OPERATOR, entry_id=entry).worth is not None
        clock.now = OVER
        with pytest.raises(Refused, match="closed on 08 April 2027, and it was the contract's last return"):
            save(uow, last, WEEKS)

    @pytest.mark.parametrize(("now", "stands"), [(CLOSED, "late"), (STILL_OPEN, "late"), (OVER, "missed")])
    def test_it_is_late_as_long_as_something_can_come_and_missed_after_that(
        self, uow: UnitOfWork, clock: Clock, contract_id: int, last: int, now: datetime, stands: str
    ) -> None:
        reporter = builders.a_reporter(uow, contract_id=contract_id)
        before = builders.a_return(uow, contract_id=contract_id, on=date(2026, 5, 1))  # the one before is no last one
        plain = builders.an_award(uow, contract_id=builders.a_contract(uow, ends=date(2026, 9, 30)))
        other = builders.a_return(uow, contract_id=plain)  # of an edition in which nothing counts later
        clock.now = now
        rows = {queue: desk.desk(uow, OPERATOR, queue=queue, asked=Asked()).rows for queue in desk.Queue}
        listed = one_contract(uow, OPERATOR, contract_id=contract_id).returns
        on_desk = {row.id: queue.value for queue, found in rows.items() for row in found}
        assert on_desk == {last: stands, before: "missed", other: "missed"}
        assert {one.id: one.queue.value for one in listed if one.queue} == {last: stands, before: "missed"}
        assert desk.queues(uow, OPERATOR)[desk.Queue.LATE] == (stands == "late")
        assert {one.listed.id: one.turn.value for one in my_returns(uow, reporter)} == {last: stands, before: "missed"}

    def test_nothing_else_goes_in(self, uow: UnitOfWork, clock: Clock, last: int) -> None:
        save(uow, last, GIFT)
        clock.now = CLOSED
        says = "closed on 29 December 2026; as the contract's last return it stays open until 08 April 2027 .* WEEKS"
        with pytest.raises(Refused, match=says):
            save(uow, last, GIFT)
        save(uow, last, WEEKS)
        with pytest.raises(Refused, match=says):
            builders.a_submission(uow, return_id=last)

    def test_it_is_not_open_for_saying_nothing(
        self, uow: UnitOfWork, clock: Clock, contract_id: int, last: int
    ) -> None:
        clock.now = CLOSED
        who = builders.a_reporter(uow, contract_id=contract_id)
        said = {"return_id": last, "seen_version": 0, "declared_as": "manager", "nothing_to_report": True}
        with pytest.raises(Refused, match="stays open until 08 April 2027"):
            submissions.submit(uow, who, **said)  # type: ignore[arg-type]

    def test_evidence_goes_with_what_goes_in(self, uow: UnitOfWork, clock: Clock, last: int, tmp_path: Path) -> None:
        keeper = Keeper(Store(str(tmp_path / "evidence")))
        gift = save(uow, last, GIFT)
        clock.now = CLOSED

        def attach(draft_id: int) -> None:
            file = {"name": "letter.txt", "stream": BytesIO(b"Completed in March.")}
            evidencing.attach_file(uow, OPERATOR, keeper, return_id=last, draft_id=draft_id, **file)  # type: ignore[arg-type]

        attach(save(uow, last, WEEKS))
        with pytest.raises(Refused, match="stays open until"):
            attach(gift)

    def test_evidence_goes_with_the_answer_to_a_query(
        self, uow: UnitOfWork, clock: Clock, last: int, tmp_path: Path
    ) -> None:
        (entry,) = builders.a_submission(uow, GIFT, return_id=last)
        clock.now = OVER
        reviews.query(uow, OPERATOR, entry_id=entry, reason="Where is the letter?")
        draft = save(uow, last, GIFT, replaces_entry_id=entry)
        file = {"name": "letter.txt", "stream": BytesIO(b"Thank you.")}
        keeper = Keeper(Store(str(tmp_path / "evidence")))
        evidencing.attach_file(uow, OPERATOR, keeper, return_id=last, draft_id=draft, **file)  # type: ignore[arg-type]
        assert len(builders.a_submission(uow, return_id=last)) == 1

    def test_one_before_it_is_not_open_later(self, uow: UnitOfWork, clock: Clock, contract_id: int) -> None:
        first = builders.a_return(uow, contract_id=contract_id, on=date(2026, 4, 20))
        assert standing.whole_return(uow, OPERATOR, return_id=first).may_count_later == ()
        clock.now = CLOSED
        with pytest.raises(Refused, match="put it in the next return as a late claim"):
            save(uow, first, WEEKS)

    def test_with_an_extension_it_is_another(self, uow: UnitOfWork, clock: Clock, contract_id: int, last: int) -> None:
        clock.now = CLOSED
        ends.change_end(uow, OPERATOR, contract_id=contract_id, ends=date(2027, 3, 31), reason="Half a year more")
        with pytest.raises(Refused, match="put it in the next return as a late claim"):
            save(uow, last, WEEKS)

    def test_an_authority_says_for_how_long(self, uow: UnitOfWork) -> None:
        for days in (-1, 4000):
            with pytest.raises(Refused, match="stays open for 0 to 3650 days"):
                authorities.add_authority(uow, OPERATOR, key="odd", name="Odd Council", last_closes_days=days)
        made = authorities.add_authority(uow, OPERATOR, key="plain", name="Plain Council")
        with uow.read(OPERATOR) as work:
            assert authorities.scope.authority(work, made).last_closes_days == 365


class TestAnotherAuthoritysDays:
    """The contract was Northmoor's, with quarters from April, and is Westvale's, with quarters from May."""

    @pytest.fixture
    def old_return(self, uow: UnitOfWork) -> int:
        return builders.a_return(uow, contract_id=builders.an_award(uow), on=date(2026, 4, 20))

    @pytest.fixture
    def new_return(self, uow: UnitOfWork, clock: Clock, old_return: int) -> int:
        contract = _contract(uow, old_return)
        council = builders.an_authority(uow, first_month=2)
        handovers.move(uow, OPERATOR, contract_id=contract, authority_id=council, since=date(2026, 7, 10))
        clock.now = datetime(2026, 7, 20, tzinfo=UTC)
        (opened,) = periods.open_returns(uow, OPERATOR, authority_id=council, on=date(2026, 7, 20))
        assert (opened.period.first, opened.period.last) == (date(2026, 5, 1), date(2026, 7, 31))
        return opened.return_id

    def test_a_late_claim_goes_in_with_the_new_return(
        self, uow: UnitOfWork, clock: Clock, old_return: int, new_return: int
    ) -> None:
        save(uow, new_return, GIFT, late_period_id=_period(uow, old_return))
        (entry,) = builders.a_submission(uow, return_id=new_return)
        reviews.accept(uow, OPERATOR, entry_id=entry)
        with uow.read(OPERATOR) as work:
            row = work.one(select(Entry.c.first, Entry.c.last, Entry.c.is_late, Entry.c.value_day))
            found = delivery(work, Wanted(), [Per.PERIOD])
        assert row is not None
        assert (row.first, row.last, row.is_late) == (date(2026, 4, 1), date(2026, 6, 30), True)
        counted = {one.period for one in found if one.accepted.quantity}
        assert counted == {date(2026, 4, 1)}

    def test_its_own_period_and_a_later_one_are_not_late(
        self, uow: UnitOfWork, clock: Clock, old_return: int, new_return: int
    ) -> None:
        clock.now = datetime(2026, 8, 20, tzinfo=UTC)
        with uow.read(OPERATOR) as work:
            council = drafts.reported(work, new_return).authority_id
        (later,) = periods.open_returns(uow, OPERATOR, authority_id=council, on=date(2026, 8, 20))
        for return_id in (new_return, later.return_id):
            with pytest.raises(Refused, match="ended before this return's own"):
                save(uow, new_return, GIFT, late_period_id=_period(uow, return_id))

    def test_the_old_return_keeps_its_own_closing_day(
        self, uow: UnitOfWork, clock: Clock, old_return: int, new_return: int
    ) -> None:
        clock.now = datetime(2026, 9, 28, tzinfo=UTC)
        save(uow, old_return, GIFT)
        clock.forward(days=1)
        with pytest.raises(Refused, match="2026/27 Q1 closed on 28 September 2026: put it in the next return"):
            save(uow, old_return, GIFT)


def _contract(uow: UnitOfWork, return_id: int) -> int:
    with uow.read(OPERATOR) as work:
        return work.connection.execute(select(Return.c.contract_id).where(Return.c.id == return_id)).scalar_one()


def _period(uow: UnitOfWork, return_id: int) -> int:
    with uow.read(OPERATOR) as work:
        return work.connection.execute(select(Return.c.period_id).where(Return.c.id == return_id)).scalar_one()
