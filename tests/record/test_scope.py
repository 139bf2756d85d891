"""Every actor sees its own scope and nothing else, and what is outside looks as if it weren't there."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import pytest

from quarterday.db.work import Actor, UnitOfWork
from quarterday.domain.contracts import MemberRole
from quarterday.domain.promises import Promise
from quarterday.errors import Refused
from quarterday.services import scope
from quarterday.services.measures import loading_values
from quarterday.services.organisations import authorities, local_areas, people, periods, suppliers
from quarterday.services.promises import awards, contracts, dossier, ends, handovers, opening, pinning
from quarterday.services.promises.contracts import NewContract
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR


@dataclass(frozen=True)
class Ground:
    """Two authorities, each with an awarded contract of a supplier of its own."""

    council: int
    other_council: int
    supplier: int
    other_supplier: int
    contract: int
    other_contract: int

    @property
    def staff(self) -> Actor:
        return Actor("user/1", authority_id=self.council, role=MemberRole.ADMINISTRATOR)

    @property
    def firm(self) -> Actor:
        return Actor("user/2", supplier_id=self.supplier)


@pytest.fixture
def ground(uow: UnitOfWork) -> Ground:
    council, other_council = builders.an_authority(uow), builders.an_authority(uow)
    supplier, other_supplier = builders.a_supplier(uow), builders.a_supplier(uow)
    return Ground(
        council,
        other_council,
        supplier,
        other_supplier,
        builders.an_award(uow, contract_id=builders.a_contract(uow, authority_id=council, supplier_id=supplier)),
        builders.an_award(
            uow, contract_id=builders.a_contract(uow, authority_id=other_council, supplier_id=other_supplier)
        ),
    )


def test_each_actor_lists_its_own(uow: UnitOfWork, ground: Ground) -> None:
    def seen(actor: Actor) -> list[int]:
        return [one.id for one in contracts.contracts(uow, actor)]

    assert seen(OPERATOR) == [ground.contract, ground.other_contract]
    assert seen(ground.staff) == [ground.contract]
    assert seen(ground.firm) == [ground.contract]
    assert (
        seen(
            Actor(
                "user/3", authority_id=ground.council, supplier_id=ground.other_supplier, role=MemberRole.ADMINISTRATOR
            )
        )
        == []
    )
    assert [one.id for one in authorities.authorities(uow, ground.staff)] == [ground.council]
    assert authorities.authorities(uow, ground.firm) == []
    assert [one.id for one in suppliers.suppliers(uow, ground.firm)] == [ground.supplier]
    assert len(suppliers.suppliers(uow, ground.staff)) == 2  # suppliers are one register for all authorities


def test_a_supplier_sees_its_contracts_with_any_authority(uow: UnitOfWork, ground: Ground) -> None:
    second = builders.a_contract(uow, authority_id=ground.other_council, supplier_id=ground.supplier)
    assert {one.id for one in contracts.contracts(uow, ground.firm)} == {ground.contract, second}
    assert [one.id for one in contracts.contracts(uow, ground.staff)] == [ground.contract]


TODAY = date(2026, 7, 1)
Act = Callable[[UnitOfWork, Actor, Ground], object]
READS: list[Act] = [
    lambda uow, actor, at: dossier.dossier(uow, actor, contract_id=at.other_contract),
    lambda uow, actor, at: awards.commitments(uow, actor, contract_id=at.other_contract),
    lambda uow, actor, at: opening.opening_balances(uow, actor, contract_id=at.other_contract),
    lambda uow, actor, at: periods.return_of(uow, actor, contract_id=at.other_contract, day=TODAY),
    lambda uow, actor, at: local_areas.definitions(uow, actor, authority_id=at.other_council),
    lambda uow, actor, at: loading_values.kept_values(uow, actor, authority_id=at.other_council),
    lambda uow, actor, at: loading_values.kept_value_set(uow, actor, authority_id=at.other_council, name="x"),
    lambda uow, actor, at: loading_values.values_named(
        uow, actor, authority_id=at.other_council, name="x", edition=builders.a_catalogue()
    ),
]
CHANGES: list[Act] = [
    lambda uow, actor, at: awards.vary(
        uow, actor, contract_id=at.other_contract, promises={"WEEKS": Promise("1")}, reason="r"
    ),
    lambda uow, actor, at: awards.award(
        uow, actor, contract_id=at.other_contract, edition=builders.a_catalogue(), promises=builders.PROMISES
    ),
    lambda uow, actor, at: handovers.change_owner(uow, actor, contract_id=at.other_contract, user_id=1),
    lambda uow, actor, at: handovers.novate(
        uow,
        actor,
        contract_id=at.other_contract,
        leaving_id=at.other_supplier,
        entering_id=at.supplier,
        since=TODAY,
    ),
    lambda uow, actor, at: opening.add_opening_balance(
        uow, actor, contract_id=at.other_contract, ref="WEEKS", as_of=TODAY, quantity="1", source="s"
    ),
    lambda uow, actor, at: periods.open_returns(uow, actor, authority_id=at.other_council, on=TODAY),
    lambda uow, actor, at: local_areas.define(
        uow, actor, authority_id=at.other_council, name="Here", codes=["E08000018"]
    ),
    lambda uow, actor, at: people.add_user(
        uow, actor, email="a@example.org", name="A", role="lead", authority_id=at.other_council
    ),
    lambda uow, actor, at: people.end_role(uow, actor, user_id=1, authority_id=at.other_council),
    lambda uow, actor, at: contracts.add_contract(
        uow,
        actor,
        authority_id=at.other_council,
        contract=NewContract(reference="N1", title="T", starts=TODAY, ends=TODAY, parties={at.other_supplier: "lead"}),
    ),
    lambda uow, actor, at: ends.change_end(
        uow, actor, contract_id=at.other_contract, ends=date(2029, 3, 31), reason="r"
    ),
    lambda uow, actor, at: pinning.pin_values(
        uow, actor, contract_id=at.other_contract, value_set=builders.a_value_set(), reason="r"
    ),
    lambda uow, actor, at: handovers.hand_over_all(
        uow, actor, authority_id=at.other_council, leaving_id=1, entering_id=2
    ),
]
"""Everything that could be done to what is another authority's; each stands here once."""


