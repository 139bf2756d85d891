"""What a portal tells by itself, as its webhooks do: taken by the same door as what is read from it, and once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from quarterday.db.work import Actor, UnitOfWork
from quarterday.errors import BadRecord
from quarterday.ports import Item, PortalTerms
from quarterday.services.background.reading import Desk, Read
from quarterday.services.background.syncing import ITEM
from quarterday.services.portals import door
from quarterday.services.portals.coming import ACTOR


def receive(
    uow: UnitOfWork, *, portal: str, authority_id: int, items: Sequence[Item | BadRecord], terms: PortalTerms
) -> Read:
    """Take what a portal tells for an authority, in one transaction; returns what came of it, in numbers.

    The items are those that a reading would give, under the same keys: what came one way doesn't come the other way
    again. Who told it has shown a secret by then. Raises :class:`~quarterday.errors.Trouble` where the evidence store
    can't be written.
    """
    done, batch = Read(), door.ready(items)
    taker = partial(door.take, portal=portal, terms=terms)
    with uow.begin(Actor.operator(ACTOR)) as work:
        Desk(work, portal, authority_id, {ITEM: taker}, done).take_told(batch)
    return done
