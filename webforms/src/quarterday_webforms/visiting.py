"""Who is here: the visit behind the cookie, what they may do, and in whose scope they act."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, NamedTuple, TypeVar

from flask import Flask, abort, current_app, flash, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from quarterday.services.access import parking, sessions
from quarterday.services.access.permissions import Permission
from quarterday.services.access.visits import Place, Standing, Visit
from quarterday.services.record import Actor
from quarterday_webforms.frame import Menu
from quarterday_webforms.language import gettext, told
from quarterday_webforms.site import site

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])
_COOKIE, _NEXT, _PLACE, _PARKED = "visit", "next", "place", "parked"
"""What the signed cookie holds: the session's secret value, the page to go on to, the authority somebody acts for, the
page on which something was being sent when the session had ended."""

SCREENS = "quarterday screens"
"""Where an app keeps the screens of plugins, by the name of the blueprint."""


class Entry(NamedTuple):
    """Screens of a plugin, as the menu leads to them."""

    plugin: str
    title: str
    needs: Permission
    page: str
    """The endpoint."""


def teach(app: Flask) -> None:
    """Give an app's templates the visit, where its menu leads, and the look of the site."""
    app.context_processor(lambda: {"visit": visit(), "menu": _menu(), "sign_out": _address("sign_in.out")})


def _menu() -> Menu:
    """Where the service navigation leads: what the visitor may do, and nothing while their session needs more."""
    found = visit()
    if found is None or found.standing is not Standing.READY:
        return ()
    pages = []
    if may(Permission.REPORT):
        pages.append(("supplier.mine", gettext("Your returns")))
    if found.return_id is None and may(Permission.REPORT):
        pages.append(("supplier.people", gettext("Colleagues")))
    if found.return_id is None and may(Permission.SEE_FIGURES):
        pages += [("council.desk", gettext("Returns")), ("council.contracts", gettext("Contracts"))]
    if found.return_id is None:
        there: dict[str, Entry] = current_app.extensions.get(SCREENS, {})
        pages += [(one.page, told(one.title)) for one in there.values() if may(one.needs)]
    if found.return_id is None and may(Permission.WORD_MESSAGES):
        pages += [("council.messages", gettext("Messages")), ("council.reminders", gettext("Reminders"))]
    if found.return_id is None and may(Permission.SEE_STATUS):
        pages.append(("council.status", gettext("Status")))
    if found.return_id is None and may(Permission.ADMINISTER):
        pages.append(("council.people", gettext("People")))
    if len(staff_places()) > 1:
        pages.append(("account.authority", gettext("Change council")))
    pages.append(("account.mine", gettext("Your account")))
    return tuple((_address(page), text, request.endpoint == page) for page, text in pages)


def _address(page: str) -> str:
    """Where a page is that takes no part of its address from anything, found once for each path the site is under."""
    known: dict[tuple[str, str], str] = current_app.extensions.setdefault("quarterday addresses", {})
    where = (request.script_root, page)
    if where not in known:
        known[where] = url_for(page)
    return known[where]


def visit() -> Visit | None:
    """Whoever asks, where they are signed in; looked up once in a request."""
    if "visit" not in g:
        g.visit = sessions.visit(site().uow, cookie()) if cookie() else None
    found: Visit | None = g.visit
    return found


def here() -> Visit:
    """The same on a page that nobody reaches who isn't signed in."""
    found = visit()
    if found is None:
        abort(403)
    return found


def cookie() -> str:
    """The session's own secret value; "" for nobody."""
    return str(session.get(_COOKIE, ""))


def begin(secret: str) -> str:
    """Let the browser keep a session that was opened now; returns the page it was on its way to, or "".

    What it kept before is forgotten, and with it the token that its forms carried.
    """
    onward, parked = str(session.get(_NEXT, "")), session.get(_PARKED)
    session.clear()
    session[_COOKIE] = secret
    if parked:
        session[_PARKED] = parked
    g.pop("visit", None)
    return onward


def forget() -> None:
    """Let the browser forget its session."""
    session.clear()
    g.pop("visit", None)


