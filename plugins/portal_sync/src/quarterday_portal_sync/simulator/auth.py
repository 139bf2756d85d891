"""Who may use the interface: whoever has the key, or a token that hasn't expired."""

from __future__ import annotations

from dataclasses import dataclass, field
from hmac import compare_digest
from secrets import token_urlsafe
from threading import Lock
from time import monotonic


@dataclass
class Access:
    """The key and the client that were agreed, each "" where there is none, and the tokens given out.

    Tokens are kept in memory: a portal that starts again knows none of them.
    """

    key: str = field(default="", repr=False)
    client: str = ""
    secret: str = field(default="", repr=False)
    lasts: int = 300
    """For how many seconds a token is good."""

    def __post_init__(self) -> None:
        """No token was given out yet."""
        self._lock = Lock()
        self._until: dict[str, float] = {}

    def token(self, client: str, secret: str) -> str | None:
        """A new token, or None for a client that isn't known."""
        if not self.client or not (_same(client, self.client) and _same(secret, self.secret)):
            return None
        token = token_urlsafe(24)
        with self._lock:
            self._until = {one: until for one, until in self._until.items() if until > monotonic()}
            self._until[token] = monotonic() + self.lasts
        return token

    def is_known_key(self, key: str) -> bool:
        """Whether it is the key."""
        return bool(self.key) and _same(key, self.key)

    def is_good_token(self, token: str) -> bool:
        """Whether a token was given out and hasn't expired."""
        with self._lock:
            return self._until.get(token, 0.0) > monotonic()

    def forget(self, token: str) -> None:
        """Let a token expire now."""
        with self._lock:
            self._until.pop(token, None)


def _same(one: str, other: str) -> bool:
    return compare_digest(one.encode(), other.encode())
