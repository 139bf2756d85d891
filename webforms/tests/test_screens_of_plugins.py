"""Screens of plugins: behind the same gate as every page, kept to their own, and one that fails costs no other."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Blueprint, Flask, current_app, render_template, request
from visits import Visitor

from quarterday import Permission, Screens, said
from quarterday.services.organisations import authorities, people
from quarterday.services.plugins.screens import Desk, Made
from quarterday.services.record import UnitOfWork
from quarterday.testing.builders import OPERATOR
from quarterday_webforms import screens
from quarterday_webforms.app import create_app
from quarterday_webforms.site import Site

SAID = Screens("larch-books", said("Cheques"), Permission.SEE_FIGURES, "larch_books.screens:screens")
PAGE = """{% extends "layout.html" %}
{% from "govuk/button.html" import govukButton %}
{% block title %}{{ _("Cheques") }}{% endblock %}
{% block content %}<h1 class="govuk-heading-l">{{ _("Cheques") }} {{ 2500000 | pounds }}</h1>
<form method="post" action="{{ url_for(".keep") }}" enctype="multipart/form-data" novalidate>
<input type="hidden" name="csrf_token" value="{{ csrf_token() }}">
{{ govukButton({"text": _("Keep")}) }}</form>{% endblock %}
"""


def sound(folder: Path) -> Callable[[Desk], Blueprint]:
    """A blueprint as it should be, with its templates below a folder."""
    (folder / "templates" / "larch_books").mkdir(parents=True, exist_ok=True)
    (folder / "templates" / "larch_books" / "cheques.html").write_text(PAGE)

    def make(desk: Desk) -> Blueprint:
        folders = {"template_folder": str(folder / "templates"), "static_folder": str(folder)}
        pages = Blueprint("larch_books", __name__, **folders, static_url_path="/files")  # type: ignore[arg-type]

        @pages.get("")
        def listed() -> str:
            return render_template("larch_books/cheques.html")

        @pages.post("/keep")
        @desk.needs(Permission.SET_VALUES)
        @desk.takes(megabytes=3)
        def keep() -> str:
            size = len(request.files["file"].read())
            return f"{desk.actor().authority_id} {desk.authority_id()} {desk.may(Permission.ADMINISTER)} {size}"

        @pages.get("/trouble/<kind>")
        def trouble(kind: str) -> Any:
            raise {"error": ValueError("seven"), "exit": SystemExit(7)}[kind]

        @pages.get("/headers")
        def headers() -> Any:
            return "", 200, {"Content-Security-Policy": "default-src *", "X-Frame-Options": "ALLOWALL"}

        @pages.before_request
        def first() -> str | None:
            return "open to all" if request.args.get("open") else None

        return pages

    return make


@pytest.fixture(scope="session")
def larch(whole_app: Flask, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """An app with the screens of one plugin."""
    blueprint = sound(tmp_path_factory.mktemp("larch"))(screens.SiteDesk(SAID))
    assert screens.flaw(SAID, blueprint) is None
    return create_app(whole_app.extensions["quarterday"], offered=[Made("larch", SAID, blueprint)])


@pytest.fixture
def app(larch: Flask, uow: UnitOfWork, tmp_path: Path) -> Flask:
    """The same of a site with this test's record."""
    old: Site = larch.extensions["quarterday"]
    larch.extensions["quarterday"] = Site(
        uow, old.keeper, old.cookie_key, old.theme, 1, is_secure=False, data_dir=tmp_path, keeps_mails=False
    )
    return larch


@pytest.fixture
def council(uow: UnitOfWork) -> dict[str, int]:
    """The people of a council, by role."""
    home = authorities.add_authority(uow, OPERATOR, key="northmoor", name="Northmoor Council")
    roles = ("contract manager", "lead")
    return {"council": home} | {
        role: people.add_user(
            uow, OPERATOR, email=f"{role[:4]}@northmoor.example", name=role, role=role, authority_id=home
        )
        for role in roles
    }


