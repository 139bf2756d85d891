"""Every text of every page passes through gettext: with ⟦each text in brackets⟧, what stands outside them is data."""

from __future__ import annotations

import csv
import json
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import date
from html.parser import HTMLParser
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from flask import Flask
from flask.testing import FlaskClient
from routes import ANYBODYS, WHO_ONE_IS, routes, the_app, who_sees
from running import HALF_WAY
from town import Town, at_home

from quarterday.services.access import keys, links, second_factor
from quarterday.services.measures.catalogues import catalogue
from quarterday.services.messages import mailbox
from quarterday.services.messages.templates import EXAMPLES, OFFERED, standard_source
from quarterday.services.record import open_record
from quarterday.testing.authenticator import code_at
from quarterday.testing.builders import OPERATOR, a_catalogue

REFS = ("ACCESS", "GIFTS", "INVESTED", "POLICY", "WASTE")
ROOT = Path(__file__).parents[2]
OF_SETTINGS = ("Social value returns", "Northmoor Borough Council", "social.value@northmoor.example", "quarterday")
MONTHS = [f"{date(2026, month, 1):%B}" for month in range(1, 13)]
SAID = ("alt", "title", "aria-label", "placeholder", "aria-description")
"""Attributes that a person is told."""


def messages() -> Any:
    """The script that gathers the texts."""
    spec = spec_from_file_location("messages", ROOT / "scripts" / "messages.py")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def in_brackets(catalog: Catalog) -> Catalog:
    """The catalogue translated into itself, with brackets around each text."""
    found = Catalog(locale="en", fuzzy=False)
    for message in catalog:
        if message.id:
            texts = message.id if isinstance(message.id, tuple) else (message.id,)
            marked = tuple(f"⟦{text}⟧" for text in texts)
            found.add(message.id, marked if len(marked) > 1 else marked[0], flags=message.flags)
    return found


class Texts(HTMLParser):
    """What a page says, in order, and what its attributes say."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self._silent = 0
        self.said: list[str] = []
        self.attributes: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in ("script", "style")
        self.attributes += [text for name, text in attrs if name in SAID and text]
        self.said.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("script", "style")
        self.said.append(" ")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.said.append(data)


def outside(text: str) -> list[str]:
    """The pieces of a text that stand in no brackets."""
    depth, pieces = 0, [""]
    for sign in text:
        if sign == "⟦":
            depth += 1
            pieces.append("")
        elif sign == "⟧":
            depth -= 1
        elif not depth:
            pieces[-1] += sign
    assert depth == 0, text
    return [" ".join(piece.split()) for piece in pieces]


def strings(value: object) -> Iterator[str]:
    """Every text in what JSON can hold."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from strings(one)


