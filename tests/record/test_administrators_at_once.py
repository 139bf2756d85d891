"""An authority is left with an administrator, whatever two of them do to each other."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from datetime import timedelta

import pytest

from quarterday.db.models import Membership
from quarterday.db.work import Actor, UnitOfWork
from quarterday.domain.contracts import MemberRole
from quarterday.errors import NotAllowed
from quarterday.services.organisations import people
from quarterday.testing import builders


@pytest.fixture
def authority_id(uow: UnitOfWork) -> int:
    return builders.an_authority(uow)


@pytest.fixture
def administrator(uow: UnitOfWork, authority_id: int) -> Callable[[], Actor]:
    def made() -> Actor:
        user_id = builders.a_user(uow, authority_id=authority_id, role="administrator")
        role = MemberRole.ADMINISTRATOR
        return Actor(f"user/{user_id}", user_id=user_id, authority_id=authority_id, role=role)

    return made


def test_of_two_who_end_each_other_one_stays(
    uow: UnitOfWork, authority_id: int, administrator: Callable[[], Actor]
) -> None:
    first, second = administrator(), administrator()
    with ThreadPoolExecutor(1) as thread:
        with uow.begin(first) as work:
            work.take_turns("people")
            ending = thread.submit(people.end_role, uow, second, user_id=first.user_id or 0, authority_id=authority_id)
            with pytest.raises(NotYet):
                ending.result(0.5)
            ended = {"user_id": second.user_id, "authority_id": authority_id, "role": "", "valid_from": work.today}
            work.add(Membership, **ended)
        with pytest.raises(NotAllowed, match="no administrator any more"):
            ending.result(20)


def test_who_administers_no_more_on_a_day_changes_no_role_from_then_on(
    uow: UnitOfWork, authority_id: int, administrator: Callable[[], Actor]
) -> None:
    first, second = administrator(), administrator()
    tomorrow = uow.clock().date() + timedelta(days=1)
    assert first.user_id
    assert second.user_id
    people.end_role(uow, first, user_id=second.user_id, authority_id=authority_id, valid_from=tomorrow)
    with pytest.raises(NotAllowed, match="no administrator any more"):
        people.end_role(uow, second, user_id=first.user_id, authority_id=authority_id, valid_from=tomorrow)
    demoted = {"email": "someone.else@example.gov.uk", "name": "Someone Else", "role": "lead"}
    with pytest.raises(NotAllowed, match="no administrator any more"):
        people.add_user(uow, second, **demoted, authority_id=authority_id, valid_from=tomorrow)  # type: ignore[arg-type]
    people.add_user(uow, second, **demoted, authority_id=authority_id)  # type: ignore[arg-type]
