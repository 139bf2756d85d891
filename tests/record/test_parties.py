"""Authorities, suppliers and people: what can be added, what is refused, and that nothing is half done."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from refusals import not_refused
from sqlalchemy import select

from quarterday.db.models import AuditRow
from quarterday.db.work import Actor, UnitOfWork
from quarterday.domain.contracts import MemberRole
from quarterday.errors import Refused
from quarterday.services.organisations import authorities, people, suppliers
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR
from quarterday.testing.clock import Clock


def test_an_authority_has_its_calendar(uow: UnitOfWork) -> None:
    authorities.add_authority(uow, OPERATOR, key="exampleshire", name=" Exampleshire  Council ", first_month=1)
    found = authorities.authority_by_key(uow, OPERATOR, "exampleshire")
    assert (found.name, found.first_month, found.due_days, found.closes_days) == ("Exampleshire Council", 1, 30, 90)
    with pytest.raises(Refused, match="no authority “northmoor”; there are: exampleshire"):
        authorities.authority_by_key(uow, OPERATOR, "northmoor")


def test_an_authority_that_cannot_be_added_leaves_nothing(uow: UnitOfWork) -> None:
    def add(**facts: Any) -> int:
        return authorities.add_authority(uow, OPERATOR, **{"key": "new", "name": "New", **facts})

    add(key="taken")
    cases: list[tuple[Callable[[], object], str]] = [
        (partial(add, key="taken"), "There is an authority “taken” already"),
        (partial(add, key="Not A Key"), "can't be a key"),
        (partial(add, name="  "), "Enter the authority's name"),
        (partial(add, first_month=13), "from 1 to 12, not 13"),
        (partial(add, first_month=0), "from 1 to 12, not 0"),
        (partial(add, nation="wales"), "“wales” is no nation"),
        (partial(add, due_days=91), "let it close on that day or later"),
        (partial(add, due_days=-1), "can't be due -1 days"),
        (partial(add, closes_days=10**6), "let it close"),
    ]
    assert not_refused(uow, cases) == []


def test_a_supplier_is_found_by_id_number_and_name(uow: UnitOfWork) -> None:
    made = suppliers.add_supplier(
        uow,
        OPERATOR,
        name="Larch & Sons Ltd",
        identifiers={"GB-COH": "01234567", "VAT": "GB 123 4567 82"},
        aliases={"Larch": "purchase ledger"},
    )
    suppliers.add_identifier(uow, OPERATOR, supplier_id=made, scheme="GB-CHC", value="1234567")
    suppliers.add_alias(uow, OPERATOR, supplier_id=made, name="LARCH SONS", source="bank file")
    found = suppliers.supplier_called(uow, OPERATOR, "gb-coh 0123 4567")
    assert found == suppliers.supplier_called(uow, OPERATOR, str(made))
    assert found == suppliers.supplier_called(uow, OPERATOR, " Larch & Sons Ltd ")
    assert found.identifiers == {"GB-COH": "01234567", "VAT": "123456782", "GB-CHC": "1234567"}
    assert found.aliases == ("Larch", "LARCH SONS")


def test_a_supplier_that_cannot_be_added_or_found_leaves_nothing(uow: UnitOfWork) -> None:
    made = builders.a_supplier(uow, identifiers={"GB-COH": "01234567"})
    add = partial(suppliers.add_supplier, uow, OPERATOR, name="X")
    identify = partial(suppliers.add_identifier, uow, OPERATOR, supplier_id=made)
    cases: list[tuple[Callable[[], object], str]] = [
        (partial(add, name=""), "Enter the supplier's name"),
        (partial(add, identifiers={"GB-COH": "01234567"}), f"is supplier {made}'s; use that one"),
        (partial(add, identifiers={"GB-CHC": "123456", "VAT": "1"}), "not a VAT number"),
        (partial(add, aliases={"Y": " "}), "where the name was seen"),
        (partial(identify, scheme="GB-COH", value="01234567"), "use that one"),
        (partial(identify, supplier_id=999, scheme="GB-CHC", value="123456"), "There is no such supplier"),
        (partial(suppliers.add_alias, uow, OPERATOR, supplier_id=999, name="Y", source="s"), "no such supplier"),
        (partial(suppliers.supplier_called, uow, OPERATOR, "GB-COH 07654321"), "There is no supplier"),
        (partial(suppliers.supplier_called, uow, OPERATOR, "Beech"), "There is no supplier “Beech”"),
        (partial(suppliers.add_supplier, uow, Actor("u", supplier_id=made), name="X"), "Only the council"),
    ]
    assert not_refused(uow, cases) == []


def test_two_suppliers_of_one_name_are_told_apart_by_id(uow: UnitOfWork) -> None:
    one, other = builders.a_supplier(uow, name="Oak Ltd"), builders.a_supplier(uow, name="Oak Ltd")
    with pytest.raises(Refused, match=f"their ids are {one}, {other}"):
        suppliers.supplier_called(uow, OPERATOR, "Oak Ltd")


def test_somebody_has_one_role_in_one_place_and_keeps_the_others(uow: UnitOfWork, clock: Clock) -> None:
    council, firm = builders.an_authority(uow), builders.a_supplier(uow)
    today = date(2026, 7, 1)
    jo = people.add_user(
        uow, OPERATOR, email="Jo@Example.org", name="Jo", role="contract manager", authority_id=council
    )
    assert people.add_user(uow, OPERATOR, email="jo@example.org", name="J", role="supplier", supplier_id=firm) == jo
    soon = today + timedelta(days=10)
    people.add_user(
        uow, OPERATOR, email="jo@example.org", name="Jo", role="lead", authority_id=council, valid_from=soon
    )

    def roles() -> dict[str, str]:
        return {
            one.name: one.role
            for one in people.members(uow, Actor("u", authority_id=council, role=MemberRole.ADMINISTRATOR))
        }

    assert roles() == {"Jo": "contract manager"}  # the first name stays
    clock.forward(days=10)
    assert roles() == {"Jo": "lead"}
    people.end_role(uow, OPERATOR, user_id=jo, authority_id=council)
    assert roles() == {}
    assert [one.role for one in people.members(uow, OPERATOR)] == ["supplier"]
    with uow.begin(OPERATOR) as work:
        assert people.role_of(work, jo, authority_id=council, day=today) == "contract manager"
        assert people.role_of(work, jo, supplier_id=firm, day=soon) == "supplier"


def test_an_authority_sees_its_people_and_its_suppliers(uow: UnitOfWork) -> None:
    council, firm = builders.an_authority(uow), builders.a_supplier(uow)
    builders.a_contract(uow, authority_id=council, supplier_id=firm)
    ours = {
        builders.a_user(uow, authority_id=council),
        builders.a_user(uow, supplier_id=firm),
    }
    builders.a_user(uow, authority_id=builders.an_authority(uow))
    builders.a_user(uow, supplier_id=builders.a_supplier(uow))
    assert {
        one.user_id for one in people.members(uow, Actor("u", authority_id=council, role=MemberRole.ADMINISTRATOR))
    } == ours


def test_somebody_who_cannot_be_given_a_role_leaves_nothing(uow: UnitOfWork) -> None:
    council, other = builders.an_authority(uow), builders.an_authority(uow)

    def add(**facts: Any) -> int:
        said = {"email": "jo@example.org", "name": "Jo", "role": "lead", "authority_id": council}
        return people.add_user(uow, OPERATOR, **{**said, **facts})

    taken = add(email="taken@example.org")
    cases: list[tuple[Callable[[], object], str]] = [
        (partial(add, role="king"), "“king” is no role"),
        (partial(add, authority_id=None), "is for an authority: say which"),
        (partial(add, role="supplier"), "is for a supplier: say which"),
        (partial(add, authority_id=999), "There is no such authority"),
        (partial(add, email="jo"), "not an e-mail address"),
        (partial(add, name=""), "Enter the person's name"),
        (partial(add, email="taken@example.org"), "has that role already"),
        (partial(people.end_role, uow, OPERATOR, user_id=taken, authority_id=other), "has no role there"),
        (partial(people.person_with, uow, OPERATOR, "nobody@example.org"), "Nobody with this address"),
    ]
    assert not_refused(uow, cases) == []


def test_the_audit_trail_holds_no_name_and_no_address(uow: UnitOfWork) -> None:
    council = builders.an_authority(uow)
    people.add_user(uow, OPERATOR, email="jo@example.org", name="Jo Poplar", role="lead", authority_id=council)
    suppliers.add_supplier(uow, OPERATOR, name="Larch & Sons Ltd", aliases={"Larch Brothers": "ledger"})
    with uow.begin(OPERATOR) as work:
        told = " ".join(
            str(tuple(row)) for row in work.all(select(AuditRow.c.action, AuditRow.c.subject, AuditRow.c.payload))
        )
    for word in ("Jo", "Poplar", "example.org", "Larch", "Exampleshire"):
        assert word not in told
    assert "member.added" in told
    assert "supplier.added" in told
