"""How long to wait before something is tried again."""

from __future__ import annotations

from datetime import timedelta

FIRST = 30.0
"""The pause after the first attempt, in seconds; each later one is twice as long."""

LONGEST = 3600.0
"""The longest that pauses grow to by themselves, in seconds."""

LONGEST_ASKED = 86_400.0
"""The longest pause that the other side may ask for, in seconds."""

JITTER = 0.25
"""The part of a pause, or of :data:`LONGEST`, that chance may add, so that what failed together isn't tried again
together, and what waits for a morning comes in that morning."""


def pause(attempts: int, *, asked: float = 0, chance: float) -> timedelta:
    """The pause after so many ``attempts``, and no less than the ``asked`` seconds; ``chance`` is from 0 to 1."""
    grown = min(FIRST * 2.0 ** min(attempts - 1, 30), LONGEST)
    wanted = min(asked, LONGEST_ASKED) if asked > grown else grown
    return timedelta(seconds=wanted + JITTER * chance * min(wanted, LONGEST))
