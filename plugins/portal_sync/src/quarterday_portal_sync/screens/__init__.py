"""The exchange in the browser, below ``/portal``: how it stands, what both sides have otherwise, what waits.

Each module adds its views to the one blueprint. These pages read rows; whoever has something done has it done by the
worker.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint

from quarterday_portal_sync.screens import conflicts, inbox, overview, reconciliation, records

if TYPE_CHECKING:
    from quarterday.services.plugins.screens import Desk


def portal(desk: Desk) -> Blueprint:
    """The blueprint, for the host of the pages."""
    pages = Blueprint("portal", __name__, template_folder="templates")
    for part in (overview, conflicts, inbox, reconciliation, records):
        part.add(pages, desk)
    return pages
