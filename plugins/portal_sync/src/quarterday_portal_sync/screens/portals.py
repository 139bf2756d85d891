"""The portals that the visitor's authority has set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quarterday.services.plugins.portals import portals_of

if TYPE_CHECKING:
    from quarterday.services.plugins.screens import Desk


def portals_set(desk: Desk) -> list[str]:
    """Their ids."""
    with desk.uow.read(desk.actor()) as work:
        return sorted(portals_of(work, desk.authority_id()))
