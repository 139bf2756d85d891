"""People who join a council or a supplier: who lets them in, the mail that tells them, and who takes a role away."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from quarterday import Message, Refused
from quarterday.db.models import AuditRow, Membership, OutboxRow
from quarterday.db.outbox import Due
from quarterday.db.work import Actor, UnitOfWork
from quarterday.domain.contracts import MemberRole
from quarterday.errors import NotAllowed, NotThere, Overtaken
from quarterday.services.access import colleagues, roster, sessions, welcoming
from quarterday.services.background.kinds import KINDS, Kind
from quarterday.services.organisations import authorities, people
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR
from quarterday.testing.clock import Clock

SITE = "https://returns.example.gov.uk/sv"
NIA = {"email": "Nia.Bevan@example.org", "name": "Nia Bevan"}


@pytest.fixture(autouse=True)
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"DATA_DIR": str(tmp_path), "SECRET_KEY": "k" * 32, "PUBLIC_URL": SITE}.items():
        monkeypatch.setenv(f"QUARTERDAY_{name}", value)


@pytest.fixture
def authority_id(uow: UnitOfWork) -> int:
    return authorities.add_authority(uow, OPERATOR, key="northmoor", name="Northmoor Council")


@pytest.fixture
def administrator(uow: UnitOfWork, authority_id: int) -> Actor:
    user_id = builders.a_user(uow, authority_id=authority_id, role="administrator")
    return Actor("user/1", user_id=user_id, authority_id=authority_id, role=MemberRole.ADMINISTRATOR)


@pytest.fixture
def supplier_id(uow: UnitOfWork, authority_id: int) -> int:
    """It has one contract, which is the council's."""
    supplier_id = builders.a_supplier(uow, name="Harbour Lights Care")
    builders.a_contract(uow, authority_id=authority_id, supplier_id=supplier_id)
    return supplier_id


@pytest.fixture
def reporter(uow: UnitOfWork, supplier_id: int) -> Callable[[], Actor]:
    """Makes one more who reports for the supplier."""

    def made() -> Actor:
        user_id = builders.a_user(uow, supplier_id=supplier_id)
        return Actor(f"user/{user_id}", user_id=user_id, supplier_id=supplier_id)

    return made


def mails(uow: UnitOfWork) -> list[Due]:
    """What is to be said to newcomers, as the worker takes it."""
    with uow.read(OPERATOR) as work:
        rows = work.all(select(OutboxRow).where(OutboxRow.c.kind == "mail.welcome").order_by(OutboxRow.c.id))
        return [Due(row.id, row.authority_id, row.kind, row.key, row.payload, 1, 0) for row in rows]


def composed(uow: UnitOfWork, row: Due) -> Message:
    kind = KINDS["mail.welcome"]
    assert isinstance(kind, Kind)
    assert kind.repeat_perhaps_sent
    message = kind.compose(uow, row).document
    assert isinstance(message, Message)
    return message


def reporting(uow: UnitOfWork, supplier_id: int) -> set[int]:
    return {one.user_id for one in people.members(uow, OPERATOR) if one.supplier_id == supplier_id}


def test_who_joins_a_council_is_told_what_it_is_and_where_to_sign_in(uow: UnitOfWork, administrator: Actor) -> None:
    office = administrator.authority_id
    nia = welcoming.join(uow, administrator, **NIA, role="contract manager", authority_id=office)
    (row,) = mails(uow)
    message = composed(uow, row)
    assert row.payload["user"] == nia, "by that a mail that comes back is told of"
    assert (message.to, row.authority_id) == ("nia.bevan@example.org", office)
    assert message.subject == "You can sign in to returns.example.gov.uk/sv for Northmoor Council"
    assert "An administrator of Northmoor Council has added you to returns.example.gov.uk/sv." in message.text
    assert "You are a contract manager there." in message.text
    assert f"Sign in:\n{SITE}/sign-in\n" in message.text
    assert "authenticator" not in message.text
    assert all(type(value) is int for value in row.payload.values())


@pytest.mark.parametrize(
    ("role", "says"),
    [("lead", "You are a social value lead there."), ("administrator", "need an authenticator app on your phone")],
)
def test_each_role_is_told_its_own(uow: UnitOfWork, administrator: Actor, role: str, says: str) -> None:
    welcoming.join(uow, administrator, **NIA, role=role, authority_id=administrator.authority_id)
    assert says in composed(uow, mails(uow)[0]).text


