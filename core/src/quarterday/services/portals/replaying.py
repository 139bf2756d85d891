"""Replaying: what was sent goes again under the same keys, and all that the portal has comes in by the door again.

It is for a portal that was put back to an earlier state, and for a mapping that was mended: what waited in the inbox
then finds its place. Nothing happens twice, and what somebody changed there meanwhile is not overwritten.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select

from quarterday.db.models import PortalRecord
from quarterday.db.work import UnitOfWork, Work
from quarterday.domain.portal_records import RecordKind, keyed
from quarterday.errors import Refused
from quarterday.ports import Item
from quarterday.services.plugins.children import Children
from quarterday.services.portals import door, made_there, runs, standing
from quarterday.services.portals.exchanging import Begun, run
from quarterday.services.portals.ours import AT_ONCE
from quarterday.services.portals.reconciling import take_all
from quarterday.services.portals.runs import Purpose, Run
from quarterday.services.portals.sending import Sending
from quarterday.services.portals.sent_again import may_go_again


def replay(
    uow: UnitOfWork,
    children: Children,
    *,
    authority_id: int,
    portal: str,
    actor_name: str,
    record: str = "",
    since: datetime | None = None,
) -> Run:
    """Have theirs taken again from the whole listing, and send again what was sent; returns the run.

    ``record`` is a key of ours (``entry/12``), to send that one alone; ``since`` a moment, to send what was sent from
    then on. Raises :class:`Refused` where that record was never sent, :class:`~quarterday.errors.Retryable` where an
    exchange with the portal is under way, and what the portal raises; the next run goes on with what was cut short.
    """
    with run(
        uow,
        children,
        authority_id=authority_id,
        portal=portal,
        purpose=Purpose.REPLAY,
        actor_name=actor_name,
    ) as begun:
        exchange = begun.exchange
        sending = Sending(uow, children, exchange.actor, portal, authority_id, exchange.terms, begun.run_id)
        wanted = _Wanted(begun, record, since)
        wanted.require()
        try:
            sending.again()
            take_all(begun, unless=is_put_back)
            begun.counts["came_in"] = door.take_due(uow, exchange.actor, authority_id, portal, exchange.terms)
            with uow.begin(exchange.actor) as work:
                begun.counts["recognised"] = made_there.recognise_submitted(work, authority_id, portal)
            sending.once_more(wanted.ids())
        finally:
            begun.counts |= sending.done.counts()
    return runs.one(uow, exchange.actor, run_id=begun.run_id)


def is_put_back(work: Work, begun: Begun, item: Item) -> bool:
    """Whether a portal has an earlier version of what was sent than it had: it was put back, and gets it again.

    What it has now is then what ours may replace, and isn't taken for a change of theirs.
    """
    exchange, payload = begun.exchange, item.payload
    kind, external_id, now = (str(payload.get(name, "")) for name in ("record", "external_id", "version"))
    if kind not in list(RecordKind) or not external_id:
        return False
    there = standing.find(work, exchange.authority_id, exchange.portal, RecordKind(kind), external_id=external_id)
    if there is None or not may_go_again(there):
        return False
    if not all(one.isascii() and one.isdecimal() for one in (now, there.their_version)):
        return False
    if int(now) >= int(there.their_version):
        return False
    standing.set_state(work, there.id, there.state, there.why, their_version=now, listed_run_id=begun.run_id)
    return True


class _Wanted:
    """What is to be sent again."""

    def __init__(self, begun: Begun, record: str, since: datetime | None) -> None:
        self._exchange = begun.exchange
        self._record = record
        self._where = [
            PortalRecord.c.authority_id == self._exchange.authority_id,
            PortalRecord.c.portal == self._exchange.portal,
            PortalRecord.c.sent_key != "",
        ]
        if record:
            kind, our_id = keyed(record)
            self._where += [PortalRecord.c.kind == kind, PortalRecord.c.our_id == our_id]
        if since is not None:
            self._where += [PortalRecord.c.sent_at >= since]

    def require(self) -> None:
        """Raise :class:`Refused` where one record is wanted that was never sent."""
        with self._exchange.uow.read(self._exchange.actor) as work:
            if self._record and work.one(select(PortalRecord.c.id).where(*self._where)) is None:
                raise Refused("“{record}” was never sent to this portal.", record=self._record[:60])

    def ids(self) -> Iterator[tuple[RecordKind, list[int]]]:
        """The kinds and our ids of the records, some at a time: kind by kind, as they went out."""
        for kind in [one for one in RecordKind if one in self._exchange.terms.agreements]:
            after = 0
            while found := self._following(kind, after):
                yield kind, found
                after = found[-1]

    def _following(self, kind: RecordKind, after: int) -> list[int]:
        wanted = (
            select(PortalRecord.c.our_id)
            .where(*self._where, PortalRecord.c.kind == str(kind), PortalRecord.c.our_id > after)
            .order_by(PortalRecord.c.our_id)
            .limit(AT_ONCE)
        )
        with self._exchange.uow.read(self._exchange.actor) as work:
            return [row.our_id for row in work.all(wanted)]
