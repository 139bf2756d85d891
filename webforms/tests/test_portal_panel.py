"""What a portal says of an entry, beside it: seen by the reviewer, and followed in one press."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select

from quarterday.db.models import Review, Words
from quarterday.domain.portal_records import Agreement, Direction, Owner, PortalTerms, RecordKind
from quarterday.ports import Item
from quarterday.services.portals import door
from quarterday.services.record import Actor, UnitOfWork
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR

TERMS = PortalTerms(dict.fromkeys(RecordKind, Agreement(Direction.BOTH, Owner.THEIRS)), "m" * 64)
SAID = "Five weeks were <b>before</b> the contract."


@dataclass(frozen=True)
class Case:
    """An entry of 13 weeks that was submitted, and the browser of its contract's manager."""

    uow: UnitOfWork
    authority_id: int
    return_id: int
    entry: int
    browser: Any

    @property
    def at(self) -> str:
        return f"/council/returns/{self.return_id}/entries/{self.entry}"

    def says(self, record: str = "verdict", **said: str) -> None:
        """The portal says something of the entry."""
        words = said.pop("words", "")
        fields = {"entry": str(self.entry), **said}
        payload = {"record": record, "external_id": "X-1", "fields": fields, "words": words}
        when = {"changed_at": "2026-05-03T09:00:00+01:00"}
        with self.uow.begin(Actor.operator("worker")) as work:
            item = Item("1", "portal-record", {**payload, **when}, "")
            door.take(work, self.authority_id, item, portal="portal", terms=TERMS)

    def press(self) -> Any:
        """Press the button of the panel: what it sends is in hidden fields."""
        page = self.browser.open(self.at)
        panel = page.html.split("govuk-inset-text")[1].split("</form>")[0]
        hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', panel)
        return self.browser.send(page, self.at, **{name: unescape(text) for name, text in hidden})

    def decided(self) -> list[tuple[str, int, str]]:
        with self.uow.read(OPERATOR) as work:
            query = select(Review.c.decision, Review.c.numerator, Words.c.text)
            rows = work.all(query.outerjoin(Words, Words.c.id == Review.c.words_id).order_by(Review.c.id))
        return [(row.decision, row.numerator, row.text or "") for row in rows]


@pytest.fixture
def case(uow: UnitOfWork, visitor: Callable[..., Any]) -> Case:
    authority = builders.an_authority(uow)
    manager = builders.a_user(uow, authority_id=authority)
    contract = builders.an_award(uow, contract_id=builders.a_contract(uow, authority_id=authority, owner_id=manager))
    return_id = builders.a_return(uow, contract_id=contract)
    (entry,) = builders.a_submission(uow, {"ref": "WEEKS", "quantity": "13"}, return_id=return_id)
    return Case(uow, authority, return_id, entry, visitor(manager))


def test_a_suggested_part_is_accepted_in_one_press_with_the_portals_reason(case: Case) -> None:
    case.says(decision="accepted", quantity="8", words=SAID)
    page = case.browser.open(case.at)
    assert f"The portal accepted 8 weeks on 3 May 2026 at 9:00am: “{SAID}”" in page.text
    assert "<b>" not in page.html
    assert "Accept as the portal did" in page.text
    assert "is accepted in part" in case.press().text
    assert case.decided() == [("accepted", 8, SAID)]
    assert "What the portal says" not in case.browser.open(case.at).text


def test_all_of_it_is_accepted_as_it_is_counted(case: Case) -> None:
    case.says(decision="accepted", quantity="13")
    assert "is accepted." in case.press().text
    assert case.decided() == [("accepted", 13, "")]


@pytest.mark.parametrize(("decision", "button"), [("queried", "Ask as the portal did"), ("rejected", "Reject as")])
def test_a_question_or_a_no_goes_with_the_portals_words_or_not_at_all(case: Case, decision: str, button: str) -> None:
    case.says(decision=decision)
    assert "What the portal says" in case.browser.open(case.at).text
    assert button not in case.browser.open(case.at).text
    case.says(decision=decision, words=SAID)
    assert button in case.browser.open(case.at).text
    assert case.press().status == 200
    assert case.decided() == [(decision, 0, SAID)]


def test_more_than_was_claimed_is_refused_by_the_rule_of_every_decision(case: Case) -> None:
    case.says(decision="accepted", quantity="20", words=SAID)
    page = case.press()
    assert (page.status, "20 is more than was claimed" in page.errors) == (422, True)
    assert case.decided() == []


def test_a_fraction_is_shown_and_left_to_the_reviewer(case: Case) -> None:
    case.says(decision="accepted", quantity="40/3")
    page = case.browser.open(case.at)
    assert "What the portal says" in page.text
    assert "Accept as the portal did" not in page.text


def test_without_a_word_from_a_portal_the_page_says_nothing_of_one(case: Case) -> None:
    assert "portal" not in case.browser.open(case.at).text.casefold()


def test_evidence_from_the_portal_says_so(case: Case) -> None:
    case.says("evidence", kind="link", link="https://example.org/photos")
    page = case.browser.open(case.at)
    assert "https://example.org/photos (came from the portal on 1 July 2026 at 10:30am)" in page.text
