"""Rehearsing an exchange with a portal: exactly what a run would change on both sides, and nothing is changed.

Theirs are read, and taken by the same door, in a transaction that is never kept; what would go out is made there as a
run makes it, and the portal's sink says what it would send. On SQLite that is done on a copy, so that nobody waits.
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from sqlalchemy import Connection, func, select

from quarterday.db.engine import open_engine
from quarterday.db.models import AuditRow, PortalConflict, PortalRecord
from quarterday.db.sqlite_copy import copy_out
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.domain.merging import Side
from quarterday.domain.portal_records import RecordKind, keyed
from quarterday.domain.sentences import Sentence, said
from quarterday.errors import BadRecord
from quarterday.evidence import Keeper, Store
from quarterday.ports import Answered, Document, Item, Receipt
from quarterday.services.background.reading import Desk, Read, cursor_of
from quarterday.services.background.syncing import ITEM
from quarterday.services.plugins.children import Children, Order, Reading
from quarterday.services.plugins.process import Outcome
from quarterday.services.portals import door, evidence_in, made_there, runs, standing
from quarterday.services.portals.exchanging import Exchange, one_exchange, with_portal
from quarterday.services.portals.runs import Purpose
from quarterday.services.portals.sending import Sending


@dataclass(frozen=True, slots=True)
class Incoming:
    """A record of theirs that would come in."""

    kind: str
    external_id: str
    key: str
    """Our own key of it: ``entry/12``; "" for one that only they have."""
    state: str
    """In which it would stand then, as the sync ledger has it."""
    why: str
    acts: tuple[str, ...]
    """What would be done here, as the audit trail would have it: ``entry.accepted entry/12``; none for what both sides
    have alike."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A record of ours that would go out."""

    kind: str
    key: str
    external_id: str
    """What they call the record that it would replace; "" for a new one."""
    fields: dict[str, str]
    """Without the content of files."""


@dataclass(frozen=True, slots=True)
class Clash:
    """A conflict that would be noticed."""

    kind: str
    key: str
    external_id: str
    ours: dict[str, str] | None
    theirs: dict[str, str] | None
    proposed: Side | None
    is_ruled: bool
    """The owner's word would be followed without asking."""


@dataclass(slots=True)
class Rehearsal:
    """What a run would change."""

    portal: str
    incoming: list[Incoming] = field(default_factory=list)
    rejected: list[BadRecord] = field(default_factory=list)
    """What they would give, and nothing here could use."""
    conflicts: list[Clash] = field(default_factory=list)
    outgoing: list[Outgoing] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)
    """What would be sent, as the portal would see it."""
    stopped: list[tuple[str, str]] = field(default_factory=list)
    """The keys of ours that could not go, each with the reason."""

    def __str__(self) -> Sentence:
        """One sentence for a person."""
        return said(
            "Would come in: {incoming:,}, would go out: {outgoing:,}, conflicts: {conflicts:,}, can't go: {stopped:,}.",
            incoming=len(self.incoming),
            outgoing=len(self.outgoing),
            conflicts=len(self.conflicts),
            stopped=len(self.stopped),
        )

    def as_data(self) -> dict[str, Any]:
        """As JSON has it."""
        documents = [{"name": one.name, "media_type": one.media_type, "content": _shown(one)} for one in self.documents]
        return {**asdict(self), "documents": documents}


def rehearse(uow: UnitOfWork, children: Children, *, authority_id: int, portal: str, actor_name: str) -> Rehearsal:
    """What a run of the exchange would change now; nothing is written here, and the portal is only read.

    Raises :class:`~quarterday.errors.NotConfigured` where the portal's sink can't say what it would send,
    :class:`~quarterday.errors.Retryable` where an exchange with it is under way, and what the portal raises.
    """
    with one_exchange(uow, authority_id=authority_id, portal=portal), TemporaryDirectory(dir=_beside(uow)) as folder:
        exchange = with_portal(uow, children, authority_id=authority_id, portal=portal, actor_name=actor_name)
        with (Path(folder) / "theirs").open("w+b") as theirs:
            _read(exchange, theirs, Keeper(Store(str(Path(folder) / "evidence"))))
            with _unkept(uow, Path(folder) / "record.db") as stand_in:
                return _Rehearsing(exchange, stand_in).whole(_batches(theirs))


