"""A reading is kept by the rows it follows from, so it is never another than one that is made anew."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from threading import Event

import pytest
from sqlalchemy import bindparam, select

from quarterday.db import memory, readings
from quarterday.db.models import ContractOwner, User
from quarterday.db.work import UnitOfWork, Work
from quarterday.errors import Refused
from quarterday.services import words
from quarterday.testing.builders import OPERATOR, a_contract, a_user, an_authority
from quarterday.testing.clock import Clock

OWNER = (
    select(ContractOwner.c.user_id).where(ContractOwner.c.contract_id == bindparam("of")).order_by(ContractOwner.c.id)
)
NAME = select(User.c.name).where(User.c.id == bindparam("of"))


@dataclass
class Managers:
    """Who manages a contract, read in two statements of which the second follows from the first; counts how often."""

    uow: UnitOfWork
    authority: int
    contract: int
    read: list[int] = field(default_factory=list)

    def __hash__(self) -> int:
        return id(self)

    def names(self, work: Work, contract: int) -> list[str]:
        self.read.append(contract)
        return [row.name for one in work.all(OWNER, of=contract) for row in work.all(NAME, of=one.user_id)]

    def asked(self, *, contract: int | None = None) -> list[str]:
        with self.uow.read(OPERATOR) as work:
            return readings.kept(self.names, work, contract or self.contract)

    def hand_over(self) -> str:
        person = a_user(self.uow, authority_id=self.authority)
        with self.uow.begin(OPERATOR) as work:
            work.add(ContractOwner, contract_id=self.contract, user_id=person, valid_from=work.today)
            found = work.one(NAME, of=person)
        assert found
        return found.name


@pytest.fixture
def managers(uow: UnitOfWork) -> Managers:
    authority = an_authority(uow)
    return Managers(uow, authority, a_contract(uow, authority_id=authority))


def test_what_is_erased_leaves_this_process_and_any_other_soon(
    managers: Managers, monkeypatch: pytest.MonkeyPatch
) -> None:
    with managers.uow.begin(OPERATOR) as work:
        words_id = words.keep(work, "Ann was ill.")
    assert words_id is not None
    first = managers.asked()
    with managers.uow.begin(OPERATOR) as work:
        words.erase(work, words_id)
        assert managers.asked() is first  # it isn't committed yet
    assert managers.asked() is not first
    forgotten = Event()
    monkeypatch.setattr(memory, "LONGEST", timedelta())
    monkeypatch.setattr(memory, "_ways", [*memory._ways, forgotten.set])
    memory.forget()
    forgotten.clear()
    before = managers.asked()
    assert forgotten.wait(20)
    monkeypatch.undo()
    assert managers.asked() is not before


def test_asked_again_it_is_the_same_and_nothing_is_worked_out(managers: Managers) -> None:
    first = managers.asked()
    assert managers.asked() is first
    assert len(managers.read) == 1


def test_it_follows_what_any_of_its_statements_gives(managers: Managers) -> None:
    before = managers.asked()
    assert managers.asked() == before
    new = managers.hand_over()
    assert managers.asked() == [*before, new]
    assert managers.asked() == [*before, new]
    assert len(managers.read) == 2


def test_it_is_kept_by_its_arguments_its_actor_and_the_day(managers: Managers, clock: Clock) -> None:
    managers.asked()
    managers.asked(contract=a_contract(managers.uow, authority_id=managers.authority))
    with managers.uow.read(OPERATOR.operator("somebody else")) as work:
        readings.kept(managers.names, work, managers.contract)
    assert len(managers.read) == 3
    clock.forward(hours=1)
    managers.asked()
    assert len(managers.read) == 3
    clock.forward(days=1)
    managers.asked()
    assert len(managers.read) == 4


def test_what_follows_from_the_moment_cannot_be_kept(uow: UnitOfWork) -> None:
    def by_the_moment(work: Work) -> object:
        return work.now

    with uow.read(OPERATOR) as work, pytest.raises(TypeError, match="from the day, not from the moment"):
        readings.kept(by_the_moment, work)


def test_a_refusal_is_not_kept(uow: UnitOfWork) -> None:
    asked = []

    def refused(work: Work) -> None:
        asked.append(work.today)
        raise Refused("Not this one.")

    for _ in range(2):
        with uow.read(OPERATOR) as work, pytest.raises(Refused):
            readings.kept(refused, work)
    assert len(asked) == 2


def test_only_so_many_are_kept_and_the_longest_unasked_goes_first(
    managers: Managers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readings, "MOST", 2)
    others = [a_contract(managers.uow, authority_id=managers.authority) for _ in range(2)]
    for contract in (managers.contract, others[0], managers.contract, others[1]):
        managers.asked(contract=contract)
    assert managers.read == [managers.contract, *others]
    managers.asked()
    assert managers.read == [managers.contract, *others]
    managers.asked(contract=others[0])
    assert managers.read == [managers.contract, *others, others[0]]
