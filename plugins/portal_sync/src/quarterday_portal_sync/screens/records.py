"""The sync ledger: how each record stands, what was sent and what came back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, render_template, request, url_for

from quarterday.services.portals.overview import records as lines
from quarterday_portal_sync.screens import words
from quarterday_portal_sync.screens.links import about

if TYPE_CHECKING:
    from quarterday.services.plugins.screens import Desk

PAGE = 50
"""How many stand on a page."""


def add(pages: Blueprint, desk: Desk) -> None:
    """Add the page."""

    @pages.get("/records")
    def records() -> str:
        """The records in one state, or all."""
        state, after = request.args.get("state", ""), request.args.get("after", 0, type=int)
        wanted = state if state in words.STATES else ""
        found = lines(
            desk.uow,
            desk.actor(),
            authority_id=desk.authority_id(),
            state=wanted,
            after=max(after, 0),
            most=PAGE + 1,
        )
        further = {"next": url_for(".records", state=wanted or None, after=found[PAGE - 1].id)}
        return render_template(
            "portal/records.html",
            found=[(one, about(one.kind, one.key, one.sent or one.theirs or {})) for one in found[:PAGE]],
            state=wanted,
            states=words.STATES,
            kinds=words.KINDS,
            turns=further if len(found) > PAGE else {},
        )
