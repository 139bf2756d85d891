"""The council's pages: what is to do, checking and deciding entry by entry, and evidence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from quarterday.db.models import AuditRow, OutboxRow, Review, User, Words
from quarterday.domain.catalogue import RuleData
from quarterday.domain.contracts import MemberRole
from quarterday.services import scope
from quarterday.services.figures.for_review import ForReview, for_review
from quarterday.services.record import Actor, UnitOfWork
from quarterday.services.returns import evidencing, reviews
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR

JOBS = {"ref": "JOBS", "people": "2", "full_time_share": "0.5", "months": "3", "activity": "Hire 3"}
GIFT = {"ref": "GIFTS", "quantity": "250.10", "words": "Given to <b>the</b> food bank."}
WEEKS = {"ref": "WEEKS", "people": "2", "weeks": "6", "activity": "Apprentices", "contract_share": "1/3"}
RULES = (RuleData(rule="local-only", measures=("JOBS",)),)


@dataclass(frozen=True)
class Case:
    """A return of July to September 2026 that was submitted, and the browser of its contract's manager."""

    uow: UnitOfWork
    authority_id: int
    supplier_id: int
    contract_id: int
    return_id: int
    user_id: int
    jobs: int
    gift: int
    weeks: int
    browser: Any

    @property
    def at(self) -> str:
        return f"/council/returns/{self.return_id}"

    def entry(self, entry_id: int) -> str:
        return f"{self.at}/entries/{entry_id}"

    @property
    def found(self) -> ForReview:
        return for_review(self.uow, OPERATOR, return_id=self.return_id)

    def said(self, entry_id: int) -> list[tuple[str, str]]:
        """Every word on an entry: decision and reason."""
        with self.uow.read(OPERATOR) as work:
            query = select(Review.c.decision, Words.c.text).outerjoin(Words, Words.c.id == Review.c.words_id)
            rows = work.all(query.where(Review.c.entry_id == entry_id).order_by(Review.c.id))
        return [(row.decision, row.text or "") for row in rows]


@pytest.fixture
def case(uow: UnitOfWork, visitor: Callable[..., Any]) -> Case:
    edition = builders.a_catalogue()
    edition = replace(edition, rules=(*edition.rules, *RULES))
    authority = builders.an_authority(uow)
    supplier = builders.a_supplier(uow, name="Larch & Sons Ltd")
    manager = builders.a_user(uow, authority_id=authority)
    contract = builders.a_contract(
        uow, authority_id=authority, supplier_id=supplier, reference="EX-7", owner_id=manager
    )
    builders.an_award(uow, contract_id=contract, edition=edition, value_set=builders.a_value_set())
    return_id = builders.a_return(uow, contract_id=contract)
    jobs, gift, weeks = builders.a_submission(uow, JOBS, GIFT, WEEKS, return_id=return_id)
    return Case(uow, authority, supplier, contract, return_id, manager, jobs, gift, weeks, visitor(manager))


