"""The council's desk: every return in the queue where something is to do, found by whose it is and by words."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest
from council import ENDS, Kept

from quarterday.db.engine import open_engine
from quarterday.db.work import Actor, UnitOfWork
from quarterday.domain.contracts import MemberRole
from quarterday.domain.return_states import State
from quarterday.errors import Refused
from quarterday.services.figures.desk import PAGE, Asked, Queue, desk, queues, shelf
from quarterday.services.organisations import periods
from quarterday.services.promises import ends, handovers
from quarterday.services.returns import reviews
from quarterday.services.returns.standing import returns
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR
from quarterday.testing.clock import Clock

GIFT = {"ref": "GIFTS", "quantity": "250.10"}
WEEKS = {"ref": "WEEKS", "people": "2", "weeks": "6"}


@dataclass(frozen=True)
class Case:
    """An authority with one contract, its manager, and the return of July to September 2026."""

    uow: UnitOfWork
    authority_id: int
    manager_id: int
    contract_id: int
    return_id: int

    @property
    def staff(self) -> Actor:
        return Actor(
            f"user/{self.manager_id}",
            user_id=self.manager_id,
            authority_id=self.authority_id,
            role=MemberRole.ADMINISTRATOR,
        )

    def queue(self, return_id: int | None = None) -> Queue:
        """The one queue in which the return is."""
        wanted = self.return_id if return_id is None else return_id
        found = [
            queue for queue in Queue for row in desk(self.uow, self.staff, queue=queue, asked=Asked()).rows
            if row.id == wanted
        ]  # fmt: skip
        assert len(found) == 1, found
        return found[0]


@pytest.fixture
def case(uow: UnitOfWork) -> Case:
    authority = builders.an_authority(uow, due_days=30, closes_days=90)
    manager = builders.a_user(uow, authority_id=authority)
    supplier = builders.a_supplier(uow, name="Larch and Sons Ltd")
    contract = builders.a_contract(
        uow, authority_id=authority, supplier_id=supplier, reference="EX-100_A", owner_id=manager
    )
    builders.an_award(uow, contract_id=contract)
    return Case(uow, authority, manager, contract, builders.a_return(uow, contract_id=contract))


class TestQueues:
    def test_what_is_not_submitted_goes_from_due_to_late_to_missed(self, case: Case, clock: Clock) -> None:
        for moment, queue in (
            (datetime(2026, 10, 30, 12, tzinfo=UTC), Queue.DUE),
            (datetime(2026, 10, 31, 12, tzinfo=UTC), Queue.LATE),
            (datetime(2026, 12, 29, 12, tzinfo=UTC), Queue.LATE),
            (datetime(2026, 12, 30, 12, tzinfo=UTC), Queue.MISSED),
        ):
            clock.now = moment
            assert case.queue() is queue

    def test_what_is_submitted_waits_for_whoever_has_to_say_something(self, case: Case) -> None:
        gift, weeks = builders.a_submission(case.uow, GIFT, WEEKS, return_id=case.return_id)
        assert case.queue() is Queue.READY
        reviews.query(case.uow, case.staff, entry_id=gift, reason="To whom?")
        assert case.queue() is Queue.READY  # the weeks still wait for the council
        reviews.accept(case.uow, case.staff, entry_id=weeks)
        assert case.queue() is Queue.QUERIED
        reporter = builders.a_reporter(case.uow, contract_id=case.contract_id)
        reviews.answer(case.uow, reporter, entry_id=gift, text="The food bank.")
        assert case.queue() is Queue.READY
        reviews.reject(case.uow, case.staff, entry_id=gift, reason="That was last year.")
        assert case.queue() is Queue.DONE

    def test_a_replaced_entry_waits_for_nobody(self, case: Case) -> None:
        (gift,) = builders.a_submission(case.uow, GIFT, return_id=case.return_id)
        reviews.query(case.uow, case.staff, entry_id=gift, reason="To whom?")
        builders.a_draft(case.uow, WEEKS, return_id=case.return_id, replaces_entry_id=gift)
        (weeks,) = builders.a_submission(case.uow, return_id=case.return_id)
        (row,) = desk(case.uow, case.staff, queue=Queue.READY, asked=Asked()).rows
        assert (row.entries, row.waiting) == (1, 1)
        reviews.accept(case.uow, case.staff, entry_id=weeks)
        assert case.queue() is Queue.DONE

    def test_nobody_asks_for_a_period_after_the_contracts_end(self, case: Case, clock: Clock) -> None:
        ends.change_end(
            case.uow, OPERATOR, contract_id=case.contract_id, ends=date(2026, 6, 30), reason="It was short."
        )
        for queue in Queue:
            assert case.return_id not in [row.id for row in desk(case.uow, case.staff, queue=queue, asked=Asked()).rows]

    def test_they_agree_with_how_each_return_stands(self, council_url: str, kept_council: Kept) -> None:
        engine = open_engine(council_url)
        uow = UnitOfWork(engine, Clock(ENDS))
        stands = {one.id: one for one in returns(uow, kept_council.council.staff)}
        seen = Counter[Queue]()
        for queue in Queue:
            for row in desk(uow, kept_council.council.staff, queue=queue, asked=Asked()).rows:
                one = stands.pop(row.id)
                seen[queue] += 1
                match queue:
                    case Queue.DONE:
                        assert one.state in (State.SETTLED, State.NOTHING)
                    case Queue.QUERIED:
                        assert one.state is State.QUERIED
                    case Queue.READY:
                        assert one.state in (State.SUBMITTED, State.QUERIED)
                    case Queue.LATE | Queue.MISSED:
                        assert one.is_overdue
                    case Queue.DUE:
                        assert one.state in (State.NOT_STARTED, State.BEING_WRITTEN)
                        assert not one.is_overdue
                assert row.entries == one.entries
        assert not stands
        assert seen[Queue.DONE]
        assert seen[Queue.DUE] + seen[Queue.LATE]
        counted = queues(uow, kept_council.council.staff)
        assert counted == {queue: seen[queue] for queue in (Queue.READY, Queue.QUERIED, Queue.LATE, Queue.DUE)}
        engine.dispose()


class TestFinding:
    @pytest.mark.parametrize("words", ["ex-100_", "GROUNDS", "larch and"])
    def test_by_reference_title_or_supplier_whatever_the_case(self, case: Case, words: str) -> None:
        part = desk(case.uow, case.staff, queue=Queue.DUE, asked=Asked(words=words))
        assert [(row.reference, row.supplier) for row in part.rows] == [("EX-100_A", "Larch and Sons Ltd")]
        assert not part.has_more
        (found,) = shelf(case.uow, case.staff, asked=Asked(words=words)).rows
        assert (found.id, found.supplier, found.manager[:6]) == (case.contract_id, "Larch and Sons Ltd", "Person")

    @pytest.mark.parametrize("words", ["EX_100", "E%0", "elm", "\\"])
    def test_a_sign_of_the_search_means_itself(self, case: Case, words: str) -> None:
        assert shelf(case.uow, case.staff, asked=Asked(words=words)).rows == ()

    def test_by_who_manages_the_contract_today(self, case: Case, clock: Clock) -> None:
        other = builders.a_user(case.uow, authority_id=case.authority_id)
        handovers.change_owner(case.uow, OPERATOR, contract_id=case.contract_id, user_id=other, since=date(2026, 9, 1))
        before, after = datetime(2026, 8, 31, 12, tzinfo=UTC), datetime(2026, 9, 1, 12, tzinfo=UTC)
        for now, manager, whose in ((before, case.manager_id, other), (after, other, case.manager_id)):
            clock.now = now
            assert len(desk(case.uow, case.staff, queue=Queue.DUE, asked=Asked(manager_id=manager)).rows) == 1
            assert desk(case.uow, case.staff, queue=Queue.DUE, asked=Asked(manager_id=whose)).rows == ()
            assert queues(case.uow, case.staff, manager_id=manager)[Queue.DUE] == 1
            assert queues(case.uow, case.staff, manager_id=whose)[Queue.DUE] == 0
            assert len(shelf(case.uow, case.staff, asked=Asked(manager_id=manager)).rows) == 1

    def test_a_page_at_a_time(self, case: Case) -> None:
        edition, values = builders.a_catalogue(), builders.a_value_set()
        supplier = builders.a_supplier(case.uow)
        for number in range(PAGE):
            contract = builders.a_contract(
                case.uow, authority_id=case.authority_id, supplier_id=supplier, reference=f"FX-{number:03}"
            )
            builders.an_award(case.uow, contract_id=contract, edition=edition, value_set=values)
        periods.open_returns(case.uow, OPERATOR, authority_id=case.authority_id, on=date(2026, 7, 1))
        first = desk(case.uow, case.staff, queue=Queue.DUE, asked=Asked())
        assert (len(first.rows), first.has_more, first.rows[0].reference) == (PAGE, True, "EX-100_A")
        last = desk(case.uow, case.staff, queue=Queue.DUE, asked=Asked(skip=PAGE))
        assert ([row.reference for row in last.rows], last.has_more) == ([f"FX-{PAGE - 1:03}"], False)
        assert [one.reference for one in shelf(case.uow, case.staff, asked=Asked(skip=PAGE)).rows] == ["FX-049"]


class TestScope:
    def test_another_authority_sees_none_of_it(self, case: Case) -> None:
        elsewhere = Actor(
            "user/9", user_id=9, authority_id=builders.an_authority(case.uow), role=MemberRole.ADMINISTRATOR
        )
        for queue in Queue:
            assert desk(case.uow, elsewhere, queue=queue, asked=Asked()).rows == ()
        assert shelf(case.uow, elsewhere, asked=Asked()).rows == ()
        assert not any(queues(case.uow, elsewhere).values())

    def test_a_supplier_has_no_desk(self, case: Case) -> None:
        reporter = builders.a_reporter(case.uow, contract_id=case.contract_id)
        with pytest.raises(Refused, match="Only the council"):
            desk(case.uow, reporter, queue=Queue.DUE, asked=Asked())
        with pytest.raises(Refused, match="Only the council"):
            shelf(case.uow, reporter, asked=Asked())
        with pytest.raises(Refused, match="Only the council"):
            queues(case.uow, reporter)

    def test_the_operator_sees_every_authoritys(self, case: Case) -> None:
        builders.a_return(case.uow)
        assert len(desk(case.uow, OPERATOR, queue=Queue.DUE, asked=Asked()).rows) == 2
