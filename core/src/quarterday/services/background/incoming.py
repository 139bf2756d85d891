"""What comes in from sources: who takes each kind of record."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial

from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.errors import BadRecord, Refused
from quarterday.ports import Item
from quarterday.services.messages import bounces
from quarterday.services.messages.bounces import Outcome

Taker = Callable[[Work, int | None, Item], None]
"""Takes one record for an authority, or (None) the installation, within a transaction; raises :class:`Refused` with the
reason for one that can't be used."""

_OUTCOMES = {"2": Outcome.ARRIVED, "4": Outcome.LATER, "5": Outcome.NEVER}
"""What becomes of a mail by the class of its status (RFC 3463)."""


TakersOf = Callable[[UnitOfWork, Sequence[Item | BadRecord]], Mapping[str, Taker]]
"""The takers of one batch by the kind of record, with what they look up for all of it before the transaction begins."""

_READER = Actor.operator("worker")


def takers_of(uow: UnitOfWork, batch: Sequence[Item | BadRecord]) -> Mapping[str, Taker]:
    """Who takes the records of a batch, by their kind."""
    named = (one.payload.get("message_id") for one in batch if isinstance(one, Item) and one.kind == "bounce")
    keys = bounces.keys_of(uow, _READER, message_ids={one for one in named if isinstance(one, str)})
    return {"bounce": partial(_bounce, keys)}


def _bounce(keys: Mapping[str, str], work: Work, authority_id: int | None, item: Item) -> None:
    """A mail that came back: what a delivery-status report (RFC 3464) says of one of ours, by its Message-ID."""
    said = {name: _text(item, name) for name in ("message_id", "address", "status", "said", "at")}
    outcome = _OUTCOMES.get(said["status"][:1])
    if outcome is None:
        raise Refused(f"Its status is “{said['status'][:20]}”, and begins with 2, 4 or 5 in a report of delivery.")
    bounces.note_in(
        work,
        outcome=outcome,
        at=_moment(said["at"]),
        key=keys.get(said["message_id"], ""),
        address=said["address"],
        said=said["said"],
        authority_id=authority_id,
    )


def _text(item: Item, name: str) -> str:
    value = item.payload.get(name)
    if not isinstance(value, str):
        raise Refused(f"It has no “{name}” that is text.")
    return value


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as problem:
        raise Refused(f"“{text[:40]}” is no moment.") from problem
    if found.tzinfo is None:
        raise Refused(f"“{text[:40]}” has no time zone.")
    return found