class TestDesk:
    def test_it_leads_to_what_waits(self, case: Case) -> None:
        page = case.browser.open("/council")
        assert page.status == 200
        assert f'href="{case.at}"' in page.html
        assert "Larch & Sons Ltd" in page.text
        assert "3 of 3" in page.text
        assert "Ready to check (1)" in page.text
        assert '<details class="govuk-details">' in page.html  # searching takes a line until it is wanted

    def test_a_manager_begins_with_their_own_and_others_with_all(self, case: Case, visitor: Callable[..., Any]) -> None:
        other = visitor(builders.a_user(case.uow, authority_id=case.authority_id))
        assert "There is nothing here for the contracts that you manage." in other.open("/council").text
        assert "EX-7" in other.open("/council?whose=all").text
        lead = visitor(builders.a_user(case.uow, authority_id=case.authority_id, role="lead"))
        assert "EX-7" in lead.open("/council").text

    def test_what_was_searched_for_stays_in_the_box(self, case: Case) -> None:
        page = case.browser.open("/council?words=%22%3E%3Cb%3E&queue=ready")
        assert page.value("words") == '"><b>'
        assert "<b>" not in page.html
        assert "Nothing here has" in page.text
        assert '<details class="govuk-details" open>' in page.html
        assert "EX-7" in case.browser.open("/council/contracts?words=ex-7").text

    @pytest.mark.parametrize(
        "asked",
        ["queue=nonsense", "page=-1", "page=0", "page=x", "page=99999999999999999999", "words=%00", "whose=%FF"],
    )
    def test_an_address_that_makes_no_sense_is_the_first_page(self, case: Case, asked: str) -> None:
        assert "EX-7" in case.browser.open(f"/council?{asked}").text
        assert "EX-7" in case.browser.open(f"/council/contracts?{asked}").text

    def test_more_than_a_page_can_be_turned(self, case: Case) -> None:
        for number in range(60):
            builders.a_contract(
                case.uow, authority_id=case.authority_id, supplier_id=case.supplier_id, reference=f"F-{number:02}"
            )
        page = case.browser.open("/council/contracts?whose=all")
        assert 'href="/council/contracts?whose=all&amp;page=2" rel="next"' in page.html
        assert 'rel="prev"' not in page.html
        page = case.browser.open("/council/contracts?whose=all&page=2")
        assert "F-59" in page.text
        assert 'rel="prev"' in page.html
        assert 'rel="next"' not in page.html


class TestChecking:
    def test_all_there_is_to_know_stands_on_the_page(self, case: Case) -> None:
        text = case.browser.open(case.at).text
        assert "0.25 full-time equivalents" in text
        assert "doesn’t count until it is answered" in text
        assert "1/3 of 12 weeks" in text
        assert "Promised for this period: 50 weeks. Due by now: 50 weeks; accepted so far: 0 weeks." in text
        assert "finance manager" in text
        assert "Given to <b>the</b> food bank." in text
        assert "Employees with access to support (ACCESS)" in text  # promised, and nothing reported

    def test_how_much_is_claimed_elsewhere_and_never_where(self, case: Case) -> None:
        other = builders.a_contract(case.uow, supplier_id=case.supplier_id, reference="ELSEWHERE-1")
        builders.an_award(case.uow, contract_id=other)
        builders.a_submission(
            case.uow, {**WEEKS, "contract_share": "60%"}, return_id=builders.a_return(case.uow, contract_id=other)
        )
        for address in (case.at, case.entry(case.weeks)):
            page = case.browser.open(address)
            assert "Also claimed elsewhere 60%" in page.text
            assert "ELSEWHERE-1" not in page.html

    def test_the_plain_ones_are_accepted_in_one_press(self, case: Case) -> None:
        assert "Accept all 2 plain entries" in case.browser.open(case.at).text
        page = case.browser.fill_in(f"{case.at}/accept-plain", entries=f"{case.gift},{case.weeks}")
        assert "The plain entries are accepted." in page.text
        assert {one.id: one.decision for one in case.found.entries} == {
            case.jobs: "", case.gift: "accepted", case.weeks: "accepted",
        }  # fmt: skip

    def test_pressed_twice_they_are_accepted_once(self, case: Case) -> None:
        page = case.browser.open(f"{case.at}/accept-plain")
        for _ in range(2):
            sent = case.browser.send(page, f"{case.at}/accept-plain", entries=page.value("entries"))
            assert "The plain entries are accepted." in sent.text
        assert case.said(case.gift) == case.said(case.weeks) == [("accepted", "")]

    def test_only_what_the_page_showed_is_accepted(self, case: Case) -> None:
        case.browser.fill_in(f"{case.at}/accept-plain", entries=f"{case.gift},{case.jobs},x,,999")
        assert {one.id: one.decision for one in case.found.entries} == {
            case.jobs: "", case.gift: "accepted", case.weeks: "",
        }  # fmt: skip

    def test_nothing_to_report_and_nothing_yet_say_so(self, case: Case, uow: UnitOfWork) -> None:
        contract = builders.a_contract(uow, authority_id=case.authority_id, supplier_id=case.supplier_id)
        builders.an_award(uow, contract_id=contract)
        return_id = builders.a_return(uow, contract_id=contract)
        page = case.browser.open(f"/council/returns/{return_id}")
        assert "Nothing has been submitted yet. It is due 30 October 2026" in page.text
        assert "Accept" not in page.text


