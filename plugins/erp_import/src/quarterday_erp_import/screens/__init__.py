"""The ledger in the browser, below ``/ledger``: what came in, what was read, and what waits for somebody.

Each module adds its views to the one blueprint. These pages read rows, so that they are there without the ledger
engine too; what needs that says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint

from quarterday_erp_import.screens import batches, entries, figures, overview, payees, records, uploads, vendors

if TYPE_CHECKING:
    from quarterday.services.plugins.screens import Desk


def ledger(desk: Desk) -> Blueprint:
    """The blueprint, for the host of the pages."""
    pages = Blueprint("ledger", __name__, template_folder="templates")
    for part in (
        overview,
        uploads,
        batches,
        records,
        payees,
        entries,
        vendors,
        figures,
    ):
        part.add(pages, desk)
    return pages
