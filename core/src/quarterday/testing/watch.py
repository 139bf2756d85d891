"""Watches what a piece of code does to the machine, through the interpreter's own audit events."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import cache
from threading import get_ident
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
