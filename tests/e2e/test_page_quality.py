"""Every page, as it is shown and as it is shown with errors: no violation in axe-core, no error in the Nu validator."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page
from routes import WHO_ONE_IS, Route, routes, scenes, who_sees
from running import Answer, Server, Visitor
from surfing import NARROW, WIDE
from town import Scene, Town
from validators import invalid, violations

FORM = "main form[method=post]"
EMPTY_FORM = """(form) => {
  for (const box of form.querySelectorAll("input:not([type=hidden]), textarea")) {
    if (box.type === "radio" || box.type === "checkbox") box.checked = false;
    else box.value = "";
  }
  form.submit();
}"""
"""Sends a form with nothing in its boxes."""


@pytest.fixture(scope="module")
def own(server: Server, town: Town, visitor: Callable[[str], Visitor]) -> list[Scene]:
    """Where there is something to see; in one return stands an entry that can be submitted as it is."""
    ready, grace = {"return_id": town.blank[0]}, visitor("supplier")
    page = f"/returns/{town.blank[0]}/measures/NT28/add"
    written = {"seen_version": grace.get(page).value("seen_version"), "ref": "NT28", "quantity": "250.10"}
    assert grace.post(page, written).status == 303
    return scenes(town, [*town.own, ready], grace, server.link("supplier"))


@pytest.fixture(scope="module")
def window(browser: Browser, server: Server, visitor: Callable[[str], Visitor]) -> Iterator[Callable[[str], Page]]:
    """A page of the browser in which somebody is signed in."""
    known: dict[str, BrowserContext] = {}

    def of(role: str) -> Page:
        if role not in known:
            known[role] = browser.new_context(base_url=server.address)
            cookies = [
                {"name": name, "value": text, "url": server.address} for name, text in visitor(role).cookies.items()
            ]
            known[role].add_cookies(cookies)  # type: ignore[arg-type]
            known[role].new_page()
        return known[role].pages[0]

    yield of
    for context in known.values():
        context.close()


def is_sent_empty(route: Route) -> bool:
    """Whether a route has a form that can be sent with nothing in it and nothing comes of it."""
    return route.takes("POST") and route.endpoint not in WHO_ONE_IS and "remove" not in route.endpoint


def looked_at(
    app: Flask, own: list[Scene], visitor: Callable[[str], Visitor]
) -> Iterator[tuple[str, Route, str, Answer]]:
    """Who looks at which address and what they are shown, files apart, which are downloads and nothing else.

    The order is one in which nothing is taken away that is looked at later.
    """
    for route in [route for route in routes(app) if route.takes("GET")]:
        there = route.addresses(own)
        assert there, f"The town has nothing to show on {route.rule}."
        for role, address in [(role, address) for role in who_sees(route) for address in there]:
            answer = visitor(role).get(address)
            assert answer.status < 500, (role, address)
            if answer.is_page:
                yield role, route, address, answer
            else:
                assert answer.headers["content-disposition"].startswith("attachment"), address


def too_wide(page: Page) -> list[str]:
    """By how much a page is wider than the narrowest phone, where it is: what is wide scrolls by itself."""
    page.set_viewport_size(NARROW)
    over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    page.set_viewport_size(WIDE)
    return [f"{over} px wider than a phone"] if over else []


def is_new(seen: set[str], role: str, html: str) -> bool:
    """Whether neither what stands on a page nor what is around it for a role was looked at before, numbers apart."""
    around, start, inside = re.sub(r"[0-9]+|value=\"[^\"]*\"", "", html).partition("<main")
    shapes = {role + re.sub(r"<title>.*?</title>", "", around, flags=re.DOTALL), start + inside}
    is_known = shapes <= seen
    seen |= shapes
    return not is_known


def test_a_page_is_looked_at_again_where_more_than_a_number_is_another() -> None:
    seen = set[str]()
    pages = ["<title>A</title><nav></nav><main>Return 1</main>", "<title>B</title><nav></nav><main>Return 2</main>"]
    assert [is_new(seen, "lead", page) for page in pages] == [True, False]
    assert is_new(seen, "manager", pages[0])
    assert is_new(seen, "lead", pages[0].replace("Return", "Contract"))


@pytest.mark.timeout(400)
def test_axe_finds_nothing_on_any_page_and_each_fits_a_phone(
    app: Flask, server: Server, own: list[Scene], visitor: Callable[[str], Visitor], window: Callable[[str], Page]
) -> None:
    found, seen, sent = [], set(), set()
    for role, route, address, answer in looked_at(app, own, visitor):
        page = window(role)
        to_send = is_sent_empty(route) and (role, route.endpoint) not in sent
        if is_new(seen, role, answer.html):
            page.goto(address)
            found += [f"{role} {address}: {fault}" for fault in (*violations(page), *too_wide(page))]
        elif to_send:
            page.goto(address)
        if to_send and page.url == server.address + address and page.locator(FORM).count():
            with page.expect_navigation():
                page.locator(FORM).first.evaluate(EMPTY_FORM)
            sent.add((role, route.endpoint))
            found += [f"{role} {address}, sent empty: {fault}" for fault in violations(page)]
    assert found == []
    to_be_sent = {route.endpoint for route in routes(app) if is_sent_empty(route) and route.takes("GET")}
    assert {endpoint for _, endpoint in sent} == to_be_sent


def test_axe_finds_what_is_wrong(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content("<html lang=en><title>A</title><main><h1>A</h1><input></main>")
    assert [fault.partition(":")[0] for fault in violations(page)] == ["label"]
    page.close()


def test_a_page_wider_than_a_phone_is_found(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content("<div style='width: 330px'>A</div>")
    assert too_wide(page) != []
    page.close()


def test_the_nu_validator_finds_nothing_on_any_page(
    app: Flask, own: list[Scene], visitor: Callable[[str], Visitor], java: str, tmp_path: Path
) -> None:
    pages = {}
    for role, route, address, shown in looked_at(app, own, visitor):
        answers = [("", shown)]
        if is_sent_empty(route):
            answers.append((", sent empty", visitor(role).post(address)))
        pages |= {f"{role} {address}{how}": answer.html for how, answer in answers if answer.status not in (302, 303)}
    assert invalid(java, pages, tmp_path) == []


def test_the_nu_validator_finds_what_is_wrong(java: str, tmp_path: Path) -> None:
    page = "<!DOCTYPE html><html lang=en><title>A</title><p id=a>A<p id=a>B"
    found = invalid(java, {"here": page}, tmp_path)
    assert [fault.partition(".")[0] for fault in found] == ["here: Duplicate ID “a”"]
