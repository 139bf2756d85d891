"""gunicorn's worker with threads, made to work on one request at a time while requests are quick.

Python runs one thread at a time, and a page lets the interpreter go at each of its statements: threads that work at
once take it from one another a hundred times a page. In turn they don't, and what takes long holds nobody up.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from threading import Lock
from typing import ParamSpec, TypeVar

from gunicorn.workers.gthread import ThreadWorker

PATIENCE = 0.05
"""How many seconds a request waits for the one that is being worked on."""

Given = ParamSpec("Given")
Found = TypeVar("Found")


class InTurn(ThreadPoolExecutor):
    """Threads of which one works at a time, but for work that takes long: whoever has waited long enough goes on
    beside it, and the others take turns with them."""

    def __init__(self, threads: int) -> None:
        super().__init__(threads)
        self._turn = Lock()

    def submit(self, work: Callable[Given, Found], /, *args: Given.args, **named: Given.kwargs) -> Future[Found]:
        """As any pool does."""
        return super().submit(partial(self._in_turn, partial(work, *args, **named)))

    def _in_turn(self, work: Callable[[], Found]) -> Found:
        turn = self._turn
        if not turn.acquire(timeout=PATIENCE):
            turn = self._turn = Lock()
            turn.acquire()
        try:
            return work()
        finally:
            turn.release()


class Worker(ThreadWorker):  # type: ignore[misc]
    """One process of the server."""

    def get_thread_pool(self) -> InTurn:
        """The threads that work on its requests."""
        return InTurn(self.cfg.threads)
