"""One id from a click to the mail that comes of it: in whichever process, whoever logs finds it here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from secrets import token_hex

_current: ContextVar[str] = ContextVar("quarterday_trace", default="")


def current() -> str:
    """The id of the request, command or strike of the clock that is being worked on; "" where it has none."""
    return _current.get()


def begin(trace: str = "") -> str:
    """From here on this thread works on that, or on something new where "" is given; returns its id."""
    trace = trace or token_hex(8)
    _current.set(trace)
    return trace


@contextmanager
def traced(trace: str = "") -> Iterator[str]:
    """The same for as long as it lasts; what was worked on before is again afterwards."""
    before = _current.set(trace or token_hex(8))
    try:
        yield _current.get()
    finally:
        _current.reset(before)
