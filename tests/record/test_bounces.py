"""Mails that came back: noted once, shown to who can ask somebody else, and forgotten when one gets through."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, select, text

from quarterday import Refused
from quarterday.db.models import AuditRow, MailOutcome, OutboxRow, SignInToken, Words
from quarterday.db.work import Actor, UnitOfWork
from quarterday.domain.contracts import MemberRole
from quarterday.services.messages import mime
from quarterday.services.messages.bounces import Outcome, Unreached, key_of, note, unreached
from quarterday.services.messages.invitations import invite
from quarterday.services.organisations import people
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR
from quarterday.testing.clock import Clock

AT = datetime(2026, 7, 1, 10, tzinfo=UTC)


class Scene:
    """A contract whose supplier has two people, of whom the first was invited to a return."""

    def __init__(self, uow: UnitOfWork) -> None:
        self.uow = uow
        self.authority_id = builders.an_authority(uow)
        self.supplier_id = builders.a_supplier(uow, name="Larch & Sons Ltd")
        self.first, self.second = (builders.a_user(uow, supplier_id=self.supplier_id) for _ in range(2))
        self.contract_id = builders.a_contract(
            uow, authority_id=self.authority_id, supplier_id=self.supplier_id, reference="EX-7"
        )
        builders.an_award(uow, contract_id=self.contract_id)
        self.return_id = builders.a_return(uow, contract_id=self.contract_id)
        invite(uow, OPERATOR, return_id=self.return_id, user_id=self.first)
        self.key = f"invitation/{self.return_id}/{self.first}"
        self.staff = self.staff_of(self.authority_id)

    def staff_of(self, authority_id: int) -> Actor:
        user_id = builders.a_user(self.uow, authority_id=authority_id, role=MemberRole.MANAGER)
        return Actor(f"user/{user_id}", user_id=user_id, authority_id=authority_id, role=MemberRole.MANAGER)

    def address(self, user_id: int) -> str:
        return next(one.email for one in people.members(self.uow, OPERATOR) if one.user_id == user_id)

    def note(self, outcome: Outcome = Outcome.NEVER, **more: Any) -> bool:
        how = {"at": AT, "key": self.key, "address": self.address(self.first), **more}
        return note(self.uow, OPERATOR, outcome=outcome, **how)

    def shown(self, actor: Actor | None = None) -> list[Unreached]:
        return unreached(self.uow, actor or self.staff, contract_id=self.contract_id)


@pytest.fixture
def scene(uow: UnitOfWork, secret_key: str) -> Scene:
    return Scene(uow)


def test_the_council_sees_whose_mails_come_back_and_who_else_there_is(scene: Scene) -> None:
    assert scene.shown() == []
    assert scene.note()
    (one,) = scene.shown()
    members = {member.user_id: member for member in people.members(scene.uow, OPERATOR)}
    assert one.user_id == scene.first
    assert (one.name, one.email) == (members[scene.first].name, members[scene.first].email)
    assert (one.supplier, one.reference, one.since) == ("Larch & Sons Ltd", "EX-7", date(2026, 7, 1))
    assert one.is_for_good
    assert one.others == (members[scene.second].name,)
    assert unreached(scene.uow, scene.staff) == [one]


def test_said_twice_it_is_noted_once_and_it_lasts_from_the_first_on(scene: Scene) -> None:
    assert [scene.note(), scene.note()] == [True, False]
    with scene.uow.read(OPERATOR) as work:
        assert len(work.all(select(MailOutcome.c.id))) == 1
    scene.note(Outcome.LATER, at=AT + timedelta(days=3))
    (one,) = scene.shown()
    assert (one.since, one.is_for_good) == (date(2026, 7, 1), False)


def test_one_that_arrives_ends_it(scene: Scene) -> None:
    assert not scene.note(Outcome.ARRIVED), "of addresses from which nothing came back nothing is kept"
    scene.note()
    assert scene.note(Outcome.ARRIVED, at=AT + timedelta(hours=1))
    assert scene.shown() == []
    scene.note(at=AT + timedelta(hours=2))
    assert [one.since for one in scene.shown()] == [date(2026, 7, 1)]


def test_who_signs_in_by_a_link_that_was_sent_is_reached(scene: Scene) -> None:
    scene.note()
    for hour, (purpose, ends) in enumerate((("operator", False), ("sign-in", True), ("return", True))):
        with scene.uow.begin(OPERATOR) as work:
            used = AT + timedelta(hours=2 * hour + 1)
            nobodys = {"browser": "", "address": "", "network": "", "wrong": 0, "expires_at": used}
            work.add(SignInToken, user_id=scene.first, purpose=purpose, used_at=used, **nobodys)
        assert (scene.shown() == []) is ends, purpose
        scene.note(at=AT + timedelta(hours=2 * hour + 2))
        assert len(scene.shown()) == 1, "what comes back later counts again"


def test_others_are_those_who_are_reached_and_who_reports_no_longer_is_not_asked_about(scene: Scene) -> None:
    scene.note()
    invite(scene.uow, OPERATOR, return_id=scene.return_id, user_id=scene.second)
    scene.note(key=f"invitation/{scene.return_id}/{scene.second}", address=scene.address(scene.second))
    assert [one.others for one in scene.shown()] == [(), ()]
    people.end_role(scene.uow, OPERATOR, user_id=scene.first, supplier_id=scene.supplier_id)
    assert [one.user_id for one in scene.shown()] == [scene.second]


def test_a_mail_is_known_by_its_message_id(scene: Scene) -> None:
    named = mime.message_id(scene.key, "northmoor.example")
    of_another = mime.message_id("another", "northmoor.example")
    with scene.uow.read(OPERATOR) as work:
        found = [
            key_of(work, one) for one in (of_another, "", "<@>", f" {named} ", named.replace("northmoor", "south"))
        ]
    assert found == ["", "", "", scene.key, scene.key]


def test_no_other_mail_is_looked_at_to_find_it(scene: Scene) -> None:
    said: list[tuple[str, object]] = []

    def note_down(connection: object, cursor: object, statement: str, parameters: object, *_: object) -> None:
        said.append((statement, parameters))

    with scene.uow.read(OPERATOR) as work:
        event.listen(work.connection, "before_cursor_execute", note_down)
        key_of(work, mime.message_id(scene.key, "northmoor.example"))
        event.remove(work.connection, "before_cursor_execute", note_down)
        ((statement, parameters),) = said
        if work.connection.dialect.name == "postgresql":
            work.connection.execute(text("SET LOCAL enable_seqscan TO off"))  # which a table of few rows is read by
            plan = work.connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
        else:
            plan = work.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        assert "ix_outbox_message_id" in " ".join(str(line) for line in plan.all())


def test_whose_address_it_is_counts_and_else_whom_the_mail_names(scene: Scene) -> None:
    for minute, address in enumerate(("", "elsewhere@example.net")):
        assert scene.note(address=address, at=AT + timedelta(minutes=minute))
        assert [one.user_id for one in scene.shown()] == [scene.first]
    assert scene.note(address=scene.address(scene.second).upper(), at=AT + timedelta(hours=1))
    assert {one.user_id for one in scene.shown()} == {scene.first, scene.second}


def test_what_names_no_mail_of_ours_is_passed_over(scene: Scene) -> None:
    assert not scene.note(key="invitation/99/99")
    assert not scene.note(authority_id=builders.an_authority(scene.uow)), "another authority's carrier"
    with scene.uow.begin(OPERATOR) as work:
        work.send("report.delivery", "report/1", {"user": scene.first})
    assert not scene.note(key="report/1")
    assert scene.shown() == []
    assert scene.note(authority_id=scene.authority_id)


def test_what_another_authority_sent_is_not_told(scene: Scene) -> None:
    other = builders.an_authority(scene.uow)
    theirs = builders.a_contract(scene.uow, authority_id=other, supplier_id=scene.supplier_id)
    scene.note()
    stranger = scene.staff_of(other)
    assert unreached(scene.uow, stranger) == []
    assert unreached(scene.uow, stranger, contract_id=theirs) == []
    assert unreached(scene.uow, stranger, contract_id=scene.contract_id) == []
    with scene.uow.begin(OPERATOR) as work:
        work.send("mail.sign_in", "sign-in/1", {"user": scene.first})
    scene.note(key="sign-in/1")
    assert [one.contract_id for one in unreached(scene.uow, stranger)] == [theirs]


def test_a_contract_that_ended_is_in_no_list_but_has_its_page(scene: Scene, clock: Clock) -> None:
    scene.note()
    clock.now = datetime(2031, 7, 1, tzinfo=UTC)
    assert unreached(scene.uow, scene.staff) == []
    assert len(scene.shown()) == 1


def test_no_supplier_asks_and_nobody_but_the_operators_processes_notes(scene: Scene) -> None:
    with pytest.raises(Refused, match="Only the council"):
        unreached(scene.uow, Actor("user/1", user_id=scene.first, supplier_id=scene.supplier_id))
    with pytest.raises(Refused, match="Only the operator"):
        note(scene.uow, scene.staff, outcome=Outcome.NEVER, at=AT, key=scene.key)


def test_the_audit_trail_holds_no_address_and_the_words_stand_apart(scene: Scene) -> None:
    scene.note(said="550 5.1.1 r.porter@example.org: no such user")
    with scene.uow.read(OPERATOR) as work:
        (row,) = work.all(select(AuditRow.c.subject, AuditRow.c.payload).where(AuditRow.c.action == "mail.never"))
        mail = work.connection.execute(select(OutboxRow.c.id).where(OutboxRow.c.key == scene.key)).scalar_one()
        assert work.connection.execute(select(Words.c.text)).scalar_one().startswith("550 5.1.1")
    assert (row.subject, row.payload) == (f"user/{scene.first}", {"delivery": mail})