class _Unkept(UnitOfWork):
    """A record in which all happens within one transaction, of which nothing stays."""

    def __init__(self, uow: UnitOfWork, connection: Connection) -> None:
        super().__init__(connection.engine, uow.clock)
        self._connection = connection

    @contextmanager
    def begin(self, actor: Actor) -> Iterator[Work]:
        """A part of it, undone where anything raises."""
        with self._connection.begin_nested():
            yield Work(self._connection, self.clock(), actor)

    @contextmanager
    def read(self, actor: Actor) -> Iterator[Work]:
        """What stands in it."""
        yield Work(self._connection, self.clock(), actor)


class _Saying(Children):
    """The processes of plugins, of which a sink is asked what it would send, and sends nothing."""

    def __init__(self, children: Children, found: Rehearsal) -> None:
        self._children = children
        self._found = found

    def deliver_all(self, orders: Iterable[Order]) -> Iterator[tuple[Order, Outcome]]:
        """Have it said of each order; it is as if the portal took all that its sink would send."""
        for order in orders:
            document = self._children.rehearse(order)
            self._found.documents.append(document)
            records = [json.loads(line) for line in order.document.content.splitlines()]
            self._found.outgoing += [_outgoing(one) for one in records if one["key"] not in document.meta]
            yield order, Receipt("", tuple(_answered(one, document.meta.get(one["key"], "")) for one in records))


class _Rehearsing:
    """A run that isn't kept."""

    def __init__(self, exchange: Exchange, stand_in: UnitOfWork) -> None:
        self._exchange = exchange
        self._uow = stand_in
        self._found = Rehearsal(exchange.portal)
        self._whose = (exchange.authority_id, exchange.portal)

    def whole(self, batches: Iterator[list[Item | BadRecord]]) -> Rehearsal:
        """The steps of a run, in their order."""
        exchange, uow = self._exchange, self._uow
        authority_id, portal = self._whose
        with uow.begin(exchange.actor) as work:
            last = work.connection.execute(select(func.max(PortalConflict.c.id))).scalar() or 0
            stopped = set(self._stopped(work))
            run_id = runs.begin(work, *self._whose, Purpose.SYNC, exchange.actor.name, terms=exchange.terms)
        children = _Saying(exchange.children, self._found)
        sending = Sending(uow, children, exchange.actor, portal, authority_id, exchange.terms, run_id)
        sending.again()
        self._take_in(batches, run_id)
        with uow.begin(exchange.actor) as work:
            made_there.recognise_submitted(work, authority_id, portal)
        door.take_due(uow, exchange.actor, authority_id, portal, exchange.terms)
        sending.changes()
        with uow.begin(exchange.actor) as work:
            self._found.conflicts = self._conflicts(work, last)
            self._found.stopped = sorted(set(self._stopped(work)) - stopped)
        return self._found

    def _take_in(self, batches: Iterator[list[Item | BadRecord]], run_id: int) -> None:
        done = Read()
        with self._uow.read(self._exchange.actor) as work:
            since = cursor_of(work, self._exchange.portal, self._exchange.authority_id)
        for batch in batches:
            with self._uow.begin(self._exchange.actor) as work:
                taker = partial(self._take, run_id)
                desk = Desk(work, self._exchange.portal, self._exchange.authority_id, {ITEM: taker}, done)
                since = desk.take(batch, since)
        self._found.rejected = done.rejects

    def _take(self, run_id: int, work: Work, authority_id: int | None, item: Item) -> None:
        before = work.connection.execute(select(func.max(AuditRow.c.id))).scalar() or 0
        terms, portal = self._exchange.terms, self._exchange.portal
        door.take(work, authority_id, item, portal=portal, terms=terms, run_id=run_id)
        kind, external_id, key = (str(item.payload.get(name, "")) for name in ("record", "external_id", "key"))
        our_id = keyed(key)[1] or None
        record = standing.find(work, *self._whose, RecordKind(kind), our_id=our_id, external_id=external_id)
        acts = work.all(select(AuditRow.c.action, AuditRow.c.subject).where(AuditRow.c.id > before))
        state, why = (record.state, record.why) if record is not None else ("", "")
        told = tuple(f"{one.action} {one.subject}" for one in acts)
        self._found.incoming.append(Incoming(kind, external_id, key, state, why, told))

    def _conflicts(self, work: Work, last: int) -> list[Clash]:
        rows = work.all(
            select(PortalConflict, PortalRecord.c.kind, PortalRecord.c.our_id, PortalRecord.c.external_id)
            .join(PortalRecord, PortalRecord.c.id == PortalConflict.c.record_id)
            .where(PortalConflict.c.id > last)
            .order_by(PortalConflict.c.id)
        )
        return [
            Clash(
                row.kind,
                "" if row.our_id is None else f"{row.kind}/{row.our_id}",
                row.external_id,
                row.ours,
                row.theirs,
                Side(row.proposed) if row.proposed else None,
                row.is_ruled,
            )
            for row in rows
        ]

    def _stopped(self, work: Work) -> list[tuple[str, str]]:
        authority_id, portal = self._whose
        rows = work.all(
            select(PortalRecord.c.kind, PortalRecord.c.our_id, PortalRecord.c.why).where(
                PortalRecord.c.authority_id == authority_id,
                PortalRecord.c.portal == portal,
                PortalRecord.c.state == standing.STOPPED,
            )
        )
        return [(f"{row.kind}/{row.our_id}", row.why) for row in rows]


