"""What people and machines send that nobody should: each gets a sentence on its page or a plain page, never a 500."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import closing, suppress
from http.client import HTTPConnection
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from running import Answer, Server, Visitor
from surfing import WAYS, Hand
from town import Scene, Town, at_home

from quarterday.services.record import open_record
from quarterday.services.returns.standing import WholeReturn, whole_return
from quarterday.testing.builders import OPERATOR

WINDOWS_PROGRAM = b"MZ\x90\x00" + bytes(200)
GIFT = {"activity": "Food bank", "quantity": "250.10", "words": "Given to a food bank."}


@pytest.fixture(scope="module")
def grace(visitor: Callable[[str], Visitor]) -> Visitor:
    """The supplier's person."""
    return visitor("supplier")


@pytest.fixture(scope="module")
def draft(town: Town) -> Scene:
    """An entry that is being written."""
    return next(scene for scene in town.own if "draft_id" in scene)


def now(server: Server, number: int) -> WholeReturn:
    """A return as the record has it."""
    with at_home(server.folder):
        uow = open_record()
    try:
        return whole_return(uow, OPERATOR, return_id=number)
    finally:
        uow.engine.dispose()


def said(answer: Answer) -> str:
    """The words of the error summary."""
    found = re.search(r'<div class="govuk-error-summary".*?</ul>', answer.html, re.DOTALL)
    assert found, answer.html
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split())


def test_files_that_are_no_evidence(grace: Visitor, draft: Scene) -> None:
    page = "/returns/{return_id}/entries/{draft_id}/evidence".format(**draft)
    grace.get(page)
    typed = {"link": "", "statement": "Kept as typed."}
    for name, content, why in (
        ("empty.pdf", b"", "empty"),
        ("invoice.pdf", WINDOWS_PROGRAM, "pdf"),
        ("", b"", "Choose a file"),
    ):
        answer = grace.upload(page, name, content, typed if name else {"link": "", "statement": ""})
        assert answer.status == 422, name
        assert why.casefold() in said(answer).casefold(), said(answer)
        if name:
            assert "Kept as typed." in answer.html


def test_a_file_of_200_megabytes_is_refused_while_it_is_sent(server: Server, grace: Visitor, draft: Scene) -> None:
    page = "/returns/{return_id}/entries/{draft_id}/evidence".format(**draft)
    with closing(HTTPConnection("127.0.0.1", server.port, timeout=60)) as connection:
        connection.putrequest("POST", page)
        connection.putheader("Content-Length", str(200_000_000))
        connection.putheader("Content-Type", "multipart/form-data; boundary=x")
        connection.putheader("Cookie", "; ".join(f"{name}={text}" for name, text in grace.cookies.items()))
        connection.endheaders()
        with suppress(OSError):  # it may hang up once it has said no
            for _ in range(200):
                connection.send(bytes(1_000_000))
        answer = connection.getresponse()
        assert answer.status == 413
        assert b"too much" in answer.read().lower()
    assert grace.get(page).status == 200


def test_a_double_submit_does_it_once_and_shows_the_same_receipt(server: Server, grace: Visitor, town: Town) -> None:
    number = town.blank[-1]
    grace.get(f"/returns/{number}/measures/NT28/add")
    adding = {"ref": "NT28", "seen_version": str(now(server, number).version), **GIFT}
    first = grace.post(f"/returns/{number}/measures/NT28/add", adding)
    again = grace.post(f"/returns/{number}/measures/NT28/add", adding)
    assert (first.status, again.status) == (303, 303)
    assert first.headers["location"] == again.headers["location"]
    assert len(now(server, number).drafts) == 1
    declared = {"seen_version": str(now(server, number).version), "declared_as": "manager", "declare": "y"}
    first = grace.post(f"/returns/{number}/check", declared)
    again = grace.post(f"/returns/{number}/check", declared)
    assert (first.status, again.status) == (303, 303)
    assert first.headers["location"] == again.headers["location"]
    assert len(now(server, number).submissions) == 1


