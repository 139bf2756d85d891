"""The pages of people and roles: who works for the council, and who reports for its suppliers."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from quarterday.services.access import sessions
from quarterday.services.background.deliveries import deliveries
from quarterday.services.organisations.people import members
from quarterday.services.record import UnitOfWork
from quarterday.testing import builders
from quarterday.testing.authenticator import code_at
from quarterday.testing.builders import OPERATOR
from quarterday.testing.clock import Clock

NEW = {"name": "Nia Bevan", "email": "Nia.Bevan@example.org"}


@pytest.fixture
def authority_id(uow: UnitOfWork) -> int:
    return builders.an_authority(uow)


@pytest.fixture
def supplier_id(uow: UnitOfWork, authority_id: int) -> int:
    """It has one contract, which is the council's, and one person who reports."""
    supplier_id = builders.a_supplier(uow, name="Harbour Lights Care")
    builders.a_contract(uow, authority_id=authority_id, supplier_id=supplier_id)
    builders.a_user(uow, supplier_id=supplier_id)
    return supplier_id


@pytest.fixture
def manager_id(uow: UnitOfWork, authority_id: int) -> int:
    return builders.a_user(uow, authority_id=authority_id)


@pytest.fixture
def administrator(
    uow: UnitOfWork, authority_id: int, visitor: Callable[..., Any], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> Any:
    """In a session that has passed its second factor."""
    monkeypatch.setenv("QUARTERDAY_SECRET_KEY", "a key for tests, of which nobody is to think much")
    browser = visitor(builders.a_user(uow, authority_id=authority_id, role="administrator"))
    browser.pass_second_factor(clock.now)
    return browser


def roles(uow: UnitOfWork) -> dict[str, str]:
    return {one.email: one.role for one in members(uow, OPERATOR)}


def welcomes(uow: UnitOfWork) -> int:
    return [one.kind for one in deliveries(uow, OPERATOR)].count("mail.welcome")


def test_who_works_here_is_listed_with_role_and_when_they_were_here(administrator: Any, manager_id: int) -> None:
    page = administrator.open("/council/people")
    assert page.title.startswith("People who work here")
    assert "administrator with an authenticator app 1 July 2026 1 July 2026 at 10:30am you" in page.text
    assert "contract manager 1 July 2026 never yet Change" in page.text
    assert f'href="/council/people/{manager_id}"' in page.html
    assert 'href="/council/people"' in administrator.open("/council").html


def test_somebody_is_added_and_nothing_typed_is_lost(uow: UnitOfWork, administrator: Any) -> None:
    page = administrator.fill_in("/council/people/new", **NEW)
    assert (page.status, page.errors) == (422, "There is a problem Choose a role")
    assert page.value("email") == NEW["email"]
    wrong = administrator.fill_in("/council/people/new", **{**NEW, "email": "Nia"}, role="lead")
    assert wrong.status == 422
    assert wrong.title.startswith("Error:")
    assert administrator.fill_in("/council/people/new", **NEW, role="supplier").status == 422
    assert (
        "Nia Bevan can sign in now. A mail tells them where."
        in administrator.fill_in("/council/people/new", **NEW, role="lead").text
    )
    assert roles(uow)["nia.bevan@example.org"] == "lead"
    assert "has that role already" in administrator.fill_in("/council/people/new", **NEW, role="lead").errors
    assert welcomes(uow) == 1


def test_a_role_changes_and_ends(
    uow: UnitOfWork, administrator: Any, manager_id: int, visitor: Callable[..., Any]
) -> None:
    address = f"/council/people/{manager_id}"
    browser = visitor(manager_id)
    assert "Choose what you want to change" in administrator.fill_in(address).errors
    administrator.fill_in(address, change="lead")
    assert "lead" in roles(uow).values()
    administrator.fill_in(address, change="sign out")
    assert sessions.sessions_of(uow, OPERATOR, user_id=manager_id) == []
    assert browser.open("/council").status == 303
    assert "supplier" in administrator.fill_in(address, change="supplier").errors
    assert "Saved." in administrator.fill_in(address, change="end").text
    assert list(roles(uow).values()) == ["administrator"]
    assert administrator.open(address).status == 404


def test_a_lost_app_is_taken_away(
    uow: UnitOfWork, authority_id: int, administrator: Any, visitor: Callable[..., Any], clock: Clock
) -> None:
    other_id = builders.a_user(uow, authority_id=authority_id, role="administrator")
    other = visitor(other_id)
    assert "authenticator app away" not in administrator.open(f"/council/people/{other_id}").text
    enrol = other.open("/account/second-factor")
    secret = re.findall(r"<code>([A-Z2-7]+)</code>", enrol.html)[0]
    other.send(enrol, "/account/second-factor", code=code_at(secret, clock.now))
    assert administrator.open(f"/council/people/{other_id}").html.count('value="reset"') == 1
    administrator.fill_in(f"/council/people/{other_id}", change="reset")
    assert administrator.open("/council/people").text.count("with an authenticator app") == 1


def test_somebody_is_told_again_where_to_sign_in(
    uow: UnitOfWork, administrator: Any, manager_id: int, supplier_id: int, clock: Clock
) -> None:
    address = f"/council/people/{manager_id}"
    for sent in (1, 2, 3):
        clock.now += timedelta(minutes=5)
        assert "A mail is on its way to Person" in administrator.fill_in(address, change="welcome").text
        assert welcomes(uow) == sent
    clock.now += timedelta(minutes=5)
    assert "written to 3 times today" in administrator.fill_in(address, change="welcome").errors
    reporters = f"/council/suppliers/{supplier_id}/people"
    again = re.findall(rf'href="({reporters}/\d+/welcome)"', administrator.open(reporters).html)[0]
    assert "Tell Person" in administrator.open(again).title
    for sent in (4, 5, 6):
        assert "A mail is on its way to Person" in administrator.fill_in(again).text
        assert welcomes(uow) == sent
        clock.now += timedelta(minutes=5)
    assert "written to 3 times today" in administrator.fill_in(again).errors


def test_nobody_changes_their_own_role(uow: UnitOfWork, administrator: Any) -> None:
    (me,) = [one.user_id for one in members(uow, OPERATOR) if one.role == "administrator"]
    for change in ("end", "lead"):
        assert "Nobody changes their own role" in administrator.fill_in(f"/council/people/{me}", change=change).errors
    assert "administrator" in roles(uow).values()


def test_who_reports_for_a_supplier_is_the_administrators_to_say(
    uow: UnitOfWork, administrator: Any, supplier_id: int
) -> None:
    address = f"/council/suppliers/{supplier_id}/people"
    assert "Who reports for Harbour Lights Care" in administrator.open(address).text
    assert "Nia Bevan can sign in" in administrator.fill_in(f"{address}/new", **NEW).text
    assert roles(uow)["nia.bevan@example.org"] == "supplier"
    nia = re.findall(rf'href="({address}/\d+/end)"[^>]*>[^<]*<span[^>]*> of Nia', administrator.open(address).html)[0]
    assert "Nia Bevan reports for this supplier no more." in administrator.fill_in(nia).text
    assert "nia.bevan@example.org" not in roles(uow)
    assert administrator.open(nia).status == 404


def test_the_people_of_a_supplier_with_other_contracts_are_the_operators(
    uow: UnitOfWork, administrator: Any, supplier_id: int
) -> None:
    builders.a_contract(uow, supplier_id=supplier_id)
    address = f"/council/suppliers/{supplier_id}/people"
    page = administrator.open(address)
    assert "contracts with other councils too" in page.text
    assert "/new" not in page.html
    assert "Only whoever runs this service" in administrator.fill_in(f"{address}/new", **NEW).errors
    assert "nia.bevan@example.org" not in roles(uow)


def test_what_is_anothers_is_not_there(
    uow: UnitOfWork, administrator: Any, manager_id: int, supplier_id: int, visitor: Callable[..., Any]
) -> None:
    stranger = builders.a_user(uow, authority_id=builders.an_authority(uow))
    unknown = builders.a_supplier(uow)
    for address in (f"people/{stranger}", f"suppliers/{unknown}/people", f"suppliers/{unknown}/people/new"):
        assert administrator.open(f"/council/{address}").status == 404
    manager = visitor(manager_id)
    assert manager.open(f"/council/suppliers/{supplier_id}/people").status == 200
    for address in ("people", "people/new", f"people/{manager_id}", f"suppliers/{supplier_id}/people/new"):
        assert manager.open(f"/council/{address}").status == 404
