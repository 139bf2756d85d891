"""Sessions: found by one statement, ended by idleness, by time, by hand and with the last role."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial

import pytest
from refusals import not_refused
from sqlalchemy import event, inspect, select, text

from quarterday.db.models import METADATA
from quarterday.db.work import Actor, UnitOfWork
from quarterday.domain import totp
from quarterday.domain.contracts import MemberRole
from quarterday.domain.permissions import Permission
from quarterday.errors import Refused
from quarterday.services.access import keys, links, second_factor, sessions
from quarterday.services.access.visits import Standing
from quarterday.services.organisations import people
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR
from quarterday.testing.clock import Clock

pytestmark = pytest.mark.usefixtures("secret_key")


@contextmanager
def statements(uow: UnitOfWork) -> Iterator[list[str]]:
    """What is asked of the database, apart from beginning and ending transactions."""
    seen: list[str] = []

    def note(connection: object, cursor: object, statement: str, *others: object) -> None:
        if not statement.startswith("BEGIN"):
            seen.append(statement.split()[0])

    event.listen(uow.engine, "before_cursor_execute", note)
    yield seen
    event.remove(uow.engine, "before_cursor_execute", note)


def test_a_visit_is_one_statement_and_a_write_once_a_minute(uow: UnitOfWork, clock: Clock) -> None:
    council, firm = builders.an_authority(uow), builders.a_supplier(uow)
    jo = builders.a_user(uow, supplier_id=firm)
    (me,) = people.members(uow, OPERATOR)
    people.add_user(uow, OPERATOR, email=me.email, name="Jo", role="lead", authority_id=council)
    cookie = builders.a_session(uow, jo).cookie
    with statements(uow) as seen:
        visit = sessions.visit(uow, cookie)
        clock.forward(seconds=59)
        assert sessions.visit(uow, cookie) == visit
    assert seen == ["SELECT", "SELECT"]
    assert visit
    assert (visit.user_id, visit.name, visit.return_id) == (jo, me.name, None)
    places = [(place.role, place.authority_id, place.supplier_id) for place in visit.places]
    assert places == [(MemberRole.LEAD, council, None), (MemberRole.SUPPLIER, None, firm)]
    assert [place.may(Permission.REVIEW) for place in visit.places] == [True, False]
    clock.forward(seconds=1)
    with statements(uow) as seen:
        for _ in range(3):
            sessions.visit(uow, cookie)
    assert seen == ["SELECT", "UPDATE", "SELECT", "SELECT"]


def test_nobody_comes_with_a_cookie_that_was_never_given(uow: UnitOfWork) -> None:
    cookie = builders.a_session(uow, builders.a_user(uow, authority_id=builders.an_authority(uow))).cookie
    assert sessions.visit(uow, cookie)
    assert [sessions.visit(uow, wrong) for wrong in ("", cookie[:-1], cookie.swapcase(), "\0", "é")] == [None] * 5


@pytest.mark.parametrize(("of", "idle"), [("authority", timedelta(hours=1)), ("supplier", timedelta(hours=4))])
def test_a_session_ends_when_it_is_idle(uow: UnitOfWork, clock: Clock, of: str, idle: timedelta) -> None:
    if of == "authority":
        user_id = builders.a_user(uow, authority_id=builders.an_authority(uow))
    else:
        user_id = builders.a_user(uow, supplier_id=builders.a_supplier(uow))
    cookie = builders.a_session(uow, user_id).cookie
    clock.now += idle - timedelta(seconds=1)
    visit = sessions.visit(uow, cookie)
    assert visit
    clock.now += idle - timedelta(seconds=1)
    assert sessions.visit(uow, cookie)
    listed = sessions.sessions_of(uow, OPERATOR, user_id=user_id)
    clock.now += idle
    assert sessions.visit(uow, cookie) is None
    assert [one.id for one in listed] == [visit.session_id]
    assert sessions.sessions_of(uow, OPERATOR, user_id=user_id) == []


def test_a_session_ends_after_twelve_hours_however_busy(uow: UnitOfWork, clock: Clock) -> None:
    user_id = builders.a_user(uow, authority_id=builders.an_authority(uow))
    cookie = builders.a_session(uow, user_id).cookie
    for _ in range(23):
        clock.forward(minutes=30)
        assert sessions.visit(uow, cookie)
    assert len(sessions.sessions_of(uow, OPERATOR, user_id=user_id)) == 1
    clock.forward(minutes=30)
    assert sessions.visit(uow, cookie) is None
    assert sessions.sessions_of(uow, OPERATOR, user_id=user_id) == []


def test_what_somebody_may_do_holds_today(uow: UnitOfWork, clock: Clock) -> None:
    council, other = builders.an_authority(uow), builders.an_authority(uow)
    user_id = builders.a_user(uow, authority_id=council)
    opened = builders.a_session(uow, user_id)
    (place,) = opened.visit.places
    assert opened.visit.actor(place) == Actor(
        f"user/{user_id}", user_id=user_id, authority_id=council, role=MemberRole.MANAGER
    )
    elsewhere = builders.a_session(uow, builders.a_user(uow, authority_id=other)).visit
    with pytest.raises(Refused, match="no role there"):
        opened.visit.actor(elsewhere.places[0])
    people.end_role(uow, OPERATOR, user_id=user_id, authority_id=council)
    assert sessions.visit(uow, opened.cookie) is None


def test_sessions_are_listed_and_ended_one_by_one(uow: UnitOfWork, clock: Clock) -> None:
    user_id = builders.a_user(uow, authority_id=builders.an_authority(uow))
    stranger = builders.a_session(uow, builders.a_user(uow, authority_id=builders.an_authority(uow)))
    first, second = builders.a_session(uow, user_id), builders.a_session(uow, user_id)
    listed = sessions.mine(uow, first.visit)
    assert [one.id for one in listed] == [second.visit.session_id, first.visit.session_id]
    assert {(one.label, one.opened_at, one.return_id) for one in listed} == {("Firefox on Linux", clock.now, None)}
    cases = [(partial(sessions.end, uow, first.visit, session_id=stranger.visit.session_id), "no such session")]
    assert not_refused(uow, cases) == []
    sessions.end(uow, first.visit, session_id=second.visit.session_id)
    assert sessions.visit(uow, second.cookie) is None
    sessions.end(uow, first.visit)
    sessions.end(uow, first.visit)  # twice is once
    assert sessions.visit(uow, first.cookie) is None
    assert sessions.mine(uow, first.visit) == []
    assert sessions.visit(uow, stranger.cookie)


def test_a_session_for_one_return_sees_no_other_session(uow: UnitOfWork) -> None:
    firm = builders.a_supplier(uow)
    user_id = builders.a_user(uow, supplier_id=firm)
    contract_id = builders.an_award(uow, contract_id=builders.a_contract(uow, supplier_id=firm))
    return_id = builders.a_return(uow, contract_id=contract_id)
    whole, narrow = builders.a_session(uow, user_id), builders.a_session(uow, user_id, return_id=return_id)
    assert [one.return_id for one in sessions.mine(uow, whole.visit)] == [return_id, None]
    assert [one.id for one in sessions.mine(uow, narrow.visit)] == [narrow.visit.session_id]
    with pytest.raises(Refused, match="no such session"):
        sessions.end(uow, narrow.visit, session_id=whole.visit.session_id)
    sessions.end(uow, narrow.visit)
    assert [sessions.visit(uow, one.cookie) is None for one in (whole, narrow)] == [False, True]


def test_the_operator_and_an_administrator_end_anybodys_sessions(uow: UnitOfWork) -> None:
    council, other = builders.an_authority(uow), builders.an_authority(uow)
    manager = builders.a_user(uow, authority_id=council)
    administrator = builders.a_user(uow, authority_id=council, role="administrator")
    elsewhere = builders.a_user(uow, authority_id=other, role="administrator")
    supplier = builders.a_user(uow, supplier_id=builders.a_supplier(uow))

    def staff(user_id: int, authority_id: int) -> Actor:
        role = MemberRole.MANAGER if user_id == manager else MemberRole.ADMINISTRATOR
        return Actor(f"user/{user_id}", user_id=user_id, authority_id=authority_id, role=role)

    end = partial(sessions.end_all, uow, user_id=manager)
    cases = [
        (partial(end, staff(manager, council)), "Only an administrator"),
        (partial(end, staff(elsewhere, other)), "no such person"),
        (partial(end, Actor("portal")), "Only an administrator"),
        (partial(end, Actor("user/4", user_id=supplier, supplier_id=1)), "Only an administrator"),
        (partial(sessions.sessions_of, uow, staff(elsewhere, other), user_id=manager), "no such person"),
    ]
    cookies = [builders.a_session(uow, manager).cookie for _ in range(2)]
    assert not_refused(uow, cases) == []
    assert end(staff(administrator, council)) == 2
    assert [sessions.visit(uow, cookie) for cookie in cookies] == [None, None]
    builders.a_session(uow, manager)
    assert [end(OPERATOR), end(OPERATOR)] == [1, 0]


def test_the_record_holds_nothing_that_lets_anybody_in(uow: UnitOfWork, clock: Clock) -> None:
    council = builders.an_authority(uow)
    email = "jo.poplar@example.org"
    facts = {"email": email, "name": "Jo", "role": "administrator", "authority_id": council}
    user_id = people.add_user(uow, OPERATOR, **facts)
    agent = "a browser of a kind"
    asked = links.ask(uow, email=email, browser="a browser's own value", client="203.0.113.77")
    links.ask(uow, email="stranger@example.org", browser="a browser's own value", client="203.0.113.77")
    link = links.link_for(keys.installed(), asked.token_id)
    opened = links.use(uow, link, browser="a browser's own value", client_label=agent)
    enrolment = second_factor.begin(uow, opened.visit)
    secret = base64.b32decode(enrolment.secret)
    step = totp.step_at(clock.now)
    codes = second_factor.confirm(uow, opened.visit, totp.code(secret, step))
    kept = everything(uow)
    held = {table: row for table, row in kept.items() if table != "person"}
    said = " ".join(held.values()).casefold()
    assert agent in said  # it is looked for where it would be
    audited = ("link.made", "link.used", "session.opened", "second_factor.begun", "second_factor.on")
    assert [action for action in audited if f"'{action}'" not in held["audit_row"]] == []
    assert email in kept["person"]
    hidden = [email, "stranger", "203.0.113", "a browser's own value", opened.cookie, link, link.split("/")[-1]]
    hidden += [enrolment.secret, secret.hex(), *codes, *(code.replace("-", "") for code in codes)]
    assert [one for one in hidden if one.casefold() in said] == []
    assert user_id == opened.visit.user_id
    assert opened.visit.standing is Standing.MUST_ENROL


def everything(uow: UnitOfWork) -> dict[str, str]:
    """All that the record holds, by table."""
    with uow.engine.connect() as connection:
        tables = inspect(connection).get_table_names()
        assert {table.name for table in METADATA.sorted_tables} <= set(tables)
        return {
            name: str(connection.execute(select(text("*")).select_from(text(f'"{name}"'))).all()) for name in tables
        }
