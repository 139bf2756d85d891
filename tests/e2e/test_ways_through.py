"""A supplier reports and a council decides, from the link in a mail to the figure explained, in every way there is."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from running import Server
from surfing import WAYS, Hand, Way
from town import at_home

from quarterday.services.record import open_record
from quarterday.services.returns.standing import whole_return
from quarterday.testing.builders import OPERATOR

COUNTS = b"label,months\nTeam,3\n"
JOBS, WEEKS = "Local employees hired/retained - direct (FTE)", "Apprenticeship weeks"
CLUB, GIFT = "Support into work, over 24s", "Money or equipment given to VCS"


@pytest.fixture(params=WAYS, ids=lambda way: way.name)
def way(request: pytest.FixtureRequest) -> Way:
    """How somebody goes through the pages."""
    found: Way = request.param
    return found


@pytest.fixture
def hands(browser: Browser, server: Server, way: Way, seen: Path) -> Iterator[tuple[Hand, Hand]]:
    """Two people at two browsers, and pictures of all they see."""
    found = []
    for who in ("supplier", "council"):
        folder = seen / way.name.replace(" ", "-") / who
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        found.append(Hand(browser, server.address, way, folder))
    yield found[0], found[1]
    for hand in found:
        hand.close()


@pytest.mark.timeout(300)
def test_a_quarter_is_reported_and_decided_on(hands: tuple[Hand, Hand], server: Server, way: Way) -> None:
    supplier, council = hands
    contract = f"NM-{103 + WAYS.index(way)}"
    number, reference = report(supplier, server, contract)
    decide(council, server, contract, reference)
    with at_home(server.folder):
        uow = open_record()
    entries = whole_return(uow, OPERATOR, return_id=number).entries
    uow.engine.dispose()
    decided = {entry.measure.ref: (entry.decision, str(entry.accepted)) for entry in entries}
    assert decided == {
        "NT1": ("accepted", "1/2"),
        "NT10": ("accepted", "6"),
        "NT7": ("queried", "None"),
        "NT28": ("rejected", "None"),
    }


def report(hand: Hand, server: Server, contract: str) -> tuple[int, str]:
    """Sign in, report on four measures of a return, back one with a file, submit; returns its id and the reference."""
    hand.open(server.link("supplier"))
    hand.press("Sign in")
    hand.says("Your returns")
    hand.follow_beside(contract)
    hand.says("What the contract promises")
    hand.follow(JOBS)
    hand.follow("Add an entry")
    hand.fill("How many people?", "two")
    hand.press("Save and continue")
    hand.says("There is a problem")
    assert hand.page.title().startswith("Error: ")
    assert hand.page.get_by_label("How many people?").input_value() == "two"
    hand.fill("How many people?", "2")
    hand.fill("Share of full time that each works", "1")
    hand.fill("Months worked in this period", "3")
    hand.fill("First half of the postcode", "S60 1")
    hand.press("Save and continue")
    hand.says("2 people × 1 of full time × 3 months = 6 person-months, 0.5 full-time equivalents")
    hand.follow("Evidence (0)")
    hand.attach("A file", "payroll-counts.csv", COUNTS)
    hand.press("Add")
    hand.says("payroll-counts.csv")
    hand.follow("Go on with the return")
    hand.follow("Go on with the other measures")
    hand.follow(WEEKS)
    hand.follow("Add an entry")
    hand.fill("How many people?", "1")
    hand.fill("Weeks each of them had in this period", "13")
    hand.choose("Yes")
    hand.press("Save and continue")
    hand.follow("Go on with the other measures")
    hand.follow(CLUB)
    hand.follow("Add an entry")
    hand.fill("How long was the session?", "2")
    hand.fill("How many people attended?", "8")
    hand.press("Save and continue")
    hand.says("2 hours × 8 people who attended")
    hand.follow("Go on with the other measures")
    hand.follow(GIFT)
    hand.follow("Add an entry")
    hand.fill("How much?", "250.10")
    hand.press("Save and continue")
    hand.follow("Go on with the other measures")
    hand.follow("Check your answers and submit")
    hand.says("£250.10")
    hand.press("Submit the return")
    hand.says("There is a problem")
    hand.fill("Your role", "finance manager")
    hand.choose("I declare that this is true and complete as far as I know")
    hand.press("Submit the return")
    hand.says("Return submitted")
    number = int(hand.page.url.split("/")[-2])
    return number, hand.page.locator(".govuk-panel strong").inner_text()


def decide(hand: Hand, server: Server, contract: str, reference: str) -> None:
    """Sign in, accept an entry, a part of one, ask about one, reject one, and walk a figure back to its entry."""
    hand.open(server.link("contract manager"))
    hand.press("Sign in")
    hand.follow(contract)
    hand.says(reference)
    hand.says("payroll-counts.csv")
    hand.follow(f"Decide: {JOBS}")
    hand.press("Save the decision")
    hand.says("Choose what you decide")
    hand.choose("Accept it as it is counted: 0.5 full-time equivalents")
    hand.press("Save the decision")
    hand.says(f"“{JOBS}” is accepted.")
    hand.follow(f"Decide: {WEEKS}")
    hand.choose("Accept a part, or another quantity")
    hand.fill("How much do you accept?", "6")
    hand.press("Save the decision")
    hand.says("There is a problem")
    assert hand.page.get_by_label("How much do you accept?").input_value() == "6"
    hand.fill("Why only a part, or another quantity?", "The evidence shows six weeks.")
    hand.press("Save the decision")
    hand.follow(f"Decide: {CLUB}")
    hand.choose("Ask the supplier about it")
    hand.fill("Your own words", "Which school was it?")
    hand.press("Save the decision")
    hand.follow(f"Decide: {GIFT}")
    hand.choose("Reject it: none of it counts")
    hand.fill("Why doesn’t it count?", "This was general giving.")
    hand.press("Save the decision")
    hand.says("6 weeks")
    hand.follow("How this figure came about")
    hand.says("Adds 6 weeks")
    hand.says("illustrative")
