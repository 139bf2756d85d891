"""Watches what a piece of code does to the machine: what it writes and calls, leaves open, and needs of memory.

What it does is told by the interpreter's own audit events, and memory by ``tracemalloc``, which sees what Python asks
for and not what a library takes for itself.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from threading import get_ident
from time import monotonic
from typing import Any, TypeVar

T = TypeVar("T")

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_FORBIDDEN = (
    "socket.connect",
    "socket.bind",
    "socket.getaddrinfo",
    "socket.sendto",
    "subprocess.Popen",
    "os.system",
    "os.exec",
    "os.fork",
    "os.posix_spawn",
    "os.mkdir",
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.truncate",
    "sqlite3.connect",
)

LETTING_GO = 5.0
"""How many seconds what was let go of may take to be gone: the other end of a connection closes when it comes to it."""

COLLECTED_EVERY = 5
"""After so many elements memory is tidied where it is measured."""

_watching: dict[int, list[str]] = {}
"""What was done, by the thread that is watched."""


def watched(work: Callable[[], T]) -> tuple[T, list[str]]:
    """What ``work`` returns, and every write, network call and process it started, each as “event what”."""
    _listen()
    done: list[str] = []
    compiled, sys.dont_write_bytecode = sys.dont_write_bytecode, True  # the interpreter's own cache is no write of it
    _watching[get_ident()] = done
    try:
        return work(), done
    finally:
        del _watching[get_ident()]
        sys.dont_write_bytecode = compiled


@cache
def _listen() -> None:
    """Add the one listener of this process; an audit hook can't be taken away again."""
    sys.addaudithook(_note)


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    done = _watching.get(get_ident())
    if done is None:
        return
    if event in _FORBIDDEN or (event == "open" and _is_for_writing(*arguments)):
        done.append(f"{event} {arguments[0] if arguments else ''}".strip())


def _is_for_writing(path: object, mode: str | None, flags: int) -> bool:
    return bool(flags & _WRITES) if mode is None else not set(mode).isdisjoint("wax+")


def left_open(begin: Callable[[], Iterator[object]]) -> list[str]:
    """What an iterator leaves open, or running, that is closed after its first element.

    What one that came to its end has left stays out of it: a pool of connections is kept for good.
    """
    for _ in begin():
        pass
    before = _open()
    reading = begin()
    next(reading)
    with suppress(AttributeError):
        reading.close()  # type: ignore[attr-defined]
    until = monotonic() + LETTING_GO
    while (left := _open() - before) and monotonic() < until:
        threading.Event().wait(0.01)
    return sorted(left)


def _open() -> set[str]:
    """The threads of this process, and the files it has open as Linux tells them; elsewhere none."""
    found = {f"thread {one.name} {one.ident}" for one in threading.enumerate()}
    with suppress(OSError):
        for name in os.listdir("/proc/self/fd"):
            with suppress(OSError):
                found.add(f"{name} {Path('/proc/self/fd', name).readlink()}")
    return {one for one in found if "/proc/" not in one}


def peak_of(elements: Callable[[], Iterator[object]]) -> int:
    """How many bytes were in use at most, beyond those before, while elements were taken one by one and let go of.

    What nobody can reach any more is collected every few elements, and so counts the same in every reading.
    """
    was_tracing, was_collecting, stays_frozen = tracemalloc.is_tracing(), gc.isenabled(), _stays_frozen()
    gc.collect()
    gc.disable()  # it comes when it likes
    gc.freeze()  # what is there already has not to be looked through each time
    if not was_tracing:
        tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        for number, _one in enumerate(elements()):
            if number % COLLECTED_EVERY == 0:
                gc.collect()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        if not was_tracing:
            tracemalloc.stop()
        if not stays_frozen:
            gc.unfreeze()
        if was_collecting:
            gc.enable()


@cache
def _stays_frozen() -> bool:
    """Whether whoever runs the tests has frozen what was there before; asked once, since counting it takes long."""
    return gc.get_freeze_count() > 0
