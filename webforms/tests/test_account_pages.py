"""Signing in by a link, here and elsewhere; used, old and strangers' links; the second factor; being away too long."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select
from visits import Page, Visitor

from quarterday.db.models import OutboxRow, SignInToken
from quarterday.services.access import keys, links
from quarterday.services.record import UnitOfWork
from quarterday.testing import builders
from quarterday.testing.authenticator import code_at
from quarterday.testing.builders import OPERATOR
from quarterday.testing.clock import Clock
from quarterday_webforms.app import create_app


@pytest.fixture(autouse=True)
def secret_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUARTERDAY_SECRET_KEY", "the installation's key for tests, long enough")


@pytest.fixture
def jo(uow: UnitOfWork) -> str:
    """The address of somebody who reports for a supplier."""
    user_id = builders.a_user(uow, supplier_id=builders.a_supplier(uow))
    return address_of(uow, user_id)


def address_of(uow: UnitOfWork, user_id: int) -> str:
    from quarterday.db.models import User

    with uow.read(OPERATOR) as work:
        return str(work.connection.execute(select(User.c.email).where(User.c.id == user_id)).scalar_one())


def browser(app: Flask) -> Visitor:
    return Visitor(app.test_client())


def sent(uow: UnitOfWork) -> list[str]:
    """The links in the mails that wait, the newest last."""
    with uow.read(OPERATOR) as work:
        rows = work.all(select(OutboxRow.c.payload).where(OutboxRow.c.kind == "mail.sign_in").order_by(OutboxRow.c.id))
        return [links.link_for(keys.installed(), int(row.payload["token"])) for row in rows]


def asked(app: Flask, email: str) -> tuple[Visitor, Page]:
    visitor = browser(app)
    return visitor, visitor.fill_in("/sign-in", email=email)


def digits_on(page: Page) -> str:
    found = re.search(r"(\d{3}) (\d{3})", page.text)
    assert found
    return found[1] + found[2]


def test_a_link_opened_where_it_was_asked_for_needs_a_press_and_no_more(app: Flask, uow: UnitOfWork, jo: str) -> None:
    visitor, page = asked(app, jo)
    assert "Check your e-mail" in page.text
    (link,) = sent(uow)
    for _ in range(3):  # a mail scanner looks
        looked = visitor.open(link)
    assert "digits" not in looked.names
    assert visitor.send(looked, link).title.startswith("Your returns")


def test_elsewhere_it_needs_the_digits_that_the_asking_browser_shows(app: Flask, uow: UnitOfWork, jo: str) -> None:
    _, page = asked(app, jo)
    (link,) = sent(uow)
    phone = browser(app)
    wrong = phone.fill_in(link, digits="000000" if digits_on(page) != "000000" else "000001")
    assert wrong.status == 422
    assert "Those aren't the six digits" in wrong.errors
    assert "4 tries are left" in wrong.errors
    assert phone.send(wrong, link, digits=digits_on(page)).title.startswith("Your returns")


def test_a_used_link_says_so_and_lets_nobody_in(app: Flask, uow: UnitOfWork, jo: str) -> None:
    visitor, _ = asked(app, jo)
    (link,) = sent(uow)
    visitor.fill_in(link)
    again = visitor.open(link)
    assert again.status == 410
    assert "This link has been used" in again.text


def test_a_strangers_address_is_answered_alike(app: Flask, uow: UnitOfWork, jo: str) -> None:
    _, known = asked(app, jo)
    _, unknown = asked(app, "nobody@example.org")
    assert unknown.status == known.status == 200
    plain = [
        re.sub(r"\d{3} \d{3}", "", page.text).replace(who, "")
        for page, who in ((known, jo), (unknown, "nobody@example.org"))
    ]
    assert plain[0] == plain[1]
    assert len(sent(uow)) == 1


def test_it_is_sent_again_at_once_and_the_first_stays_good(app: Flask, uow: UnitOfWork, jo: str) -> None:
    visitor, page = asked(app, jo)
    visitor.send(page, "/sign-in", email=jo)
    first, second = sent(uow)
    assert first != second
    assert visitor.fill_in(first).title.startswith("Your returns")


def test_behind_a_proxy_with_a_prefix_somebody_comes_back_to_the_page_they_wanted(
    app: Flask, uow: UnitOfWork, jo: str
) -> None:
    client = create_app(app.extensions["quarterday"], proxies=1).test_client()
    client.environ_base["HTTP_X_FORWARDED_PREFIX"] = "/social-value"
    visitor = Visitor(client)
    visitor.open("/account")
    visitor.send(visitor.open("/sign-in"), "/sign-in", follow=False, email=jo)
    (link,) = sent(uow)
    signed_in = visitor.send(visitor.open(link), link, follow=False)
    assert signed_in.headers["Location"] == "/social-value/account"


def test_after_too_many_it_says_how_long_to_wait(app: Flask, uow: UnitOfWork, jo: str) -> None:
    for _ in range(5):
        asked(app, jo)
    _, page = asked(app, jo)
    assert page.status == 422
    assert "Try again in 15 minutes" in page.errors
    assert page.value("email") == jo


def test_a_blank_address_keeps_what_was_typed_and_says_what_to_enter(app: Flask) -> None:
    visitor = browser(app)
    page = visitor.fill_in("/sign-in", email="jo at example")
    assert page.status == 422
    assert page.title.startswith("Error: ")
    assert page.value("email") == "jo at example"
    assert "Enter your e-mail address" in visitor.fill_in("/sign-in", email="").errors


def test_a_link_about_one_return_opens_that_one_and_a_spent_one_is_renewed_by_a_press(
    app: Flask, uow: UnitOfWork
) -> None:
    contract = builders.an_award(uow)
    mine = builders.a_return(uow, contract_id=contract)
    user_id = builders.a_reporter(uow, contract_id=contract).user_id
    assert user_id is not None
    with uow.begin(OPERATOR) as work:
        link = links.link_for(keys.installed(), links.for_return(work, user_id, mine))
    visitor = browser(app)
    assert f"/returns/{mine}" in visitor.send(visitor.open(link), link, follow=False).headers["Location"]
    assert visitor.open(f"/returns/{mine}").status == 200
    assert visitor.open("/returns", follow=True).title.startswith("Report for")
    assert visitor.open("/council").status in (302, 303, 404)
    assert visitor.open(link).headers["Location"].endswith(f"/returns/{mine}")  # pressed in the mail again
    stranger = browser(app)
    spent = stranger.open(link)
    assert spent.status == 410
    done = stranger.send(spent, link)
    assert "on its way" in done.text
    (fresh,) = sent(uow)
    assert stranger.send(stranger.open(fresh), fresh, follow=False).headers["Location"].endswith(f"/returns/{mine}")


def test_an_administrator_sets_up_an_app_before_anything_else(app: Flask, uow: UnitOfWork, clock: Clock) -> None:
    user_id = builders.a_user(uow, authority_id=builders.an_authority(uow), role="administrator")
    link = builders.a_link(uow, user_id)
    visitor = browser(app)
    enrol = visitor.send(visitor.open(link), link)
    assert enrol.title.startswith("Set up an authenticator app")
    assert visitor.open("/council", follow=True).title.startswith("Set up an authenticator app")
    secret = re.findall(r"<code>([A-Z2-7]+)</code>", enrol.html)[0]
    assert "<svg" in enrol.html
    wrong = visitor.send(enrol, "/account/second-factor", code="12")
    assert wrong.status == 422
    codes = visitor.send(wrong, "/account/second-factor", code=code_at(secret, clock.now))
    recovery = re.findall(r"<code>([a-z0-9-]+)</code>", codes.html)
    assert len(recovery) == 10
    assert visitor.open("/council").status == 200

    clock.forward(minutes=5)
    link = builders.a_link(uow, user_id)
    other = browser(app)
    asks = other.send(other.open(link), link)
    assert asks.title.startswith("Enter the code of your app")
    assert other.open("/council", follow=True).title.startswith("Enter the code of your app")
    let_in = other.send(asks, "/sign-in/code", code=code_at(secret, clock.now))
    assert let_in.status == 200
    assert other.open("/council").status == 200

    link = builders.a_link(uow, user_id)
    third = browser(app)
    third.send(third.open(link), link)
    third.fill_in("/sign-in/recovery", code=recovery[0])
    assert third.open("/council").status == 200


def test_signing_out_ends_the_session_for_good(app: Flask, uow: UnitOfWork, visitor: Callable[..., Visitor]) -> None:
    somebody = visitor(builders.a_user(uow, supplier_id=builders.a_supplier(uow)))
    page = somebody.open("/returns")
    cookie = somebody._client.get_cookie("quarterday")
    assert cookie is not None
    assert "You are signed out. E-mail" in somebody.send(page, "/sign-in/out").text
    assert "You are signed out." not in somebody.open("/sign-in").text
    thief = app.test_client()
    thief.set_cookie("quarterday", cookie.value)
    assert thief.get("/returns").status_code == 303


def test_one_session_can_end_another(app: Flask, uow: UnitOfWork, visitor: Callable[..., Visitor]) -> None:
    user_id = builders.a_user(uow, supplier_id=builders.a_supplier(uow))
    first, second = visitor(user_id), visitor(user_id)
    page = second.open("/account")
    assert page.text.count("Firefox on Windows") >= 2
    ends = re.findall(r'action="(/account/sessions/\d+/end)"', page.html)
    answer = second._client.post(ends[-1], data={"csrf_token": page.value("csrf_token")})
    assert answer.status_code == 303
    assert first.open("/returns").status == 303
    assert second.open("/returns").status == 200
    page = second.open("/account")
    assert "That browser is signed out." in page.text
    assert page.html.count('class="app-session"') == 1


def test_who_was_away_too_long_comes_back_to_the_page_with_what_they_typed(
    app: Flask, uow: UnitOfWork, clock: Clock
) -> None:
    contract = builders.an_award(uow)
    mine = builders.a_return(uow, contract_id=contract)
    user_id = builders.a_reporter(uow, contract_id=contract).user_id
    assert user_id is not None
    link = builders.a_link(uow, user_id)
    somebody = browser(app)
    somebody.send(somebody.open(link), link)
    page = f"/returns/{mine}/measures/GIFTS/add"
    form = somebody.open(page)
    clock.forward(hours=5)
    away = somebody.send(form, page, quantity="250.10", words="Given to the food bank “Ærø”.")
    assert away.title.startswith("Sign in")
    assert "What you typed is kept" in away.text
    link = builders.a_link(uow, user_id)
    back = somebody.send(somebody.open(link), link)
    assert back.value("quantity") == "250.10"
    assert back.value("words") == "Given to the food bank “Ærø”."
    saved = somebody.send(back, page, quantity="250.10", words="Given to the food bank “Ærø”.")
    assert saved.status == 200
    assert somebody.open(page).value("quantity") == ""


def test_who_pressed_a_mere_button_too_late_comes_back_to_a_page(
    app: Flask, uow: UnitOfWork, clock: Clock, jo: str
) -> None:
    visitor, _ = asked(app, jo)
    visitor.fill_in(sent(uow)[-1])
    page = visitor.open("/account")
    clock.forward(hours=5)
    assert visitor.send(page, "/account").title.startswith("Sign in")
    asked_again = visitor.fill_in("/sign-in", email=jo)
    assert asked_again.status == 200
    assert visitor.fill_in(sent(uow)[-1]).title.startswith("Your returns")


def test_a_token_isnt_made_for_looking(app: Flask, uow: UnitOfWork) -> None:
    browser(app).open("/sign-in")
    with uow.read(OPERATOR) as work:
        assert work.all(select(SignInToken.c.id)) == []
