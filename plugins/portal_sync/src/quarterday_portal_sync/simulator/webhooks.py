"""The portal tells an address of what its people change: signed calls, until one is taken."""

from __future__ import annotations

import hmac
import json
from hashlib import sha256
from threading import Event, Thread
from time import time

import requests

from quarterday_portal_sync.simulator.store import Store

TIMEOUT = 10
"""Seconds to wait for an answer."""
MOST = 20
"""How many changes go in one call."""
MOST_BYTES = 60_000
"""How large a call is at most; what is larger goes alone, or not at all: it stands in ``/v1/changes``."""
PAUSES = (0.5, 2.0, 10.0, 60.0)
"""Seconds before each next try; the last one again and again."""


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """HMAC-SHA256, as hex, over ``timestamp.body``."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, sha256).hexdigest()


class Webhooks:
    """Tells of what people change, in order and at least once; how far it came stands in the portal's database.

    A call's body is ``{"changes": […]}``, with changes as ``/v1/changes`` tells them; its headers are
    ``X-Portal-Timestamp`` (seconds since 1970) and ``X-Portal-Signature``.
    """

    def __init__(self, store: Store, url: str, secret: str) -> None:
        self._store, self._url, self._secret = store, url, secret
        self._woken, self._is_over = Event(), False
        self._woken.set()
        self._session = requests.Session()
        self._thread = Thread(target=self._run, name="webhooks", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """There may be something to tell."""
        self._woken.set()

    def stop(self) -> None:
        """End, once a call that is under way is answered."""
        self._is_over = True
        self._woken.set()
        self._thread.join(TIMEOUT + 1)
        self._session.close()

    def _run(self) -> None:
        failed = 0
        while True:
            self._woken.wait(PAUSES[min(failed, len(PAUSES)) - 1] if failed else None)
            if self._is_over:
                return
            self._woken.clear()
            failed = 0 if self._tell_all() else failed + 1

    def _tell_all(self) -> bool:
        most = MOST
        while True:
            told = self._store.all("SELECT change FROM told")
            changes, last, more = self._store.changes(told[0][0] if told else 0, most, theirs_only=True)
            if not changes:
                return True
            body = json.dumps({"changes": changes}).encode()
            if len(body) > MOST_BYTES and len(changes) > 1:
                most = 1
                continue
            if len(body) <= MOST_BYTES and not self._is_taken(body):
                return False
            most = MOST
            with self._store.at_once():
                self._store.all("INSERT INTO told VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET change = ?", last, last)
            if not more:
                return True

    def _is_taken(self, body: bytes) -> bool:
        """Whether a call was answered for good: what the other side refuses, it is not asked again."""
        timestamp = str(int(time()))
        headers = {
            "Content-Type": "application/json",
            "X-Portal-Timestamp": timestamp,
            "X-Portal-Signature": signature(self._secret, timestamp, body),
        }
        try:
            answer = self._session.post(self._url, data=body, headers=headers, timeout=TIMEOUT, allow_redirects=False)
        except requests.RequestException:
            return False
        return answer.status_code < 500 and answer.status_code != 429