def let_through(uow: UnitOfWork, actor: Actor, ground: Ground, acts: list[Act], says: str) -> dict[int, str]:
    """The acts that weren't refused with those words, by their place, and what came of them."""
    found = {}
    for place, act in enumerate(acts):
        try:
            found[place] = repr(act(uow, actor, ground))
        except Refused as why:
            if not re.fullmatch(says, str(why)):
                found[place] = str(why)
    return found


def test_what_is_anothers_is_not_there_for_an_authority(uow: UnitOfWork, ground: Ground) -> None:
    nothing = r"There is no such (contract|authority)\."
    assert let_through(uow, ground.staff, ground, [*READS, *CHANGES], nothing) == {}


def test_what_is_anothers_is_not_there_for_a_supplier(uow: UnitOfWork, ground: Ground) -> None:
    assert let_through(uow, ground.firm, ground, READS, r"There is no such (contract|authority)\.") == {}


def test_a_supplier_does_nothing_that_is_a_councils_to_do(uow: UnitOfWork, ground: Ground) -> None:
    its_own = Actor("user/2", supplier_id=ground.other_supplier)
    says = r"Only the council can do this; ask the contract's manager\.|There is no such authority\."
    assert let_through(uow, its_own, ground, CHANGES, says) == {}


def test_the_operator_is_let_through(uow: UnitOfWork, ground: Ground) -> None:
    """So that the tests above are refused for their scope, and for nothing else."""
    refused = let_through(uow, OPERATOR, ground, [*READS, *CHANGES], r"There is no such .*|Only the .*")
    assert len(refused) == len(READS) + len(CHANGES)


def test_what_concerns_several_authorities_is_the_operators(uow: UnitOfWork, ground: Ground) -> None:
    acts: list[Act] = [
        lambda uow, actor, at: authorities.add_authority(uow, actor, key="new", name="New"),
        lambda uow, actor, at: handovers.move(
            uow, actor, contract_id=at.contract, authority_id=at.other_council, since=TODAY
        ),
    ]
    for actor in (ground.staff, ground.firm):
        assert let_through(uow, actor, ground, acts, r"Only the operator of this installation can do this\.") == {}
    assert len(let_through(uow, OPERATOR, ground, acts, "Only .*")) == 2


def test_a_supplier_that_was_novated_out_sees_the_contract_no_more(uow: UnitOfWork, ground: Ground) -> None:
    handovers.novate(
        uow,
        ground.staff,
        contract_id=ground.contract,
        leaving_id=ground.supplier,
        entering_id=ground.other_supplier,
        since=TODAY,
    )
    assert contracts.contracts(uow, ground.firm) == []
    new = Actor("user/4", supplier_id=ground.other_supplier)
    assert {one.id for one in contracts.contracts(uow, new)} == {ground.contract, ground.other_contract}


def test_the_locks_of_a_scope_are_taken_on_both_databases(uow: UnitOfWork, ground: Ground) -> None:
    with uow.begin(ground.staff) as work:
        assert scope.contract(work, ground.contract, lock=True).authority_id == ground.council
        assert scope.authority(work, ground.council, lock=True).id == ground.council
