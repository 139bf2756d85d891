"""What the ledger begins with: what came in lately, and where to go from here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, render_template

if TYPE_CHECKING:
    from quarterday.services.plugins.screens import Desk


def add(pages: Blueprint, desk: Desk) -> None:
    """Add the page to the ledger's."""

    @pages.get("")
    def overview() -> str:
        """What came in, the newest first."""
        from quarterday_erp_import.feeds.incoming import incoming

        found = incoming(desk.uow, desk.actor(), authority_id=desk.authority_id())
        return render_template("ledger/overview.html", found=found)
