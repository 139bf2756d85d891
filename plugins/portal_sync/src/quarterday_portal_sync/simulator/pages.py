"""The pages for the portal's people: agreements, claims and outcomes, and what they do with them."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from quarterday_portal_sync.simulator import acts
from quarterday_portal_sync.simulator.running import running
from quarterday_portal_sync.simulator.shapes import KPIS, RESOURCES
from quarterday_portal_sync.simulator.store import Kept

routes = Blueprint("pages", __name__)

MOST_CLAIMS = 200
"""So many of the newest claims stand on the page."""


@routes.before_request
def refuse_other_sites() -> None:
    """A form of another site changes nothing here."""
    origin = request.headers.get("Origin")
    if request.method == "POST" and origin and urlsplit(origin).netloc != request.host:
        abort(403)


@routes.get("/")
def overview() -> str:
    """All agreements, and the newest claims."""
    return _overview()


def _overview(trouble: str = "") -> str:
    store = running().store
    with store.at_once():
        agreements = store.listed(RESOURCES["contracts"])
        commitments = store.listed(RESOURCES["commitments"])
        claims = store.listed(acts.CLAIMS)
        newest = [(one, _outcome(one)) for one in reversed(claims[-MOST_CLAIMS:])]
    return render_template(
        "portal/overview.html",
        agreements=agreements,
        commitments=commitments,
        claims=newest,
        all_claims=len(claims),
        kpis=KPIS,
        trouble=trouble,
        given=request.form,
    )


@routes.post("/")
def make_claim() -> Response | tuple[str, int]:
    """Make a claim."""
    try:
        made = acts.make(running().store, acts.CLAIMS, _form(acts.CLAIMS.names))
    except acts.NotDone as error:
        return _overview(str(error)), 400
    running().tell()
    return redirect(url_for(".claim", called=made.id), 303)


@routes.get("/claims/<called>")
def claim(called: str) -> str:
    """One claim, with its evidence and its outcome."""
    return _claim(_found(called))


def _claim(one: Kept, trouble: str = "") -> str:
    store = running().store
    with store.at_once():
        about = store.about(one)
    evidence = [store.told(record, is_whole=False) for record in about if record.resource.name == "evidence"]
    return render_template(
        "portal/claim.html", claim=one, evidence=evidence, outcome=_outcome(one), kpis=KPIS, trouble=trouble
    )


@routes.post("/claims/<called>/<any(change, assess, delete):what>")
def act(called: str, what: str) -> Response | tuple[str, int]:
    """Change a claim, record its outcome, or delete it."""
    store, one = running().store, _found(called)
    try:
        if what == "change":
            acts.change(store, one, _form(("amount", "note")))
        elif what == "assess":
            acts.assess(store, one, _form(("result", "approvedAmount", "comment", "by")))
        else:
            store.delete(one, is_ours=False)
    except acts.NotDone as error:
        return _claim(one, str(error)), 400
    running().tell()
    return redirect(url_for(".overview") if what == "delete" else url_for(".claim", called=called), 303)


def _found(called: str) -> Kept:
    found = running().store.find(acts.CLAIMS, called)
    if found is None or found.is_deleted:
        abort(404)
    return found


def _outcome(one: Kept) -> Kept | None:
    return next((about for about in running().store.about(one) if about.resource.name == "verdicts"), None)


def _form(names: tuple[str, ...]) -> dict[str, str]:
    return {name: request.form[name].strip() for name in names if name in request.form}
