"""A supplier's way through a return: written, backed with evidence, checked, submitted, asked about, answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

import pytest

from quarterday.services.figures.in_hand import InHand, in_hand
from quarterday.services.organisations import people
from quarterday.services.record import UnitOfWork
from quarterday.services.returns import reviews
from quarterday.services.returns.evidencing import evidence_of
from quarterday.services.returns.standing import whole_return
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR
from quarterday.testing.clock import Clock

GIFT = {"ref": "GIFTS", "quantity": "250.10", "words": "Given to the food bank."}
WEEKS = {"ref": "WEEKS", "people": "1", "weeks": "6.5", "activity": "Apprentice 1"}
DECLARED = {"declared_as": "finance manager", "declare": "y"}
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n%%EOF\n"


@dataclass(frozen=True)
class Case:
    """A supplier with the open return of July to September 2026, and their browser."""

    uow: UnitOfWork
    return_id: int
    supplier_id: int
    user_id: int
    browser: Any

    @property
    def at(self) -> str:
        return f"/returns/{self.return_id}"

    @property
    def hand(self) -> InHand:
        return in_hand(self.uow, OPERATOR, return_id=self.return_id)

    def draft(self, typed: dict[str, str], **more: int) -> int:
        return builders.a_draft(self.uow, typed, return_id=self.return_id, **more)

    def queried(self) -> int:
        """An entry that was submitted and queried, beside one that was accepted in part."""
        gift, weeks = builders.a_submission(self.uow, GIFT, WEEKS, return_id=self.return_id)
        reviews.query(self.uow, OPERATOR, entry_id=gift, reason="Which food bank?")
        reviews.accept(self.uow, OPERATOR, entry_id=weeks, quantity="6", reason="Half a week was holiday.")
        return gift

    def attached(self) -> list[str]:
        return [piece.said for piece in evidence_of(self.uow, OPERATOR, return_id=self.return_id)]


@pytest.fixture
def case(uow: UnitOfWork, visitor: Callable[..., Any]) -> Case:
    supplier = builders.a_supplier(uow, name="Larch and Sons Ltd")
    contract = builders.an_award(uow, contract_id=builders.a_contract(uow, supplier_id=supplier))
    user_id = builders.a_user(uow, supplier_id=supplier)
    return Case(uow, builders.a_return(uow, contract_id=contract), supplier, user_id, visitor(user_id))


class TestMyReturns:
    def test_nothing_yet(self, uow: UnitOfWork, visitor: Callable[..., Any]) -> None:
        page = visitor(builders.a_user(uow, supplier_id=builders.a_supplier(uow))).open("/returns")
        assert "There is no return for you yet" in page.text

    def test_by_whose_turn_it_is(self, case: Case, clock: Clock, visitor: Callable[..., Any]) -> None:
        page = case.browser.open("/returns")
        assert "To report 2026/27 Q2: Grounds maintenance" in page.text
        assert "Due 30 October 2026" in page.text
        case.queried()
        assert "The council asks 2026/27 Q2" in case.browser.open("/returns").text
        clock.now = datetime(2026, 11, 1, 12, tzinfo=UTC)
        late = builders.an_award(case.uow, contract_id=builders.a_contract(case.uow, supplier_id=case.supplier_id))
        builders.a_return(case.uow, contract_id=late)
        builders.a_return(case.uow, contract_id=late, on=date(2026, 11, 1))
        text = visitor(case.user_id).open("/returns").text
        assert "Late 2026/27 Q2" in text
        assert "To report 2026/27 Q3" in text

    def test_of_several_suppliers_each_is_named(self, case: Case, visitor: Callable[..., Any]) -> None:
        other = builders.a_supplier(case.uow, name="Alder Advice CIC")
        contract = builders.an_award(case.uow, contract_id=builders.a_contract(case.uow, supplier_id=other))
        return_id = builders.a_return(case.uow, contract_id=contract)
        who = {"email": "pat@example.org", "name": "Pat", "role": "supplier"}
        pat = [people.add_user(case.uow, OPERATOR, **who, supplier_id=of) for of in (case.supplier_id, other)]
        browser = visitor(pat[0])
        page = browser.open("/returns")
        assert "Larch and Sons Ltd. Exampleshire" in page.text
        assert "Alder Advice CIC. Exampleshire" in page.text
        assert (browser.open(f"/returns/{return_id}").status, browser.open(case.at).status) == (200, 200)


class TestOneReturn:
    def test_the_whole_way(self, case: Case) -> None:
        assert "Jobs for local people JOBS, promised for this period: 3.12" in case.browser.open(case.at).text
        case.browser.fill_in(f"{case.at}/measures/GIFTS/add", quantity="250.10", words="Given to the food bank.")
        draft = case.hand.lines[0].draft.id
        page = case.browser.open(f"{case.at}/entries/{draft}/evidence")
        page = case.browser.send(page, f"{case.at}/entries/{draft}/evidence", file=(BytesIO(PDF), "a.pdf"))
        assert "a.pdf (1 KB) Not scanned for viruses yet" in page.text
        page = case.browser.open(f"{case.at}/check")
        assert "Counts £250.10" in page.text
        assert "Promised, and nothing reported this time Jobs for local people" in page.text
        assert "I declare that this is true and complete as far as I know Submit the return" in page.text
        page = case.browser.send(page, f"{case.at}/check", **DECLARED)
        (submission,) = whole_return(case.uow, OPERATOR, return_id=case.return_id).submissions
        assert f"Return submitted Your reference {submission.receipt.reference}" in page.text
        assert "Submitted on 1 July 2026 at 10:30am by the finance manager" in page.text
        page = case.browser.open(case.at)
        assert "Gifts to charities GIFTS, promised for this period: £250.00 With the council" in page.text
        assert "Check your answers" not in page.text

    def test_a_declaration_is_made_in_a_role_and_on_purpose(self, case: Case) -> None:
        case.draft(GIFT)
        page = case.browser.fill_in(f"{case.at}/check", declared_as="buyer")
        assert (page.status, page.value("declared_as")) == (422, "buyer")
        assert "Tick the box" in page.errors
        page = case.browser.send(page, f"{case.at}/check", declared_as=" ", declare="y")
        assert "Enter your role" in page.errors
        assert case.hand.revisions == 0

    def test_what_is_to_put_right_keeps_it_from_being_submitted(self, case: Case) -> None:
        case.draft(GIFT | {"quantity": "12,5"})
        page = case.browser.open(f"{case.at}/check")
        assert "To put right “12,5” has a decimal comma" in page.text
        assert "Submit the return" not in page.text

    def test_pressed_twice_it_is_submitted_once(self, case: Case) -> None:
        case.draft(GIFT)
        page = case.browser.open(f"{case.at}/check")
        answers = [case.browser.send(page, f"{case.at}/check", **DECLARED) for _ in range(2)]
        assert [answer.status for answer in answers] == [200, 200]
        assert answers[0].text == answers[1].text
        assert case.hand.revisions == 1

    def test_nothing_is_submitted_unseen(self, case: Case) -> None:
        case.draft(GIFT)
        page = case.browser.open(f"{case.at}/check")
        case.draft(WEEKS)
        page = case.browser.send(page, f"{case.at}/check", **DECLARED)
        assert page.status == 422
        assert "Somebody changed this return" in page.errors
        assert page.value("declared_as") == "finance manager"
        assert "Apprenticeship weeks" in page.text
        assert "Return submitted" in case.browser.send(page, f"{case.at}/check", **DECLARED).text

    def test_nothing_to_report(self, case: Case) -> None:
        page = case.browser.open(f"{case.at}/nothing")
        answers = [case.browser.send(page, f"{case.at}/nothing", **DECLARED) for _ in range(2)]
        assert all("You declared that there is nothing to report" in answer.text for answer in answers)
        assert "Done 2026/27 Q2" in case.browser.open("/returns").text
        case.draft(GIFT)
        page = case.browser.fill_in(f"{case.at}/nothing", **DECLARED)
        assert (page.status, "there is something to report" in page.errors) == (422, True)

    def test_nothing_of_one_measure_is_an_answer(self, case: Case) -> None:
        at = f"{case.at}/measures/WEEKS"
        page = case.browser.open(at)
        for _ in range(2):
            after = case.browser.send(page, at)
        assert "promised for this period: 50 weeks Nothing this time" in after.text
        check = case.browser.open(f"{case.at}/check").text
        assert "Apprenticeship weeks : you say that nothing was done" in check
        assert "Gifts to charities : nothing said yet" in check
        page = case.browser.open(at)
        assert "You say that nothing was done for this measure from 1 July 2026 to 30 September 2026." in page.text
        after = case.browser.send(page, at, taken_back="yes")
        assert "promised for this period: 50 weeks Not started" in after.text
        case.draft(WEEKS)
        page = case.browser.send(page, at)
        assert (page.status, "Something is written for “Apprenticeship weeks”" in page.errors) == (422, True)

    def test_another_measure_can_be_reported(self, case: Case) -> None:
        assert "SPEND: Spend with local firms" in case.browser.open(f"{case.at}/measures").text
        case.browser.fill_in(f"{case.at}/measures/SPEND/add", quantity="10")
        assert "Other measures Spend with local firms" in case.browser.open(case.at).text

    def test_once_closed_it_says_what_to_do(self, case: Case, clock: Clock, visitor: Callable[..., Any]) -> None:
        clock.now = datetime(2027, 1, 4, 9, tzinfo=UTC)
        browser = visitor(case.user_id)
        page = browser.open(f"{case.at}/measures/GIFTS/add", follow=True)
        assert "Nothing was reported for this measure. Put it in the next return" in page.text
        assert "Reporting for this period closed on 29 December 2026" in browser.open(case.at).text
        assert "Closed without a return" in browser.open("/returns").text

    def test_what_goes_on_is_carried_over(self, case: Case) -> None:
        job = {"ref": "JOBS", "people": "1", "full_time_share": "1", "months": "3", "activity": "Hire 3"}
        spring = builders.a_return(case.uow, contract_id=case.hand.contract_id, on=date(2026, 5, 1))
        builders.a_submission(case.uow, job, return_id=spring)
        page = case.browser.open(case.at)
        assert page.action == f"{case.at}/carry-over"
        assert "1 entry was begun for what is still under way" in case.browser.send(page, case.at).text
        assert "Nothing that was reported before is still under way" in case.browser.send(page, case.at).text
        assert [line.draft.typed["activity"] for line in case.hand.lines] == ["Hire 3"]

    def test_nothing_is_carried_into_a_return_that_changed_meanwhile(self, case: Case) -> None:
        job = {"ref": "JOBS", "people": "1", "full_time_share": "1", "months": "3", "activity": "Hire 3"}
        spring = builders.a_return(case.uow, contract_id=case.hand.contract_id, on=date(2026, 5, 1))
        builders.a_submission(case.uow, job, return_id=spring)
        page = case.browser.open(case.at)
        case.draft(GIFT)
        page = case.browser.send(page, case.at)
        assert (page.status, "Somebody changed this return" in page.errors) == (422, True)
        assert len(case.hand.lines) == 1
        assert "1 entry was begun" in case.browser.send(page, case.at).text


class TestEvidence:
    @pytest.fixture
    def at(self, case: Case) -> str:
        return f"{case.at}/entries/{case.draft(GIFT)}/evidence"

    @pytest.mark.parametrize(
        ("content", "name", "said"),
        [
            (b"", "empty.pdf", "empty"),
            (b"MZ\x90\x00\x03\x00\x00\x00" + b"\0" * 600, "invoice.pdf", "invoice.pdf"),
            (b"%PDF-1.4\n" + b"a" * 2**20, "large.pdf", "large.pdf"),
        ],
    )
    def test_a_file_that_can_be_none_is_told_on_the_page(
        self, case: Case, at: str, content: bytes, name: str, said: str
    ) -> None:
        page = case.browser.fill_in(at, file=(BytesIO(content), name), statement="Said all the same.")
        assert page.status == 422
        assert said in page.errors
        assert page.title.startswith("Error: ")
        assert page.value("statement").strip() == ""
        assert case.attached() == ["Said all the same."]

    def test_nothing_at_all(self, case: Case, at: str) -> None:
        assert "Choose a file, or give a link or a statement." in case.browser.fill_in(at).errors

    def test_links_and_statements_sent_twice_are_there_once(self, case: Case, at: str) -> None:
        page = case.browser.open(at)
        for typed in ({"link": "https://example.org/photos"}, {"statement": "They confirmed it."}):
            assert [case.browser.send(page, at, **typed).status for _ in range(2)] == [200, 200]
        assert case.attached() == ["https://example.org/photos", "They confirmed it."]
        page = case.browser.send(page, at, link="javascript:alert(1)")
        assert ("a page, like https" in page.errors, page.value("link")) == (True, "javascript:alert(1)")

    def test_it_is_handed_out_as_a_download_and_to_nobody_else(
        self, case: Case, at: str, visitor: Callable[..., Any]
    ) -> None:
        case.browser.fill_in(at, file=(BytesIO(b"Two apprentices began.\n"), "../letter\u202efdp.txt"))
        (piece,) = evidence_of(case.uow, OPERATOR, return_id=case.return_id)
        page = case.browser.open(f"{case.at}/evidence/{piece.id}")
        assert page.headers["Content-Disposition"].startswith("attachment; filename=")
        assert "/" not in page.headers["Content-Disposition"].split("filename=")[1].split(";")[0]
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        stranger = visitor(builders.a_user(case.uow, supplier_id=builders.a_supplier(case.uow)))
        assert stranger.open(f"{case.at}/evidence/{piece.id}").status == 404
        assert case.browser.open(f"{case.at}/evidence/999").status == 404

    def test_it_can_be_taken_off(self, case: Case, at: str) -> None:
        case.browser.fill_in(at, statement="They confirmed it.")
        (piece,) = evidence_of(case.uow, OPERATOR, return_id=case.return_id)
        page = case.browser.open(f"{at}/{piece.id}/remove")
        assert "They confirmed it." in page.text
        assert [case.browser.send(page, f"{at}/{piece.id}/remove").status for _ in range(2)] == [200, 200]
        assert case.attached() == []

    def test_it_is_taken_off_only_as_it_was_seen(self, case: Case, at: str) -> None:
        case.browser.fill_in(at, statement="They confirmed it.")
        (piece,) = evidence_of(case.uow, OPERATOR, return_id=case.return_id)
        page = case.browser.open(f"{at}/{piece.id}/remove")
        case.draft(WEEKS)
        page = case.browser.send(page, f"{at}/{piece.id}/remove")
        assert (page.status, "Somebody changed this return" in page.errors) == (422, True)
        assert case.attached() == ["They confirmed it."]
        case.browser.send(page, f"{at}/{piece.id}/remove")
        assert case.attached() == []


class TestAnswering:
    def test_the_decisions_stand_by_the_entries(self, case: Case) -> None:
        case.queried()
        page = case.browser.open(case.at)
        assert "The council asks Gifts to charities Which food bank? Queried" in page.text
        assert "promised for this period: 50 weeks Accepted in part" in page.text
        page = case.browser.open(f"{case.at}/measures/WEEKS")
        assert "Accepted in part 6 weeks of 6.5 weeks counts. The council says: “Half a week was holiday.”" in page.text

    def test_in_words_once(self, case: Case) -> None:
        at = f"{case.at}/queries/{case.queried()}"
        page = case.browser.open(at)
        for _ in range(2):
            after = case.browser.send(page, at, answer="The one in Mill Lane.")
        assert after.text.count("The one in Mill Lane.") == 1
        assert "The council has your answer" in after.text
        assert "Answered" in case.browser.open(case.at).text

    def test_it_says_what_is_missing(self, case: Case) -> None:
        at = f"{case.at}/queries/{case.queried()}"
        page = case.browser.fill_in(at, answer=" ")
        assert (page.status, "Write your answer" in page.errors) == (422, True)

    def test_by_a_changed_entry_that_is_sent_alone(self, case: Case) -> None:
        at = f"{case.at}/queries/{case.queried()}"
        page = case.browser.open(f"{at}/replace")
        assert (page.value("quantity"), page.value("words").strip()) == ("250.10", "Given to the food bank.")
        page = case.browser.send(page, "", quantity="240.05", words="The one in Mill Lane.")
        assert "Saved £240.05" in page.text
        assert "Go on with the changed entry" in case.browser.open(at).text
        page = case.browser.open(f"{case.at}/check")
        assert "Only what is below is sent" in page.text
        assert "Return submitted" in case.browser.send(page, f"{case.at}/check", **DECLARED).text
        assert {sent.typed["ref"]: sent.decision for sent in case.hand.sent} == {"GIFTS": "", "WEEKS": "accepted"}
        assert case.browser.open(at).status == 404

    def test_what_was_not_asked_is_not_answered(self, case: Case) -> None:
        case.queried()
        accepted = next(sent.id for sent in case.hand.sent if sent.decision == "accepted")
        for page in ("", "/replace"):
            assert "Report for 2026/27 Q2" in case.browser.open(f"{case.at}/queries/{accepted}{page}", follow=True).text


def test_a_late_claim_is_for_a_period_that_is_chosen(case: Case) -> None:
    spring = builders.a_return(case.uow, contract_id=case.hand.contract_id, on=date(2026, 5, 1))
    assert "Choose when it was done" in case.browser.fill_in(f"{case.at}/late", measure="GIFTS").errors
    period_id = case.hand.past[0][0]
    page = case.browser.fill_in(f"{case.at}/late", period=str(period_id), measure="GIFTS")
    assert "A late claim for 2026/27 Q1, 1 April 2026 to 30 June 2026." in page.text
    page = case.browser.send(page, "", quantity="12,5")
    page = case.browser.send(page, "", quantity="12.5")
    assert "Line 1 (late, for 2026/27 Q1)" in page.text
    assert [(line.late_period_id, line.draft.typed["quantity"]) for line in case.hand.lines] == [(period_id, "12.5")]
    assert case.browser.open(f"{case.at}/measures/GIFTS/add?period=999").status == 404
    assert "no earlier period" in case.browser.open(f"/returns/{spring}/late").text


def test_a_spreadsheet_is_taken_filled_in_and_told_by_row(case: Case) -> None:
    page = case.browser.open(f"{case.at}/spreadsheet/csv")
    assert page.headers["Content-Disposition"] == f"attachment; filename=return-2026-27-Q2-{case.return_id}.csv"
    assert case.browser.open(f"{case.at}/spreadsheet/xlsx").status == 200
    rows = b'measure,activity,people,weeks each,quantity\nWEEKS,Apprentice 1,2,6,\nGIFTS,,,,"12,5"\nACCESS,,,,\n'
    for _ in range(2):
        page = case.browser.fill_in(f"{case.at}/spreadsheet", file=(BytesIO(rows), "mine.csv"))
        assert page.status == 422
        assert "1 row is in the return now. 1 row is to put right." in page.text
        assert "decimal comma" in page.text
    assert len(case.hand.lines) == 1
    page = case.browser.open(f"{case.at}/spreadsheet")
    case.draft(GIFT)
    more = b"measure,quantity\nACCESS,12\n"
    page = case.browser.send(page, f"{case.at}/spreadsheet", file=(BytesIO(more), "mine.csv"))
    assert (page.status, "Somebody changed this return" in page.errors) == (422, True)
    assert len(case.hand.lines) == 2
    page = case.browser.send(page, f"{case.at}/spreadsheet", file=(BytesIO(more), "mine.csv"))
    assert len(case.hand.lines) == 3
    for sent, said in (((BytesIO(b"x"), "a.exe"), "ends in .xlsx"), ((BytesIO(b""), "a.csv"), "a")):
        page = case.browser.fill_in(f"{case.at}/spreadsheet", file=sent)
        assert (page.status, said in page.errors) == (422, True)


class TestScope:
    PAGES = (
        "", "/measures", "/measures/GIFTS", "/measures/GIFTS/add", "/check", "/nothing", "/submitted", "/late",
        "/spreadsheet", "/spreadsheet/csv",
    )  # fmt: skip

    def test_somebody_elses_return_is_not_there(self, case: Case, visitor: Callable[..., Any]) -> None:
        draft = case.draft(GIFT)
        stranger = visitor(builders.a_user(case.uow, supplier_id=builders.a_supplier(case.uow)))
        pages = (*self.PAGES, f"/entries/{draft}", f"/entries/{draft}/remove", f"/entries/{draft}/evidence")
        assert {stranger.open(case.at + page).status for page in pages} == {404}
        assert {case.browser.open(case.at + page, follow=True).status for page in pages} == {200}

    def test_a_link_opens_its_return_and_no_other(self, case: Case, visitor: Callable[..., Any]) -> None:
        contract = builders.a_contract(case.uow, supplier_id=case.supplier_id)
        other = builders.a_return(case.uow, contract_id=builders.an_award(case.uow, contract_id=contract))
        linked = visitor(case.user_id, case.return_id)
        assert {linked.open(case.at + page, follow=True).status for page in self.PAGES} == {200}
        assert {linked.open(f"/returns/{other}{page}").status for page in self.PAGES} == {404}
        assert linked.open("/returns").headers["Location"] == case.at
        assert case.browser.open(f"/returns/{other}").status == 200

    @pytest.mark.parametrize("number", ["0", "99", str(2**63 - 1), str(2**63), "9" * 40, "x"])
    def test_ids_that_are_nobodys(self, case: Case, number: str) -> None:
        assert case.browser.open(f"/returns/{number}").status == 404
        assert case.browser.open(f"{case.at}/entries/{number}").status == 404
        assert case.browser.open(f"{case.at}/queries/{number}").status == 404

    def test_without_its_token_a_form_does_nothing(self, case: Case) -> None:
        page = case.browser.open(f"{case.at}/measures/GIFTS/add")
        page = case.browser.send(page, f"{case.at}/measures/GIFTS/add", csrf_token="", quantity="5")
        assert (page.status, "5" in page.text) == (400, True)
        assert case.hand.lines == ()
