"""What every place with files can do, and which files of one are wanted."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from quarterday.errors import Refused

PIECE = 2**20
"""How much of a file is handed over at once, in bytes."""

MOST_KEY = 500
"""The longest key, in characters."""

_NO_TEXT = {"Cc", "Cs"}
"""Control characters, and what stands for bytes that are no UTF-8."""
_COMING = (".part", ".partial", ".filepart", ".tmp", ".temp", ".crdownload", ".download", ".upload", ".lock", "~")
_OF_SYSTEMS = {"thumbs.db", "desktop.ini"}


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in a place."""

    path: str
    """From the place on, with “/” between folders."""
    size: int
    """In bytes."""
    changed: float
    """In seconds since 1970 (UTC), by the clock of the place."""
    version: str
    """What is another one when the file is changed."""

    @property
    def key(self) -> str:
        """What tells it from every other file, and from itself when it is changed."""
        whole = f"{self.path}|{self.size}|{self.version}"
        return whole if len(whole) <= MOST_KEY else f"sha256|{hashlib.sha256(whole.encode()).hexdigest()}"


class Place(Protocol):
    """A place while it is open: ``with opened() as place``.

    A path goes from the place on, with “/” between folders. Whatever goes wrong is said by who should act:
    :class:`~quarterday.errors.NotConfigured` names the setting, :class:`~quarterday.errors.Retryable` is for a place
    that can't be reached now or is full, :class:`~quarterday.errors.Refused` for one file.
    """

    is_whole_at_once: bool
    """Whether a file is there whole or not at all, however it is written. Otherwise one that was changed a moment ago
    may still be on its way."""

    def entries(self, *, deep: bool) -> Iterator[Entry]:
        """The files that are there, in any order; ``deep``: with those in the folders in it."""
        ...

    def content(self, path: str, key: str) -> Iterator[bytes]:
        """A file's content in pieces; raises :class:`~quarterday.errors.Refused` where it is gone, or is another than
        the one with that :attr:`Entry.key`, or becomes another while it is read."""
        ...

    def small(self, path: str) -> bytes | None:
        """The content of a small file; None where there is none."""
        ...

    def write(self, path: str, content: bytes) -> None:
        """Put a file there, in the place of one of that name: whole or not at all, and for good once this returns.

        The folder in the place that it lies in is made.
        """
        ...

    def move(self, path: str, to: str) -> bool:
        """Give a file another path, in the place of what is there; False where there is no such file.

        It happens at once, but for a bucket, where the file may be at both for a moment.
        """
        ...


def is_wanted(path: str) -> bool:
    """Whether a file is one by its name: none that is hidden, or that a program still writes under another name."""
    *folders, name = path.split("/")
    hidden = any(part.startswith((".", "~$")) for part in (*folders, name))
    return not hidden and not name.lower().endswith(_COMING) and name.lower() not in _OF_SYSTEMS


def shown(path: str) -> str:
    """A path as text that can be shown and kept: what is no text in it by its number. It is the path where all is."""
    return "".join(sign if unicodedata.category(sign) not in _NO_TEXT else f"\\x{ord(sign):x}" for sign in path)


def within(path: str) -> str:
    """A path that leads to nowhere but into the place; raises :class:`~quarterday.errors.Refused` for any other."""
    if not path or path != shown(path) or any(part in ("", ".", "..") for part in path.split("/")):
        raise Refused("“{path}” is no name of a file in the place.", path=shown(path))
    return path


def of_another_version() -> Refused:
    """What is said where a file became another one."""
    return Refused("The file was changed while it was read; it is taken when it is whole.")


def is_gone() -> Refused:
    """What is said where a file that was listed isn't there."""
    return Refused("The file isn't there any more.")
