"""What the ledger begins with: what waits for somebody, what came in lately, and where to go from here."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from flask import Blueprint, current_app, render_template

from quarterday import Permission, Sentence, said
from quarterday_erp_import.feeds.incoming import State, incoming
from quarterday_erp_import.ledger import corrections
from quarterday_erp_import.ledger.batches import WAITS, batches

if TYPE_CHECKING:
    from quarterday.services.plugins.screens import Desk

MOST = 50
"""How many files are listed: the newest."""
PLACES = {
    "figures": said("Figures of what was paid"),
    "payees": said("Settle who was paid"),
    "batches": said("Files that were read"),
    "vendors": said("List of suppliers"),
}
"""Where to go from here, by the view: those that are there are shown."""
STATES: dict[State, tuple[Sentence, str]] = {
    State.WAITING: (said("Waiting to be read"), "blue"),
    State.BEGUN: (said("Being read"), "blue"),
    State.ASKS: (said("Asks something"), "yellow"),
    State.READ: (said("Read"), "green"),
    State.REFUSED: (said("Can’t be read"), "red"),
    State.DISMISSED: (said("Not wanted"), "grey"),
}
"""How far a file is, in words, and the colour of its tag."""


def add(pages: Blueprint, desk: Desk) -> None:
    """Add the page to the ledger's."""

    @pages.get("")
    def overview() -> str:
        """What waits for somebody, and what came in, the newest first."""
        authority_id, actor = desk.authority_id(), desk.actor()
        files = incoming(desk.uow, actor, authority_id=authority_id)
        read = batches(desk.uow, actor, authority_id=authority_id)
        still_open = corrections.open_records(desk.uow, actor, authority_id=authority_id)
        return render_template(
            "ledger/overview.html",
            files=files[:MOST],
            states=STATES,
            asking=[one for one in files if one.state in (State.ASKS, State.REFUSED)],
            waiting=[one for one in read if one.standing == WAITS and one.superseded_by is None],
            to_correct=[(one, still_open[one.id]) for one in read if one.counts and still_open.get(one.id)],
            places=[(place, text) for place, text in PLACES.items() if f"ledger.{place}" in current_app.view_functions],
            may_change=desk.may(Permission.SET_VALUES),
            has_engine=has_engine(),
        )


def has_engine() -> bool:
    """Whether the ledger engine is installed, without which nothing is read."""
    return find_spec("pyarrow") is not None and find_spec("ibis") is not None