ADDRESSES = ("", "?open=1", "/headers", "/files/templates/larch_books/cheques.html")


@pytest.mark.parametrize("address", [f"/larch-books{one}" for one in ADDRESSES])
def test_nobody_gets_past_the_gate(app: Flask, address: str) -> None:
    answer = app.test_client().get(address)
    assert (answer.status_code, answer.location) == (303, "/sign-in")


def test_the_menu_leads_to_them_and_they_look_like_every_page(council: Any, visitor: Callable[..., Visitor]) -> None:
    somebody = visitor(council["contract manager"])
    page = somebody.open("/larch-books")
    assert page.title == "Cheques – Social value returns – Northmoor Council"
    assert "Cheques £2.50" in page.text
    assert '<a class="govuk-service-navigation__link" href="/larch-books"' in somebody.open("/council/contracts").html
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    itself = somebody.open("/larch-books/headers").headers
    assert "default-src 'none'" in itself["Content-Security-Policy"]
    assert itself["X-Frame-Options"] == "DENY"


def test_a_view_may_ask_for_more_and_take_more(council: Any, visitor: Callable[..., Visitor], app: Flask) -> None:
    def send(role: str, size: int) -> Any:
        somebody = visitor(council[role])
        return somebody.fill_in("/larch-books", file=(BytesIO(b"x" * size), "a.csv"))

    assert send("contract manager", 10).status == 404
    assert send("contract manager", 2_500_000).status == 413
    kept = send("lead", 2_500_000)
    assert (kept.status, kept.html) == (200, f"{council['council']} {council['council']} False 2500000")
    assert send("lead", 3_200_000).status == 413
    without = app.test_client().post("/larch-books/keep", data={"file": (BytesIO(b"x"), "a.csv")})
    assert without.status_code == 400


@pytest.mark.parametrize("kind", ["error", "exit"])
def test_an_error_in_a_view_is_one_page(council: Any, visitor: Callable[..., Visitor], kind: str) -> None:
    somebody = visitor(council["lead"])
    page = somebody.open(f"/larch-books/trouble/{kind}")
    assert (page.status, page.headers["X-Request-ID"] in page.text) == (500, True)
    assert somebody.open("/council/contracts").status == 200


def hook(name: str, *given: Any) -> Callable[[Blueprint, Desk], None]:
    """What calls one of a blueprint's own ways to reach further."""

    def reach(pages: Blueprint, desk: Desk) -> None:
        getattr(pages, name)(*given)(lambda *_: None) if given else getattr(pages, name)(lambda *_: {})

    return reach


def recorded(change: Callable[[Flask], Any]) -> Callable[[Blueprint, Desk], None]:
    return lambda pages, desk: pages.record(lambda state: change(state.app))


def marked(mark: Callable[[Desk], Callable[..., Any]]) -> Callable[[Blueprint, Desk], None]:
    return lambda pages, desk: pages.add_url_rule("/one", "one", mark(desk)(lambda: ""))


async def waits() -> str:
    return ""


