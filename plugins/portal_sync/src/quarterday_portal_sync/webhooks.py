"""What a portal tells at once: it calls ``…/hooks/portal/KEY`` for the authority with this key."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any


def webhooks(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
    """The WSGI application: 204 for what was taken."""
    start_response("404 Not Found", [("Content-Length", "0")])
    return []
