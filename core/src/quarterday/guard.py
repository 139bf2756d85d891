"""Run a plugin's code behind a guard: an error, an exit or a time-out of the plugin becomes a :class:`Fault`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Fault:
    """How a plugin's code failed: the error's type, its words, and the traceback for the plugin's author."""

    error: str
    what: str
    traceback: str = ""

    @classmethod
    def of(cls, error: BaseException) -> Fault:
        """The fault behind an error, whose own ``__str__`` may be broken too."""
        from traceback import format_exception

        kind = type(error).__name__
        try:
            what = str(error)
            traceback = "".join(format_exception(error))
        except BaseException as worse:
            return cls(kind, f"no words: its __str__ raises {type(worse).__name__}")
        return cls(kind, what or f"no words, only {kind}", traceback)


class TimedOut(Fault):
    """The fault of code that did not come back in time."""

    __slots__ = ()


def guarded(work: Callable[[], T], *, seconds: float) -> T | Fault:
    """What ``work`` returns, or its fault; after ``seconds`` the host goes on without it.

    The work runs in a daemon thread of its own, where a ``SystemExit`` or ``KeyboardInterrupt`` can only come from
    the plugin. What it prints goes to the standard error, so that ``--json`` on the standard output stays JSON.
    Only a crash of the interpreter itself, or C code that never gives up its lock, gets past this guard.
    """
    outcome: list[T | Fault] = []

    def run() -> None:
        try:
            outcome.append(work())
        except BaseException as error:
            outcome.append(Fault.of(error))

    thread = Thread(target=run, name="quarterday-guard", daemon=True)
    with redirect_stdout(sys.stderr):
        thread.start()
        thread.join(seconds)
    if outcome:
        return outcome[0]
    _ask_to_stop(thread)
    return TimedOut("TimeoutError", f"it did not finish in {seconds:g} seconds, and the host went on without it")


def _ask_to_stop(thread: Thread) -> None:
    """Raise ``SystemExit`` in an abandoned thread, so that a busy loop doesn't slow the process for good."""
    import ctypes

    if thread.ident is not None:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(SystemExit))
