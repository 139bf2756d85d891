"""The pages of a supplier's own people: who reports with me, somebody new, a role that ends."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from quarterday.services.background.deliveries import deliveries
from quarterday.services.organisations.people import add_user, members
from quarterday.services.record import UnitOfWork
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR
from quarterday.testing.clock import Clock

NEW = {"name": "Nia Bevan", "email": "Nia.Bevan@example.org"}
PEOPLE = "/returns/people"


@pytest.fixture
def supplier_id(uow: UnitOfWork) -> int:
    """It has contracts with two councils."""
    supplier_id = builders.a_supplier(uow, name="Harbour Lights Care")
    for _ in range(2):
        builders.a_contract(uow, supplier_id=supplier_id)
    return supplier_id


@pytest.fixture
def grace_id(uow: UnitOfWork, supplier_id: int) -> int:
    return builders.a_user(uow, supplier_id=supplier_id)


@pytest.fixture
def grace(grace_id: int, visitor: Callable[..., Any]) -> Any:
    return visitor(grace_id)


def reporting(uow: UnitOfWork, supplier_id: int) -> set[str]:
    return {one.email for one in members(uow, OPERATOR) if one.supplier_id == supplier_id}


def test_colleagues_are_listed_with_the_day_they_were_here(
    uow: UnitOfWork, supplier_id: int, grace: Any, visitor: Callable[..., Any], clock: Clock
) -> None:
    visitor(builders.a_user(uow, supplier_id=supplier_id))
    builders.a_user(uow, supplier_id=supplier_id)
    builders.a_user(uow, supplier_id=builders.a_supplier(uow))
    page = grace.open(PEOPLE)
    assert page.title.startswith("Who reports with you")
    assert "Harbour Lights Care" in page.text
    assert page.text.count("since 1 July 2026, last here on 1 July 2026") == 2
    assert page.text.count("since 1 July 2026, not here yet") == 1
    assert page.text.count("(you)") == 1
    assert "10:30am" not in page.text
    assert 'href="/returns/people"' in grace.open("/returns").html


def test_a_colleague_is_added_told_and_ended(uow: UnitOfWork, supplier_id: int, grace: Any) -> None:
    added = grace.fill_in(f"{PEOPLE}/{supplier_id}/new", **NEW)
    assert "Nia Bevan reports with you now. A mail tells them where to sign in." in added.text
    assert "nia.bevan@example.org" in reporting(uow, supplier_id)
    assert [one.kind for one in deliveries(uow, OPERATOR)] == ["mail.welcome"]
    end = re.findall(rf'href="({PEOPLE}/\d+/\d+/end)"[^>]*>End the role<span[^>]*> of Nia', added.html)[0]
    assert "can then see and write no return of Harbour Lights Care" in grace.open(end).text
    assert "Nia Bevan reports for Harbour Lights Care no more." in grace.fill_in(end).text
    assert "nia.bevan@example.org" not in reporting(uow, supplier_id)
    assert grace.open(end).status == 404


def test_of_an_address_that_is_known_elsewhere_only_what_was_typed_is_said(
    uow: UnitOfWork, supplier_id: int, grace: Any
) -> None:
    elsewhere = builders.a_supplier(uow)
    add_user(uow, OPERATOR, email=NEW["email"], name="Antonia Bevan-Rees", role="supplier", supplier_id=elsewhere)
    added = grace.fill_in(f"{PEOPLE}/{supplier_id}/new", **NEW)
    end = re.findall(rf'href="({PEOPLE}/\d+/\d+/end)"[^>]*>End the role<span[^>]*> of Nia', added.html)[0]
    for page in (added, grace.open(end), grace.fill_in(end)):
        assert "Nia Bevan" in page.text
        assert "Antonia" not in page.text


def test_nothing_typed_is_lost(uow: UnitOfWork, supplier_id: int, grace: Any) -> None:
    address = f"{PEOPLE}/{supplier_id}/new"
    blank = grace.fill_in(address, name="Nia Bevan")
    assert (blank.status, blank.errors) == (422, "There is a problem Enter an e-mail address, like name@example.org")
    assert blank.title.startswith("Error:")
    assert blank.value("name") == "Nia Bevan"
    wrong = grace.fill_in(address, name="Nia Bevan", email="Nia")
    assert (wrong.status, wrong.value("email")) == (422, "Nia")
    grace.fill_in(address, **NEW)
    again = grace.fill_in(address, **NEW)
    assert (again.status, again.errors) == (422, "There is a problem This person has that role already.")
    assert len(deliveries(uow, OPERATOR)) == 1


def test_somebody_leaves_who_isnt_the_last(
    uow: UnitOfWork, supplier_id: int, grace_id: int, grace: Any, visitor: Callable[..., Any]
) -> None:
    leave = f"{PEOPLE}/{supplier_id}/{grace_id}/end"
    assert leave not in grace.open(PEOPLE).html
    refused = grace.fill_in(leave)
    assert refused.status == 422
    assert "Nobody else reports for Harbour Lights Care: add somebody first" in refused.errors
    builders.a_user(uow, supplier_id=supplier_id)
    assert ">Leave</a>" in grace.open(PEOPLE).html
    gone = grace.fill_in(leave)
    assert gone.title.startswith("Sign in")
    assert len(reporting(uow, supplier_id)) == 1
    assert grace.open(PEOPLE).status == 303


def test_who_reports_for_several_suppliers_sees_each(
    uow: UnitOfWork, supplier_id: int, grace_id: int, grace: Any
) -> None:
    other = builders.a_supplier(uow, name="Tidewell Facilities")
    (own,) = [one for one in members(uow, OPERATOR) if one.user_id == grace_id]
    add_user(uow, OPERATOR, email=own.email, name=own.name, role="supplier", supplier_id=other)
    page = grace.open(PEOPLE)
    assert "Add a colleague at Harbour Lights Care" in page.text
    assert "Add a colleague at Tidewell Facilities" in page.text
    grace.fill_in(f"{PEOPLE}/{other}/new", **NEW)
    assert "nia.bevan@example.org" in reporting(uow, other) - reporting(uow, supplier_id)


def test_another_suppliers_people_and_a_link_to_one_return_open_nothing(
    uow: UnitOfWork, supplier_id: int, grace_id: int, grace: Any, visitor: Callable[..., Any]
) -> None:
    other = builders.a_supplier(uow)
    stranger = builders.a_user(uow, supplier_id=other)
    for address in (f"{other}/new", f"{other}/{stranger}/end", f"{supplier_id}/{stranger}/end"):
        assert grace.open(f"{PEOPLE}/{address}").status == 404
    return_id = builders.a_return(uow, contract_id=_awarded(uow, supplier_id))
    by_link = visitor(grace_id, return_id)
    assert by_link.open(PEOPLE).headers["location"].endswith(f"/returns/{return_id}")
    assert PEOPLE not in by_link.open(f"/returns/{return_id}").html
    assert by_link.open(f"{PEOPLE}/{supplier_id}/new").headers["location"].endswith(f"/returns/{return_id}")


def _awarded(uow: UnitOfWork, supplier_id: int) -> int:
    contract_id = builders.a_contract(uow, supplier_id=supplier_id)
    builders.an_award(uow, contract_id=contract_id)
    return contract_id
