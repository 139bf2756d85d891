"""An authority's own words for its messages: checked when they are set, used from then on, by who may."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from quarterday import Message, NotThere, Refused
from quarterday.db.models import AuditRow, MessageTemplate, OutboxRow, Words
from quarterday.db.outbox import Due
from quarterday.db.work import Actor, UnitOfWork
from quarterday.domain.contracts import MemberRole
from quarterday.errors import NotAllowed
from quarterday.services import words
from quarterday.services.background.kinds import KINDS
from quarterday.services.messages import wording
from quarterday.services.messages.invitations import invite
from quarterday.services.messages.templates import EXAMPLES
from quarterday.services.returns import addressees
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR
from quarterday.testing.clock import Clock

OWN = "Subject: ((council)) asks for your figures\n\nPlease report on ((contract)).\n\n> Begin: ((link))"
SITE = "https://returns.example.gov.uk"


@pytest.fixture(autouse=True)
def installation(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"DATA_DIR": str(tmp_path), "SECRET_KEY": "k" * 32, "PUBLIC_URL": SITE}.items():
        monkeypatch.setenv(f"QUARTERDAY_{name}", value)


@pytest.fixture
def council(uow: UnitOfWork) -> int:
    return builders.an_authority(uow)


@pytest.fixture
def lead(uow: UnitOfWork, council: int) -> Actor:
    return staff(uow, council, MemberRole.LEAD)


def staff(uow: UnitOfWork, authority_id: int, role: MemberRole) -> Actor:
    user_id = builders.a_user(uow, authority_id=authority_id, role=role)
    return Actor(f"user/{user_id}", user_id=user_id, authority_id=authority_id, role=role)


def set_words(uow: UnitOfWork, actor: Actor, source: str, **more: Any) -> wording.Wording:
    return wording.word(uow, actor, **{"authority_id": actor.authority_id, "kind": "invitation", **more}, source=source)


def invitation(uow: UnitOfWork, authority_id: int) -> Message:
    """The mail that invites somebody of a contract's supplier."""
    return_id = builders.a_return(uow, contract_id=awarded(uow, authority_id))
    with uow.read(OPERATOR) as work:
        people = addressees.reporters(work, return_id)
    invite(uow, OPERATOR, return_id=return_id, user_id=people[0].id)
    return composed(uow)


def awarded(uow: UnitOfWork, authority_id: int) -> int:
    supplier = builders.a_supplier(uow)
    builders.a_user(uow, supplier_id=supplier)
    contract_id = builders.a_contract(uow, authority_id=authority_id, supplier_id=supplier)
    builders.an_award(uow, contract_id=contract_id)
    return contract_id


def composed(uow: UnitOfWork) -> Message:
    """The newest mail in the outbox."""
    with uow.read(OPERATOR) as work:
        row = work.all(select(OutboxRow).order_by(OutboxRow.c.id))[-1]
    document = (
        KINDS[row.kind].compose(uow, Due(row.id, row.authority_id, row.kind, row.key, row.payload, 1, 0)).document
    )
    assert isinstance(document, Message)
    return document


def test_an_authority_words_its_own_messages_and_nobody_elses(uow: UnitOfWork, council: int, lead: Actor) -> None:
    other = builders.an_authority(uow)
    standing = set_words(uow, lead, OWN)
    assert (standing.is_own, standing.source, standing.version) == (True, OWN, 1)
    mine, theirs = invitation(uow, council), invitation(uow, other)
    assert mine.subject.endswith("asks for your figures")
    assert "Begin:\n" + SITE in mine.text
    assert theirs.subject.startswith("Your return for")


def test_it_goes_back_to_the_standard_words(uow: UnitOfWork, council: int, lead: Actor) -> None:
    standard = set_words(uow, lead, OWN).standard
    back = set_words(uow, lead, standard)
    assert (back.is_own, back.source, back.version) == (False, standard, 2)
    assert set_words(uow, lead, OWN).is_own
    assert not set_words(uow, lead, "").is_own
    assert invitation(uow, council).subject.startswith("Your return for")


def test_what_holds_already_changes_nothing(uow: UnitOfWork, council: int, lead: Actor) -> None:
    set_words(uow, lead, "")
    set_words(uow, lead, OWN)
    set_words(uow, lead, f"\r\n{OWN}\n".replace("\n", "\r\n"), seen=0)
    with uow.read(OPERATOR) as work:
        assert len(work.all(select(MessageTemplate.c.id))) == 1


def test_who_changes_what_somebody_changed_since_is_told(uow: UnitOfWork, lead: Actor) -> None:
    set_words(uow, lead, OWN, seen=0)
    with pytest.raises(Refused, match="Somebody changed these words"):
        set_words(uow, lead, OWN + "\n\nMore.", seen=0)
    assert set_words(uow, lead, OWN + "\n\nMore.", seen=1).version == 2