class TestDeciding:
    def test_accepted_as_it_is_counted(self, case: Case) -> None:
        page = case.browser.fill_in(case.entry(case.weeks), decision="accept")
        assert "The entry for “Apprenticeship weeks” is accepted." in page.text
        assert "£600.00" in page.text  # a third of 12 weeks of £150
        assert "illustrative" in page.text

    def test_the_figure_names_who_accepted_it(self, case: Case) -> None:
        case.browser.fill_in(case.entry(case.weeks), decision="accept")
        with case.uow.read(OPERATOR) as work:
            name = work.all(select(User.c.name).where(User.c.id == case.user_id))[0].name
        page = case.browser.open(f"/council/explain/entries/{case.weeks}")
        assert f"accepted by {name} on 1 July 2026 at 10:30am (contract manager)" in page.text
        assert "user/" not in page.text

    def test_a_part_needs_a_quantity_and_a_reason(self, case: Case) -> None:
        at = case.entry(case.weeks)
        page = case.browser.fill_in(at, decision="part", part_reason="Half was holiday.")
        assert (page.status, page.errors) == (422, "There is a problem Enter how much you accept, like 12 or 12.5")
        assert page.value("part_reason") == "Half was holiday."
        page = case.browser.send(page, at, decision="part", quantity="5")
        assert "Say why only a part counts" in page.errors
        assert page.value("quantity") == "5"
        for wrong in ("many", "99", "-1", "1e400", "²"):
            page = case.browser.send(page, at, decision="part", quantity=wrong, part_reason="Because.")
            assert page.status == 422
            assert 'href="#quantity"' in page.html
            assert page.value("quantity") == wrong
            assert page.title.startswith("Error:")
        assert case.said(case.weeks) == []
        page = case.browser.send(page, at, decision="part", quantity="4.5", part_reason="Half was holiday.")
        assert page.status == 200
        assert case.said(case.weeks) == [("accepted", "Half was holiday.")]
        assert case.found.entry(case.weeks).accepted == 1.5
        assert "is accepted in part: 1.5 weeks of 4 weeks." in page.text
        assert "Apprentices Accepted in part" in page.text

    def test_what_the_rules_count_for_nothing_is_not_offered_as_it_is(self, case: Case) -> None:
        page = case.browser.open(case.entry(case.jobs))
        assert 'value="accept"' not in page.html
        assert "By the rules none of it counts, so there is nothing to accept as it stands." in page.text
        assert 'value="part"' in page.html
        page = case.browser.send(page, case.entry(case.jobs), decision="accept")
        assert (page.status, case.said(case.jobs)) == (422, [])
        page = case.browser.open(case.entry(case.gift))
        assert 'value="accept"' in page.html
        assert "By the rules none of it counts" not in page.text

    def test_a_query_is_a_phrase_and_own_words(self, case: Case) -> None:
        at = case.entry(case.gift)
        page = case.browser.fill_in(at, decision="query")
        assert "Say what you want to know" in page.errors
        page = case.browser.send(page, at, decision="query", phrase="dates", question=" And to whom? ")
        assert "Within 10 minutes one mail goes out to the supplier with all questions about this return" in page.text
        assert case.said(case.gift) == [("queried", "On which dates was this done? And to whom?")]
        with case.uow.read(OPERATOR) as work:
            assert work.all(select(OutboxRow.c.id).where(OutboxRow.c.kind.like("mail.%")))

    def test_a_rejection_needs_a_reason(self, case: Case) -> None:
        at = case.entry(case.jobs)
        page = case.browser.fill_in(at, decision="reject", reject_reason="   ")
        assert "Say why it doesn't count" in page.errors
        page = case.browser.send(page, at, decision="reject", reject_reason="These jobs\r\nwere there before.")
        assert "is rejected" in page.text
        assert case.said(case.jobs) == [("rejected", "These jobs\nwere there before.")]

    @pytest.mark.parametrize("typed", [{}, {"decision": ""}, {"decision": "burn"}])
    def test_no_decision_is_asked_for(self, case: Case, typed: dict[str, str]) -> None:
        page = case.browser.fill_in(case.entry(case.gift), question="To whom?", **typed)
        assert page.status == 422
        assert 'href="#decision"' in page.html
        assert page.value("question") == "To whom?"

    def test_words_that_are_too_long_stay_and_are_refused(self, case: Case) -> None:
        page = case.browser.fill_in(case.entry(case.gift), decision="reject", reject_reason="x" * 4001)
        assert "Shorten this to 4,000 characters" in page.errors
        assert page.value("reject_reason") == "x" * 4001
        assert case.said(case.gift) == []

    @pytest.mark.parametrize(
        "typed",
        [
            {"decision": "accept"},
            {"decision": "part", "quantity": "100", "part_reason": "The rest was in kind."},
            {"decision": "query", "phrase": "words"},
            {"decision": "reject", "reject_reason": "That was last year."},
        ],
    )
    def test_pressed_twice_it_is_decided_once_and_says_the_same(self, case: Case, typed: dict[str, str]) -> None:
        page = case.browser.open(case.entry(case.gift))
        first = case.browser.send(page, case.entry(case.gift), **typed)
        second = case.browser.send(page, case.entry(case.gift), **typed)
        assert (first.status, second.status) == (200, 200)
        assert first.text == second.text
        assert len(case.said(case.gift)) == 1

    def test_of_two_tabs_the_second_is_told_and_keeps_what_was_typed(self, case: Case) -> None:
        page = case.browser.open(case.entry(case.gift))
        colleague = builders.a_user(case.uow, authority_id=case.authority_id)
        staff = Actor(f"user/{colleague}", user_id=colleague, authority_id=case.authority_id, role=MemberRole.MANAGER)
        reviews.query(case.uow, staff, entry_id=case.gift, reason="Which food bank?")
        page = case.browser.send(page, case.entry(case.gift), decision="reject", reject_reason="No receipt.")
        assert page.status == 422
        assert "Somebody decided on this entry or answered since you opened it" in page.errors
        assert page.value("reject_reason") == "No receipt."
        assert "Which food bank?" in page.text
        assert len(case.said(case.gift)) == 1
        page = case.browser.send(page, case.entry(case.gift), decision="reject", reject_reason="No receipt.")
        assert case.said(case.gift)[-1] == ("rejected", "No receipt.")

    @pytest.mark.parametrize("seen", ["", "x", "-1", "9" * 30])
    def test_a_form_of_no_known_version_decides_nothing(self, case: Case, seen: str) -> None:
        page = case.browser.fill_in(case.entry(case.gift), decision="accept", seen_version=seen or "٣")
        assert page.status == 422
        assert case.said(case.gift) == []

    def test_an_answer_waits_for_the_council_again(self, case: Case) -> None:
        case.browser.fill_in(case.entry(case.gift), decision="query", question="To whom?")
        reporter = builders.a_reporter(case.uow, contract_id=case.contract_id)
        reviews.answer(case.uow, reporter, entry_id=case.gift, text="To the one in Mill Lane.")
        page = case.browser.open(case.entry(case.gift))
        assert "To the one in Mill Lane." in page.text
        assert "Ready to check (1)" in case.browser.open("/council").text

    def test_a_yes_is_accepted_or_not_and_never_in_part(self, case: Case, visitor: Callable[..., Any]) -> None:
        contract = builders.an_award(case.uow)
        return_id = builders.a_return(case.uow, contract_id=contract)
        (policy,) = builders.a_submission(case.uow, {"ref": "POLICY", "quantity": "yes"}, return_id=return_id)
        with case.uow.read(OPERATOR) as work:
            authority = scope.contract(work, contract).authority_id
        browser = visitor(builders.a_user(case.uow, authority_id=authority))
        page = browser.open(f"/council/returns/{return_id}/entries/{policy}")
        assert 'value="part"' not in page.html
        assert 'value="accept"' in page.html


