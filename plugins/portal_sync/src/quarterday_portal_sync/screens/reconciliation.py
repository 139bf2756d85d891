"""The comparison of both sides whole: what only one of them has, what differs, and the totals of both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from quarterday import Permission, said
from quarterday.services.background.exchanges import ask_for
from quarterday.services.portals.naming import measures
from quarterday.services.portals.reconciling import reconciliation as last_of
from quarterday.services.portals.runs import Purpose
from quarterday_portal_sync.screens import words
from quarterday_portal_sync.screens.links import about
from quarterday_portal_sync.screens.portals import portals_set

if TYPE_CHECKING:
    from quarterday.services.plugins.screens import Desk


def add(pages: Blueprint, desk: Desk) -> None:
    """Add the page."""

    @pages.get("/comparison")
    def reconciliation() -> str:
        """What the last comparison found, of each portal that is set."""
        of = {"authority_id": desk.authority_id()}
        portals = portals_set(desk)
        found = [last_of(desk.uow, desk.actor(), portal=portal, **of) for portal in portals]
        there = [one for one in found if one is not None]
        return render_template(
            "portal/reconciliation.html",
            found=[(one, about(desk, [(odd.kind, odd.key, {}) for odd in one.differences])) for one in there],
            measures=measures(desk.uow, desk.actor(), **of) if there else {},
            unit=words.unit,
            kinds=words.MANY,
            one_kind=words.KINDS,
            fields=words.FIELDS,
            which=words.WHICH,
            may_run=desk.may(Permission.REVIEW) and bool(portals),
        )

    @pages.post("/comparison")
    @desk.needs(Permission.REVIEW)
    def compare_now() -> ResponseReturnValue:
        """Have the worker compare both sides soon."""
        actor = desk.actor(Permission.REVIEW)
        for portal in portals_set(desk):
            ask_for(desk.uow, actor, portal=portal, authority_id=desk.authority_id(), purpose=Purpose.RECONCILE)
        desk.tell(said("The comparison begins in a moment. Open this page again to see what it found."))
        return redirect(url_for(".reconciliation"), 303)