def test_words_that_would_go_wrong_are_refused_when_they_are_set(uow: UnitOfWork, lead: Actor) -> None:
    for source, why in (
        ("Dear you", "Begin with a line “Subject: …”"),
        ("Subject: A\n\n((lnik))", r"“\(\(lnik\)\)” is no placeholder here"),
        ("Subject: A\n\nWords alone", r"“\(\(link\)\)” is missing"),
        ("Subject: A\n\n((link)) ((reference))", r"“\(\(reference\)\)” is no placeholder here"),
        ("Subject: A\n\n((link" + "x" * 10_000, "Shorten this to 10,000 characters"),
    ):
        with pytest.raises(Refused, match=why):
            set_words(uow, lead, source)
        with pytest.raises(Refused, match=why):
            wording.preview("invitation", source)
    with uow.read(OPERATOR) as work:
        assert work.all(select(MessageTemplate.c.id)) == []


def test_there_are_messages_that_no_authority_words(uow: UnitOfWork, lead: Actor) -> None:
    council, me = lead.authority_id or 0, lead.user_id or 0
    for kind in ("sign_in", "fresh_link", "nothing", "../receipt"):
        with pytest.raises(NotThere, match="There is no message"):
            set_words(uow, lead, OWN, kind=kind)
        with pytest.raises(NotThere):
            wording.wording(uow, lead, authority_id=council, kind=kind)
        with pytest.raises(NotThere):
            wording.send_test(uow, lead, authority_id=council, kind=kind, user_id=me)


def test_who_words_them(uow: UnitOfWork, council: int) -> None:
    manager = staff(uow, council, MemberRole.MANAGER)
    with pytest.raises(Refused, match="Your role doesn't allow this"):
        set_words(uow, manager, OWN)
    with pytest.raises(Refused, match="Your role doesn't allow this"):
        wording.send_test(uow, manager, authority_id=council, kind="receipt", user_id=manager.user_id or 0)
    for version, role in enumerate((MemberRole.LEAD, MemberRole.ADMINISTRATOR), start=1):
        assert set_words(uow, staff(uow, council, role), f"{OWN}\n\n{role}").version == version


def test_nobody_words_another_authoritys(uow: UnitOfWork, council: int, lead: Actor) -> None:
    other = builders.an_authority(uow)
    supplier = builders.a_reporter(uow, contract_id=awarded(uow, council))
    for stranger, refused in ((lead, NotThere), (supplier, NotAllowed)):
        with pytest.raises(refused):
            set_words(uow, stranger, OWN, authority_id=other)
        with pytest.raises(NotThere):
            wording.wordings(uow, stranger, authority_id=other)


def test_own_words_that_fit_no_longer_give_way_to_the_standard_ones(uow: UnitOfWork, council: int, lead: Actor) -> None:
    with uow.begin(OPERATOR) as work:
        words_id = words.keep(work, "Subject: Old\n\n((a_placeholder_of_before)) ((link))")
        work.add(MessageTemplate, authority_id=council, kind="invitation", words_id=words_id)
    standing = wording.wording(uow, lead, authority_id=council, kind="invitation")
    assert standing.is_own
    assert "((a_placeholder_of_before))" in standing.flaw
    assert invitation(uow, council).subject.startswith("Your return for")


def test_erased_words_give_way_to_the_standard_ones(uow: UnitOfWork, council: int, lead: Actor) -> None:
    set_words(uow, lead, OWN)
    with uow.begin(OPERATOR) as work:
        words.erase(work, work.connection.execute(select(Words.c.id)).scalar_one())
    assert not wording.wording(uow, lead, authority_id=council, kind="invitation").is_own
    assert invitation(uow, council).subject.startswith("Your return for")


def test_the_audit_trail_says_who_worded_what_and_none_of_the_words(uow: UnitOfWork, lead: Actor) -> None:
    set_words(uow, lead, OWN)
    with uow.read(OPERATOR) as work:
        (row,) = work.all(select(AuditRow.c.actor, AuditRow.c.payload).where(AuditRow.c.action == "message.worded"))
    assert (row.actor, row.payload) == (lead.name, {"template": 1, "kind": "invitation"})


def test_a_test_goes_to_who_asked_with_invented_facts(uow: UnitOfWork, lead: Actor, clock: Clock) -> None:
    set_words(uow, lead, OWN)
    how: dict[str, Any] = {"authority_id": lead.authority_id, "kind": "invitation", "user_id": lead.user_id}
    first = wording.send_test(uow, lead, **how)
    assert wording.send_test(uow, lead, **how) == first, "pressed twice it is sent once"
    message = composed(uow)
    assert message.subject == f"Test: {EXAMPLES['council']} asks for your figures"
    assert SITE in message.text
    with uow.read(OPERATOR) as work:
        assert message.to == addressees.person(work, lead.user_id or 0).email
    clock.now += timedelta(seconds=1)
    assert wording.send_test(uow, lead, **how) != first


def test_a_test_goes_to_nobody_else(uow: UnitOfWork, council: int, lead: Actor) -> None:
    stranger = builders.a_user(uow, authority_id=builders.an_authority(uow), role=MemberRole.LEAD)
    with pytest.raises(Refused, match="somebody who works for the authority"):
        wording.send_test(uow, lead, authority_id=council, kind="receipt", user_id=stranger)


def test_a_preview_has_every_invented_fact(uow: UnitOfWork, lead: Actor) -> None:
    for one in wording.wordings(uow, lead, authority_id=lead.authority_id or 0):
        written = wording.preview(one.kind, one.source)
        assert "((" not in written.subject + written.text
