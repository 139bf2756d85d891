"""What a process keeps in memory of what it read is forgotten: at once where something was erased, else soon.

Whatever is kept for speed may hold words of somebody who has them erased. The process in which that happens forgets
all it keeps; another one, which doesn't hear of it, has forgotten it :data:`LONGEST` later at the latest.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from threading import Lock, Timer

LONGEST = timedelta(minutes=10)
"""How long anything is kept, wanted or not."""

_ways: list[Callable[[], object]] = []
_lock = Lock()
_timers: list[Timer] = []
"""The one that is set, if any."""


def forgets(way: Callable[[], object]) -> None:
    """Have something called whenever all that is kept is to be forgotten; it is called from any thread."""
    _ways.append(way)


def keeping() -> None:
    """Say that something is kept from now on."""
    if _timers:
        return
    with _lock:
        if not _timers:
            timer = Timer(LONGEST.total_seconds(), forget)
            timer.daemon = True
            _timers.append(timer)
            timer.start()


def forget() -> None:
    """Forget all that is kept in this process."""
    with _lock:
        for timer in _timers:
            timer.cancel()
        _timers.clear()
    for way in _ways:
        way()


os.register_at_fork(after_in_child=_timers.clear)  # a timer's thread stays behind in the parent
