"""The processes in which plugins work, one for each plugin: one that hangs, crashes or grows is ended without harm.

A plugin's process starts with the first work for it, and ends when it has been idle for long. Work for one authority is
done in order. Where work takes longer than a moment, a further process of the plugin does what others wait for, so that
nobody waits for somebody else's slow server, and no mail for a job.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from functools import partial
from itertools import chain
from threading import Condition, Event, Lock, Thread
from types import TracebackType
from typing import Any

from quarterday.errors import Retryable
from quarterday.ports import Document, LedgerAnswer, PortalTerms, Receipt
from quarterday.registry import installed
from quarterday.services.plugins.exchanged import document_of, terms_of
from quarterday.services.plugins.ledgers import ledger_of
from quarterday.services.plugins.opened import Opened
from quarterday.services.plugins.orders import Asking, Chore, Order, Reading, Rehearsing, TakingIn, Terms
from quarterday.services.plugins.process import Limits, Outcome, PluginFault, Process
from quarterday.services.plugins.sinks import sink_of
from quarterday.services.plugins.sources import source_of

__all__ = ["Asking", "Busy", "Children", "Limits", "Order", "PluginFault", "Reading", "TakingIn", "Terms"]

PATIENCE = 1.0
"""How long others wait for the process of a plugin before a further one starts, in seconds."""

SLOW = 5.0
"""How long a piece of work goes on before who waits behind it is sent away, in seconds."""

MOST = 4
"""So many processes one plugin has at most."""

MOST_ERRANDS = MOST - 1
"""A job or a reading isn't begun where so many are at work: one is left for what somebody waits for, like a link."""

IDLE_SECONDS = 300.0
"""How long a process without work stays."""


class Busy(Retryable):
    """What is under way for the same authority takes long; this piece of work wasn't begun."""


class Children:
    """Hands work to the processes of plugins; may be used by several threads at once."""

    def __init__(self, limits: Limits | None = None, *, idle_seconds: float = IDLE_SECONDS) -> None:
        self._limits = limits
        self._idle_seconds = idle_seconds
        self._turn = Lock()
        self._closed = Event()
        self._plugins: dict[str, _Processes] = {}

    def __enter__(self) -> Children:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, traceback: TracebackType | None) -> None:
        self.close()

    def deliver(self, order: Order) -> Receipt:
        """Have the sink deliver; returns its receipt.

        Raises the :class:`Retryable`, :class:`NotConfigured` or :class:`Refused` that the sink raises,
        :class:`NotConfigured` also for a sink that no plugin offers and for settings it doesn't take, and
        :class:`PluginFault` for anything else, for a sink that takes too long or too much memory, and for one that ends
        its process.
        """
        ((_, outcome),) = self.deliver_all([order])
        if isinstance(outcome, Receipt):
            return outcome
        raise outcome

    def deliver_all(self, orders: Iterable[Order]) -> Iterator[tuple[Order, Outcome]]:
        """Have one sink deliver one order after the other for one authority; yields each with what came of it.

        The next orders are made and handed over while the sink is at work. Where a process has to be ended, only the
        order that was under way ends in a :class:`PluginFault`; those behind it go to a new one, which is the first
        that sees them. Raises :class:`NotConfigured` for a sink that no plugin offers, and :class:`Busy` where other
        work for the same authority takes long.
        """
        waiting = iter(orders)
        while (first := next(waiting, None)) is not None:
            processes = self._of(sink_of(installed(), first.sink).plugin)
            with processes.taken(first.authority_id) as process:
                never_seen = yield from process.deliver_all(chain([first], waiting))
            waiting = chain(never_seen, waiting)

    def rehearse(self, order: Order) -> Document:
        """What the sink would send for an order, as the receiver would see it; nothing is sent.

        Raises as :meth:`deliver` does, and :class:`NotConfigured` for a sink that can't say it.
        """
        whose = ("rehearsing", order.sink, order.authority_id)  # no delivery waits for it
        with self._of(sink_of(installed(), order.sink).plugin).taken(whose, most=MOST_ERRANDS) as process:
            return document_of(process.ask(Rehearsing(order))["document"])

    def terms(self, asking: Terms) -> PortalTerms:
        """What was agreed with a portal; raises as :meth:`deliver` does, and :class:`NotConfigured` for no portal."""
        whose = ("terms", asking.source, asking.authority_id)
        with self._of(source_of(installed(), asking.source).plugin).taken(whose) as process:
            return terms_of(process.ask(asking)["terms"])

    def do(self, plugin: str, load: str, at: datetime) -> str:
        """Have a plugin's function do its job for a moment; returns what it did, in a sentence.

        Raises as :meth:`deliver` does.
        """
        with self._of(plugin).taken(load, most=MOST_ERRANDS) as process:
            return str(process.ask(Chore(load, at))["said"])

    def ask_ledger(self, asking: Asking) -> list[LedgerAnswer]:
        """What the ledger answers, one for each question.

        Raises as :meth:`deliver` does, and :class:`NotConfigured` where no ledger is installed.
        """
        whose = ("ledger", asking.authority_id)
        with self._of(ledger_of(installed()).plugin).taken(whose, most=MOST_ERRANDS) as process:
            return [_answer(one) for one in process.ask(asking)["answers"]]

    @contextmanager
    def opened(self, reading: Reading) -> Iterator[Opened]:
        """A source that is open for as long as this lasts, to be read and, where it has files, asked for these.

        What it is asked raises as :meth:`deliver` does.
        """
        whose = ("reading", reading.source, reading.authority_id)  # no mail waits for it
        processes = self._of(source_of(installed(), reading.source).plugin)
        with processes.taken(whose, most=MOST_ERRANDS) as process:
            source = Opened(process, reading)
            try:
                yield source
            finally:
                source.close()

    def take_in(self, taking: TakingIn) -> None:
        """Have the ledger take a file in; raises as :meth:`deliver` does, and where no ledger is installed.

        A source of the same plugin may be at work meanwhile, so it may have the last process.
        """
        with self._of(ledger_of(installed()).plugin).taken(("taking in", taking.authority_id)) as process:
            process.ask(taking)

    def close(self) -> None:
        """End all the processes, whatever they do."""
        self._closed.set()
        with self._turn:
            for processes in self._plugins.values():
                processes.close()
            self._plugins.clear()

    def _of(self, plugin: str) -> _Processes:
        with self._turn:
            self._limits = self._limits or Limits.of_installation()
            if not self._plugins:
                self._closed = Event()
                Thread(target=self._end_idle, args=(self._closed,), daemon=True).start()
            if plugin not in self._plugins:
                self._plugins[plugin] = _Processes(partial(Process, plugin, self._limits))
            return self._plugins[plugin]

    def _end_idle(self, closed: Event) -> None:
        while not closed.wait(self._idle_seconds / 4):
            with self._turn:
                for processes in self._plugins.values():
                    processes.end_idle(self._idle_seconds)


