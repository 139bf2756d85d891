"""Contracts: adding, handing over, and what is refused, on both databases; who had one on a day, as it was known."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import partial

import pytest
from refusals import not_refused
from sqlalchemy import select

from quarterday.db.models import AuditRow
from quarterday.db.work import Actor, UnitOfWork
from quarterday.domain.contracts import MemberRole
from quarterday.errors import Refused
from quarterday.services import scope
from quarterday.services.promises import contracts, handovers
from quarterday.services.promises.contracts import NewContract
from quarterday.services.promises.dossier import Dossier, dossier
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR
from quarterday.testing.clock import Clock

TODAY = date(2026, 7, 1)
STARTS, ENDS = date(2026, 4, 1), date(2028, 3, 31)


def new(lead: int, **facts: object) -> NewContract:
    plain = NewContract(reference="EX/1", title="Cleaning", starts=STARTS, ends=ENDS, parties={lead: "lead"})
    return replace(plain, **facts)  # type: ignore[arg-type]


def on(uow: UnitOfWork, contract: int, **when: object) -> Dossier:
    return dossier(uow, OPERATOR, contract_id=contract, **when)  # type: ignore[arg-type]


def test_a_contract_has_its_parties_owner_and_reference(uow: UnitOfWork) -> None:
    council = builders.an_authority(uow)
    lead, partner = builders.a_supplier(uow, name="Larch Ltd"), builders.a_supplier(uow, name="Beech CIC")
    owner = builders.a_user(uow, authority_id=council)
    made = contracts.add_contract(
        uow,
        OPERATOR,
        authority_id=council,
        contract=new(lead, parties={partner: "Partner", lead: "LEAD"}, kind="Call-off", rhythm="Month", owner_id=owner),
    )
    found = contracts.contract_by_reference(uow, OPERATOR, authority_id=council, reference=" EX/1 ")
    assert (found.id, found.kind, found.rhythm, found.starts, found.ends) == (made, "call-off", "month", STARTS, ENDS)
    whole = on(uow, made)
    assert [(name, party.role.value) for name, party in whole.parties] == [
        ("Larch Ltd", "lead"),
        ("Beech CIC", "partner"),
    ]
    assert whole.owner.startswith("Person")
    with pytest.raises(Refused, match="There is no contract “EX/2”"):
        contracts.contract_by_reference(uow, OPERATOR, authority_id=council, reference="EX/2")


def test_a_contract_that_cannot_be_added_leaves_nothing(uow: UnitOfWork) -> None:
    council, lead, second = builders.an_authority(uow), builders.a_supplier(uow), builders.a_supplier(uow)
    builders.a_contract(uow, authority_id=council, reference="TAKEN")
    cases: list[tuple[dict[str, object], str]] = [
        ({"ends": STARTS - timedelta(days=1)}, r"ends 2026-03-31, before it starts \(2026-04-01\)"),
        ({"ends": date(9999, 12, 31)}, "enter the day it is expected to"),
        ({"reference": "EX-🚀"}, "“🚀” can't stand in a reference"),
        ({"reference": "TAKEN"}, "has a contract “TAKEN” already"),
        ({"title": "\n"}, "Enter the contract's title"),
        ({"kind": "marriage"}, "“marriage” is no kind of contract"),
        ({"rhythm": "fortnight"}, "“fortnight” is no rhythm"),
        ({"parties": {}}, "exactly one lead"),
        ({"parties": {lead: "lead", second: "lead"}}, "exactly one lead"),
        ({"parties": {lead: "partner"}}, "exactly one lead"),
        ({"parties": {lead: "boss"}}, "“boss” is no role"),
        ({"parties": {999: "lead"}}, "There is no such supplier"),
        ({"owner_id": 999}, "has a role with its authority"),
    ]

    def add(facts: dict[str, object]) -> int:
        return contracts.add_contract(uow, OPERATOR, authority_id=council, contract=new(lead, **facts))

    assert not_refused(uow, [(partial(add, facts), says) for facts, says in cases]) == []
    assert add({}) > 0


def test_a_reference_is_an_authoritys_own(uow: UnitOfWork) -> None:
    one, other = builders.an_authority(uow), builders.an_authority(uow)
    builders.a_contract(uow, authority_id=one, reference="EX/1")
    builders.a_contract(uow, authority_id=other, reference="EX/1")
    assert {found.authority_id for found in contracts.contracts(uow, OPERATOR)} == {one, other}


def test_a_contract_that_starts_later_is_seen_at_once(uow: UnitOfWork) -> None:
    council, firm = builders.an_authority(uow), builders.a_supplier(uow)
    made = builders.a_contract(uow, authority_id=council, supplier_id=firm, starts=date(2027, 4, 1))
    for actor in (Actor("u", authority_id=council, role=MemberRole.ADMINISTRATOR), Actor("u", supplier_id=firm)):
        assert [one.id for one in contracts.contracts(uow, actor)] == [made]


def test_another_manager_from_a_day_on(uow: UnitOfWork, clock: Clock) -> None:
    council = builders.an_authority(uow)
    old, substitute = builders.a_user(uow, authority_id=council), builders.a_user(uow, authority_id=council)
    made = builders.a_contract(uow, authority_id=council, owner_id=old)
    before = clock.now
    clock.forward(days=1)
    leave = TODAY + timedelta(days=30)
    handovers.change_owner(uow, OPERATOR, contract_id=made, user_id=substitute, since=leave)
    with uow.begin(OPERATOR) as work:
        assert contracts.owner_on(work, made, TODAY) == old
        assert contracts.owner_on(work, made, leave) == substitute
        assert contracts.owner_on(work, made, leave, before) == old
        assert contracts.owner_on(work, made, STARTS - timedelta(days=1)) is None


def test_a_handover_that_cannot_be_leaves_nothing(uow: UnitOfWork) -> None:
    council, other = builders.an_authority(uow), builders.an_authority(uow)
    lead, second, owner = builders.a_supplier(uow), builders.a_supplier(uow), builders.a_user(uow, authority_id=council)
    made = builders.a_contract(uow, authority_id=council, supplier_id=lead, reference="EX/1", owner_id=owner)
    builders.a_contract(uow, authority_id=other, supplier_id=lead, reference="EX/1")
    change = partial(handovers.change_owner, uow, OPERATOR, contract_id=made)
    novate = partial(
        handovers.novate, uow, OPERATOR, contract_id=made, leaving_id=lead, entering_id=second, since=TODAY
    )
    move = partial(handovers.move, uow, OPERATOR, contract_id=made, authority_id=other, since=TODAY)
    cases: list[tuple[Callable[[], object], str]] = [
        (partial(change, user_id=999), "has a role with its authority"),
        (partial(change, user_id=owner), "manages the contract already"),
        (partial(change, contract_id=999, user_id=owner), "There is no such contract"),
        (partial(novate, entering_id=999), "There is no such supplier"),
        (partial(novate, leaving_id=second), "no party to this contract on 2026-07-01"),
        (partial(novate, entering_id=lead), "is a party to this contract already"),
        (partial(novate, since=date(2028, 4, 1)), "outside the contract, which runs from 2026-04-01 to 2028-03-31"),
        (partial(move, authority_id=999), "There is no such authority"),
        (partial(move, authority_id=council), "Council [0-9]+'s already"),
        (partial(move, since=STARTS), "changed authority on 2026-04-01 or later already"),
        (move, "has a contract “EX/1” already"),
        (partial(move, reference="EX 🚀"), "can't stand in a reference"),
    ]
    assert not_refused(uow, cases) == []


def test_a_novation_puts_one_in_the_others_place(uow: UnitOfWork, clock: Clock) -> None:
    out, entering, third = builders.a_supplier(uow), builders.a_supplier(uow), builders.a_supplier(uow)
    made = builders.a_contract(uow, supplier_id=out)
    known = clock.now
    clock.forward(minutes=1)
    since = date(2026, 10, 1)
    handovers.novate(uow, OPERATOR, contract_id=made, leaving_id=out, entering_id=entering, since=since)

    def leads(**when: object) -> list[int]:
        return [party.supplier_id for _, party in on(uow, made, **when).parties]

    assert leads() == [out]
    assert leads(day=since - timedelta(days=1)) == [out]
    assert leads(day=since) == [entering]
    assert leads(day=since, at=known) == [out]
    with pytest.raises(Refused, match="The parties change on 2026-10-01 already"):
        handovers.novate(uow, OPERATOR, contract_id=made, leaving_id=out, entering_id=third, since=TODAY)
    handovers.novate(uow, OPERATOR, contract_id=made, leaving_id=entering, entering_id=out, since=date(2027, 1, 1))
    assert leads(day=date(2027, 1, 1)) == [out]


def test_a_move_keeps_everything_and_may_give_another_reference(uow: UnitOfWork, clock: Clock) -> None:
    old, new_council = builders.an_authority(uow), builders.an_authority(uow)
    made = builders.an_award(uow, contract_id=builders.a_contract(uow, authority_id=old, reference="EX/1"))
    builders.a_contract(uow, authority_id=new_council, reference="EX/1")
    known = clock.now
    before = on(uow, made)
    clock.forward(minutes=1)
    since = date(2026, 7, 2)
    handovers.move(uow, OPERATOR, contract_id=made, authority_id=new_council, since=since, reference="NM/7")
    assert scope_of(uow, old) == {made}  # until the day
    clock.forward(days=1)
    assert scope_of(uow, old) == set()
    assert made in scope_of(uow, new_council)
    after = on(uow, made)
    assert after.contract.reference == "NM/7"
    assert (after.promised, after.pinned, after.parties) == (before.promised, before.pinned, before.parties)
    with uow.begin(OPERATOR) as work:
        assert scope.authority_of(work, made, since) == new_council
        assert scope.authority_of(work, made, since - timedelta(days=1)) == old
        assert scope.authority_of(work, made, since, known) == old
        told = work.all(select(AuditRow.c.authority_id).where(AuditRow.c.action == "contract.moved"))
    assert {row.authority_id for row in told} == {old, new_council}  # in both chains


def scope_of(uow: UnitOfWork, authority: int) -> set[int]:
    return {
        one.id for one in contracts.contracts(uow, Actor("u", authority_id=authority, role=MemberRole.ADMINISTRATOR))
    }
