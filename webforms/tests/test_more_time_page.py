"""Giving a return more time in the browser: what was typed stays, the new day holds, twice is once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from quarterday.db.models import OutboxRow, ReturnExtension
from quarterday.services.record import UnitOfWork
from quarterday.services.returns.standing import whole_return
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR

DUE = date(2026, 10, 30)


@pytest.fixture
def return_id(uow: UnitOfWork) -> int:
    return builders.a_return(uow)


@pytest.fixture
def manager(uow: UnitOfWork, return_id: int, visitor: Callable[..., Any]) -> Any:
    authority_id = whole_return(uow, OPERATOR, return_id=return_id).listed.authority_id
    return visitor(builders.a_user(uow, authority_id=authority_id))


def given(uow: UnitOfWork) -> list[date]:
    with uow.read(OPERATOR) as work:
        return [row.due for row in work.all(select(ReturnExtension.c.due).order_by(ReturnExtension.c.id))]


def test_a_return_is_given_another_day_once(uow: UnitOfWork, return_id: int, manager: Any) -> None:
    contract_id = whole_return(uow, OPERATOR, return_id=return_id).listed.contract_id
    builders.a_reporter(uow, contract_id=contract_id)
    at = f"/council/returns/{return_id}"
    assert "Give this return more time" in manager.open(at).text
    form = manager.open(f"{at}/more-time")
    typed = {"due": ["20", "11", "2026"], "reason": "Their system was down."}
    for _ in range(2):
        after = manager.send(form, f"{at}/more-time", **typed)
        assert "This return is due by 20 November 2026 now." in after.text
    assert given(uow) == [date(2026, 11, 20)]
    with uow.read(OPERATOR) as work:
        assert len(work.all(select(OutboxRow.c.id).where(OutboxRow.c.kind == "mail.more_time"))) == 1


@pytest.mark.parametrize(
    ("due", "reason", "why"),
    [
        (["", "", ""], "why", "Enter the last day on which this return is in time"),
        (["31", "11", "2026"], "why", "Enter a real day, like 27 3 2027"),
        (["29", "10", "2026"], "why", "choose a day after it"),
        (["31", "12", "2027"], "why", "choose a day until then"),
        (["20", "11", "2026"], " ", "Say why this return gets more time"),
    ],
)
def test_what_cant_be_given_is_said_beside_what_was_typed(
    uow: UnitOfWork, return_id: int, manager: Any, due: list[str], reason: str, why: str
) -> None:
    at = f"/council/returns/{return_id}/more-time"
    page = manager.send(manager.open(at), at, due=due, reason=reason)
    assert page.status == 422
    assert page.title.startswith("Error: ")
    assert why in page.errors
    assert all(f'value="{part}"' in page.html for part in due if part)
    assert page.value("reason") == reason
    assert given(uow) == []


def test_a_supplier_cant(uow: UnitOfWork, return_id: int, visitor: Callable[..., Any]) -> None:
    contract_id = whole_return(uow, OPERATOR, return_id=return_id).listed.contract_id
    reporter = builders.a_reporter(uow, contract_id=contract_id)
    assert visitor(reporter.user_id).open(f"/council/returns/{return_id}/more-time").status in (403, 404)
