"""What this machine has sent, by key, so that a mail is not sent again after a worker was killed in mid-delivery.

Mail servers keep no keys (DESIGN 4.5). With this journal a mail can only come twice where the machine stops between
the server's “yes” and the next line of the journal; that one carries the same Message-ID.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from quarterday.errors import Refused, Retryable
from quarterday.ports import Message
from quarterday.settings_file import data_folder

JOURNAL = "sent.db"
"""The journal's file in the data folder."""

KEPT = timedelta(days=90)
"""How long a line is kept: far longer than anything stays under way."""

_WAIT_SECONDS = 60.0


def once(message: Message, key: str, send: Callable[[], str]) -> str:
    """Send under a key what was not sent under it before; returns the reference that ``send`` gave then or now.

    Two at once wait for one another. Raises :class:`Refused` for another message under a key that was sent, what
    ``send`` raises, and :class:`Retryable` where the journal can't be written, before anything is sent.
    """
    with closing(_opened()) as journal:
        found = journal.execute("SELECT digest, reference FROM sent WHERE key = ?", (key,)).fetchone()
        if found is None:
            now = datetime.now(UTC)
            line = (key, _digest(message), send(), now.timestamp())
            journal.execute("INSERT INTO sent VALUES (?, ?, ?, ?)", line)
            journal.execute("DELETE FROM sent WHERE at < ?", ((now - KEPT).timestamp(),))
            journal.execute("COMMIT")
            return line[2]
        if found[0] != _digest(message):
            raise Refused(f"{found[1]} was sent under this key with other words.")
        return str(found[1])


def _opened() -> sqlite3.Connection:
    """The journal, held against others until it is closed."""
    path = data_folder() / JOURNAL
    try:
        journal = sqlite3.connect(path, timeout=_WAIT_SECONDS, isolation_level=None)
        try:
            journal.execute("BEGIN IMMEDIATE")
            journal.execute(
                "CREATE TABLE IF NOT EXISTS sent (key TEXT PRIMARY KEY, digest TEXT, reference TEXT, at REAL)"
            )
        except BaseException:
            journal.close()
            raise
    except sqlite3.Error as error:
        raise Retryable(f"{path}, where what was sent is written down, can't be written ({error}).") from error
    return journal


def _digest(message: Message) -> str:
    """What tells one message from another: whom it goes to, and its words."""
    return sha256("\0".join((message.to, message.subject, message.text, message.html)).encode()).hexdigest()
