"""The embedded runner: takes outbox rows one by one, hands them over outside any transaction, and settles each.

A row is committed as under way before it is handed over, so that after a crash nothing has been forgotten; it is
settled afterwards together with its receipt. What was handed over and never settled is *perhaps sent*.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from quarterday.db import outbox
from quarterday.db.outbox import Due, State
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.domain.pauses import pause
from quarterday.errors import NotConfigured, Refused, Retryable
from quarterday.guard import Fault
from quarterday.ports import Receipt
from quarterday.services.background.kinds import Errand, Kind, Parcel
from quarterday.services.plugins.courier import SinkFault

MOST_FAULTS = 5
"""So many faults of ours or of a plugin's, and a row is dead."""

HOLD = timedelta(minutes=5)
"""How long rows wait for a setting before one of them is tried again."""

HandOver = Callable[[Due, Parcel], Receipt]
"""Delivers a parcel and returns its receipt; raises what a sink may raise, and SinkFault where nobody knows."""

_log = logging.getLogger(__name__)
_RUNNER = Actor.operator("worker")


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a row: its state now, and a sentence where it is not done."""

    row: Due
    state: State
    why: str = ""


class Runner:
    """Delivers what is due from one record, by a table of kinds. There must be only one on a record at a time."""

    def __init__(
        self,
        uow: UnitOfWork,
        kinds: Mapping[str, Kind | Errand],
        hand_over: HandOver,
        *,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._uow = uow
        self._kinds = kinds
        self._hand_over = hand_over
        self._chance = chance

    def take_back(self) -> list[Settled]:
        """Settle what a runner before this one has left under way: it is due again, or perhaps sent, by its kind."""
        with self._uow.begin(_RUNNER) as work:
            return [self._taken_back(work, row) for row in outbox.under_way(work)]

    def _taken_back(self, work: Work, row: Due) -> Settled:
        why = "The worker ended while this was under way."
        if row.kind in self._kinds and not self._kinds[row.kind].repeat_perhaps_sent:
            return self._given_up(work, row, State.PERHAPS_SENT, why)
        return self._again(work, row, why, timedelta())

    def deliver_next(self) -> Settled | None:
        """Deliver the row that goes next and settle it; None when nothing is due."""
        with self._uow.begin(_RUNNER) as work:
            row = outbox.take(work)
        if row is None:
            return None
        outcome = self._outcome(row)
        with self._uow.begin(_RUNNER) as work:
            return self._settled(work, row, outcome)

    def _outcome(self, row: Due) -> Receipt | Exception:
        """The receipt of a delivery, or the error it ended in."""
        try:
            if row.kind not in self._kinds:
                what = f"Nothing here knows how to deliver “{row.kind}”; install what does"
                raise Refused(f"{what}, then run “quarterday outbox retry {row.id}”.")
            kind = self._kinds[row.kind]
            if isinstance(kind, Errand):
                return Receipt(kind.run(self._uow, row))
            return self._hand_over(row, kind.compose(self._uow, row))
        except Exception as error:
            return error

    def _settled(self, work: Work, row: Due, outcome: Receipt | Exception) -> Settled:
        """Write down what came of a delivery."""
        match outcome:
            case Receipt():
                outbox.done(work, row, outcome.reference)
                return Settled(row, State.DONE)
            case Retryable():
                return self._again(work, row, str(outcome), self._pause(row, outcome.after))
            case NotConfigured():
                outbox.hold(work, row, str(outcome), HOLD)
                return Settled(row, State.DUE, str(outcome))
            case Refused():
                return self._given_up(work, row, State.DEAD, str(outcome))
            case SinkFault() if not self._kinds[row.kind].repeat_perhaps_sent:
                return self._given_up(work, row, State.PERHAPS_SENT, str(outcome))
            case SinkFault():
                return self._fault(work, row, str(outcome))
            case _:
                _log.error("Delivering %s failed.", row.key, exc_info=outcome)
                fault = Fault.of(outcome)
                return self._fault(work, row, f"Quarterday itself failed: {fault.error}: {fault.what}")

    def _fault(self, work: Work, row: Due, why: str) -> Settled:
        if row.faults + 1 >= MOST_FAULTS:
            return self._given_up(work, row, State.DEAD, why)
        return self._again(work, row, why, self._pause(row), is_fault=True)

    def _again(self, work: Work, row: Due, why: str, wait: timedelta, *, is_fault: bool = False) -> Settled:
        outbox.again(work, row, why, wait, is_fault=is_fault)
        return Settled(row, State.DUE, why)

    def _given_up(self, work: Work, row: Due, state: State, why: str) -> Settled:
        outbox.give_up(work, row, state, why)
        return Settled(row, state, why)

    def _pause(self, row: Due, asked: float = 0) -> timedelta:
        return pause(row.attempts, asked=asked, chance=self._chance())