def test_two_tabs_lose_nothing(server: Server, browser: Browser, town: Town, tmp_path: Path) -> None:
    number = town.blank[-2]
    with closing(Hand(browser, server.address, WAYS[0], tmp_path)) as hand:
        hand.open(server.link("supplier"))
        hand.press("Sign in")
        other = hand.page.context.new_page()
        for tab in (hand.page, other):
            tab.goto(f"/returns/{number}/measures/NT28/add")
        other.get_by_label("How much?").fill("99")
        other.get_by_role("button", name="Save and continue").click()
        hand.fill("How much?", "250.10")
        hand.fill("What was done?", "Typed in the first tab.")
        hand.press("Save and continue")
        hand.says("Somebody changed this return since you opened it")
        assert hand.page.get_by_label("How much?").input_value() == "250.10"
        assert hand.page.get_by_label("What was done?").input_value() == "Typed in the first tab."
        hand.press("Save and continue")
    assert sorted(draft.typed["quantity"] for draft in now(server, number).drafts) == ["250.10", "99"]


def test_links_that_are_used_old_cut_off_or_somebody_elses(server: Server, town: Town) -> None:
    link = server.link("one return")
    used = Visitor(server.port)
    used.get(link)
    assert used.post(link).headers["location"].endswith(f"/returns/{town.one_return}")
    stranger = Visitor(server.port)
    spent = stranger.get(link)
    assert spent.status == 410
    assert stranger.post(f"{link}/fresh").headers["location"].endswith("/sign-in/on-its-way")
    cut_off = stranger.get(link[:-3])
    assert cut_off.status == 410
    assert "not a whole link" in cut_off.html or "whole link" in cut_off.html
    assert stranger.get("/sign-in/l/%00").status in (404, 410)


def test_nobody_learns_whether_an_address_exists(server: Server) -> None:
    pages = []
    for address in ("stranger@example.org", "grace.adeyemi@supplier.example"):
        visitor = Visitor(server.port)
        visitor.get("/sign-in")
        assert visitor.post("/sign-in", {"email": address}).status == 303
        shown = re.search(r"<main.*</main>", visitor.get("/sign-in/sent").html, re.DOTALL)
        assert shown
        assert address in shown[0]
        pages.append(re.sub(r'\d{3} ?\d{3}|value="[^"]*"', "", shown[0].replace(address, "ADDRESS")))
    assert pages[0] == pages[1]


def test_a_date_with_one_part_and_other_fragments(grace: Visitor, server: Server, draft: Scene) -> None:
    page = "/returns/{return_id}/entries/{draft_id}".format(**draft)
    version = str(now(server, int(draft["return_id"])).version)
    answer = grace.post(page, {"seen_version": version, "ref": str(draft["ref"]), "started": "27", "people": "2"})
    assert answer.status == 422
    assert re.search(r'id="started-day"[^>]* value="27"', answer.html)
    for fragment in (
        [],
        [("started", "1"), ("started", "2")],
        [("started", "x")] * 5,
        [("people", "1"), ("people", "2")],
    ):
        version = grace.get(page).value("seen_version")
        assert grace.post(page, [("seen_version", version), *fragment]).status in (303, 422)


@pytest.mark.parametrize("parts", [1_001, 100_000])
def test_more_parts_than_a_form_can_have(grace: Visitor, draft: Scene, parts: int) -> None:
    page = "/returns/{return_id}/entries/{draft_id}".format(**draft)
    answer = grace.post(page, [(f"part{number}", "x") for number in range(parts)])
    assert answer.status in (303, 413, 422)
    line = "edge"
    many = "".join(f'--{line}\r\nContent-Disposition: form-data; name="p{n}"\r\n\r\nx\r\n' for n in range(1_001))
    refused = grace.ask(
        "POST", page, f"{many}--{line}--\r\n".encode(), {"Content-Type": f"multipart/form-data; boundary={line}"}
    )
    assert refused.status == 413
    assert grace.get(page).status == 200


def test_broken_addresses_get_plain_answers(visitor: Callable[[str], Visitor]) -> None:
    wrong = []
    for role in ("nobody", "supplier", "administrator"):
        who = visitor(role)
        for address in (
            "/returns/0",
            "/returns/-1",
            "/returns/99999999999999999999999999",
            "/returns/%F0%28%8C%28",
            "/returns/1/measures/%00",
            "/council?page=-1&queue=%00&words=%00",
            "/council?page=9999999999999999999999",
            "/council/contracts?words=%25%27%22%3C%3E",
            "/mailbox/..%2F..%2Frecord.db",
            "/look/x/..%2F..%2Fapp.py",
            "/static/..%2F..%2Fapp.py",
            "/nowhere",
        ):
            answer = who.get(address)
            if answer.status >= 500 or "Traceback" in answer.html:
                wrong.append((role, address, answer.status))
    assert wrong == []