class TestEvidence:
    @pytest.fixture
    def evidence_id(self, case: Case, app: Flask) -> int:
        keeper = app.extensions["quarterday"].keeper
        reviews.query(case.uow, OPERATOR, entry_id=case.gift, reason="To whom?")
        draft = builders.a_draft(case.uow, GIFT, return_id=case.return_id, replaces_entry_id=case.gift)
        attached = evidencing.attach_file(
            case.uow, OPERATOR, keeper, return_id=case.return_id, draft_id=draft, name='a "b"\r\n.csv',
            stream=BytesIO(b"weeks,people\n6,2\n"),
        )  # fmt: skip
        builders.a_submission(case.uow, return_id=case.return_id)
        return attached.evidence_id

    def test_a_file_is_only_ever_a_download_and_who_opened_it_is_known(self, case: Case, evidence_id: int) -> None:
        page = case.browser.open(case.at)
        assert f'href="/council/evidence/{evidence_id}"' in page.html
        assert "not checked for viruses" in page.text
        answer = case.browser.open(f"/council/evidence/{evidence_id}")
        assert answer.status == 200
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        with case.uow.read(OPERATOR) as work:
            opened = work.all(select(AuditRow.c.actor).where(AuditRow.c.action == "evidence.opened"))
        assert [row.actor for row in opened] == [f"user/{case.user_id}"]

    def test_another_council_has_no_such_file(self, case: Case, evidence_id: int, visitor: Callable[..., Any]) -> None:
        stranger = visitor(builders.a_user(case.uow, authority_id=builders.an_authority(case.uow)))
        assert stranger.open(f"/council/evidence/{evidence_id}").status == 404