def data(folder: Path) -> list[str]:
    """Every text that isn't the pages' own, the longest first: names, titles, words, and the editions of measures."""
    found: set[str] = set()
    with closing(sqlite3.connect(folder / "record.db")) as record:
        tables = [name for (name,) in record.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        cells = [cell for table in tables for row in record.execute(f'SELECT * FROM "{table}"') for cell in row]
    for cell in [cell for cell in cells if isinstance(cell, str)]:
        with suppress(ValueError):  # what is no JSON says itself alone
            found.update(strings(json.loads(cell)))
        found.add(cell)
    for sent in folder.glob("ledger/*/incoming/*"):  # what nobody took in yet stands in no table
        found.update(cell for row in csv.reader(sent.read_text("utf-8", "replace").splitlines()) for cell in row)
    found = {" ".join(text.split()) for text in found | known_otherwise()}
    return sorted((text for text in found if re.search("[A-Za-z]{2}", text)), key=len, reverse=True)


def known_otherwise() -> set[str]:
    """What is data too and stands in no table: settings, what an edition counts, mails, days, and the words of
    messages, which are each council's."""
    letters = [text for one in mailbox.letters() for text in (one.subject, one.to, one.text)]
    measures = [*a_catalogue().measures, *catalogue("toms-rotherham").measures]
    units = [one.things for one in measures if one.things]
    worded = [f"(({name}))" for name in EXAMPLES]
    for kind, offered in OFFERED.items():
        worded += [offered.title, standard_source(kind)]
    return {*OF_SETTINGS, *MONTHS, *units, *letters, *worded}


@pytest.fixture(scope="module")
def home(town: Town, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the town for this file."""
    folder = tmp_path_factory.mktemp("spoken") / "data"
    shutil.copytree(town.folder, folder)
    return folder


@pytest.fixture(scope="module")
def bracketed(home: Path, town: Town, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The app with every text in brackets that is in the template for translators."""
    translations = tmp_path_factory.mktemp("translations")
    folder = translations / "en" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "messages.mo").open("wb") as file:
        write_mo(file, in_brackets(messages().gathered()))
    app = the_app(home)
    app.extensions["babel"].translation_directories.insert(0, str(translations))
    return app


@pytest.fixture(scope="module")
def clients(bracketed: Flask, home: Path, town: Town) -> dict[str, FlaskClient]:
    """A browser for each role in which routes are looked at."""
    found = {"nobody": bracketed.test_client()}
    with at_home(home):
        uow = open_record()
        for role in ("supplier", "lead", "administrator", HALF_WAY):
            user = town.people["administrator" if role == HALF_WAY else role]
            token = links.for_operator(uow, OPERATOR, user_id=user)
            link = links.link_for(keys.installed(), token)
            opened = links.use(uow, link, browser=None, client_label="Firefox on Linux")
            if role == "administrator":
                second_factor.check(uow, opened.visit, code_at(town.secret, uow.clock()))
            found[role] = bracketed.test_client()
            with found[role].session_transaction() as kept:
                kept["visit"] = opened.cookie
        uow.engine.dispose()
    return found


def test_every_text_of_every_page_is_in_brackets(
    bracketed: Flask, clients: dict[str, FlaskClient], home: Path, town: Town
) -> None:
    found = set()
    with at_home(home):
        known = data(home)
        own = [*town.own, {"return_id": town.blank[0]}]
        letter = next((home / "mailbox").glob("*.eml")).stem
        there = [{**ANYBODYS, "name": letter, "link": "cut-off", **scene} for scene in own]
        for route in [route for route in routes(bracketed) if route.takes("GET")]:
            for address in route.addresses(there):
                for role in who_sees(route):
                    answer = clients[role].get(address)
                    if answer.mimetype == "text/html" and not answer.location:
                        found |= {f"{route.endpoint}: {text}" for text in unspoken(answer.text, known)}
    assert found == set(), "\n".join(sorted(found))


class Forms(HTMLParser):
    """The forms of a page that are posted: where to, and what they hold."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[Form] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form" and given.get("method") == "post":
            self.found.append(Form(given.get("action") or ""))
        elif self.found and tag in ("input", "textarea", "select", "button") and given.get("name"):
            self.found[-1].add(given.get("type") or tag, str(given["name"]), given.get("value") or "")


@dataclass
class Form:
    """One form: what goes with it unseen, its boxes, and what can be chosen."""

    action: str
    unseen: dict[str, str] = field(default_factory=dict)
    boxes: set[str] = field(default_factory=set)
    choices: dict[str, list[str]] = field(default_factory=dict)

    def add(self, sort: str, name: str, value: str) -> None:
        if sort == "hidden":
            self.unseen[name] = value
        elif sort in ("radio", "checkbox", "submit", "button"):
            self.choices.setdefault(name, []).append(value)
        elif sort != "file":
            self.boxes.add(name)

    def misused(self) -> Iterator[dict[str, str]]:
        """What somebody posts who leaves all blank, or writes what fits nowhere, whatever they choose."""
        yield dict(self.unseen)
        chosen = {name: values[0] for name, values in self.choices.items()}
        for name, value in [(name, value) for name, values in self.choices.items() for value in values] or [("", "")]:
            for typed in ("soon", "-1", "1.5,2"):
                yield {**self.unseen, **dict.fromkeys(self.boxes, typed), **chosen, **({name: value} if name else {})}


def test_what_is_refused_is_in_brackets(
    bracketed: Flask, clients: dict[str, FlaskClient], home: Path, town: Town
) -> None:
    pages = dict[tuple[str, str], None]()
    with at_home(home):
        own = [{**ANYBODYS, **scene} for scene in [*town.own, {"return_id": town.blank[0]}]]
        for route in [route for route in routes(bracketed) if route.takes("GET") and route.endpoint not in WHO_ONE_IS]:
            for address in route.addresses(own):
                for role in who_sees(route):
                    page = clients[role].get(address)
                    for form in Forms(page.text).found if page.mimetype == "text/html" else ():
                        if form.action.endswith(("/out", "/end")):
                            continue
                        for typed in form.misused():
                            answer = clients[role].post(form.action or address, data=typed)
                            if answer.mimetype == "text/html" and not answer.location:
                                pages[route.endpoint, answer.text] = None
        known = [*data(home), "soon"]
    refused = {endpoint for endpoint, _ in pages}
    assert len(refused) > 12, refused
    assert any("⟦“soon” is not a number; enter one like 12 or 12.5.⟧" in html for _, html in pages)
    found = {f"{endpoint}: {text}" for endpoint, html in pages for text in unspoken(html, known)}
    assert found == set(), "\n".join(sorted(found))


def unspoken(html: str, known: list[str]) -> Iterator[str]:
    """What a page says that passed through no translation and isn't data."""
    page = Texts(html)
    pieces = outside("".join(page.said))
    for attribute in page.attributes:
        pieces += outside(attribute)
    for piece in pieces:
        rest = piece
        for text in known:
            rest = rest.replace(text, " ")
        if re.search("[A-Za-z]{2}", re.sub(r"QD-\d{6}-\d+|[A-Z2-7]{32}", "", rest)):
            yield piece


def test_the_template_for_translators_is_as_the_pages_are() -> None:
    found = messages()
    assert found.TEMPLATE.read_bytes() == found.template(), "Run “make messages”."
