"""What comes in from sources: who takes each kind of record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from quarterday.db.work import Work
from quarterday.errors import Refused
from quarterday.ports import Item
from quarterday.services.messages import bounces
from quarterday.services.messages.bounces import Outcome

Taker = Callable[[Work, int | None, Item], None]
"""Takes one record for an authority, or (None) the installation, within a transaction; raises :class:`Refused` with the
reason for one that can't be used."""

_OUTCOMES = {"2": Outcome.ARRIVED, "4": Outcome.LATER, "5": Outcome.NEVER}
"""What becomes of a mail by the class of its status (RFC 3463)."""


def _bounce(work: Work, authority_id: int | None, item: Item) -> None:
    """A mail that came back: what a delivery-status report (RFC 3464) says of one of ours, by its Message-ID."""
    said = {name: _text(item, name) for name in ("message_id", "address", "status", "said", "at")}
    outcome = _OUTCOMES.get(said["status"][:1])
    if outcome is None:
        raise Refused(f"Its status is “{said['status'][:20]}”, and begins with 2, 4 or 5 in a report of delivery.")
    bounces.note_in(
        work,
        outcome=outcome,
        at=_moment(said["at"]),
        key=bounces.key_of(work, said["message_id"]),
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


TAKERS: Mapping[str, Taker] = {"bounce": _bounce}
"""Who takes a record, by its kind."""