def first_page(found: Visit) -> str:
    """Where somebody begins: with what is theirs to do."""
    match found.standing:
        case Standing.MUST_CHECK:
            return url_for("sign_in.code")
        case Standing.MUST_ENROL:
            return url_for("account.second_factor")
    if found.return_id is not None:
        return url_for("supplier.tasks", return_id=found.return_id)
    return url_for("council.desk" if found.is_staff else "supplier.mine")


def needs(permission: Permission) -> Callable[[View], View]:
    """A page for those who may do that; others are asked to sign in, or told that there is no such page."""

    def around(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **named: Any) -> ResponseReturnValue:
            if (first := elsewhere(permission, named)) is not None:
                return first
            _bring_back()
            return view(*args, **named)

        guarded.needs = permission  # type: ignore[attr-defined]  # the tests of routes × roles read it
        return guarded  # type: ignore[return-value]

    return around


def signed_in(view: View) -> View:
    """A page for anybody who is signed in, whatever else their session still needs."""

    @wraps(view)
    def guarded(*args: Any, **named: Any) -> ResponseReturnValue:
        return _ask_to_sign_in() if visit() is None else view(*args, **named)

    guarded.needs = None  # type: ignore[attr-defined]  # nothing more than to be signed in
    return guarded  # type: ignore[return-value]


def supplier_actors() -> list[Actor]:
    """Whom the visitor may report for: each of their suppliers."""
    return [here().actor(place) for place in _places(Permission.REPORT)]


def staff_actor(permission: Permission = Permission.SEE_FIGURES) -> Actor:
    """In whose scope the visitor acts for an authority: the one they chose, else their first."""
    places = _places(permission)
    chosen = next((place for place in places if place.authority_id == session.get(_PLACE)), places[0])
    return here().actor(chosen)


def staff_places() -> list[Place]:
    """The authorities the visitor works for."""
    return [place for place in here().places if place.authority_id is not None]


def choose(authority_id: int) -> None:
    """Act for that authority from now on; one that isn't theirs changes nothing."""
    if any(place.authority_id == authority_id for place in staff_places()):
        session[_PLACE] = authority_id


def may(permission: Permission) -> bool:
    """Whether the visitor may do that somewhere."""
    found = visit()
    return found is not None and any(place.may(permission) for place in found.places)


def elsewhere(permission: Permission, named: Mapping[str, Any]) -> ResponseReturnValue | None:
    """Where somebody has to go first; None where they may see the page. ``named`` are the parts of its address."""
    found = visit()
    if found is None:
        return _ask_to_sign_in()
    if found.standing is not Standing.READY:
        return redirect(first_page(found))
    if found.return_id is not None and named.get("return_id") != found.return_id:
        if request.method == "GET" and "return_id" not in named:
            return redirect(first_page(found))
        abort(404)
    if not may(permission):
        abort(404)
    return None


def is_let_in(permission: Permission) -> bool:
    """Whether somebody may see a page of no return in particular, before it is looked at what they send."""
    found = visit()
    return found is not None and found.standing is Standing.READY and found.return_id is None and may(permission)


def _places(permission: Permission) -> list[Place]:
    found = [place for place in here().places if place.may(permission)]
    if not found:
        abort(404)
    return found


def _ask_to_sign_in() -> ResponseReturnValue:
    """Ask, and come back to the same page; what was being sent there is kept until then."""
    page = request.full_path.rstrip("?")
    if request.method == "POST" and cookie():
        typed = {name: texts for name, texts in request.form.lists() if name != "csrf_token"}
        if parking.park(site().uow, cookie(), page, typed):
            session[_PARKED] = page
            flash(gettext("You were away for a while, so sign in again. What you typed is kept."))
    adapter = current_app.create_url_adapter(request)
    if adapter is not None and "GET" in adapter.allowed_methods():
        session[_NEXT] = page  # what only a button leads to is no page to come back to
    return redirect(url_for("sign_in.ask"), 303)


def _bring_back() -> None:
    """Let the forms of this page show what was being sent on it when the session had ended."""
    page, found = request.full_path.rstrip("?"), visit()
    if found is None or session.get(_PARKED) != page:
        return
    if request.method == "POST":
        parking.clear(site().uow, found, page)
        session.pop(_PARKED)
    else:
        g.typed = parking.parked(site().uow, found, page)
