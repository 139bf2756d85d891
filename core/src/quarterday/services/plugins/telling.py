"""What is told of a plugin's error: the words that are meant for people, and of anything else its type and its place.

The words of an error that nobody meant for people may hold an address, a secret or a whole record. They stay in the
process of the plugin, unless an operator asks for them with ``QUARTERDAY_DEBUG``; then they go to the log, no further.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Collection, Iterator
from traceback import format_tb
from typing import Any

from quarterday.errors import NotConfigured, Refused, Retryable
from quarterday.guard import Fault

MOST_WORDS = 1000
"""How much of what a plugin says is kept, in characters."""

_MOST_CAUSES = 5
_ADDRESS = re.compile(r"\S+@\S+")


class Unagreed(TypeError):
    """A plugin gave what isn't agreed; the words are the host's, and say of a value only what type it has."""


def plainly(words: str, hidden: Collection[str] = ()) -> str:
    """Words of a plugin as they may be kept and logged: without addresses of people and the secrets in ``hidden``."""
    return _ADDRESS.sub("…", without(words, hidden))[:MOST_WORDS]


def without(words: str, hidden: Collection[str]) -> str:
    """The same words without the secrets in ``hidden``."""
    for secret in sorted(filter(None, hidden), key=len, reverse=True):
        words = words.replace(secret, "***")
    return words


def failed(what: str, error: BaseException, hidden: Collection[str] = ()) -> dict[str, Any]:
    """An error as plain data, for who asked; ``what`` was asked begins the sentence. A fault is logged here, too."""
    match error:
        case Retryable():
            try:
                return {"outcome": "retryable", "why": plainly(str(error), hidden), "after": float(error.after)}
            except (TypeError, ValueError) as worse:
                return failed(what, worse, hidden)
        case NotConfigured():
            return {"outcome": "not configured", "why": plainly(str(error), hidden), "field": str(error.field)}
        case Refused():
            return {"outcome": "refused", "why": plainly(str(error), hidden)}
    fault = Fault.of(error)
    why = f"failed: {error}." if isinstance(error, Unagreed) else f"failed: {fault.error} in {fault.place}."
    asked_for = os.environ.get("QUARTERDAY_DEBUG")
    for_its_author = without(fault.traceback, hidden) if asked_for else "\n".join(_frames(error))
    print(for_its_author, file=sys.stderr)  # noqa: T201
    return {"outcome": "fault", "why": f"{what} {why}"[:MOST_WORDS]}


def _frames(error: BaseException) -> Iterator[str]:
    """Where an error and those before it came from, line by line of code; none of their words."""
    following: BaseException | None = error
    for _ in range(_MOST_CAUSES):
        if following is None:
            break
        yield f"{''.join(format_tb(following.__traceback__))}{type(following).__name__}"
        following = following.__cause__ or (None if following.__suppress_context__ else following.__context__)
    yield "(QUARTERDAY_DEBUG=1 shows its words, too.)"
