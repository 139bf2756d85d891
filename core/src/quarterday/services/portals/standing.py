"""How each record stands between us and a portal: the sync ledger, which is working state and not a fact."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Row, Select, Text, bindparam, select, update

from quarterday.db.columns import WHOLE
from quarterday.db.models import PortalRecord
from quarterday.db.work import Work
from quarterday.domain.portal_records import RecordKind

SAME, UNDER_WAY, STOPPED, CONFLICT, WAITING, GONE = "same", "under way", "stopped", "conflict", "waiting", "gone"
"""The states of a record, as ``portal_record`` has them."""

_NEW = {
    "external_id": "",
    "version": "",
    "agreed": "",
    "state": SAME,
    "why": "",
    "sent_key": "",
    "sends": 0,
    "theirs_digest": "",
    "their_version": "",
}


def find(
    work: Work,
    authority_id: int,
    portal: str,
    kind: RecordKind,
    *,
    our_id: int | None = None,
    external_id: str = "",
) -> Row[*tuple[Any, ...]] | None:
    """The whole row of a record, by our id, or else by what the portal calls it; None where there is none."""
    whose = {"authority_id": authority_id, "portal": portal, "kind": str(kind)}
    found = None
    if our_id is not None:
        found = work.one(_by_our_id(), **whose, our_id=our_id)
    if found is None and external_id:
        # Of several that bear one name over there, the one that we know to be ours is meant.
        rows = work.all(_by_external_id(), **whose, external_id=external_id)
        found = next((row for row in rows if our_id is None or row.our_id is None), None)
    return found


def of_id(work: Work, record_id: int) -> Row[*tuple[Any, ...]] | None:
    """The whole row of that id; None where there is none. Its scope is the caller's to check."""
    return work.one(_of_id(), record_id=record_id)


def put(
    work: Work,
    authority_id: int,
    portal: str,
    kind: RecordKind,
    *,
    our_id: int | None = None,
    external_id: str = "",
    **values: Any,
) -> int:
    """Set the values of the record that :func:`find` finds, or add one with them; returns its id.

    A name of either side's is set where it is given, and stays where it isn't.
    """
    there = find(work, authority_id, portal, kind, our_id=our_id, external_id=external_id)
    names: dict[str, Any] = {}
    if our_id is not None:
        names["our_id"] = our_id
    if external_id:
        names["external_id"] = external_id
    if there is None:
        key = {"authority_id": authority_id, "portal": portal, "kind": str(kind)}
        return work.add(PortalRecord, **key, **{**_NEW, **names, **values})
    changed = {name: value for name, value in (names | values).items() if getattr(there, name) != value}
    if changed:
        work.connection.execute(update(PortalRecord).where(PortalRecord.c.id == there.id).values(**changed))
    return int(there.id)


def set_state(work: Work, record_id: int, state: str, why: str = "", **values: Any) -> None:
    """Set the state of a record, why it is in it ("" where that needs no words), and other values with it."""
    here = update(PortalRecord).where(PortalRecord.c.id == record_id)
    work.connection.execute(here.values(state=state, why=why, **values))


@cache
def _by_our_id() -> Select[*tuple[Any, ...]]:
    return _whose().where(PortalRecord.c.our_id == bindparam("our_id", type_=WHOLE.type))


@cache
def _by_external_id() -> Select[*tuple[Any, ...]]:
    known = PortalRecord.c.external_id == bindparam("external_id", type_=Text)
    return _whose().where(known).order_by(PortalRecord.c.our_id.is_(None), PortalRecord.c.id)


@cache
def _of_id() -> Select[*tuple[Any, ...]]:
    return select(PortalRecord).where(PortalRecord.c.id == bindparam("record_id", type_=WHOLE.type))


def _whose() -> Select[*tuple[Any, ...]]:
    return select(PortalRecord).where(
        PortalRecord.c.authority_id == bindparam("authority_id", type_=WHOLE.type),
        PortalRecord.c.portal == bindparam("portal", type_=Text),
        PortalRecord.c.kind == bindparam("kind", type_=Text),
    )
