"""What this machine has sent, by key, so that a mail is not sent again after a worker was killed in mid-delivery.

Mail servers keep no keys (DESIGN 4.5). With this journal a mail can only come twice where the machine stops between
the server's “yes” and the next line of the journal; that one carries the same Message-ID.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from threading import Lock

from quarterday.errors import Refused, Retryable
from quarterday.ports import Message
from quarterday.settings_file import data_folder

JOURNAL = "sent.db"
"""The journal's file in the data folder."""

KEPT = timedelta(days=90)
"""How long a line is kept: far longer than anything stays under way."""

_WAIT_SECONDS = 60.0


_journals: dict[Path, sqlite3.Connection] = {}
_one_at_a_time = Lock()


def once(message: Message, key: str, send: Callable[[], str]) -> str:
    """Send under a key what was not sent under it before; returns the reference that ``send`` gave then or now.

    Two at once in one process wait for one another; no other process waits for this one's slow server, and that a key
    is under way in only one of them the outbox sees to. Raises :class:`Refused` for another message under a key that
    was sent, what ``send`` raises, and :class:`Retryable` where the journal can't be written, before anything is sent.
    """
    with _one_at_a_time:
        journal, digest = _opened(), _digest(message)
        found = journal.execute("SELECT digest, reference FROM sent WHERE key = ?", (key,)).fetchone()
        if found is None:
            reference = send()
            line = (key, digest, reference, datetime.now(UTC).timestamp())
            journal.execute("INSERT OR IGNORE INTO sent VALUES (?, ?, ?, ?)", line)
            return reference
    if found[0] != digest:
        raise Refused(f"{found[1]} was sent under this key with other words.")
    return str(found[1])


def _opened() -> sqlite3.Connection:
    """This process's journal, opened with the first mail; what is too old to matter goes then.

    A line is safe from the end of the process at once, and from the end of the machine a little later: waiting for the
    disk takes as long as sending a few mails.
    """
    path = data_folder() / JOURNAL
    try:
        if path not in _journals or not path.exists():
            journal = sqlite3.connect(path, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False)
            try:
                journal.execute("PRAGMA journal_mode=WAL")
                journal.execute("PRAGMA synchronous=NORMAL")
                journal.execute(
                    "CREATE TABLE IF NOT EXISTS sent (key TEXT PRIMARY KEY, digest TEXT, reference TEXT, at REAL)"
                )
                journal.execute("DELETE FROM sent WHERE at < ?", ((datetime.now(UTC) - KEPT).timestamp(),))
            except BaseException:
                journal.close()
                raise
            if path in _journals:
                _journals.pop(path).close()
            _journals[path] = journal
        journal = _journals[path]
        journal.execute("BEGIN IMMEDIATE")  # that it can be written is known before anything is sent
        journal.execute("ROLLBACK")
    except sqlite3.Error as error:
        raise Retryable(f"{path}, where what was sent is written down, can't be written ({error}).") from error
    return journal


def _digest(message: Message) -> str:
    """What tells one message from another: whom it goes to, and what it is about, or else its words."""
    words = (message.tells,) if message.tells else (message.subject, message.text, message.html)
    return sha256("\0".join((message.to, *words)).encode()).hexdigest()
