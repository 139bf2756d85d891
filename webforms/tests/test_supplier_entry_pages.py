"""Writing a return in a browser: each measure asks what its unit is made of, and nothing typed is lost or doubled."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from html import unescape
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from quarterday.domain.catalogue import RuleData
from quarterday.domain.promises import Promise
from quarterday.domain.units import unit
from quarterday.services.figures.in_hand import InHand, in_hand
from quarterday.services.messages import facts
from quarterday.services.record import UnitOfWork
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR
from quarterday_webforms.amounts import in_unit
from quarterday_webforms.supplier import entry_form

RULES = (
    RuleData(rule="local-only", measures=("JOBS",)),
    RuleData(rule="completed", measures=("WEEKS",)),
    RuleData(rule="once", measures=("JOBS", "WEEKS"), numbers={"of": "same person"}),
)
JOB = {"people": "2", "full_time_share": "0.5", "months": "3", "part_postcode": "S60", "is_local": "yes"}


@dataclass(frozen=True)
class Case:
    """A supplier with the open return of July to September 2026, and their browser."""

    uow: UnitOfWork
    return_id: int
    user_id: int
    browser: Any

    @property
    def at(self) -> str:
        return f"/returns/{self.return_id}"

    @property
    def hand(self) -> InHand:
        return in_hand(self.uow, OPERATOR, return_id=self.return_id)

    def typed(self) -> list[dict[str, str]]:
        """What is written in the return, without blanks."""
        return [{field: text for field, text in line.draft.typed.items() if text} for line in self.hand.lines]


@pytest.fixture
def case(uow: UnitOfWork, visitor: Callable[..., Any]) -> Case:
    edition = builders.a_catalogue()
    edition = replace(edition, rules=(*edition.rules, *RULES))
    supplier = builders.a_supplier(uow, name="Larch and Sons Ltd")
    contract = builders.a_contract(uow, supplier_id=supplier)
    builders.an_award(uow, contract_id=contract, edition=edition, value_set=builders.a_value_set())
    user_id = builders.a_user(uow, supplier_id=supplier)
    return Case(uow, builders.a_return(uow, contract_id=contract), user_id, visitor(user_id))


class TestWhatIsAsked:
    @pytest.mark.parametrize(
        ("ref", "boxes"),
        [
            ("JOBS", {"people", "full_time_share", "weekly_hours", "months", "part_postcode", "is_local"}),
            ("WEEKS", {"people", "weeks", "quantity", "is_completed"}),
            ("HOURS", {"hours", "attendees"}),
            ("GIFTS", {"quantity"}),
            ("INVESTED", {"quantity", "staff_hours", "expert_hours"}),
            ("ACCESS", {"quantity"}),
            ("WASTE", {"quantity"}),
            ("POLICY", {"quantity"}),
        ],
    )
    def test_a_measure_asks_what_its_unit_and_its_rules_need(self, case: Case, ref: str, boxes: set[str]) -> None:
        page = case.browser.open(f"{case.at}/measures/{ref}/add")
        dated = {"started", "ended"} if ref in ("JOBS", "WEEKS", "HOURS") else set()
        labelled = {"activity", "contract_share"} if ref not in ("WASTE", "POLICY") else set()
        ours = {"csrf_token", "seen_version", "ref", "words"}
        assert set(page.names) == boxes | dated | labelled | ours
        assert "Your own label, without a person’s name" in page.text or not labelled

    def test_a_ref_is_any_text(self, uow: UnitOfWork, visitor: Callable[..., Any]) -> None:
        """Only a blank one is refused when an edition is loaded."""
        edition = builders.a_catalogue()
        named = replace(edition.measures[4], ref="1/a “b” #2?")
        odd = replace(edition, measures=(named,), rules=())
        contract = builders.an_award(uow, edition=odd, promises={named.ref: Promise("10")})
        return_id = builders.a_return(uow, contract_id=contract)
        reporter = builders.a_reporter(uow, contract_id=contract)
        browser = visitor(reporter.user_id)
        page = browser.open(f"/returns/{return_id}")
        address = unescape(re.findall(rf'href="(/returns/{return_id}/measures/[^"]+)"', page.html)[0])
        page = browser.fill_in(f"{address}/add", quantity="5")
        assert "Saved £5.00" in page.text
        assert "Gifts to charities 1/a “b” #2?, promised" in browser.open(f"/returns/{return_id}").text

    def test_the_target_and_last_time_stand_above(self, case: Case) -> None:
        contract_id = case.hand.contract_id
        spring = builders.a_return(case.uow, contract_id=contract_id, on=date(2026, 5, 1))
        builders.a_submission(case.uow, {"ref": "WEEKS", "people": "1", "weeks": "6"}, return_id=spring)
        page = case.browser.open(f"{case.at}/measures/WEEKS")
        assert "Promised in all 400 weeks Promised for this period 50 weeks Due by now 50 weeks" in page.text
        assert "Accepted so far 0 weeks Reported for 2026/27 Q1 6 weeks" in page.text

    def test_one_is_one_week_an_eighth_stays_an_eighth_and_days_are_written_out(self, case: Case) -> None:
        eighth = {**JOB, "people": "1", "started": ["1", "7", "2026"]}
        saved = case.browser.fill_in(f"{case.at}/measures/JOBS/add", **eighth)
        assert "3 months = 1.5 person-months, 0.125 full-time equivalents" in saved.text
        assert "Started 1 July 2026" in saved.text
        saved = case.browser.fill_in(f"{case.at}/measures/WEEKS/add", people="1", weeks="1")
        assert "Saved 1 person × 1 week each, 1 week " in saved.text

    def test_of_things_that_are_counted_one_stands_behind_their_word(self) -> None:
        measure = builders.a_catalogue().measures[0]
        visits = replace(measure, unit=unit("number"), things="school visits")
        assert [in_unit(Fraction(n), visits) for n in (1, 2)] == ["school visits: 1", "2 school visits"]
        assert [facts.quantity(visits, Fraction(n)) for n in (1, 2)] == ["school visits: 1", "2 school visits"]

    def test_what_counts_once_is_asked_only_then(self, case: Case) -> None:
        case.browser.fill_in(f"{case.at}/measures/JOBS/add", **JOB, activity="Hire 3")
        case.browser.fill_in(f"{case.at}/measures/WEEKS/add", people="1", weeks="6")
        _, weeks = case.hand.lines
        page = case.browser.open(f"{case.at}/entries/{weeks.draft.id}")
        assert "counted_once" in page.names
        assert "Is this the same person as in line 1?" in page.text
        assert "Was the training completed" in case.browser.open(f"{case.at}/check").text


class TestSaving:
    def test_what_comes_of_it_is_said(self, case: Case) -> None:
        page = case.browser.fill_in(f"{case.at}/measures/JOBS/add", **JOB, activity="Hire 3", words="Two hires.")
        assert page.status == 200
        assert "Saved 2 people × 0.5 of full time × 3 months = 3 person-months, 0.25 full-time equivalents" in page.text
        assert case.typed() == [{"ref": "JOBS", **JOB, "activity": "Hire 3", "words": "Two hires."}]

    @pytest.mark.parametrize(
        ("ref", "typed", "said"),
        [
            ("WEEKS", {"people": "1", "weeks": "6.5"}, "1 person × 6.5 weeks each, 6.5 weeks"),
            ("HOURS", {"hours": "2", "attendees": "8"}, "2 hours × 8 people who attended, 16 attended hours"),
            ("GIFTS", {"quantity": "250.1"}, "£250.10"),
            ("GIFTS", {"quantity": "£1,250.5"}, "£1,250.50"),
            ("INVESTED", {"quantity": "100", "staff_hours": "3"}, "£100, 3 hours of staff time and 0 hours of expert"),
            ("WASTE", {"quantity": "62.5"}, "62.5%"),
            ("POLICY", {"quantity": "yes"}, "Saved yes"),
        ],
    )
    def test_each_unit_in_its_own_words(self, case: Case, ref: str, typed: dict[str, str], said: str) -> None:
        page = case.browser.fill_in(f"{case.at}/measures/{ref}/add", **typed)
        assert said in page.text
        assert case.typed() == [{"ref": ref, **typed}]

    @pytest.mark.parametrize(
        ("ref", "typed", "said"),
        [
            ("GIFTS", {"quantity": "12,5"}, "“12,5” has a decimal comma"),
            ("GIFTS", {"quantity": "1.250,00"}, "“1.250,00” can be read in more than one way"),
            ("GIFTS", {"quantity": "-5"}, "is negative"),
            ("GIFTS", {"quantity": "1e400"}, "with an exponent"),
            ("GIFTS", {"quantity": "NaN"}, "is not a number"),
            ("GIFTS", {"quantity": "<script>alert(1)</script>"}, "is not a number"),
            ("JOBS", {"people": "1.5", "full_time_share": "1", "months": "3"}, "is not a whole number"),
            ("JOBS", {"people": "1", "full_time_share": "1", "weekly_hours": "20", "months": "3"}, "not both"),
            ("JOBS", {**JOB, "part_postcode": "S60 1AA, Mrs Smith"}, "not a part postcode"),
            ("WASTE", {"quantity": "101"}, "over 100%"),
        ],
    )
    def test_what_is_wrong_is_said_at_its_box_and_kept_as_typed(
        self, case: Case, ref: str, typed: dict[str, str], said: str
    ) -> None:
        words = "Ærø, \N{PILE OF POO} & “quotes”\nand a second line"
        page = case.browser.fill_in(f"{case.at}/measures/{ref}/add", **typed, words=words)
        assert page.status == 422
        assert page.title.startswith("Error: ")
        assert said in page.errors
        assert page.html.count("govuk-error-message") >= 1
        assert all(page.value(field) == text for field, text in typed.items() if field != "is_local")
        assert page.value("words").strip() == words
        again = case.browser.open(f"{case.at}/entries/{case.hand.lines[0].draft.id}")
        assert (again.status, again.value("words").strip(), said in again.errors) == (200, words, True)

    @pytest.mark.parametrize("ref", ["GIFTS", "JOBS", "INVESTED", "POLICY"])
    def test_a_page_on_which_nothing_was_typed_leaves_nothing_behind(self, case: Case, ref: str) -> None:
        page = case.browser.fill_in(f"{case.at}/measures/{ref}/add", words=" \n ")
        assert page.status == 422
        assert "Enter " in page.errors
        assert case.hand.lines == ()
        assert case.hand.version == 0
        builders.a_draft(case.uow, {"ref": "WEEKS", "quantity": "6", "is_completed": "yes"}, return_id=case.return_id)
        assert "Submit the return" in case.browser.open(f"{case.at}/check").text

    def test_an_entry_that_was_emptied_can_be_taken_out_from_its_page(self, case: Case) -> None:
        draft = builders.a_draft(case.uow, {"ref": "GIFTS", "quantity": "1"}, return_id=case.return_id)
        page = case.browser.fill_in(f"{case.at}/entries/{draft}", quantity="")
        assert page.status == 422
        assert f'href="{case.at}/entries/{draft}/remove"' in page.html
        assert len(case.hand.lines) == 1

    def test_putting_it_right_changes_that_entry(self, case: Case) -> None:
        wrong = case.browser.fill_in(f"{case.at}/measures/GIFTS/add", quantity="12,5")
        right = case.browser.send(wrong, "", quantity="12.5")
        assert "Saved £12.50" in right.text
        assert case.typed() == [{"ref": "GIFTS", "quantity": "12.5"}]

    @pytest.mark.parametrize(
        ("parts", "kept", "said"),
        [
            (["27"], ["27", "", ""], "“27//” is not a date"),
            (["31", "2", "2026"], ["31", "2", "2026"], "is not a date"),
            (["", "x", ""], ["", "x", ""], "is not a date"),
        ],
    )
    def test_a_day_that_is_none_stays_in_its_boxes(
        self, case: Case, parts: list[str], kept: list[str], said: str
    ) -> None:
        page = case.browser.fill_in(f"{case.at}/measures/JOBS/add", **JOB, started=parts)
        assert page.status == 422
        assert said in page.errors
        assert 'href="#started-day"' in page.html
        page = case.browser.open(f"{case.at}/entries/{case.hand.lines[0].draft.id}")
        assert [page.html.count(f'value="{part}"') >= 1 for part in kept if part] == [True] * len([*filter(None, kept)])

    def test_a_day_is_understood(self, case: Case) -> None:
        case.browser.fill_in(f"{case.at}/measures/JOBS/add", **JOB, started=["27", "7", "2026"])
        assert case.typed() == [{"ref": "JOBS", **JOB, "started": "27/7/2026"}]

    def test_what_a_spreadsheet_brought_is_shown_too(self, case: Case) -> None:
        typed = {"ref": "GIFTS", "quantity": "5", "industry": "Catering", "started": "2026-08-03"}
        draft = builders.a_draft(case.uow, typed, return_id=case.return_id)
        page = case.browser.open(f"{case.at}/entries/{draft}")
        assert page.value("industry") == "Catering"
        case.browser.send(
            page, f"{case.at}/entries/{draft}", quantity="6", industry="Catering", started=["3", "8", "2026"]
        )
        assert case.typed() == [typed | {"quantity": "6", "started": "3/8/2026"}]


class TestTwoAtOnce:
    def test_who_comes_second_is_told_and_keeps_what_was_typed(self, case: Case) -> None:
        draft = builders.a_draft(case.uow, {"ref": "GIFTS", "quantity": "1"}, return_id=case.return_id)
        address = f"{case.at}/entries/{draft}"
        first, second = case.browser.open(address), case.browser.open(address)
        case.browser.send(first, address, quantity="2", words="From one tab.")
        page = case.browser.send(second, address, quantity="3")
        assert page.status == 422
        assert "Somebody changed this return since you opened it" in page.errors
        assert page.value("quantity") == "3"
        assert "What is saved now Quantity 2 What was done From one tab. What you typed" in page.text
        page = case.browser.send(page, address, quantity="3", words="")
        assert page.status == 200
        assert case.typed() == [{"ref": "GIFTS", "quantity": "3"}]

    def test_a_form_sent_twice_is_saved_once(self, case: Case) -> None:
        address = f"{case.at}/measures/GIFTS/add"
        page = case.browser.open(address)
        answers = [case.browser.send(page, address, quantity="5", words="Once.") for _ in range(2)]
        assert [answer.status for answer in answers] == [200, 200]
        assert all("Saved £5.00" in answer.text for answer in answers)
        assert len(case.typed()) == 1

    def test_an_entry_taken_out_meanwhile_can_be_added_again(self, case: Case) -> None:
        draft = builders.a_draft(case.uow, {"ref": "GIFTS", "quantity": "1"}, return_id=case.return_id)
        address = f"{case.at}/entries/{draft}"
        page = case.browser.open(address)
        case.browser.fill_in(f"{address}/remove")
        page = case.browser.send(page, address, quantity="7", words="Still here.")
        assert (page.status, page.value("quantity"), page.value("words").strip()) == (422, "7", "Still here.")
        assert "took this entry out" in page.errors
        case.browser.send(page, address, quantity="7", words="Still here.")
        assert case.typed() == [{"ref": "GIFTS", "quantity": "7", "words": "Still here."}]

    def test_boxes_nobody_has_make_no_new_form(self, case: Case) -> None:
        draft = builders.a_draft(case.uow, {"ref": "GIFTS", "quantity": "1"}, return_id=case.return_id)
        address = f"{case.at}/entries/{draft}"
        page = case.browser.open(address)
        case.browser.fill_in(f"{address}/remove")

        def forms_after(**posted: str) -> int:
            assert case.browser.send(page, address, words="Mine.", **posted).status == 422
            return entry_form._with_boxes.cache_info().currsize

        kept = forms_after()
        assert {forms_after(**{f"box_{number}": "x", "validate": "x", "data": "x"}) for number in range(3)} == {kept}
        assert forms_after(attendees="3") == kept + 1

    def test_taking_out_asks_first_and_happens_once(self, case: Case) -> None:
        draft = builders.a_draft(case.uow, {"ref": "GIFTS", "quantity": "1"}, return_id=case.return_id)
        page = case.browser.open(f"{case.at}/entries/{draft}/remove")
        assert len(case.typed()) == 1
        assert [case.browser.send(page, f"{case.at}/entries/{draft}/remove").status for _ in range(2)] == [200, 200]
        assert case.typed() == []


def test_pages_take_few_statements_however_much_there_is(
    case: Case, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()  # what looks whether kept readings hold asks too

    def statements(address: str) -> int:
        told: list[str] = []

        def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
            told.append(statement)

        event.listen(case.uow.engine, "before_cursor_execute", note)
        assert case.browser.open(address).status == 200
        event.remove(case.uow.engine, "before_cursor_execute", note)
        return len([one for one in told if one.startswith("SELECT")])

    addresses = [case.at, f"{case.at}/measures/GIFTS", f"{case.at}/check"]
    builders.a_draft(case.uow, {"ref": "GIFTS", "quantity": "1"}, return_id=case.return_id)
    few = [statements(address) for address in addresses]
    for number in range(12):
        builders.a_draft(case.uow, {"ref": "GIFTS", "quantity": f"{number}"}, return_id=case.return_id)
    assert [statements(address) for address in addresses] == few
    assert max(few) <= 11
