"""Links to sign in with: looked at without being spent, used once, in the asking browser or with its digits."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from refusals import not_refused
from sqlalchemy import event, func, select

from quarterday.db.models import OutboxRow, SignInSession, SignInToken
from quarterday.db.work import Priority, UnitOfWork
from quarterday.errors import NotConfigured, Refused
from quarterday.services.access import keys, links, sessions
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
        rows = work.all(select(OutboxRow.c.kind, OutboxRow.c.key, OutboxRow.c.payload, OutboxRow.c.priority))
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


def test_elsewhere_a_link_needs_the_digits_of_the_asking_browser(uow: UnitOfWork, jo: int) -> None:
    asked = ask(uow)
    link = link_to(asked)
    assert asked.digits == links.digits(HERE) != links.digits(ELSEWHERE)
    assert len(asked.digits) == 6
    assert links.look(uow, link, ELSEWHERE) == links.look(uow, link, None)
    assert links.look(uow, link, ELSEWHERE) == links.Looked(State.GOOD, True, Purpose.SIGN_IN)
    with pytest.raises(WrongDigits, match="4 tries are left"):
        use(uow, link, ELSEWHERE)
    with pytest.raises(WrongDigits, match="3 tries are left"):
        use(uow, link, ELSEWHERE, links.digits(ELSEWHERE))
    assert use(uow, link, ELSEWHERE, f" {asked.digits[:3]} {asked.digits[3:]} ").visit.user_id == jo


def test_five_wrong_tries_spend_a_link_even_for_who_knows_the_digits(uow: UnitOfWork, jo: int) -> None:
    asked = ask(uow)
    link = link_to(asked)
    wrong = f"{(int(asked.digits) + 1) % 10**6:06}"
    told = []
    for _ in range(5):
        with pytest.raises(WrongDigits) as caught:
            use(uow, link, None, wrong)
        told.append(str(caught.value))
    assert "one try is left" in told[3]
    assert "wrong five times" in told[4]
    for browser in (None, HERE):
        with pytest.raises(NotGood, match="used already"):
            use(uow, link, browser, asked.digits)


def test_a_link_lives_a_quarter_of_an_hour(uow: UnitOfWork, clock: Clock, jo: int) -> None:
    first = link_to(ask(uow))
    clock.forward(minutes=10)
    second = link_to(ask(uow))  # the mail of the first is slow; both are good, with the same digits
    assert [state_of(uow, link) for link in (first, second)] == [State.GOOD, State.GOOD]
    clock.forward(minutes=5)
    assert [state_of(uow, link) for link in (first, second)] == [State.OLD, State.GOOD]
    with pytest.raises(NotGood, match="too old"):
        use(uow, first)
    use(uow, second)


def test_of_many_presses_at_once_one_opens_a_session(uow: UnitOfWork, jo: int) -> None:
    link = link_to(ask(uow))

    def press(_: int) -> bool:
        try:
            use(uow, link)
        except NotGood:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sorted(threads.map(press, range(8))) == [False] * 7 + [True]
    with uow.read(OPERATOR) as work:
        assert work.connection.execute(select(func.count(SignInSession.c.id))).scalar_one() == 1


def test_what_is_no_link_of_ours_is_wrong(uow: UnitOfWork, jo: int, monkeypatch: pytest.MonkeyPatch) -> None:
    link, other = link_to(ask(uow)), link_to(ask(uow))
    mac, _, number = link.removeprefix(links.PATH).rpartition(".")
    forged = [
        "",
        ".",
        f"{mac}.",
        f".{number}",
        f"{mac}.{int(number) + 1}",
        f"{mac[:-1]}.{number}",
        f"{mac}.{number}0",
        f"{mac}.²",
        f"é{mac}.{number}",
        f"{mac}.{'9' * 40}",
        f"{other.rpartition('.')[0]}.{number}",
        links.link_for(keys.Keys("another installation's key, as long as it needs to be"), int(number)),
        link_to(10**6),
    ]
    assert {one: state_of(uow, one) for one in forged} == dict.fromkeys(forged, State.WRONG)
    with pytest.raises(NotGood, match="not a whole link"):
        use(uow, forged[2])
    assert state_of(uow, link) == state_of(uow, f"{mac}.{number}") == State.GOOD
    monkeypatch.setenv("QUARTERDAY_SECRET_KEY", "the installation's next key, as long as it needs to be")
    assert state_of(uow, link) is State.WRONG


def test_without_a_key_nothing_can_be_asked_for(uow: UnitOfWork, jo: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("QUARTERDAY_SECRET_KEY")
    with pytest.raises(NotConfigured, match="secret_key_file") as caught:
        ask(uow)
    assert caught.value.field == "secret_key"


def test_a_strangers_address_is_answered_alike_and_gets_no_mail(uow: UnitOfWork, clock: Clock, jo: int) -> None:
    known, stranger = ask(uow), ask(uow, "stranger@example.org")
    assert known.digits == stranger.digits
    assert stranger.token_id == known.token_id + 1
    assert [payload["user"] for _, payload, _ in mails(uow)] == [jo]
    assert state_of(uow, link_to(stranger)) is State.WRONG  # had anybody the key, it would open nothing
    for email, limit in (("jo@example.org", 4), ("stranger@example.org", 4)):
        for _ in range(limit):
            ask(uow, email)
    whys = set()
    for email in ("jo@example.org", "stranger@example.org"):
        with pytest.raises(Refused) as caught:
            ask(uow, email)
        whys.add(str(caught.value))
    assert whys == {"Too many links were asked for. Try again in 15 minutes."}
    clock.forward(minutes=31)
    ask(uow)
    with uow.read(OPERATOR) as work:
        strangers = select(func.count(SignInToken.c.id)).where(SignInToken.c.user_id.is_(None))
        assert work.connection.execute(strangers).scalar_one() == 0


def test_a_strangers_address_is_as_much_work_but_for_the_mail(uow: UnitOfWork, jo: int) -> None:
    seen: list[str] = []

    def note(connection: object, cursor: object, statement: str, *others: object) -> None:
        seen.append(" ".join(statement.split()[:3]))

    ask(uow)
    event.listen(uow.engine, "before_cursor_execute", note)
    ask(uow)
    known, seen[:] = seen.copy(), []
    ask(uow, "stranger@example.org")
    event.remove(uow.engine, "before_cursor_execute", note)
    sending = ("INSERT INTO outbox", "SELECT procrastinate_defer_jobs_v1(array_agg( ROW(CASE")
    assert [statement for statement in known if statement not in sending] == seen
    assert sending[0] in known


def test_who_has_no_role_any_more_is_a_stranger(uow: UnitOfWork, jo: int) -> None:
    link = link_to(ask(uow))
    (place,) = [one for one in people.members(uow, OPERATOR) if one.user_id == jo]
    people.end_role(uow, OPERATOR, user_id=jo, authority_id=place.authority_id)
    ask(uow)
    assert len(mails(uow)) == 1
    assert state_of(uow, link) is State.OLD
    with pytest.raises(NotGood, match="too old"):
        use(uow, link)


@pytest.mark.parametrize("email", ["", "jo", "jo@example", "jo@example.org\nBcc: all@example.org", "a@b@c.org"])
def test_what_is_no_address_is_said_to_be_none(uow: UnitOfWork, email: str) -> None:
    assert not_refused(uow, [(partial(ask, uow, email), "not an e-mail address")]) == []


def test_a_network_asks_so_often_and_another_goes_on(uow: UnitOfWork, clock: Clock, jo: int) -> None:
    for number in range(50):
        ask(uow, f"person{number}@example.org", client=f"2001:db8:0:{number % 256:x}::7")
    clock.forward(minutes=3)
    with pytest.raises(Refused, match="Try again in 12 minutes"):
        ask(uow, client="2001:db8:0:ff::1")
    ask(uow, client="2001:db8:0:100::1")
    clock.forward(minutes=12)
    ask(uow, client="2001:db8:0:ff::1")


def test_askers_at_once_are_counted_together(uow: UnitOfWork, jo: int) -> None:
    def once(number: int) -> bool:
        try:
            ask(uow, client=f"192.0.{number}.1")
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sorted(threads.map(once, range(8))) == [False] * 3 + [True] * 5
