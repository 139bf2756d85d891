"""The sync ledger: how each record stands, what was sent and what came back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from flask import Blueprint, render_template, request

from quarterday import RecordKind
from quarterday.services.portals.overview import RecordRow
from quarterday.services.portals.overview import records as lines
from quarterday_portal_sync.screens import words
from quarterday_portal_sync.screens.links import about
from quarterday_portal_sync.screens.turning import after_which, further

if TYPE_CHECKING:
    from quarterday.services.plugins.screens import Desk

PAGE = 50
"""How many stand on a page."""


def add(pages: Blueprint, desk: Desk) -> None:
    """Add the page."""

    @pages.get("/records")
    def records() -> str:
        """The records in one state, or all."""
        state = request.args.get("state", "")
        wanted = state if state in words.STATES else ""
        found = lines(
            desk.uow,
            desk.actor(),
            authority_id=desk.authority_id(),
            state=wanted,
            after=after_which(),
            most=PAGE + 1,
        )
        return render_template(
            "portal/records.html",
            found=list(zip(found, about(desk, [_record(one) for one in found[:PAGE]]), strict=False)),
            state=wanted,
            states=words.STATES,
            kinds=words.KINDS,
            turns=further(".records", found, PAGE, state=wanted or None),
        )


def _record(one: RecordRow) -> tuple[RecordKind, str, Mapping[str, str]]:
    return one.kind, one.key, one.sent or one.theirs or {}
