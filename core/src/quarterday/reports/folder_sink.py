"""The folder sink: each document becomes one file in a folder, once, whatever happens in between.

A document is first laid down in the hidden folder ``.quarterday``, then its receipt beside it, and then the document is
moved to its place in one step. Whoever empties the folder meanwhile changes nothing: a receipt without a document
beside it says that this delivery is over.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, cast

from quarterday.domain.sentences import said
from quarterday.errors import NotConfigured, Refused, Retryable
from quarterday.ports import Document, DocumentKind, Receipt

if TYPE_CHECKING:
    from quarterday.plugin_settings import PluginSettings
    from quarterday.reports.folder_settings import FolderSettings

HIDDEN = ".quarterday"
"""The folder within the folder that holds the receipts, and documents until they are whole."""

LONGEST_NAME = 150
"""The longest name of a file in bytes, without its key and ending; common file systems take 255 in all."""

_PASSING = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ESTALE, errno.ETIMEDOUT}


class FolderSink:
    """Writes documents to a folder. Two processes that deliver at once wait for one another."""

    id = "folder"
    title: str = said("A folder")
    accepts = frozenset(DocumentKind)

    def __init__(self, settings: PluginSettings) -> None:
        self._folder = cast("FolderSettings", settings).folder

    @classmethod
    def settings_class(cls) -> type[PluginSettings]:
        """:class:`FolderSettings`."""
        from quarterday.reports.folder_settings import FolderSettings

        return FolderSettings

    def deliver(self, document: Document, key: str) -> Receipt:
        """Write the document as a file named after it and its key; the receipt names the file.

        The file is on the disk for good when this returns. The same key again writes nothing. Raises
        :class:`Refused` for another content under the same key, :class:`NotConfigured` where the folder is not there or
        can't be written to, and :class:`Retryable` where the disk is full or fails.
        """
        tag = sha256(key.encode()).hexdigest()
        digest = sha256(document.content).hexdigest()
        try:
            with self._alone() as hidden:
                laid, receipt = hidden / f"{tag}.document", hidden / f"{tag}.json"
                before = _read(receipt)
                if before is None:
                    before = {"reference": _name(document, tag), "sha256": digest}
                    laid.unlink(missing_ok=True)  # from a disk that was full
                    _write(laid, document.content)
                    _write(receipt, json.dumps(before).encode())
                elif before["sha256"] != digest:
                    raise Refused(f"{before['reference']} was delivered under this key with another content.")
                if laid.exists():
                    laid.rename(self._folder / before["reference"])
                    _sync(self._folder)
                return Receipt(before["reference"])
        except OSError as error:
            why = f"{error.strerror or type(error).__name__}: {self._folder}"
            if error.errno in _PASSING:
                raise Retryable(f"The folder can't be written to at the moment ({why}).") from error
            raise NotConfigured("folder", f"The folder can't be used ({why}); make it, or name another.") from error

    @contextmanager
    def _alone(self) -> Iterator[Path]:
        """Hold the folder against other deliveries; gives its hidden folder."""
        hidden = self._folder / HIDDEN
        hidden.mkdir(exist_ok=True)
        descriptor = os.open(hidden, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield hidden
        finally:
            os.close(descriptor)


def _name(document: Document, tag: str) -> str:
    """The name of the file: what is harmless in the document's name, with 16 digits of its key."""
    name = PurePath(unicodedata.normalize("NFC", document.name).replace("\0", "")).name
    stem, dot, ending = re.sub(r"[^\w.-]+", "-", name).strip(".-").rpartition(".")
    if not dot or len(ending) > 10:
        stem, dot, ending = stem + dot + ending, "", ""
    short = stem.strip(".-").encode()[:LONGEST_NAME].decode(errors="ignore") or document.kind
    return f"{short}.{tag[:16]}{dot}{ending}"


def _read(receipt: Path) -> dict[str, str] | None:
    """What a receipt says; None when there is none."""
    try:
        return cast("dict[str, str]", json.loads(receipt.read_bytes()))
    except FileNotFoundError:
        return None


def _write(path: Path, content: bytes) -> None:
    """Put a file in its place, whole or not at all, and on the disk for good."""
    new = path.with_suffix(".new")
    try:
        with new.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    """Have the folder's own entries on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
