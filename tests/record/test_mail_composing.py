"""Mails as they are composed: to whom, with which words and links, from ids alone; and when none is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from quarterday import Message, NotConfigured, Refused
from quarterday.db import outbox
from quarterday.db.models import Contract, OutboxRow, Return, Review
from quarterday.db.outbox import Due
from quarterday.db.work import Actor, UnitOfWork
from quarterday.domain.contracts import MemberRole
from quarterday.errors import Overtaken
from quarterday.services import words
from quarterday.services.access import links
from quarterday.services.background.kinds import KINDS
from quarterday.services.messages import composing
from quarterday.services.messages.invitations import invite
from quarterday.services.messages.sent import once
from quarterday.services.organisations import people
from quarterday.services.reminders import mails
from quarterday.services.returns import reviews
from quarterday.services.returns.reported import reported
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR
from quarterday.testing.clock import Clock

SITE = "https://returns.example.gov.uk/sv"
WEEKS = {"ref": "WEEKS", "people": "2", "weeks": "6.5", "activity": "Apprentice 1"}
GIFTS = {"ref": "GIFTS", "quantity": "1250.5"}
MAILS = {"mail.sign_in", "mail.receipt", "mail.query", "mail.invitation", "mail.accepted"}
QUESTION = "Which food bank was it? <b>\nSay in two words."


@pytest.fixture(autouse=True)
def installation(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"DATA_DIR": str(tmp_path), "SECRET_KEY": "k" * 32, "PUBLIC_URL": SITE}.items():
        monkeypatch.setenv(f"QUARTERDAY_{name}", value)


@pytest.fixture
def return_id(uow: UnitOfWork) -> int:
    """A return of a contract that somebody of the council manages, with people of its supplier."""
    authority_id = builders.an_authority(uow)
    owner = builders.a_user(uow, authority_id=authority_id)
    contract_id = builders.a_contract(uow, authority_id=authority_id, owner_id=owner, reference="NM-1")
    builders.an_award(uow, contract_id=contract_id)
    return builders.a_return(uow, contract_id=contract_id)


@pytest.fixture
def staff(uow: UnitOfWork, return_id: int) -> Actor:
    with uow.read(OPERATOR) as work:
        authority_id = reported(work, return_id).authority_id
    return Actor("user/1", user_id=1, authority_id=authority_id, role=MemberRole.ADMINISTRATOR)


def contract_of(uow: UnitOfWork, return_id: int) -> int:
    with uow.read(OPERATOR) as work:
        return work.connection.execute(select(Return.c.contract_id).where(Return.c.id == return_id)).scalar_one()


def sent(uow: UnitOfWork, kind: str) -> list[Due]:
    """The rows of a kind that lie in the outbox, as the worker takes them."""
    with uow.read(OPERATOR) as work:
        rows = work.all(select(OutboxRow).where(OutboxRow.c.kind == kind).order_by(OutboxRow.c.id))
        return [Due(row.id, row.authority_id, row.kind, row.key, row.payload, 1, 0) for row in rows]


def composed(uow: UnitOfWork, kind: str) -> Message:
    """The newest mail of a kind; composed twice it is the same."""
    row = sent(uow, kind)[-1]
    parcels = [KINDS[kind].compose(uow, row) for _ in range(2)]
    assert parcels[0] == parcels[1]
    assert parcels[0].sink == "smtp"
    assert isinstance(parcels[0].document, Message)
    return parcels[0].document


def address_of(uow: UnitOfWork, user_id: int) -> str:
    return next(one.email for one in people.members(uow, OPERATOR) if one.user_id == user_id)


def submitted(uow: UnitOfWork, return_id: int, *typed: dict[str, str]) -> tuple[list[int], Any]:
    """The entries, and who submitted them."""
    entries = builders.a_submission(uow, *typed, return_id=return_id)
    reporter = max(people.members(uow, OPERATOR), key=lambda one: one.user_id)
    return entries, reporter


def link_in(message: Message) -> str:
    (link,) = [line for line in message.text.splitlines() if line.startswith(f"{SITE}{links.PATH}")]
    assert link.replace("&", "&amp;") in message.html
    return link.removeprefix(f"{SITE}{links.PATH}")


def test_every_mail_has_a_kind_in_the_table_and_every_kind_a_way_to_compose_it() -> None:
    assert {kind for kind in KINDS if kind.startswith("mail.")} == set(composing.KINDS) | set(mails.KINDS)


def test_a_receipt_says_what_was_reported_to_who_submitted_it(uow: UnitOfWork, return_id: int) -> None:
    _, reporter = submitted(uow, return_id, WEEKS, GIFTS)
    message = composed(uow, "mail.receipt")
    with uow.read(OPERATOR) as work:
        title = work.connection.execute(select(Contract.c.title)).scalar_one()
    assert message.to == reporter.email
    assert message.reply_to == address_of(uow, 1)
    assert message.subject == "We have your return QD-000001-1"
    assert f"NM-1 {title}, July to September 2026" in message.text
    assert "It was submitted on 1 July 2026." in message.text
    assert "* Apprenticeship weeks, Apprentice 1: 13 weeks\n* Gifts to charities: £1,250.50\n" in message.text
    assert f"{SITE}/returns/{return_id}" in message.text
    assert links.PATH not in message.text, "who gets a receipt passed on can't sign in with it"


def test_a_receipt_has_the_day_it_was_for_who_submitted(uow: UnitOfWork, return_id: int, clock: Clock) -> None:
    clock.now = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)  # half past midnight by their own clock
    submitted(uow, return_id, GIFTS)
    assert "It was submitted on 2 July 2026." in composed(uow, "mail.receipt").text


def test_a_receipt_for_nothing_says_so(uow: UnitOfWork, return_id: int) -> None:
    from quarterday.services.returns import submissions

    reporter = builders.a_reporter(uow, contract_id=contract_of(uow, return_id))
    how = {"seen_version": 0, "declared_as": "finance manager", "nothing_to_report": True}
    submissions.submit(uow, reporter, return_id=return_id, **how)
    assert "* Nothing to report\n" in composed(uow, "mail.receipt").text


def test_a_question_goes_to_who_submitted_with_a_link_that_opens_that_return(
    uow: UnitOfWork, return_id: int, staff: Actor
) -> None:
    builders.a_user(uow, supplier_id=1)  # who has been there longer
    (weeks, _), reporter = submitted(uow, return_id, WEEKS, GIFTS)
    reviews.query(uow, staff, entry_id=weeks, reason=QUESTION)
    message = composed(uow, "mail.query")
    assert (message.to, message.reply_to) == (reporter.email, address_of(uow, 1))
    assert message.subject.startswith("1 question about your return for NM-1 ")
    asked = "* Apprenticeship weeks, Apprentice 1: 13 weeks: “Which food bank was it? <b> Say in two words.”\n"
    assert asked in message.text
    assert "it? &lt;b&gt; Say" in message.html
    looked = links.look(uow, link_in(message), None)
    assert (looked.state, looked.purpose, looked.return_id) == (links.State.GOOD, links.Purpose.RETURN, return_id)
    assert looked.needs_digits is False


def test_a_link_is_for_whom_it_was_made(uow: UnitOfWork, return_id: int, staff: Actor) -> None:
    other = address_of(uow, builders.a_user(uow, supplier_id=1))
    (weeks,), reporter = submitted(uow, return_id, WEEKS)
    reviews.query(uow, staff, entry_id=weeks, reason=QUESTION)
    people.end_role(uow, OPERATOR, user_id=reporter.user_id, supplier_id=reporter.supplier_id)
    message = composed(uow, "mail.query")
    assert message.to == other
    assert links.PATH not in message.text
    assert f"{SITE}/returns/{return_id}" in message.text


def test_a_question_waits_for_somebody_who_reports(uow: UnitOfWork, return_id: int, staff: Actor) -> None:
    (weeks,), reporter = submitted(uow, return_id, WEEKS)
    people.end_role(uow, OPERATOR, user_id=reporter.user_id, supplier_id=reporter.supplier_id)
    reviews.query(uow, staff, entry_id=weeks, reason=QUESTION)
    with pytest.raises(Refused, match=r"Nobody reports for this contract's suppliers today; give somebody the role"):
        composed(uow, "mail.query")
    again = builders.a_user(uow, supplier_id=reporter.supplier_id)
    assert composed(uow, "mail.query").to == address_of(uow, again)


def questions_in(message: Message) -> list[str]:
    return [line.partition("“")[2].rstrip("”") for line in message.text.splitlines() if line.startswith("* ")]


def test_all_questions_about_a_return_are_one_mail(uow: UnitOfWork, return_id: int, staff: Actor, clock: Clock) -> None:
    asked_at = clock.now
    (weeks, gifts), _ = submitted(uow, return_id, WEEKS, GIFTS)
    other = Actor("user/2", user_id=2, authority_id=staff.authority_id, role=MemberRole.MANAGER)
    reviews.query(uow, staff, entry_id=weeks, reason="Who trained them?")
    clock.now += timedelta(minutes=9, seconds=59)
    reviews.query(uow, other, entry_id=gifts, reason="Which food bank?")
    reviews.query(uow, staff, entry_id=gifts, reason="And when?")
    assert [(row.key, row.authority_id) for row in sent(uow, "mail.query")] == [
        (f"query/{return_id}/1", staff.authority_id)
    ]
    with uow.read(OPERATOR) as work:
        due = work.connection.execute(select(OutboxRow.c.due).where(OutboxRow.c.kind == "mail.query")).scalar_one()
    assert due == asked_at + timedelta(minutes=10)
    message = composed(uow, "mail.query")
    assert message.subject.startswith("3 questions about your return for NM-1 ")
    assert questions_in(message) == ["Who trained them?", "Which food bank?", "And when?"]


def test_what_was_answered_decided_or_erased_meanwhile_is_not_asked(
    uow: UnitOfWork, return_id: int, staff: Actor
) -> None:
    (weeks, gifts, access), reporter = submitted(uow, return_id, WEEKS, GIFTS, {"ref": "ACCESS", "quantity": "40"})
    for entry_id, reason in ((weeks, "Who?"), (gifts, "Which?"), (access, "How many?")):
        reviews.query(uow, staff, entry_id=entry_id, reason=reason)
    assert questions_in(composed(uow, "mail.query")) == ["Who?", "Which?", "How many?"]
    colleague = Actor("user/9", user_id=reporter.user_id, supplier_id=reporter.supplier_id)
    reviews.answer(uow, colleague, entry_id=weeks, text="The college.")
    assert questions_in(composed(uow, "mail.query")) == ["Which?", "How many?"]
    reviews.accept(uow, staff, entry_id=gifts)
    assert questions_in(composed(uow, "mail.query")) == ["How many?"]
    reviews.query(uow, staff, entry_id=weeks, reason="Which college?")
    assert questions_in(composed(uow, "mail.query")) == ["How many?", "Which college?"]
    with uow.begin(OPERATOR) as work:
        of = work.connection.execute(select(Review.c.words_id).where(Review.c.entry_id == access)).scalar_one()
        words.erase(work, of)
    reviews.reject(uow, staff, entry_id=weeks, reason="It was another contract.")
    with pytest.raises(Overtaken, match="Nothing was left to ask"):
        composed(uow, "mail.query")


def test_an_entry_that_was_reported_anew_is_not_asked_about(uow: UnitOfWork, return_id: int, staff: Actor) -> None:
    (weeks, gifts), _ = submitted(uow, return_id, WEEKS, GIFTS)
    reviews.query(uow, staff, entry_id=weeks, reason="Who?")
    reviews.query(uow, staff, entry_id=gifts, reason="Which?")
    builders.a_draft(uow, GIFTS, return_id=return_id, replaces_entry_id=gifts)
    assert questions_in(composed(uow, "mail.query")) == ["Who?", "Which?"], "it isn't submitted yet"
    builders.a_submission(uow, return_id=return_id)
    assert questions_in(composed(uow, "mail.query")) == ["Who?"]


def test_what_is_asked_once_a_mail_is_under_way_is_the_next_ones(
    uow: UnitOfWork, return_id: int, staff: Actor, clock: Clock
) -> None:
    (weeks, gifts), _ = submitted(uow, return_id, WEEKS, GIFTS)
    elsewhere = builders.a_submission(uow, GIFTS, return_id=builders.a_return(uow))
    reviews.query(uow, staff, entry_id=weeks, reason="Who?")
    reviews.query(uow, OPERATOR, entry_id=elsewhere[0], reason="Of another return?")
    clock.now += timedelta(minutes=10)
    with uow.begin(OPERATOR) as work:
        first = outbox.take(work, 10, OutboxRow.c.kind == "mail.query")[0]
    reviews.query(uow, staff, entry_id=gifts, reason="Which?")
    *_, second = sent(uow, "mail.query")
    assert [questions_in(KINDS["mail.query"].compose(uow, row).document) for row in (first, second)] == [
        ["Who?"],
        ["Which?"],
    ]
    reviews.reject(uow, staff, entry_id=gifts, reason="It was another contract.")
    with pytest.raises(Overtaken):
        KINDS["mail.query"].compose(uow, second)


def test_a_mail_that_went_out_and_is_put_into_words_again_is_the_same_mail(
    uow: UnitOfWork, return_id: int, staff: Actor
) -> None:
    entries, _ = submitted(uow, return_id, WEEKS, GIFTS)
    for entry_id in entries:
        reviews.query(uow, staff, entry_id=entry_id, reason="Who?")
    (row,) = sent(uow, "mail.query")
    before = composed(uow, "mail.query")
    assert once(before, row.key, lambda: "mail 1") == "mail 1"  # and the worker was killed before it wrote that down
    reviews.accept(uow, staff, entry_id=entries[0])
    after = composed(uow, "mail.query")
    assert questions_in(after) != questions_in(before)
    assert once(after, row.key, lambda: "mail 2") == "mail 1"
    for other in (replace(after, tells="query/0/0"), replace(after, to="another@example.org")):
        with pytest.raises(Refused, match="other words"):
            once(other, row.key, lambda: "mail 3")


def test_a_statement_follows_the_last_decision_and_every_later_one(
    uow: UnitOfWork, return_id: int, staff: Actor
) -> None:
    (weeks, gifts), reporter = submitted(uow, return_id, WEEKS, GIFTS)
    reviews.accept(uow, staff, entry_id=weeks, quantity="12.5", reason="Half a week\nwas holiday.")
    assert sent(uow, "mail.accepted") == []
    reviews.query(uow, staff, entry_id=gifts, reason=QUESTION)
    assert sent(uow, "mail.accepted") == []
    reviews.reject(uow, staff, entry_id=gifts, reason="It was another charity.")
    message = composed(uow, "mail.accepted")
    assert message.to == reporter.email
    assert (
        "* Apprenticeship weeks, Apprentice 1: 13 weeks, accepted in part: 12.5 weeks. “Half a week was holiday.”\n"
        "* Gifts to charities: £1,250.50, not accepted. “It was another charity.”\n"
    ) in message.text
    reviews.accept(uow, staff, entry_id=gifts)
    assert len(sent(uow, "mail.accepted")) == 2
    assert "* Gifts to charities: £1,250.50, accepted.\n" in composed(uow, "mail.accepted").text
    reviews.query(uow, staff, entry_id=gifts, reason=QUESTION)
    with pytest.raises(Refused, match="open again"):
        composed(uow, "mail.accepted")


def test_accepting_all_that_is_plain_makes_one_statement(uow: UnitOfWork, return_id: int, staff: Actor) -> None:
    submitted(uow, return_id, GIFTS, {"ref": "ACCESS", "quantity": "40"})
    assert len(reviews.accept_plain(uow, staff, return_id=return_id)) == 2
    assert len(sent(uow, "mail.accepted")) == 1
    reviews.accept_plain(uow, staff, return_id=return_id)
    assert len(sent(uow, "mail.accepted")) == 1


def test_each_person_is_invited_to_a_return_once(uow: UnitOfWork, return_id: int, staff: Actor) -> None:
    reporter = builders.a_reporter(uow, contract_id=contract_of(uow, return_id))
    assert reporter.user_id is not None
    first, asked = invite(uow, staff, return_id=return_id, user_id=reporter.user_id)
    assert asked
    assert invite(uow, staff, return_id=return_id, user_id=reporter.user_id) == (first, False)
    message = composed(uow, "mail.invitation")
    assert message.to == address_of(uow, reporter.user_id)
    assert "from 1 July 2026 to 30 September 2026" in message.text
    assert "submit it by 30 October 2026" in message.text
    assert links.look(uow, link_in(message), None).return_id == return_id


def test_nobody_else_is_invited_and_no_supplier_invites(uow: UnitOfWork, return_id: int, staff: Actor) -> None:
    stranger = builders.a_user(uow, supplier_id=builders.a_supplier(uow))
    with pytest.raises(Refused, match="doesn't report for the contract"):
        invite(uow, staff, return_id=return_id, user_id=stranger)
    reporter = builders.a_reporter(uow, contract_id=contract_of(uow, return_id))
    with pytest.raises(Refused, match="Only the council"):
        invite(uow, reporter, return_id=return_id, user_id=reporter.user_id or 0)
    elsewhere = Actor("user/9", user_id=9, authority_id=builders.an_authority(uow), role=MemberRole.ADMINISTRATOR)
    with pytest.raises(Refused, match="no such return"):
        invite(uow, elsewhere, return_id=return_id, user_id=reporter.user_id or 0)
    assert sent(uow, "mail.invitation") == []


def test_a_link_that_was_asked_for_is_sent_while_it_is_good(uow: UnitOfWork, return_id: int, clock: Clock) -> None:
    user_id = builders.a_user(uow, supplier_id=1)
    links.ask(uow, email=address_of(uow, user_id), browser="b" * 43, client="192.0.2.1")
    message = composed(uow, "mail.sign_in")
    assert (message.to, message.template) == (address_of(uow, user_id), "sign_in")
    assert "sign in to returns.example.gov.uk/sv" in message.text
    assert "until 10:45 on 1 July 2026" in message.text
    assert links.look(uow, link_in(message), "b" * 43).state is links.State.GOOD
    clock.now += timedelta(minutes=15)
    with pytest.raises(Refused, match="too old, or used"):
        composed(uow, "mail.sign_in")


def test_a_fresh_link_to_a_return_says_to_which(uow: UnitOfWork, return_id: int, staff: Actor) -> None:
    (weeks,), reporter = submitted(uow, return_id, WEEKS)
    reviews.query(uow, staff, entry_id=weeks, reason=QUESTION)
    links.fresh(uow, link_in(composed(uow, "mail.query")), client="192.0.2.1")
    message = composed(uow, "mail.sign_in")
    assert (message.to, message.template) == (reporter.email, "fresh_link")
    assert "NM-1" in message.subject
    assert links.look(uow, link_in(message), None).return_id == return_id


def test_an_outbox_row_holds_ids_and_nothing_else(uow: UnitOfWork, return_id: int, staff: Actor) -> None:
    (weeks, gifts), reporter = submitted(uow, return_id, WEEKS, GIFTS)
    invite(uow, staff, return_id=return_id, user_id=reporter.user_id)
    links.ask(uow, email=reporter.email, browser="b" * 43, client="192.0.2.1")
    reviews.query(uow, staff, entry_id=weeks, reason=QUESTION)
    reviews.reject(uow, staff, entry_id=weeks, reason=QUESTION)
    reviews.accept(uow, staff, entry_id=gifts)
    with uow.read(OPERATOR) as work:
        rows = work.all(select(OutboxRow.c.kind, OutboxRow.c.key, OutboxRow.c.payload))
    assert {row.kind for row in rows} == MAILS
    assert all(type(value) is int for row in rows for value in row.payload.values())
    assert all("@" not in row.key for row in rows)


def test_without_an_address_of_the_pages_mails_wait(
    uow: UnitOfWork, return_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    submitted(uow, return_id, WEEKS)
    monkeypatch.delenv("QUARTERDAY_PUBLIC_URL")
    with pytest.raises(NotConfigured, match="“public_url”") as missing:
        composed(uow, "mail.receipt")
    assert missing.value.field == "public_url"
