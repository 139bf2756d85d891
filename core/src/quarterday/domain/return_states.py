"""How a return stands, from what was drafted, submitted and decided."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

DECIDED = ("accepted", "queried", "rejected")
"""The decisions on an entry; the newest one counts. A supplier's answer to a query is no decision."""


class State(StrEnum):
    """The states of a return, in the order in which it goes through them."""

    NOT_STARTED = "not started"
    BEING_WRITTEN = "being written"
    NOTHING = "nothing to report"
    SUBMITTED = "submitted"
    """Some of it waits for the council's decision."""
    QUERIED = "queried"
    """Some of it waits for the supplier."""
    SETTLED = "settled"
    """Every entry is accepted or rejected."""


def state(*, drafts: int, revisions: int, entries: int, decided: Collection[str]) -> State:
    """The state of a return with so many drafts, revisions and entries in the newest of them.

    ``decided`` is the newest decision on each entry that has one. An open query is the supplier's turn, also while
    undecided entries beside it wait for the council.
    """
    if not revisions:
        return State.BEING_WRITTEN if drafts else State.NOT_STARTED
    if "queried" in decided:
        return State.QUERIED
    if not entries:
        return State.NOTHING
    return State.SETTLED if len(decided) == entries else State.SUBMITTED
