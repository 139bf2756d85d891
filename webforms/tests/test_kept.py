"""Kept pages: by all they follow from, never with anybody's token, and only by data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from flask import Flask, session
from jinja2 import DictLoader

from quarterday.services import words
from quarterday.services.record import UnitOfWork
from quarterday.testing.builders import OPERATOR
from quarterday_webforms import kept


@dataclass(frozen=True)
class Typed:
    cells: dict[str, str]


@dataclass
class Draws:
    """An app with a page that says one word and has a token, and how often its word was put together."""

    app: Flask
    made: int = 0
    tokens: list[str] = field(default_factory=list)

    def __call__(self, of: object, word: str = "word", at: str = "/here") -> str:
        with self.app.test_request_context(at):
            page = kept.page("kept.html", of, lambda: self._shown(word))
            said, first, second = page.split("|")
            assert first == second == session_token()
            self.tokens.append(first)
            return said

    def _shown(self, word: str) -> dict[str, str]:
        self.made += 1
        return {"word": word}


def session_token() -> str:
    from quarterday_webforms.security import token

    assert session["csrf_token"]
    return token()


@pytest.fixture
def kept_pages_are_as_drawn_anew() -> None:
    """Nothing is drawn anew here: these tests count what is drawn."""


@pytest.fixture
def draws(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Draws]:
    kept.drawn.cache_clear()
    text = "{{ word }}|{{ csrf_token() }}|{{ csrf_token() }}"
    monkeypatch.setattr(app.jinja_env, "loader", DictLoader({"kept.html": text}))
    yield Draws(app)
    app.jinja_env.cache.clear()  # type: ignore[union-attr]


def test_a_page_is_forgotten_with_what_was_erased(draws: Draws, uow: UnitOfWork) -> None:
    assert [draws(1, "secret"), draws(1, "secret")] == ["secret", "secret"]
    with uow.begin(OPERATOR) as work:
        words.erase(work, words.keep(work, "secret") or 0)
    draws(1)
    assert draws.made == 2


def test_the_same_is_drawn_once_and_each_visitor_gets_a_token_of_their_own(draws: Draws) -> None:
    assert [draws(Typed({"a": "1"})), draws(Typed({"a": "1"}))] == ["word", "word"]
    assert draws.made == 1
    assert len(set(draws.tokens)) == 2


@pytest.mark.parametrize(
    "other",
    [Typed({"a": "2"}), Typed({"b": "1"}), Typed({}), ({"a": "1"},), None],
    ids=["value", "name", "nothing", "kind", "none"],
)
def test_other_data_is_another_page(draws: Draws, other: object) -> None:
    assert draws(Typed({"a": "1"}), "one") == "one"
    assert draws(other, "two") == "two"


def test_another_address_is_another_page(draws: Draws) -> None:
    assert draws("x", "one", "/here") == "one"
    assert draws("x", "two", "/here?saved=1") == "two"


def test_what_is_no_data_keeps_no_page(draws: Draws) -> None:
    with pytest.raises(TypeError, match="can't be kept by a object"):
        draws((object(),))


def test_a_page_that_follows_from_more_than_it_says_is_found_out(draws: Draws) -> None:
    """What the check of every other test rests on: a page kept by too little shows what it showed before."""
    assert draws("x", "one") == "one"
    assert draws("x", "two") == "one"


def test_a_cookie_that_grew_too_old_is_no_session_though_it_was_found_good(app: Flask) -> None:
    client = app.test_client()
    with client.session_transaction() as mine:
        mine["visit"] = "a secret"
    said = client.get_cookie("quarterday")
    assert said is not None

    def held() -> str | None:
        with app.test_request_context("/", headers={"Cookie": f"quarterday={said.value}"}):
            return session.get("visit")

    assert held() == "a secret"
    lifetime, app.permanent_session_lifetime = app.permanent_session_lifetime, timedelta(seconds=-1)
    try:
        assert held() is None
    finally:
        app.permanent_session_lifetime = lifetime
    assert held() == "a secret"


def test_what_one_request_puts_into_its_session_is_not_in_anothers(app: Flask) -> None:
    client = app.test_client()
    with client.session_transaction() as mine:
        mine["notes"] = ["first"]
    said = client.get_cookie("quarterday")
    assert said is not None
    for _ in range(2):
        with app.test_request_context("/", headers={"Cookie": f"quarterday={said.value}"}):
            assert session["notes"] == ["first"]
            session["notes"].append("second")
