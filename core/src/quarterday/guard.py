"""Run a plugin's code behind a guard: an error, an exit or a time-out of the plugin becomes a :class:`Fault`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from threading import Lock, Thread
from time import monotonic
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Fault:
    """How a plugin's code failed: the error's type, its words, and the traceback for the plugin's author."""

    error: str
    what: str
    traceback: str = ""
    place: str = ""
    """The module and the line that it came from: “portal.source, line 58”."""

    @classmethod
    def of(cls, error: BaseException) -> Fault:
        """The fault behind an error, whose own ``__str__`` may be broken too."""
        from traceback import format_exception

        kind = type(error).__name__
        try:
            what = str(error)
            traceback = "".join(format_exception(error))
        except BaseException as worse:
            return cls(kind, f"no words: its __str__ raises {type(worse).__name__}", place=_place(error))
        return cls(kind, what or f"no words, only {kind}", traceback, _place(error))


def _place(error: BaseException) -> str:
    """The module and line that raised an error."""
    at = error.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    return "no known place" if at is None else f"{at.tb_frame.f_globals.get('__name__')}, line {at.tb_lineno}"


class TimedOut(Fault):
    """The fault of code that did not come back in time."""

    __slots__ = ()


def guarded(works: Sequence[Callable[[], T]], *, seconds: float) -> list[T | Fault]:
    """What each piece of work returns, or its fault, in order; each may take ``seconds``, then the host goes on.

    The works run one after the other in a daemon thread, where a ``SystemExit`` or ``KeyboardInterrupt`` can only come
    from the plugin; a new thread takes over from one that is stuck. (A thread for each piece of work cost a start with
    50 plugins a third of its time.) What they print goes to the standard error, so that ``--json`` on the standard
    output stays JSON. Only a crash of the interpreter itself, or C code that keeps its lock, gets past this guard.
    """
    outcomes: list[T | Fault] = []
    with redirect_stdout(sys.stderr):
        while len(outcomes) < len(works):
            worker = _Worker(works[len(outcomes) :])
            worker.start()
            outcomes += worker.finished(seconds)
    return outcomes


class _Worker(Thread, Generic[T]):
    """Does pieces of work one after the other, until one of them takes too long."""

    def __init__(self, works: Sequence[Callable[[], T]]) -> None:
        super().__init__(name="quarterday-guard", daemon=True)
        self._works = works
        self._outcomes: list[T | Fault] = []
        self._begun = monotonic()
        self._given_up = False
        self._between = Lock()
        """Held between two pieces of work, so that the host gives up on the right one."""

    def run(self) -> None:
        """Do the work, for as long as somebody waits for it."""
        for work in self._works:
            outcome: T | Fault
            try:
                outcome = work()
            except BaseException as error:
                outcome = Fault.of(error)
            with self._between:
                if self._given_up:
                    return
                self._outcomes.append(outcome)
                self._begun = monotonic()

    def finished(self, seconds: float) -> list[T | Fault]:
        """The outcomes, when all is done or a piece has taken longer than ``seconds``, which is then the last."""
        left = seconds
        while self.is_alive() and not self._given_up:
            self.join(left)
            with self._between:
                left = self._begun + seconds - monotonic()
                self._given_up = left <= 0 and len(self._outcomes) < len(self._works)
        if self._given_up:
            what = f"it did not finish in {seconds:g} seconds, and the host went on without it"
            self._outcomes.append(TimedOut("TimeoutError", what))
            self._ask_to_stop()
        return self._outcomes

    def _ask_to_stop(self) -> None:
        """Raise ``SystemExit`` in the abandoned thread, so that a busy loop doesn't slow the process for good."""
        import ctypes

        if self.ident is not None:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self.ident), ctypes.py_object(SystemExit))
