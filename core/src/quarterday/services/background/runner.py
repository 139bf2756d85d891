"""The embedded runner: takes outbox rows one by one, hands them over outside any transaction, and settles each.

A row is committed as under way before it is handed over, so that after a crash nothing has been forgotten; it is
settled afterwards together with its receipt. What was handed over and never settled is *perhaps sent*.
"""

from __future__ import annotations

from quarterday.db import outbox
from quarterday.db.outbox import Due, Ruling
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.services.background.policy import Policy, Settled

_RUNNER = Actor.operator("worker")


class Runner:
    """Delivers what is due from one record, by a policy. There must be only one on a record at a time."""

    def __init__(self, uow: UnitOfWork, policy: Policy) -> None:
        self._uow = uow
        self._policy = policy

    def take_back(self) -> list[Settled]:
        """Settle what a runner before this one has left under way: it is due again, or perhaps sent, by its kind."""
        with self._uow.begin(_RUNNER) as work:
            return [_settled(work, row, self._policy.cut_short(row)) for row in outbox.under_way(work)]

    def deliver_next(self) -> Settled | None:
        """Deliver the row that goes next and settle it; None when nothing is due."""
        with self._uow.begin(_RUNNER) as work:
            row = outbox.take(work)
        if row is None:
            return None
        ruling = self._policy.delivered(row)
        with self._uow.begin(_RUNNER) as work:
            return _settled(work, row, ruling)


def _settled(work: Work, row: Due, ruling: Ruling) -> Settled:
    outbox.settle(work, row, ruling)
    return Settled(row, ruling.state, ruling.why, ruling.reference)
