"""Wording the council's messages, and whose mails come back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from quarterday.db.models import OutboxRow
from quarterday.domain.contracts import MemberRole
from quarterday.services.messages.bounces import Outcome, note
from quarterday.services.messages.invitations import invite
from quarterday.services.record import UnitOfWork
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR

AT = "/council/messages/query"
OWN = "Subject: A question from ((council))\n\n((questions)) <b>\n\n> Answer: ((link))"


@pytest.fixture
def lead(uow: UnitOfWork, visitor: Callable[..., Any]) -> Any:
    """The browser of a social value lead."""
    authority = builders.an_authority(uow)
    return visitor(builders.a_user(uow, authority_id=authority, role=MemberRole.LEAD))


class TestWords:
    def test_the_list_says_whose_words_each_has(self, lead: Any) -> None:
        before = lead.open("/council/messages")
        assert "Questions about a return standard" in before.text
        assert "Link to sign in" not in before.text
        lead.fill_in(AT, source=OWN, wanted="save")
        assert "Questions about a return your own, since 1 July 2026" in lead.open("/council/messages").text

    def test_it_begins_with_the_words_that_hold_and_the_placeholders(self, lead: Any) -> None:
        page = lead.open(AT)
        assert page.value("source").startswith("Subject: ((summary)) about your return")
        assert "Must be there ((link)) ((questions))" in page.text

    def test_a_preview_shows_both_forms_and_saves_nothing(self, lead: Any) -> None:
        page = lead.fill_in(AT, source=OWN, wanted="preview")
        assert page.status == 200
        assert "Subject: A question from Northmoor Council" in page.text
        assert "Who trained them?” <b>" in page.text
        assert "<b>" not in page.html.partition("Preview, with")[2]
        assert ' class="govuk-link"' in page.html
        assert "style=" not in page.html
        assert page.value("source").replace("\r\n", "\n") == OWN
        assert lead.open(AT).value("source") != OWN

    def test_what_was_saved_holds_until_one_goes_back(self, lead: Any) -> None:
        page = lead.fill_in(AT, source=OWN, wanted="save")
        assert "Saved." in page.text
        assert page.value("source") == OWN
        back = lead.send(page, AT, source="whatever", wanted="standard")
        assert back.value("source").startswith("Subject: ((summary)) about your return")
        assert "Go back to the standard words" not in back.text

    @pytest.mark.parametrize("wanted", ["preview", "save"])
    def test_what_would_go_wrong_is_said_by_the_box_and_stays_there(self, lead: Any, wanted: str) -> None:
        wrong = OWN.replace("((link))", "((lnik))")
        page = lead.fill_in(AT, source=wrong, wanted=wanted)
        assert page.status == 422
        assert page.title.startswith("Error:")
        assert "“((lnik))” is no placeholder here" in page.errors
        assert page.value("source") == wrong

    def test_of_two_who_word_it_the_second_is_told(self, lead: Any) -> None:
        page = lead.open(AT)
        lead.send(page, AT, source=OWN, wanted="save")
        second = lead.send(page, AT, source=OWN + "\n\nMore.", wanted="save")
        assert second.status == 422
        assert "Somebody changed these words" in second.errors
        assert "More." in second.value("source")

    def test_a_test_goes_to_who_pressed(self, lead: Any, uow: UnitOfWork) -> None:
        page = lead.open(f"{AT}/test")
        for _ in range(2):
            sent = lead.send(page, f"{AT}/test")
        assert "A test is on its way" in sent.text
        with uow.read(OPERATOR) as work:
            (row,) = work.all(select(OutboxRow.c.kind, OutboxRow.c.payload))
        assert (row.kind, row.payload["template"]) == ("mail.test", "query")

    @pytest.mark.parametrize("kind", ["sign_in", "nothing", "%2e%2e"])
    def test_there_is_no_page_for_other_kinds(self, lead: Any, kind: str) -> None:
        assert lead.open(f"/council/messages/{kind}").status == 404

    def test_a_manager_has_no_such_page(self, uow: UnitOfWork, visitor: Callable[..., Any]) -> None:
        manager = visitor(builders.a_user(uow, authority_id=builders.an_authority(uow), role=MemberRole.MANAGER))
        assert manager.open("/council/messages").status == 404
        assert "Messages" not in manager.open("/council").text


class TestUnreached:
    @pytest.fixture
    def contract(self, uow: UnitOfWork, monkeypatch: pytest.MonkeyPatch) -> int:
        """A contract of the lead's authority, to one of whose people a mail came back."""
        monkeypatch.setenv("QUARTERDAY_SECRET_KEY", "k" * 32)
        supplier = builders.a_supplier(uow, name="Larch & Sons Ltd")
        first = builders.a_user(uow, supplier_id=supplier)
        contract = builders.a_contract(uow, authority_id=1, supplier_id=supplier, reference="EX-7")
        builders.an_award(uow, contract_id=contract)
        return_id = builders.a_return(uow, contract_id=contract)
        invite(uow, OPERATOR, return_id=return_id, user_id=first)
        came = datetime(2026, 6, 30, 9, tzinfo=UTC)
        note(uow, OPERATOR, outcome=Outcome.NEVER, at=came, key=f"invitation/{return_id}/{first}")
        return contract

    def test_the_contract_asks_who_else_there_is(self, lead: Any, contract: int, uow: UnitOfWork) -> None:
        page = lead.open(f"/council/contracts/{contract}")
        assert "have come back since 30 June 2026. Who else could we write to?" in page.text
        assert "Nobody else reports for Larch & Sons Ltd." in page.text
        assert "there is no such address" in page.text
        assert 'href="/council/suppliers/1/people"' in page.html
        builders.a_user(uow, supplier_id=1)
        assert "Also reporting for Larch & Sons Ltd: " in lead.open(f"/council/contracts/{contract}").text

    def test_the_desk_says_so_and_leads_there(self, lead: Any, contract: int) -> None:
        page = lead.open("/council?whose=all")
        assert "Mails to 1 person come back:" in page.text
        assert f'href="/council/contracts/{contract}">EX-7' in page.html

    def test_whose_own_contracts_have_none_sees_none(self, lead: Any, contract: int) -> None:
        assert "come back" not in lead.open("/council?whose=mine").text

    def test_a_council_whose_mails_arrive_sees_nothing_of_it(self, lead: Any) -> None:
        assert "come back" not in lead.open("/council").text
