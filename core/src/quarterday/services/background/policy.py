"""What becomes of a delivery by how it ended: one policy for both runners."""

from __future__ import annotations

import logging
import random
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
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
from quarterday.services.plugins.children import Busy, PluginFault

MOST_FAULTS = 5
"""So many faults of ours or of a plugin's, and a row is dead."""

HOLD = timedelta(minutes=5)
"""How long rows wait for a setting before one of them is tried again."""

Parcels = Iterator[tuple[Due, Parcel]]
"""Rows and what is made of them, all for one sink and one authority; each is made when it is asked for."""

Outcomes = Iterator[tuple[Due, Receipt | Exception]]

HandOver = Callable[[Parcels], Outcomes]
"""Delivers parcels and yields what came of each: a receipt, what a sink may raise, or PluginFault where nobody knows.
It may ask for the next parcels while one is on its way."""

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

    @property
    def errands(self) -> frozenset[str]:
        """The kinds that are done here and need no sink."""
        return frozenset(name for name, kind in self._kinds.items() if isinstance(kind, Errand))

    def repeats(self, row: Due) -> bool:
        """Whether it is delivered again where nobody knows if it arrived. So is a kind that nobody knows any more: it
        becomes dead then, with the reason."""
        return row.kind not in self._kinds or self._kinds[row.kind].repeat_perhaps_sent

    def cut_short(self, row: Due, *, was_handed_over: bool = True) -> Ruling:
        """What becomes of a row whose worker ended while it was under way."""
        why = "The worker ended while this was under way."
        repeats = self.repeats(row) or not was_handed_over
        return Ruling(State.DUE, why) if repeats else Ruling(State.PERHAPS_SENT, why)

    def deliver(self, rows: Iterable[Due]) -> Iterator[tuple[Due, Ruling]]:
        """Deliver rows that are under way; yields each with what becomes of it, those for one receiver in order."""
        made = _Made(rows, self._made)
        while made.there_is_more():
            for row, outcome in self._hand_over(made.for_one_sink()):
                with trace.traced(row.trace):
                    ruling = self._ruled(row, outcome)
                yield row, ruling
                yield from made.settled_meanwhile()
        yield from made.settled_meanwhile()

    def _made(self, row: Due) -> Parcel | Ruling:
        """What is to be handed over, or what becomes of a row that needs no sink, or of which nothing can be made."""
        with trace.traced(row.trace):
            try:
                if row.kind not in self._kinds:
                    what = f"Nothing here knows how to deliver “{row.kind}”; install what does"
                    raise Refused(f"{what}, then run “quarterday outbox retry {row.id}”.")
                kind = self._kinds[row.kind]
                if isinstance(kind, Errand):
                    return Ruling(State.DONE, reference=kind.run(self._uow, row))
                return kind.compose(self._uow, row)
            except Exception as error:
                return self._ruled(row, error)

    def _ruled(self, row: Due, outcome: Receipt | Exception) -> Ruling:
        match outcome:
            case Receipt():
                return Ruling(State.DONE, reference=outcome.reference)
            case Overtaken():
                return Ruling(State.DONE, reference=str(outcome))
            case Busy():
                return Ruling(State.DUE, str(outcome), wait=timedelta(seconds=outcome.after), is_attempt=False)
            case Retryable():
                return Ruling(State.DUE, str(outcome), wait=self._pause(row, outcome.after))
            case NotConfigured():
                return Ruling(State.DUE, str(outcome), wait=HOLD, is_attempt=False, holds_others=True)
            case Refused():
                return Ruling(State.DEAD, str(outcome))
            case PluginFault() if not self.repeats(row):
                return Ruling(State.PERHAPS_SENT, str(outcome))
            case PluginFault():
                return self._faulty(row, str(outcome))
            case _:
                _log.error("Delivering %s failed.", row.key, exc_info=outcome)
                fault = Fault.of(outcome)
                why = f"Quarterday itself failed: {fault.error} in {fault.place}; the log says more."
                return self._faulty(row, why)

    def _faulty(self, row: Due, why: str) -> Ruling:
        if row.faults + 1 >= MOST_FAULTS:
            return Ruling(State.DEAD, why)
        return Ruling(State.DUE, why, wait=self._pause(row), is_fault=True)

    def _pause(self, row: Due, asked: float = 0) -> timedelta:
        return pause(row.attempts, asked=asked, chance=self._chance())


class _Made:
    """Parcels that are made one after the other, as they are asked for."""

    def __init__(self, rows: Iterable[Due], make: Callable[[Due], Parcel | Ruling]) -> None:
        self._rows = iter(rows)
        self._make = make
        self._next: tuple[Due, Parcel] | None = None
        self._settled: deque[tuple[Due, Ruling]] = deque()

    def there_is_more(self) -> bool:
        """Whether anything is still to be handed over; makes the next parcel."""
        while self._next is None and (row := next(self._rows, None)) is not None:
            made = self._make(row)
            if isinstance(made, Parcel):
                self._next = (row, made)
            else:
                self._settled.append((row, made))
        return self._next is not None

    def for_one_sink(self) -> Parcels:
        """The next parcels, as long as they are for one sink and one authority."""
        receiver = None
        while self.there_is_more() and self._next is not None:
            row, parcel = self._next
            if receiver not in (None, (parcel.sink, row.authority_id)):
                return
            receiver, self._next = (parcel.sink, row.authority_id), None
            yield row, parcel

    def settled_meanwhile(self) -> Iterator[tuple[Due, Ruling]]:
        """What became of rows of which no parcel was made."""
        while self._settled:
            yield self._settled.popleft()
