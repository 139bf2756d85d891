"""Sending to a portal: what changed here is written down in batches, delivered, and settled by what comes back.

A batch is committed before it leaves, each record with the idempotency key of this content, and settled afterwards. A
stop anywhere leaves it under way, and it goes again as it was written down. While the portal is at work on one batch,
the one before it is settled and the next one is written down, in one transaction.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from functools import partial

from sqlalchemy import select

from quarterday.db.given import plan_anew
from quarterday.db.models import PortalBatch, PortalRecord
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.domain.portal_records import EvidenceSent, PortalTerms, RecordKind, digest_of, keyed
from quarterday.errors import Refused
from quarterday.evidence import Keeper
from quarterday.ports import Receipt
from quarterday.registry import installed
from quarterday.services.plugins.children import Children, Order
from quarterday.services.plugins.configured import values_of
from quarterday.services.plugins.pauses import Breaker
from quarterday.services.plugins.sinks import sink_of
from quarterday.services.portals import answered, parcels
from quarterday.services.portals.looking import Look
from quarterday.services.portals.ours import changed
from quarterday.services.portals.parcels import Batch, Going
from quarterday.services.portals.sent_again import Again
from quarterday.services.returns.evidencing import open_keeper

_WINDOW = 10_000
"""So many ids of what changed are found at a time; finding them looks at all there is."""


@dataclass(slots=True)
class Sent:
    """What came of sending, in numbers of records."""

    sent: int = 0
    """Handed to the portal, for the first time or once more."""
    taken: int = 0
    """Of those that the portal took."""
    stopped: int = 0
    """That can't go, or that it didn't take."""
    overtaken: int = 0
    """That were changed there meanwhile: what is there now is read first."""
    conflicts: int = 0
    """That both sides have otherwise, for a person to settle."""
    ruled: int = 0
    """Of those which the rule of their kind settled."""
    came_in: int = 0
    """That came in as they are there, because nothing was changed here."""

    def counts(self) -> dict[str, int]:
        """The numbers by name."""
        return {one.name: getattr(self, one.name) for one in fields(self)}


@dataclass(slots=True)
class Sending:
    """One exchange's sending, for an authority and a portal, within a run."""

    uow: UnitOfWork
    children: Children
    actor: Actor
    portal: str
    authority_id: int
    terms: PortalTerms
    run_id: int
    done: Sent = field(default_factory=Sent)
    _answered: deque[tuple[Batch, Receipt | Refused, dict[int, str]]] = field(default_factory=deque)
    """What came back and isn't settled yet, each with the records that were left out and why."""
    _batches: int = 0
    _keeper: Keeper | None = None

    def again(self) -> None:
        """Deliver once more what a stop left under way, as it was written down; raises as :meth:`changes`.

        What isn't to go out any more, by the terms, stays under way until it is.
        """
        with self.uow.read(self.actor) as work:
            left = work.all(
                select(PortalBatch.c.id)
                .where(
                    PortalBatch.c.authority_id == self.authority_id,
                    PortalBatch.c.portal == self.portal,
                    PortalBatch.c.state == answered.UNDER_WAY,
                )
                .order_by(PortalBatch.c.id)
            )
        for row in left:  # one after the other: one may name what another brings
            self._deliver(iter([partial(self._written, row.id)]))

    def changes(self) -> None:
        """Send what changed here since it was looked at last; what was settled stays so, whatever is raised.

        Raises what the portal raises but a refusal, and leaves what it was raised for under way:
        :class:`~quarterday.errors.Retryable`, :class:`~quarterday.errors.NotConfigured` and
        :class:`~quarterday.services.plugins.process.PluginFault`.
        """
        for kind in RecordKind:
            if kind in self.terms.agreements:
                self._deliver(partial(self._made, kind, ids) for ids in self._changed(kind))

    def once_more(self, chosen: Iterable[tuple[RecordKind, Sequence[int]]]) -> None:
        """Deliver once more what was sent of records, by kind and our ids, under the keys that it had.

        Raises as :meth:`changes`.
        """
        for kind, all_of in chosen:
            self._deliver(partial(self._once_more, kind, ids) for ids in self._split(kind, all_of))

    def _changed(self, kind: RecordKind) -> Iterator[list[int]]:
        """The ids of what changed of a kind, some at a time."""
        after: int | None = 0
        while after is not None:
            with self.uow.read(self.actor) as work:
                given = (work, self.authority_id, self.portal, kind, self.terms)
                ids = changed(*given, after=after, most=_WINDOW)
            after = ids[-1] if len(ids) == _WINDOW else None
            yield from self._split(kind, ids)

    def _split(self, kind: RecordKind, ids: Sequence[int]) -> Iterator[list[int]]:
        """So many records of a kind as go out together, and no larger with their files."""
        sizes: dict[int, int] = {}
        if kind is RecordKind.EVIDENCE and self.terms.evidence is EvidenceSent.FILE and ids:
            with self.uow.read(self.actor) as work:
                sizes = parcels.sizes(work, ids)
        return _batches(ids, self.terms.batch, sizes)

    def _deliver(self, makers: Iterator[Callable[[Work], Batch | None]]) -> None:
        """Deliver batches of one kind, the next one on its way while one is at work.

        Those of the next kind wait until all are there, since an entry names its contract and evidence its entry: what
        goes ahead of one that doesn't arrive would be refused for good.
        """
        plugin = sink_of(installed(), self.portal).plugin
        breaker = Breaker(self.uow, self.authority_id, plugin, f"{self.portal}-out")
        asked: deque[tuple[Batch, dict[int, str]]] = deque()
        failed: list[Exception] = []

        def orders() -> Iterator[Order]:
            values = None
            for make in makers:
                with self.uow.begin(self.actor) as work:
                    plan_anew(work.connection)
                    self._settle(work)
                    batch = make(work)
                    if batch is not None and values is None:
                        values = values_of(work, self.authority_id, plugin)
                if batch is None or values is None:
                    continue
                parcel = parcels.parcel(batch, self.terms, lambda: self._evidence)
                left_out = dict(parcel.left_out)
                if len(left_out) == len(batch.records):
                    self._answered.append((batch, Receipt(""), left_out))
                    continue
                asked.append((batch, left_out))
                self.done.sent += len(batch.records) - len(left_out)
                yield Order(self.portal, values, parcel.document, parcel.key, self.authority_id)
                if failed:
                    return

        for _, outcome in self.children.deliver_all(orders()):
            breaker.saw(outcome)
            batch, left_out = asked.popleft()
            if isinstance(outcome, Receipt | Refused):
                self._answered.append((batch, outcome, left_out))
            else:
                failed.append(outcome)
        if self._answered:
            with self.uow.begin(self.actor) as work:
                self._settle(work)
        if failed:
            raise failed[0]

    def _settle(self, work: Work) -> None:
        while self._answered:
            batch, outcome, left_out = self._answered.popleft()
            settled = answered.settle(work, batch, outcome, left_out, self.terms)
            self.done.taken += settled.taken
            self.done.stopped += settled.stopped
            self.done.overtaken += settled.overtaken

    def _made(self, kind: RecordKind, ids: Sequence[int], work: Work) -> Batch | None:
        """Look at some records that changed, and write down a batch of those that go out; None for none."""
        look = Look(work, self.authority_id, self.portal, kind, self.terms)
        look.at(ids)
        self.done.stopped += look.stopped
        self.done.conflicts += look.conflicts
        self.done.ruled += look.ruled
        self.done.came_in += look.came_in
        return self._put(work, kind, look.going, look.write)

    def _once_more(self, kind: RecordKind, ids: Sequence[int], work: Work) -> Batch | None:
        """Write down a batch of what was sent of some records; None where none of it may go again."""
        again = Again(work, self.authority_id, self.portal, kind, self.terms, self.run_id)
        again.at(ids)
        return self._put(work, kind, again.going, again.write)

    def _put(self, work: Work, kind: RecordKind, going: Sequence[Going], mark: Callable[[int], None]) -> Batch | None:
        """Write down a batch, and by its id that its records are under way; None for no records."""
        if not going:
            return None
        self._batches += 1
        key = f"{self.portal}-{self.authority_id}-{self.run_id}-{self._batches}"
        batch_id = work.add(
            PortalBatch,
            authority_id=self.authority_id,
            portal=self.portal,
            run_id=self.run_id,
            key=key,
            records=len(going),
            content=parcels.content(going),
            state=answered.UNDER_WAY,
            answer="",
        )
        mark(batch_id)
        subject = f"portal-batch/{batch_id}"
        work.audit(self.authority_id, "portal.sending", subject, kind=kind, records=len(going))
        versions = {one.our_id: one.version for one in going}
        return Batch(batch_id, key, kind, tuple(going), parcels.said_of(work, kind, versions))

    def _written(self, batch_id: int, work: Work) -> Batch | None:
        """A batch as it was written down; None for one of a kind that doesn't go out any more."""
        row = work.all(select(PortalBatch).where(PortalBatch.c.id == batch_id))[0]
        records = work.all(
            select(PortalRecord.c.our_id, PortalRecord.c.version).where(PortalRecord.c.batch_id == batch_id)
        )
        versions = {one.our_id: one.version for one in records}
        lines = row.content.split("\n")
        kind, going = RecordKind(json.loads(lines[0])["record"]), []
        agreement = self.terms.agreements.get(kind)
        if agreement is None or not agreement.goes_out:
            return None
        for line in lines:
            record = json.loads(line)
            our_id = keyed(record["key"])[1]
            digest = digest_of(kind, record["fields"])
            going.append(Going(our_id, versions.get(our_id, ""), digest, record["version"], line))
        return Batch(batch_id, row.key, kind, tuple(going), parcels.said_of(work, kind, versions))

    @property
    def _evidence(self) -> Keeper:
        if self._keeper is None:
            self._keeper = open_keeper()
        return self._keeper


def _batches(ids: Sequence[int], most: int, sizes: dict[int, int]) -> Iterator[list[int]]:
    """So many ids at a time, and no more than go out together by the sizes of their files."""
    some: list[int] = []
    size = 0
    for one in ids:
        if some and (len(some) == most or size + sizes.get(one, 0) > parcels.MOST_BYTES):
            yield some
            some, size = [], 0
        some.append(one)
        size += sizes.get(one, 0)
    if some:
        yield some
