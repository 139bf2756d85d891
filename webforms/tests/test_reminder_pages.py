"""Showing and changing whom a council reminds, and when."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from quarterday.domain.contracts import MemberRole
from quarterday.services.record import UnitOfWork
from quarterday.services.reminders.ladders import ladder, set_ladder
from quarterday.services.reminders.rungs import as_data
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR

AT, CHANGE = "/council/reminders", "/council/reminders/change"
TYPED = {
    "rungs-0-to": "supplier",
    "rungs-0-when": "5  Working days BEFORE",
    "rungs-1-to": "lead",
    "rungs-1-when": "1 day after",
    "rungs-2-to": "",
    "rungs-2-when": "",
    "begins": "07:00",
    "ends": "20:00",
    "weekdays": ["Monday", "Saturday"],
    "most": "40",
    "wanted": "save",
}
OWN = {
    "hours": ["07:00", "20:00"],
    "weekdays": ["Monday", "Saturday"],
    "most": 40,
    "rung": [{"to": "supplier", "when": "5 working days before"}, {"to": "lead", "when": "1 day after"}],
}


@pytest.fixture
def authority(uow: UnitOfWork) -> int:
    return builders.an_authority(uow)


@pytest.fixture
def lead(uow: UnitOfWork, visitor: Callable[..., Any], authority: int) -> Any:
    """The browser of a social value lead."""
    return visitor(builders.a_user(uow, authority_id=authority, role=MemberRole.LEAD))


def holds(uow: UnitOfWork, authority: int) -> dict[str, Any]:
    return as_data(ladder(uow, OPERATOR, authority_id=authority))


def test_the_usual_ladder_is_shown_and_what_would_go_out_by_it(lead: Any, uow: UnitOfWork, authority: int) -> None:
    assert "Nothing would." in lead.open(AT).text
    supplier = builders.a_supplier(uow)
    builders.a_user(uow, supplier_id=supplier)
    contract = builders.a_contract(uow, authority_id=authority, supplier_id=supplier, reference="EX-7")
    return_id = builders.a_return(uow, contract_id=builders.an_award(uow, contract_id=contract))
    page = lead.open(AT)
    assert "This is the usual ladder" in page.text
    assert "3 working days before Supplier" in page.text
    assert "08:00 to 18:00" in page.text
    assert "Monday, Tuesday, Wednesday, Thursday and Friday" in page.text
    assert "1 July 2026" in page.text.partition("What would go out")[2]
    assert f'href="/council/returns/{return_id}">EX-7, 1 July 2026 to 30 September 2026</a>' in page.html
    assert page.html.count('href="/council/reminders"') == 1


def test_more_lines_than_a_page_holds_are_counted(
    lead: Any, uow: UnitOfWork, authority: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("quarterday_webforms.council.reminders.MOST", 1)
    supplier = builders.a_supplier(uow)
    for _ in range(2):
        builders.a_user(uow, supplier_id=supplier)
    contract = builders.a_contract(uow, authority_id=authority, supplier_id=supplier)
    builders.a_return(uow, contract_id=builders.an_award(uow, contract_id=contract))
    set_ladder(uow, OPERATOR, authority_id=authority, data={"most": 1})
    text = lead.open(AT).text
    assert "These are the first 1 of 2 lines." in text
    assert text.count("would be stopped") == 1


def test_what_was_typed_holds_and_is_shown_in_order(lead: Any, uow: UnitOfWork, authority: int) -> None:
    page = lead.fill_in(CHANGE, **TYPED)
    assert "Saved." in page.text
    assert "5 working days before Supplier 1 day after Social value lead" in page.text
    assert "Your council has its own" in page.text
    assert holds(uow, authority) == OWN
    again = lead.open(CHANGE)
    assert (again.value("rungs-1-when"), again.value("rungs-2-when"), again.value("most")) == ("1 day after", "", "40")


def test_one_goes_back_to_the_usual_ladder_whatever_is_typed(lead: Any, uow: UnitOfWork, authority: int) -> None:
    usual = holds(uow, authority)
    assert "Go back to the usual" not in lead.open(CHANGE).text
    set_ladder(uow, OPERATOR, authority_id=authority, data=OWN)
    page = lead.fill_in(CHANGE, **{**TYPED, "begins": "?", "wanted": "usual"})
    assert "This is the usual ladder" in page.text
    assert holds(uow, authority) == usual


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"rungs-1-when": "next week"}, "“next week” is no time for a reminder"),
        ({"rungs-1-when": ""}, "Enter when, like"),
        ({"rungs-1-to": ""}, "Choose whom to remind"),
        ({"rungs-1-to": "mayor"}, "Choose whom to remind"),
        ({"rungs-1-to": "supplier", "rungs-1-when": "5 working days before"}, "is there already"),
        ({"begins": "7am"}, "“7am” is no time of day"),
        ({"ends": "06:00"}, "The hours end (06:00) before they begin (07:00)"),
        ({"weekdays": []}, "Name at least one of the weekdays"),
        ({"weekdays": ["Someday"]}, "“Someday” is no day of the week"),
        ({"most": "0"}, "Enter a number of returns, like 500"),
        ({"most": "²"}, "Enter a number of returns, like 500"),
    ],
)
def test_what_is_wrong_is_said_at_its_box_and_nothing_typed_is_lost(
    lead: Any, uow: UnitOfWork, authority: int, wrong: dict[str, Any], said: str
) -> None:
    usual, typed = holds(uow, authority), {**TYPED, **wrong}
    page = lead.fill_in(CHANGE, **typed)
    assert page.status == 422
    assert page.title.startswith("Error:")
    assert page.errors.count(said) == 1
    assert page.html.count('class="govuk-error-message"') == 1
    for name in ("rungs-0-when", "rungs-1-when", "begins", "ends", "most"):
        assert page.value(name) == typed[name]
    assert holds(uow, authority) == usual


def test_rows_that_no_page_of_ours_has_are_none(lead: Any, uow: UnitOfWork, authority: int) -> None:
    lead.fill_in(CHANGE, **TYPED, **{f"rungs-{odd}-when": "on the day" for odd in ("²", "x", "30", "9" * 5000)})
    assert holds(uow, authority) == OWN


def test_of_two_who_change_it_the_second_sees_what_the_first_saved(lead: Any, uow: UnitOfWork, authority: int) -> None:
    page = lead.open(CHANGE)
    lead.send(page, CHANGE, **TYPED)
    assert "Saved." in lead.send(page, CHANGE, **TYPED).text
    second = lead.send(page, CHANGE, **{**TYPED, "most": "50"})
    assert second.status == 422
    assert "Somebody changed the reminders since" in second.errors
    assert "What is saved now" in second.text
    assert second.value("most") == "50"
    assert holds(uow, authority) == OWN
    assert "Saved." in lead.send(second, CHANGE, **{**TYPED, "most": "50"}).text
    assert holds(uow, authority)["most"] == 50


def test_a_manager_has_no_such_page(uow: UnitOfWork, visitor: Callable[..., Any], authority: int) -> None:
    manager = visitor(builders.a_user(uow, authority_id=authority, role=MemberRole.MANAGER))
    assert {manager.open(page).status for page in (AT, CHANGE)} == {404}
    assert "Reminders" not in manager.open("/council").text