class TestScope:
    def addresses(self, case: Case) -> list[str]:
        return [
            case.at,
            f"{case.at}/accept-plain",
            case.entry(case.gift),
            f"/council/contracts/{case.contract_id}",
            f"/council/explain/contracts/{case.contract_id}/GIFTS",
            f"/council/explain/entries/{case.gift}",
        ]

    def test_another_councils_staff_find_nothing(self, case: Case, visitor: Callable[..., Any]) -> None:
        stranger = visitor(builders.a_user(case.uow, authority_id=builders.an_authority(case.uow)))
        for address in self.addresses(case):
            assert stranger.open(address).status == 404, address
            assert case.browser.open(address).status == 200, address
        for lists in ("/council?whose=all", "/council/contracts?whose=all"):
            assert "EX-7" not in stranger.open(lists).text

    def test_suppliers_find_nothing(self, case: Case, visitor: Callable[..., Any]) -> None:
        supplier = visitor(builders.a_user(case.uow, supplier_id=case.supplier_id))
        for address in ["/council", "/council/contracts", *self.addresses(case)]:
            assert supplier.open(address).status == 404, address

    def test_a_stranger_signs_in_first(self, case: Case, app: Flask) -> None:
        for address in ["/council", *self.addresses(case)]:
            answer = app.test_client().get(address)
            assert (answer.status_code, answer.location) == (303, "/sign-in")

    @pytest.mark.parametrize("number", ["0", "999999", "9223372036854775807", "9223372036854775808", "-1", "x"])
    def test_what_is_not_there_is_no_page(self, case: Case, number: str) -> None:
        for address in (
            f"/council/returns/{number}", f"{case.at}/entries/{number}", f"/council/contracts/{number}",
            f"/council/explain/entries/{number}", f"/council/evidence/{number}",
            f"/council/returns/{number}/accept-plain",
        ):  # fmt: skip
            assert case.browser.open(address).status == 404, address

    def test_an_entry_of_another_return_is_not_decided_on(self, case: Case) -> None:
        contract = builders.a_contract(case.uow, authority_id=case.authority_id, supplier_id=case.supplier_id)
        builders.an_award(case.uow, contract_id=contract)
        other = builders.a_return(case.uow, contract_id=contract)
        assert case.browser.open(f"/council/returns/{other}/entries/{case.gift}").status == 404
