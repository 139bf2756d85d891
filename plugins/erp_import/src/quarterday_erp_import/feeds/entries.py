"""Files in a place outside: which of them are wanted, whether one is whole, which feed it is of, and its key."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from quarterday import BadRecord, Item, said

KIND = "spend-file"
"""The kind of a spend file's item."""

FEED = "spend"
"""The feed of files that lie in no folder of their own."""

PIECE = 2**20
"""How much of a file is handed over at once, in bytes."""

_MOST_KEY = 500
_NO_TEXT = {"Cc", "Cs"}
"""Control characters, and what stands for bytes that are no UTF-8."""
_COMING = (".part", ".partial", ".filepart", ".tmp", ".temp", ".crdownload", ".download", ".upload", ".lock", "~")
_OF_SYSTEMS = {"thumbs.db", "desktop.ini"}


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in a place outside."""

    path: str
    """From the place on, with “/” between folders."""
    size: int
    """In bytes."""
    modified: float
    """In seconds since 1970 (UTC)."""
    version: str
    """What is another one when the file is changed."""

    @property
    def key(self) -> str:
        """What tells it from every other file, and from itself when it is changed."""
        whole = f"{self.path}|{self.size}|{self.version}"
        return whole if len(whole) <= _MOST_KEY else f"sha256|{hashlib.sha256(whole.encode()).hexdigest()}"

    def item(self) -> Item:
        """What the host is told of it."""
        folder, _, name = self.path.rpartition("/")
        said = {
            "name": name,
            "feed": folder.strip("/").partition("/")[0] or FEED,
            "path": self.path,
            "changed": datetime.fromtimestamp(self.modified, UTC).isoformat(),
        }
        return Item(self.key, KIND, said, "")


def items(entries: Iterable[Entry], *, whole_by: float) -> Iterator[Item | BadRecord]:
    """The files that are wanted and were last changed by a moment (seconds since 1970), the oldest first."""
    for one in sorted(entries, key=lambda one: (one.modified, one.path)):
        if not is_wanted(one.path) or one.modified > whole_by or not one.size:
            continue
        shown = "".join(
            sign if unicodedata.category(sign) not in _NO_TEXT else f"\\x{ord(sign):x}" for sign in one.path
        )
        if shown == one.path:
            yield one.item()
        else:
            yield BadRecord(shown[:_MOST_KEY], said("Its name has signs that are no text; give it another name."))


def is_wanted(path: str) -> bool:
    """Whether a file is one by its name: none that is hidden, or that a program still writes under another name."""
    *folders, name = path.split("/")
    hidden = any(part.startswith((".", "~$")) for part in (*folders, name))
    return not hidden and not name.lower().endswith(_COMING) and name.lower() not in _OF_SYSTEMS