def test_who_added_somebody_is_said_by_what_they_are(
    uow: UnitOfWork, administrator: Actor, supplier_id: int, reporter: Callable[[], Actor]
) -> None:
    welcoming.join(uow, administrator, **NIA, role="supplier", supplier_id=supplier_id)
    welcoming.join(uow, OPERATOR, email="b@example.org", name="B", role="supplier", supplier_id=supplier_id)
    colleagues.add_colleague(uow, reporter(), supplier_id=supplier_id, email="c@example.org", name="C")
    texts = [composed(uow, row).text for row in mails(uow)]
    assert [text.split(" has added you")[0].split("\n")[-1] for text in texts] == [
        "An administrator of Northmoor Council",
        "Whoever runs this service",
        "Somebody who reports for Harbour Lights Care",
    ]
    assert all("You can write and submit its returns." in text for text in texts)


def test_a_role_that_isnt_given_is_not_told_of(uow: UnitOfWork, administrator: Actor, authority_id: int) -> None:
    with pytest.raises(Refused, match="@"):
        welcoming.join(uow, administrator, email="Nia", name="Nia", role="lead", authority_id=authority_id)
    manager = Actor("user/9", user_id=9, authority_id=authority_id, role=MemberRole.MANAGER)
    with pytest.raises(NotAllowed):
        welcoming.join(uow, manager, **NIA, role="lead", authority_id=authority_id)
    assert mails(uow) == []


def test_who_has_no_role_any_more_is_not_welcomed(uow: UnitOfWork, administrator: Actor, authority_id: int) -> None:
    user_id = welcoming.join(uow, administrator, **NIA, role="lead", authority_id=authority_id)
    people.end_role(uow, administrator, user_id=user_id, authority_id=authority_id)
    with pytest.raises(Overtaken, match="another role there, or none"):
        composed(uow, mails(uow)[0])
    with pytest.raises(Refused, match="no role there"):
        welcoming.welcome_again(uow, administrator, user_id=user_id, authority_id=authority_id)


def test_it_is_sent_again_a_few_times_a_day_and_once_a_press(
    uow: UnitOfWork, administrator: Actor, authority_id: int, clock: Clock
) -> None:
    user_id = welcoming.join(uow, administrator, **NIA, role="lead", authority_id=authority_id)
    again = {"user_id": user_id, "authority_id": authority_id}
    for sent in (2, 3):
        clock.now += timedelta(minutes=1)
        first = welcoming.welcome_again(uow, administrator, **again)
        clock.now += timedelta(seconds=59)
        assert welcoming.welcome_again(uow, administrator, **again) == first
        assert len(mails(uow)) == sent
    clock.now += timedelta(minutes=1)
    with pytest.raises(Refused, match="written to 3 times today"):
        welcoming.welcome_again(uow, administrator, **again)
    clock.now += timedelta(days=1)
    welcoming.welcome_again(uow, administrator, **again)
    assert len(mails(uow)) == 4
    with uow.read(OPERATOR) as work:
        written = work.all(select(AuditRow.c.actor, AuditRow.c.subject).where(AuditRow.c.action == "member.welcomed"))
    assert written == [("user/1", f"user/{user_id}")] * 4


