"""Links to sign in with: looked at without being spent, used once, in the asking browser or with its digits."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial

import pytest
from refusals import not_refused
from sqlalchemy import func, select, update

from quarterday.db.models import AuditRow, Base, OutboxRow, Period, Return, SignInSession, SignInToken, User
from quarterday.db.work import Actor, Priority, UnitOfWork
from quarterday.errors import NotConfigured, Refused
from quarterday.services.access import keys, links, sessions, visits
from quarterday.services.access.links import NotGood, Purpose, State, WrongDigits
from quarterday.services.organisations import people
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR
from quarterday.testing.clock import Clock

pytestmark = pytest.mark.usefixtures("secret_key")

HERE, ELSEWHERE = "the random value in this browser", "another random value"
CLIENT = "192.0.2.7"


def ask(uow: UnitOfWork, email: str = "jo@example.org", browser: str = HERE, client: str = CLIENT) -> links.Asked:
    return links.ask(uow, email=email, browser=browser, client=client)


def link_to(asked: links.Asked | int) -> str:
    return links.link_for(keys.installed(), asked if isinstance(asked, int) else asked.token_id)


def use(uow: UnitOfWork, link: str, browser: str | None = HERE, digits: str | None = None) -> links.Opened:
    return links.use(uow, link, browser=browser, digits=digits, client_label="Firefox on Linux")


def mails(uow: UnitOfWork) -> list[tuple[str, dict[str, int], int]]:
    with uow.read(OPERATOR) as work:
        rows = work.all(select(OutboxRow.kind, OutboxRow.key, OutboxRow.payload, OutboxRow.priority))
    assert all(row.key == f"{row.kind}/{row.payload['token']}" for row in rows)
    return [(row.kind, row.payload, row.priority) for row in rows]


def state_of(uow: UnitOfWork, link: str) -> State:
    return links.look(uow, link, HERE).state


@pytest.fixture
def jo(uow: UnitOfWork) -> int:
    """A contract manager with the address that :func:`ask` asks for."""
    council = builders.an_authority(uow)
    facts = {"email": "jo@example.org", "name": "Jo", "role": "contract manager"}
    return people.add_user(uow, OPERATOR, **facts, authority_id=council)


def test_a_link_opens_a_session_in_the_browser_that_asked(uow: UnitOfWork, jo: int) -> None:
    asked = ask(uow)
    assert mails(uow) == [("mail.sign_in", {"token": asked.token_id, "user": jo}, Priority.PERSON_WAITS)]
    link = link_to(asked)
    for _ in range(3):  # a scanner looks at it, more than once
        assert links.look(uow, link, HERE) == links.Looked(State.GOOD, False, Purpose.SIGN_IN)
    opened = use(uow, link)
    assert (opened.visit.user_id, opened.visit.return_id) == (jo, None)
    assert sessions.visit(uow, opened.cookie) == opened.visit
    assert links.look(uow, link, HERE) == links.Looked(State.USED, False, Purpose.SIGN_IN)
    with pytest.raises(NotGood, match="used already") as caught:
        use(uow, link)
    assert caught.value.state is State.USED