HOSTILE: dict[str, tuple[Callable[[Blueprint, Desk], None], str]] = {
    "before all": (hook("before_app_request"), "it changes what isn't its own: before_request_funcs"),
    "after all": (hook("after_app_request"), "it changes what isn't its own: after_request"),
    "end of all": (hook("teardown_app_request"), "it changes what isn't its own: teardown_request"),
    "errors of all": (hook("app_errorhandler", 404), "it changes what isn't its own: errorhandler"),
    "words of all": (hook("app_context_processor"), "it changes what isn't its own: context_processor"),
    "addresses of all": (hook("app_url_defaults"), "it changes what isn't its own: url_defaults"),
    "parts of all": (hook("app_url_value_preprocessor"), "it changes what isn't its own: url_value_preprocessor"),
    "filter": (hook("app_template_filter", "pounds"), "it changes what isn't its own: template filters"),
    "test": (hook("app_template_test", "odd"), "it changes what isn't its own: template tests"),
    "global": (hook("app_template_global", "look"), "it changes what isn't its own: template globals"),
    "key": (recorded(lambda app: app.config.update(SECRET_KEY="mine")), "it changes what isn't its own: config"),
    "wsgi": (recorded(lambda app: setattr(app, "wsgi_app", app.wsgi_app)), "it changes what isn't its own: wsgi_app"),
    "extension": (recorded(lambda app: app.extensions.update(larch=1)), "it changes what isn't its own: extensions"),
    "elsewhere": (
        recorded(lambda app: app.add_url_rule("/council", "council", lambda: "")),
        "it changes what isn't its own: addresses, views",
    ),
    "own after": (hook("after_request"), "it has “after_request”, which runs for people who may not see its pages too"),
    "own errors": (hook("errorhandler", 404), "it has “errorhandler”"),
    "own words": (hook("context_processor"), "it has “context_processor”"),
    "own parts": (hook("url_value_preprocessor"), "it has “url_value_preprocessor”"),
    "for suppliers": (marked(lambda desk: desk.needs(Permission.REPORT)), "its view “larch_books.one” asks for what"),
    "for no one": (marked(lambda desk: desk.needs("all")), "its view “larch_books.one” asks for what"),  # type: ignore[arg-type]
    "too large": (marked(lambda desk: desk.takes(2001)), "its view “larch_books.one” asks for what"),
    "async": (
        lambda pages, desk: pages.add_url_rule("/one", "one", waits),
        "its view “larch_books.one” is async; a view is a plain function",
    ),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_what_reaches_further_is_left_out(what: str, tmp_path: Path) -> None:
    reach, why = HOSTILE[what]
    desk = screens.SiteDesk(SAID)
    blueprint = sound(tmp_path)(desk)
    assert screens.flaw(SAID, blueprint) is None
    blueprint = sound(tmp_path)(desk)
    reach(blueprint, desk)
    found = screens.flaw(SAID, blueprint)
    assert found is not None
    assert found.startswith(why)


def test_what_clashes_is_left_out(tmp_path: Path, app: Flask) -> None:
    desk = screens.SiteDesk(SAID)
    ours = Screens("council", said("Council"), Permission.SEE_FIGURES, "larch_books.screens:screens")
    other = Screens("oak-books", said("Oak"), Permission.SEE_FIGURES, "larch_books.screens:screens")
    made = sound(tmp_path)
    assert screens.flaw(ours, make_council(desk)) == "the address “/council” is taken; choose another path"
    assert screens.flaw(other, made(desk)) == "its blueprint is called “larch_books”; call it “oak_books”, as its path"
    assert screens.flaw(SAID, 7) == "larch_books.screens:screens returned int, not a flask.Blueprint"
    assert screens.flaw(SAID, Blueprint("larch_books", __name__)) == (
        "nothing answers at “/larch-books”, where the menu leads"
    )
    (tmp_path / "templates" / "layout.html").write_text("mine")
    assert screens.flaw(SAID, made(desk)) == (
        "its template “layout.html” isn't in a folder “larch_books” of its templates"
    )
    own = {str(rule.rule).split("/")[1] for rule in app.url_map.iter_rules()} - {"larch-books"}
    assert own <= screens.OURS


def make_council(desk: Desk) -> Blueprint:
    return Blueprint("council", __name__)


def test_the_desk_is_of_the_request_alone(app: Flask) -> None:
    desk = screens.SiteDesk(SAID)
    for use in (lambda: desk.uow, lambda: desk.data_dir, desk.actor, desk.form):
        with pytest.raises(RuntimeError, match="outside of"):
            use()
    with app.test_request_context("/larch-books"):
        assert desk.uow is current_app.extensions["quarterday"].uow
        assert desk.form().text("anything") == ""