def test_one_person_has_only_so_many_written_to_in_a_day(
    uow: UnitOfWork, supplier_id: int, reporter: Callable[[], Actor], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(welcoming, "MOST_BY_ONE", 2)
    grace, hal = reporter(), reporter()

    def add(by: Actor, name: str) -> int:
        return colleagues.add_colleague(uow, by, supplier_id=supplier_id, email=f"{name}@example.org", name=name)

    colleagues.end_colleague(uow, grace, supplier_id=supplier_id, user_id=add(grace, "nia"))
    clock.now += timedelta(minutes=2)
    add(grace, "nia")
    with pytest.raises(Refused, match="You wrote to 2 people in a day; go on tomorrow"):
        add(grace, "ola")
    add(hal, "ola")
    clock.now += timedelta(days=1, seconds=1)
    add(grace, "pia")
    assert len(mails(uow)) == 4


def test_a_supplier_is_not_told_when_somebody_of_a_council_was_here(
    uow: UnitOfWork, supplier_id: int, authority_id: int, reporter: Callable[[], Actor]
) -> None:
    grace = reporter()
    nia = colleagues.add_colleague(uow, grace, supplier_id=supplier_id, **NIA)
    with uow.begin(OPERATOR) as work:
        for person in (grace.user_id, nia):
            sessions.open_session(work, user_id=person or 0, return_id=None, label="Firefox")

    def seen(by: Actor) -> set[int]:
        listed = roster.reporters_of(uow, by, supplier_id=supplier_id).people
        return {one.user_id for one in listed if one.seen_at is not None}

    assert seen(grace) == {grace.user_id, nia}
    people.add_user(uow, OPERATOR, **NIA, role="lead", authority_id=authority_id)
    assert seen(grace) == {grace.user_id}
    assert seen(OPERATOR) == {grace.user_id, nia}


def test_only_a_supplier_of_this_council_alone_is_welcomed_again_by_it(
    uow: UnitOfWork, administrator: Actor, supplier_id: int, reporter: Callable[[], Actor]
) -> None:
    user_id = reporter().user_id or 0
    welcoming.welcome_again(uow, administrator, user_id=user_id, supplier_id=supplier_id)
    assert len(mails(uow)) == 1
    builders.a_contract(uow, supplier_id=supplier_id)
    with pytest.raises(Refused, match="Only whoever runs this service"):
        welcoming.welcome_again(uow, administrator, user_id=user_id, supplier_id=supplier_id)


def test_who_reports_adds_a_colleague_and_ends_it(
    uow: UnitOfWork, supplier_id: int, reporter: Callable[[], Actor]
) -> None:
    builders.a_contract(uow, supplier_id=supplier_id)  # of another council: that keeps its administrators out alone
    grace = reporter()
    nia = colleagues.add_colleague(uow, grace, supplier_id=supplier_id, **NIA)
    listed = roster.reporters_of(uow, grace, supplier_id=supplier_id)
    assert {one.user_id for one in listed.people} == {grace.user_id, nia}
    with pytest.raises(Refused, match="has that role already"):
        colleagues.add_colleague(uow, grace, supplier_id=supplier_id, **NIA)
    colleagues.end_colleague(uow, grace, supplier_id=supplier_id, user_id=nia)
    with pytest.raises(Refused, match="no role there"):
        colleagues.end_colleague(uow, grace, supplier_id=supplier_id, user_id=nia)
    assert reporting(uow, supplier_id) == {grace.user_id}
    with uow.read(OPERATOR) as work:
        done = work.all(select(AuditRow.c.action, AuditRow.c.payload).where(AuditRow.c.actor == grace.name))
    assert [(row.action, row.payload.get("supplier")) for row in done] == [
        ("member.added", supplier_id),
        ("member.welcomed", None),
        ("member.ended", supplier_id),
    ]


def test_a_supplier_is_never_left_without_anybody(
    uow: UnitOfWork, supplier_id: int, reporter: Callable[[], Actor]
) -> None:
    grace = reporter()
    own = {"supplier_id": supplier_id, "user_id": grace.user_id or 0}
    with pytest.raises(Refused, match="Nobody else reports for Harbour Lights Care"):
        colleagues.end_colleague(uow, grace, **own)
    assert reporting(uow, supplier_id) == {grace.user_id}
    sam = reporter()
    colleagues.end_colleague(uow, grace, **own)
    assert reporting(uow, supplier_id) == {sam.user_id}


def test_of_two_colleagues_who_end_each_other_one_stays(
    uow: UnitOfWork, supplier_id: int, reporter: Callable[[], Actor]
) -> None:
    grace, sam = reporter(), reporter()
    ended = {"user_id": sam.user_id, "supplier_id": supplier_id, "authority_id": None, "role": ""}
    with ThreadPoolExecutor(1) as thread:
        with uow.begin(grace) as work:
            work.take_turns("people")
            to_end = {"supplier_id": supplier_id, "user_id": grace.user_id or 0}
            ending = thread.submit(colleagues.end_colleague, uow, sam, **to_end)
            with pytest.raises(NotYet):
                ending.result(0.5)
            work.add(Membership, **ended, valid_from=work.today)
        with pytest.raises(NotAllowed, match="don't report for this supplier any more"):
            ending.result(20)
    assert reporting(uow, supplier_id) == {grace.user_id}


def test_a_supplier_is_its_own_peoples_alone(
    uow: UnitOfWork, supplier_id: int, reporter: Callable[[], Actor], administrator: Actor
) -> None:
    grace, other = reporter(), builders.a_supplier(uow)
    stranger = builders.a_user(uow, supplier_id=other)
    by_link = Actor(grace.name, user_id=grace.user_id, supplier_id=supplier_id, return_id=1)
    for actor, of in ((grace, other), (by_link, supplier_id)):
        with pytest.raises(NotThere):
            colleagues.add_colleague(uow, actor, supplier_id=of, **NIA)
        with pytest.raises(NotThere):
            colleagues.end_colleague(uow, actor, supplier_id=of, user_id=stranger)
        with pytest.raises(NotThere):
            roster.reporters_of(uow, actor, supplier_id=of)
    with pytest.raises(NotAllowed):
        colleagues.add_colleague(uow, administrator, supplier_id=supplier_id, **NIA)
    assert mails(uow) == []


def test_who_reports_sees_colleagues_before_there_is_a_contract(uow: UnitOfWork) -> None:
    supplier_id = builders.a_supplier(uow, name="Tidewell")
    user_id = builders.a_user(uow, supplier_id=supplier_id)
    mandy = Actor(f"user/{user_id}", user_id=user_id, supplier_id=supplier_id)
    assert roster.reporters_of(uow, mandy, supplier_id=supplier_id).supplier == "Tidewell"
