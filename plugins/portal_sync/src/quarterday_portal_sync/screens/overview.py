"""What the pages begin with: how the exchange stands, what waits for somebody, and the last runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from quarterday import Permission, RecordKind, said
from quarterday.services.background.exchanges import ask_for
from quarterday.services.portals.overview import overview as standing
from quarterday.services.portals.runs import Run, runs
from quarterday_portal_sync.screens import words
from quarterday_portal_sync.screens.portals import portals_set

if TYPE_CHECKING:
    from quarterday.services.plugins.screens import Desk

MOST = 20
"""How many runs are listed: the newest."""


def add(pages: Blueprint, desk: Desk) -> None:
    """Add the page."""

    @pages.get("")
    def overview() -> str:
        """How the exchange of the authority stands."""
        authority_id, actor = desk.authority_id(), desk.actor()
        found = standing(desk.uow, actor, authority_id=authority_id)
        return render_template(
            "portal/overview.html",
            found=found,
            points={one.portal: _points(one.states) for one in found},
            runs=[(run, _counted(run)) for run in runs(desk.uow, actor, authority_id=authority_id, most=MOST)],
            portals=portals_set(desk),
            kinds=words.MANY,
            states=words.STATES,
            purposes=words.PURPOSES,
            may_run=desk.may(Permission.REVIEW),
        )

    @pages.post("/run")
    @desk.needs(Permission.REVIEW)
    def run_now() -> ResponseReturnValue:
        """Have the worker do an exchange soon."""
        actor = desk.actor(Permission.REVIEW)
        for portal in portals_set(desk):
            ask_for(desk.uow, actor, portal=portal, authority_id=desk.authority_id())
        desk.tell(said("The exchange begins in a moment. Open this page again to see what came of it."))
        return redirect(url_for(".overview"), 303)


def _points(states: Mapping[RecordKind, Mapping[str, int]]) -> list[tuple[str, int, int]]:
    """For the chart: of each kind how many both have alike, and how many not."""
    return [
        (words.MANY[kind], of.get("same", 0), sum(number for state, number in of.items() if state != "same"))
        for kind, of in states.items()
    ]


def _counted(run: Run) -> list[tuple[str, int]]:
    """What came of a run, in words and numbers."""
    return [(text, run.counts[name]) for name, text in words.COUNTS.items() if run.counts.get(name)]
