"""An authenticator app, for tests and for the demo's administrator."""

from __future__ import annotations

import base64
from datetime import datetime

from quarterday.domain import totp


def code_at(secret: str, moment: datetime, *, steps: int = 0) -> str:
    """The code that the app shows at a moment, or so many codes later; ``secret`` is what was typed into it."""
    return totp.code(base64.b32decode(secret), totp.step_at(moment) + steps)
