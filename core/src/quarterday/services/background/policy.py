"""What becomes of a delivery by how it ended: one policy for both runners."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from quarterday.db import trace
from quarterday.db.outbox import Due, Ruling, State
from quarterday.db.work import UnitOfWork
from quarterday.domain.pauses import pause
from quarterday.errors import NotConfigured, Overtaken, Refused, Retryable
from quarterday.guard import Fault
from quarterday.ports import Receipt
from quarterday.services.background.kinds import Errand, Kind, Parcel
from quarterday.services.plugins.children import PluginFault

MOST_FAULTS = 5
"""So many faults of ours or of a plugin's, and a row is dead."""

HOLD = timedelta(minutes=5)
"""How long rows wait for a setting before one of them is tried again."""

HandOver = Callable[[Due, Parcel], Receipt]
"""Delivers a parcel and returns its receipt; raises what a sink may raise, and PluginFault where nobody knows."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a row: its state now, and a sentence where it is not done."""

    row: Due
    state: State
    why: str = ""
    reference: str = ""
    """What the receiver calls it, where it has arrived."""


class Policy:
    """Delivers rows that are under way, by a table of kinds, and rules what becomes of them."""

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

    def repeats(self, row: Due) -> bool:
        """Whether it is delivered again where nobody knows if it arrived. So is a kind that nobody knows any more: it
        becomes dead then, with the reason."""
        return row.kind not in self._kinds or self._kinds[row.kind].repeat_perhaps_sent

    def cut_short(self, row: Due) -> Ruling:
        """What becomes of a row whose worker ended while it was under way."""
        why = "The worker ended while this was under way."
        return Ruling(State.DUE, why) if self.repeats(row) else Ruling(State.PERHAPS_SENT, why)

    def delivered(self, row: Due) -> Ruling:
        """Deliver a row that is under way; what becomes of it."""
        with trace.traced(row.trace):
            try:
                reference = self._do(row).reference
            except Exception as error:
                return self._ruled(row, error)
        return Ruling(State.DONE, reference=reference)

    def _do(self, row: Due) -> Receipt:
        if row.kind not in self._kinds:
            what = f"Nothing here knows how to deliver “{row.kind}”; install what does"
            raise Refused(f"{what}, then run “quarterday outbox retry {row.id}”.")
        kind = self._kinds[row.kind]
        if isinstance(kind, Errand):
            return Receipt(kind.run(self._uow, row))
        return self._hand_over(row, kind.compose(self._uow, row))

    def _ruled(self, row: Due, error: Exception) -> Ruling:
        match error:
            case Overtaken():
                return Ruling(State.DONE, reference=str(error))
            case Retryable():
                return Ruling(State.DUE, str(error), wait=self._pause(row, error.after))
            case NotConfigured():
                return Ruling(State.DUE, str(error), wait=HOLD, is_attempt=False)
            case Refused():
                return Ruling(State.DEAD, str(error))
            case PluginFault() if not self.repeats(row):
                return Ruling(State.PERHAPS_SENT, str(error))
            case PluginFault():
                return self._faulty(row, str(error))
            case _:
                _log.error("Delivering %s failed.", row.key, exc_info=error)
                fault = Fault.of(error)
                return self._faulty(row, f"Quarterday itself failed: {fault.error}: {fault.what}")

    def _faulty(self, row: Due, why: str) -> Ruling:
        if row.faults + 1 >= MOST_FAULTS:
            return Ruling(State.DEAD, why)
        return Ruling(State.DUE, why, wait=self._pause(row), is_fault=True)

    def _pause(self, row: Due, asked: float = 0) -> timedelta:
        return pause(row.attempts, asked=asked, chance=self._chance())
