"""The embedded runner: takes some outbox rows at a time, hands them over outside any transaction, and settles them.

Rows are committed as under way before they are handed over, so that after a crash nothing has been forgotten; they are
settled afterwards together with their receipts. What was handed over and never settled is *perhaps sent*.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from time import monotonic

from quarterday.db import outbox
from quarterday.db.outbox import Condition, Due, Ruling
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.services.background.policy import Policy, Settled

BATCH = 50
"""How many rows are taken at a time. The more, the fewer waits for the disk, and the longer somebody waits who asks
for a link when a batch has begun."""

BATCH_SECONDS = 1.0
"""How long rows of a batch are handed over; what is left then is given back."""

_RUNNER = Actor.operator("worker")


class Runner:
    """Delivers what is due from one record, by a policy, of the kinds that ``which`` allows.

    There must be only one on a record and a kind at a time.
    """

    def __init__(self, uow: UnitOfWork, policy: Policy, *which: Condition) -> None:
        self._uow = uow
        self._policy = policy
        self._which = which

    def take_back(self, was_handed_over: Callable[[int], bool]) -> list[Settled]:
        """Settle what a runner before this one has left under way: it is due again, or perhaps sent, by its kind.

        What was not handed over, by its id, is due again.
        """
        with self._uow.begin(_RUNNER) as work:
            left = outbox.under_way(work)
            return [
                _settled(work, row, self._policy.cut_short(row, was_handed_over=was_handed_over(row.id)))
                for row in left
            ]

    def deliver(self, most: int | None = None) -> list[Settled]:
        """Deliver the rows that go next, :data:`BATCH` or ``most`` of them, and settle them; none when none is due."""
        with self._uow.begin(_RUNNER) as work:
            rows = outbox.take(work, most or BATCH, *self._which)
        if not rows:
            return []
        rulings = list(self._policy.deliver(_in_time(rows)))
        ruled = {row.id for row, _ in rulings}
        with self._uow.begin(_RUNNER) as work:
            outbox.give_back(work, [row for row in rows if row.id not in ruled])
            return [_settled(work, row, ruling) for row, ruling in rulings]


def _in_time(rows: Iterable[Due]) -> Iterator[Due]:
    until = monotonic() + BATCH_SECONDS
    for row in rows:
        yield row
        if monotonic() >= until:
            return


def _settled(work: Work, row: Due, ruling: Ruling) -> Settled:
    outbox.settle(work, row, ruling)
    return Settled(row, ruling.state, ruling.why, ruling.reference)
