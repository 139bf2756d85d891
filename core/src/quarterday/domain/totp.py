"""Codes that an authenticator app shows, by time (RFC 6238 over RFC 4226, with SHA-1, as every app has it)."""

from __future__ import annotations

import hmac
from datetime import datetime

SECONDS = 30
"""How long one code is shown."""
DIGITS = 6
DRIFT = 1
"""How many steps a phone's clock may be off, either way (RFC 6238, 5.2)."""


def step_at(moment: datetime) -> int:
    """The number of the step that a moment lies in."""
    return int(moment.timestamp()) // SECONDS


def code(secret: bytes, step: int, *, digits: int = DIGITS) -> str:
    """The code of a step, with leading zeros (RFC 4226, 5.3)."""
    digest = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    begins = digest[-1] & 0x0F
    number = int.from_bytes(digest[begins : begins + 4], "big") & 0x7FFF_FFFF
    return str(number % 10**digits).zfill(digits)


def matching_step(secret: bytes, typed: str, moment: datetime, *, after: int) -> int | None:
    """The step whose code was typed, now or at most :data:`DRIFT` steps off; None where it is none of theirs.

    Steps up to ``after`` don't count: a code that was used once is used up (RFC 6238, 5.2).
    """
    now = step_at(moment)
    steps = range(max(now - DRIFT, after + 1), now + DRIFT + 1)
    said = typed.encode()
    return next((step for step in steps if hmac.compare_digest(code(secret, step).encode(), said)), None)