@contextmanager
def _unkept(uow: UnitOfWork, copy: Path) -> Iterator[UnitOfWork]:
    """The record as it is, of which nothing that is done to it stays."""
    engine = uow.engine
    if engine.dialect.name == "sqlite":
        copy_out(engine, copy, lambda *_: None)
        engine = open_engine(f"sqlite:///{copy}")
    try:
        with engine.connect() as connection, connection.begin() as transaction:
            yield _Unkept(uow, connection)
            transaction.rollback()
    finally:
        if engine is not uow.engine:
            engine.dispose()


def _beside(uow: UnitOfWork) -> Path | None:
    """Where a copy of the record is as safe as the record."""
    return Path(str(uow.engine.url.database)).parent if uow.engine.dialect.name == "sqlite" else None


def _read(exchange: Exchange, to: IO[bytes], keeper: Keeper) -> None:
    """Write down what the portal has changed since it was read last, batch by batch; before any transaction."""
    with exchange.uow.read(exchange.actor) as work:
        since = cursor_of(work, exchange.portal, exchange.authority_id)
    reading = Reading(exchange.portal, exchange.values, since, exchange.authority_id)
    with exchange.children.opened(reading) as opened:
        for batch in opened.batches():
            pickle.dump(list(_ready(batch, keeper)), to)
    to.seek(0)


def _ready(batch: Sequence[Item | BadRecord], keeper: Keeper) -> Iterator[Item | BadRecord]:
    """The same items, with their files put where nobody keeps them."""
    for one in batch:
        yield evidence_in.put_away(one, keeper) if isinstance(one, Item) and evidence_in.has_file(one) else one


def _batches(written: IO[bytes]) -> Iterator[list[Item | BadRecord]]:
    with suppress(EOFError):
        while True:
            yield pickle.load(written)  # noqa: S301 (what this process wrote down itself)


def _answered(record: dict[str, Any], why: str) -> Answered:
    return Answered(record["key"], why=why) if why else Answered(record["key"], record["external_id"])


def _outgoing(record: dict[str, Any]) -> Outgoing:
    fields = {name: text for name, text in record["fields"].items() if name != "file"}
    return Outgoing(record["record"], record["key"], record["external_id"], fields)


def _shown(document: Document) -> str:
    return document.content.decode(errors="replace")