class _Processes:
    """The processes of one plugin: each is idle, or at work for somebody."""

    def __init__(self, start: Callable[[], Process]) -> None:
        self._start = start
        self._turn = Condition()
        self._idle: list[Process] = []
        self._busy: dict[Hashable, Process] = {}

    @contextmanager
    def taken(self, whose: Hashable, *, most: int = MOST) -> Iterator[Process]:
        """A process for somebody's work, one of so many; of one who has work under way the next waits, unless that is
        slow."""
        with self._turn:
            while (process := self._found(whose, most)) is None:
                ahead = [self._busy[whose]] if whose in self._busy else list(self._busy.values())
                is_full = whose in self._busy or len(ahead) >= most
                if is_full and min(one.at_it() for one in ahead) >= SLOW:
                    raise Busy("What is under way before it takes long; this is tried again.", after=30)
                self._turn.wait(PATIENCE / 4)
            self._busy[whose] = process
        try:
            yield process
        finally:
            with self._turn:
                del self._busy[whose]
                if process.lives and not process.has_grown():
                    self._idle.append(process)
                else:
                    process.end()
                self._turn.notify_all()

    def _found(self, whose: Hashable, most: int) -> Process | None:
        """A process that is free, or a new one where none is and all are at something slow; None for neither."""
        if whose in self._busy or len(self._busy) >= most:
            return None
        while self._idle:
            process = self._idle.pop()
            if process.is_there():
                return process
            process.end()
        slow = [process for process in self._busy.values() if process.at_it() >= PATIENCE]
        return self._start() if len(slow) == len(self._busy) else None

    def end_idle(self, seconds: float) -> None:
        """End the processes that have been idle for so long."""
        with self._turn:
            for process in [one for one in self._idle if one.at_it() >= seconds]:
                self._idle.remove(process)
                process.end()

    def close(self) -> None:
        """End all of them."""
        with self._turn:
            for process in self._idle:
                process.end()
            self._idle.clear()
            for process in self._busy.values():
                process.kill()


def _answer(data: dict[str, Any]) -> LedgerAnswer:
    days = {name: date.fromisoformat(data[name]) if data[name] else None for name in ("until", "reached_on")}
    return LedgerAnswer(**{**data, **days, "batches": tuple(data["batches"])})
