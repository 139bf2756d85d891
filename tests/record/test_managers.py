"""Who manages a contract: nobody without a role with its authority, a cover for an absence, and who is missed."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

import pytest
from refusals import not_refused

from quarterday.db.work import UnitOfWork
from quarterday.services.organisations import people
from quarterday.services.promises import contracts, handovers
from quarterday.services.promises.dossier import dossier
from quarterday.services.promises.unmanaged import unmanaged
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR
from quarterday.testing.clock import Clock

TODAY = date(2026, 7, 1)
MOVED = date(2026, 8, 1)


@pytest.fixture
def council(uow: UnitOfWork) -> int:
    return builders.an_authority(uow)


@pytest.fixture
def manager(uow: UnitOfWork, council: int) -> int:
    return builders.a_user(uow, authority_id=council)


@pytest.fixture
def contract_id(uow: UnitOfWork, council: int, manager: int) -> int:
    return builders.a_contract(uow, authority_id=council, owner_id=manager)


def owner(uow: UnitOfWork, contract_id: int, day: date) -> int | None:
    with uow.read(OPERATOR) as work:
        return contracts.owner_on(work, contract_id, day)


class TestMoving:
    def test_nobody_manages_it_there_until_somebody_is_named(
        self, uow: UnitOfWork, clock: Clock, contract_id: int, manager: int
    ) -> None:
        new = builders.an_authority(uow)
        before = clock.now
        clock.forward(days=1)
        handovers.move(uow, OPERATOR, contract_id=contract_id, authority_id=new, since=MOVED)
        assert owner(uow, contract_id, MOVED - timedelta(days=1)) == manager
        assert owner(uow, contract_id, MOVED) is None
        assert dossier(uow, OPERATOR, contract_id=contract_id, day=MOVED).owner == ""
        assert dossier(uow, OPERATOR, contract_id=contract_id, day=MOVED, at=before).owner != ""
        theirs = builders.a_user(uow, authority_id=new)
        handovers.change_owner(uow, OPERATOR, contract_id=contract_id, user_id=theirs, since=MOVED)
        assert owner(uow, contract_id, MOVED) == theirs

    def test_one_of_the_new_authoritys_people_manages_it(self, uow: UnitOfWork, contract_id: int) -> None:
        new = builders.an_authority(uow)
        theirs = builders.a_user(uow, authority_id=new)
        handovers.move(uow, OPERATOR, contract_id=contract_id, authority_id=new, since=MOVED, owner_id=theirs)
        assert owner(uow, contract_id, MOVED) == theirs

    def test_whom_the_old_one_named_for_later_never_manages_it(
        self, uow: UnitOfWork, council: int, contract_id: int
    ) -> None:
        later = builders.a_user(uow, authority_id=council)
        for since in (MOVED, MOVED + timedelta(days=30)):
            handovers.change_owner(uow, OPERATOR, contract_id=contract_id, user_id=later, since=since)
            later = builders.a_user(uow, authority_id=council)
        new = builders.an_authority(uow)
        handovers.move(uow, OPERATOR, contract_id=contract_id, authority_id=new, since=MOVED)
        assert {owner(uow, contract_id, MOVED + timedelta(days=days)) for days in (0, 29, 30, 99)} == {None}

    def test_a_manager_for_later_has_a_role_with_the_authority_of_that_day(
        self, uow: UnitOfWork, contract_id: int, council: int
    ) -> None:
        new = builders.an_authority(uow)
        handovers.move(uow, OPERATOR, contract_id=contract_id, authority_id=new, since=MOVED)
        old, theirs = builders.a_user(uow, authority_id=council), builders.a_user(uow, authority_id=new)
        change = partial(handovers.change_owner, uow, OPERATOR, contract_id=contract_id)
        acts = [
            (partial(change, user_id=old, since=MOVED), "has a role with its authority"),
            (partial(change, user_id=theirs, since=MOVED - timedelta(days=1)), "has a role with its authority"),
        ]
        assert not_refused(uow, acts) == []

    def test_somebody_else_cannot_be_named(self, uow: UnitOfWork, contract_id: int, manager: int) -> None:
        move = partial(handovers.move, uow, OPERATOR, contract_id=contract_id, since=MOVED, owner_id=manager)
        new = builders.an_authority(uow)
        assert not_refused(uow, [(partial(move, authority_id=new), "has a role with its authority")]) == []


class TestADesk:
    def test_all_of_it_goes_over_for_an_absence_and_back(
        self, uow: UnitOfWork, council: int, contract_id: int, manager: int
    ) -> None:
        second = builders.a_contract(uow, authority_id=council, owner_id=manager)
        cover, third = (builders.a_user(uow, authority_id=council) for _ in range(2))
        others = builders.a_contract(uow, authority_id=council, owner_id=third)
        ended = builders.a_contract(uow, authority_id=council, owner_id=manager, ends=date(2026, 7, 9))
        since, until = date(2026, 7, 10), date(2026, 8, 20)
        handed = handovers.hand_over_all(
            uow, OPERATOR, authority_id=council, leaving_id=manager, entering_id=cover, since=since, until=until
        )
        assert handed == [contract_id, second]
        for contract in handed:
            days = (since - timedelta(days=1), since, until, until + timedelta(days=1))
            assert [owner(uow, contract, day) for day in days] == [manager, cover, cover, manager]
        assert (owner(uow, others, since), owner(uow, ended, since)) == (third, manager)

    def test_it_stays_where_no_last_day_is_given(
        self, uow: UnitOfWork, council: int, contract_id: int, manager: int
    ) -> None:
        heir = builders.a_user(uow, authority_id=council)
        handovers.hand_over_all(uow, OPERATOR, authority_id=council, leaving_id=manager, entering_id=heir)
        assert owner(uow, contract_id, TODAY) == owner(uow, contract_id, date(2027, 7, 1)) == heir

    def test_a_change_recorded_for_the_absence_stands(
        self, uow: UnitOfWork, council: int, contract_id: int, manager: int
    ) -> None:
        cover, heir = (builders.a_user(uow, authority_id=council) for _ in range(2))
        handovers.change_owner(uow, OPERATOR, contract_id=contract_id, user_id=heir, since=date(2026, 8, 1))
        handovers.hand_over_all(
            uow, OPERATOR, authority_id=council, leaving_id=manager, entering_id=cover, until=date(2026, 8, 31)
        )
        assert [owner(uow, contract_id, date(2026, month, 1)) for month in (7, 8, 9)] == [cover, heir, heir]

    def test_what_cannot_be_handed_over_leaves_nothing(
        self, uow: UnitOfWork, council: int, contract_id: int, manager: int
    ) -> None:
        cover, stranger = (
            builders.a_user(uow, authority_id=council),
            builders.a_user(uow, authority_id=None, supplier_id=1),
        )
        hand = partial(
            handovers.hand_over_all, uow, OPERATOR, authority_id=council, leaving_id=manager, entering_id=cover
        )
        acts = [
            (partial(hand, until=date(2026, 6, 30)), "begins on 2026-07-01 can't end on 2026-06-30"),
            (partial(hand, entering_id=manager), "stay with the same person"),
            (partial(hand, entering_id=stranger), "has a role with its authority"),
            (partial(hand, leaving_id=cover, entering_id=manager), "manages no contract of the authority"),
            (partial(hand, authority_id=999), "no such authority"),
        ]
        assert not_refused(uow, acts) == []
        people.end_role(uow, OPERATOR, user_id=manager, authority_id=council)
        acts = [(partial(hand, until=date(2026, 8, 31)), "has a role with its authority")]
        assert not_refused(uow, acts) == []
        assert hand() == [contract_id]


class TestWhoIsMissed:
    def test_a_contract_is_listed_while_nobody_with_a_role_manages_it(
        self, uow: UnitOfWork, clock: Clock, council: int, contract_id: int, manager: int
    ) -> None:
        bare = builders.a_contract(uow, authority_id=council)
        builders.a_contract(uow, authority_id=council, starts=date(2026, 4, 1), ends=date(2026, 6, 30))
        new = builders.an_authority(uow)

        def listed(authority_id: int | None = None) -> list[int]:
            return sorted(one.id for one in unmanaged(uow, OPERATOR, authority_id=authority_id))

        assert listed() == listed(council) == [bare]
        handovers.move(uow, OPERATOR, contract_id=contract_id, authority_id=new, since=MOVED)
        assert listed() == [bare]
        clock.forward(days=31)
        assert (listed(council), listed(new)) == ([bare], [contract_id])
        theirs = builders.a_user(uow, authority_id=new)
        handovers.change_owner(uow, OPERATOR, contract_id=contract_id, user_id=theirs)
        assert listed(new) == []
        people.end_role(uow, OPERATOR, user_id=theirs, authority_id=new)
        assert listed(new) == [contract_id]
