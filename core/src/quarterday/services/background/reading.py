"""Reading the sources of plugins: what each gives is taken once, batch by batch, each with the cursor after it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Table, delete, select, update

from quarterday.db import queue
from quarterday.db.models import OutboxRow, PluginSetting, SourceCursor, SourceItem, SourceReject
from quarterday.db.outbox import Due, State
from quarterday.db.work import Actor, Priority, UnitOfWork, Work
from quarterday.errors import BadRecord, Refused, Retryable
from quarterday.ports import Bulk, Item, Reconcilable
from quarterday.registry import Failure, Registry, installed
from quarterday.services.background.fetched import AGAIN, Fetching
from quarterday.services.background.incoming import TAKERS, Taker
from quarterday.services.plugins.children import Children, Reading
from quarterday.services.plugins.configured import is_set, values_of
from quarterday.services.plugins.pauses import faults_counted
from quarterday.services.plugins.sources import source_of, sources

KEPT = timedelta(days=14)
"""How long a reading that went well stays in the outbox."""

MOST_KEY = 500
"""How long the key of a record may be, in characters."""

SHOWN = 20
"""So many of the rejected records are named at once."""

_KINDS = (queue.READING, queue.SYNC)
_READER = Actor.operator("worker")


@dataclass(slots=True)
class Read:
    """What came of a reading, in numbers of records."""

    taken: int = 0
    known: int = 0
    """Of those that had been taken before."""
    rejected: int = 0
    rejects: list[BadRecord] = field(default_factory=list, compare=False)
    """The first of those."""

    def __str__(self) -> str:
        """One sentence for a person."""
        return f"Taken: {self.taken:,}, known already: {self.known:,}, rejected: {self.rejected:,}."


def ask_for_readings(uow: UnitOfWork, at: datetime) -> int:
    """Put a reading in the outbox for each source that an authority, or the installation, has set; returns how many.

    For a portal that an authority has set it is a whole run of the exchange with it. A source whose last reading is
    still to come isn't asked for again. An authority that has set nothing for a plugin doesn't read the installation's
    source: that is read once, for all.
    """
    asked, registry = 0, installed()
    with uow.begin(_READER) as work:
        there = work.all(
            select(OutboxRow.c.authority_id, OutboxRow.c.payload).where(
                OutboxRow.c.kind.in_(_KINDS), OutboxRow.c.state.in_((State.DUE, State.UNDER_WAY))
            )
        )
        busy = {(row.authority_id, row.payload["source"]) for row in there}
        old = (
            OutboxRow.c.kind.in_(_KINDS),
            OutboxRow.c.state == State.DONE,
            OutboxRow.c.settled_at < work.now - KEPT,
        )
        work.connection.execute(delete(OutboxRow).where(*old))
        for source, offered in sources(registry).items():
            is_portal = issubclass(offered.kind, Reconcilable)
            kind = queue.SYNC if is_portal else queue.READING
            for authority_id in _who_set(work, registry, source, offered.plugin):
                if is_portal and authority_id is None:  # records are exchanged for an authority, by its own terms
                    continue
                if (authority_id, source) not in busy:
                    key = f"source/{source}/{authority_id or 'installation'}/{at.isoformat()}"
                    work.send(kind, key, {"source": source}, authority_id=authority_id, priority=Priority.WHENEVER)
                    asked += 1
    return asked


def do(children: Children, uow: UnitOfWork, row: Due) -> str:
    """Read what an outbox row of :data:`queue.READING` asks for; returns what came of it. Raises as :func:`read`."""
    return str(read(uow, children, source=row.payload["source"], authority_id=row.authority_id))


def read(
    uow: UnitOfWork,
    children: Children,
    *,
    source: str,
    authority_id: int | None,
    takers: Mapping[str, Taker] = TAKERS,
    ready: Callable[[Sequence[Item | BadRecord]], list[Item | BadRecord]] = list,
    done: Read | None = None,
) -> Read:
    """Read a source from where it was left, for an authority or (None) the installation.

    Each batch is kept with its cursor in one transaction, so that a reading that is cut short goes on where it was, and
    each record is taken once by its key. ``ready`` is what is done with a batch before its transaction begins, and
    ``done`` is counted up as it goes, for who needs the numbers of what is cut short. What can't be used is kept with
    the reason. Raises what the source raises,
    :class:`~quarterday.services.plugins.pauses.Paused` where it rests, and :class:`Retryable` where somebody else reads
    the same; what was read before is kept.
    """
    done = Read() if done is None else done
    offered = source_of(installed(), source)
    plugin = offered.plugin
    with faults_counted(uow, authority_id, plugin, source):
        with uow.read(_READER) as work:
            since = cursor_of(work, source, authority_id)
            values = values_of(work, authority_id, plugin)
        fetching = Fetching.of(uow, children, source, authority_id) if issubclass(offered.kind, Bulk) else None
        with children.opened(Reading(source, values, since, authority_id)) as opened:
            for batch in opened.batches():
                for some in fetching.of_batch(opened, batch) if fetching else [ready(batch)]:
                    with uow.begin(_READER) as work:
                        taking = None if fetching else takers
                        since = Desk(work, source, authority_id, taking, done).take(some, since)
    return done


@dataclass(frozen=True, slots=True)
class Desk:
    """Where one batch is taken."""

    work: Work
    source: str
    authority_id: int | None
    takers: Mapping[str, Taker] | None
    """Who takes each kind; None where all were taken before they came here."""
    done: Read

    def take(self, batch: list[Item | BadRecord], since: str) -> str:
        """Take what is new, keep what can't be used, move the cursor; returns it."""
        self._take_turn()
        if cursor_of(self.work, self.source, self.authority_id) != since:
            raise Retryable("Somebody else reads this source at the same time.", after=60)
        self._take_each(batch)
        cursor = next((one.cursor for one in reversed(batch) if one.cursor), since)
        self._move(cursor)
        return cursor

    def take_told(self, batch: list[Item | BadRecord]) -> None:
        """The same for what a source told by itself: the cursor stays, and the next reading meets what it knows."""
        self._take_turn()
        self._take_each(batch)

    def _take_turn(self) -> None:
        self.work.take_turns(f"source/{self.source}/{self.authority_id}")

    def _take_each(self, batch: list[Item | BadRecord]) -> None:
        known = set(
            self.work.connection.execute(
                select(SourceItem.c.key).where(
                    *self._mine(SourceItem), SourceItem.c.key.in_([one.key for one in batch])
                )
            ).scalars()
        )
        changed: set[str] = set()
        for one in batch:
            if one.key in known and _record_of(one) not in changed:
                self.done.known += 1
                continue
            # What was told before, and stands here after something new of the same record, is newer than that.
            why = one.why if isinstance(one, BadRecord) else self._taken(one, is_known=one.key in known)
            if why:
                self._reject(one.key, why)
            else:
                known.add(one.key)
                changed |= {_record_of(one)} - {""}
                self.done.taken += 1

    def _taken(self, item: Item, *, is_known: bool) -> str:
        """Have an item taken; why it can't be, "" where it was. One that is known is written down already."""
        if not 0 < len(item.key) <= MOST_KEY:
            return f"Its key must have 1 to {MOST_KEY} characters."
        if self.takers is not None:
            if item.kind not in self.takers:
                return f"Nothing here takes a “{item.kind[:60]}”; install what does, then read the source again."
            try:
                with self.work.connection.begin_nested():
                    self.takers[item.kind](self.work, self.authority_id, item)
            except Refused as refused:
                return str(refused)
        if not is_known:
            self.work.add(SourceItem, **self._named, key=item.key, kind=item.kind)
        return ""

    def _reject(self, key: str, why: str) -> None:
        self.done.rejected += 1
        key = key[:MOST_KEY]
        if len(self.done.rejects) < SHOWN:
            self.done.rejects.append(BadRecord(key, why))
        last = self.work.one(
            select(SourceReject.c.why, SourceReject.c.recorded_at)
            .where(*self._mine(SourceReject), SourceReject.c.key == key)
            .order_by(SourceReject.c.id.desc())
            .limit(1)
        )
        if last is None or last.why != why or last.recorded_at <= self.work.now - AGAIN:
            self.work.add(SourceReject, **self._named, key=key, why=why)

    def _move(self, cursor: str) -> None:
        here = update(SourceCursor).where(*self._mine(SourceCursor))
        moved = self.work.connection.execute(here.values(cursor=cursor, recorded_at=self.work.now))
        if not moved.rowcount:
            self.work.add(SourceCursor, **self._named, cursor=cursor)

    @property
    def _named(self) -> dict[str, Any]:
        return {"authority_id": self.authority_id, "source": self.source}

    def _mine(self, table: Table) -> tuple[Any, Any]:
        return table.c.source == self.source, table.c.authority_id.is_not_distinct_from(self.authority_id)


def _record_of(one: Item | BadRecord) -> str:
    """Which record of a portal's it is about; "" for anything else."""
    if isinstance(one, BadRecord) or "record" not in one.payload:
        return ""
    return f"{one.payload['record']}/{one.payload.get('external_id', '')}"


def cursor_of(work: Work, source: str, authority_id: int | None) -> str:
    """Where the next reading begins; "" for a source that was never read."""
    here = (SourceCursor.c.source == source, SourceCursor.c.authority_id.is_not_distinct_from(authority_id))
    return str(work.connection.execute(select(SourceCursor.c.cursor).where(*here)).scalar() or "")


def _who_set(work: Work, registry: Registry, source: str, plugin: str) -> list[int | None]:
    """The authorities that have set a source, and None for the installation where that has."""
    kind = source_of(registry, source).kind
    wanted = registry.use(plugin, "settings_class", kind.settings_class)
    if isinstance(wanted, Failure):
        return []
    names = wanted.model_fields
    mine = work.connection.execute(
        select(PluginSetting.c.authority_id).where(PluginSetting.c.plugin == plugin).distinct()
    ).scalars()
    return [one for one in (*sorted(mine), None) if is_set(work, one, plugin, names)]
