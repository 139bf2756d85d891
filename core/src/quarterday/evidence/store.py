"""The evidence store: files under the digest of their content, in a folder or in storage that fsspec reaches."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem

from quarterday.errors import NotConfigured, Refused, Trouble

_AT_ONCE = 2**18
_DIGEST = re.compile(r"[0-9a-f]{64}")
_INTAKE = "incoming"
_ASIDE = ".aside"


class Lost(Trouble):
    """A file that is missing in the store, or no longer what it was."""


@dataclass(frozen=True, slots=True)
class Received:
    """A file that has come in whole and isn't kept yet: it goes at the end of :meth:`Store.receive`."""

    file: BinaryIO
    path: Path
    digest: str
    size: int


class Store:
    """Files by the SHA-256 of their content, at ``ab/cd/abcd…``: the same content is there once.

    ``url`` is a folder, or what fsspec takes (``s3://bucket/folder``); ``options`` are that storage's own.
    Raises :class:`NotConfigured` where no such storage is known, or its Python package is missing.
    """

    def __init__(self, url: str, options: Mapping[str, Any] | None = None) -> None:
        try:
            self._files, self._root = url_to_fs(url, **(options or {}))
        except Exception as why:  # each storage raises what it likes for options it can't use
            raise NotConfigured("evidence_url", "“evidence_url” can't be used: {why}.", why=why) from why
        self._is_folder = isinstance(self._files, LocalFileSystem)

    @contextmanager
    def receive(self, stream: IO[bytes], name: str, most_bytes: int) -> Iterator[Received]:
        """Take a file in, a little at a time, to look at it and then :meth:`keep` it, or not.

        Raises :class:`Refused` for one that is larger than ``most_bytes`` or empty; ``name`` is how it is called then.
        """
        with self._reachable():
            intake = self._intake()
            coming = tempfile.NamedTemporaryFile(dir=intake, delete=False)  # noqa: SIM115 (it is moved, or unlinked below)
        path = Path(coming.name)
        try:
            with coming:
                digest, size = self._take(stream, cast(BinaryIO, coming), name, most_bytes)
                yield Received(cast(BinaryIO, coming), path, digest, size)
        finally:
            path.unlink(missing_ok=True)

    def keep(self, received: Received) -> None:
        """Keep a file for good. It is there whole or not at all, and on the disk when this returns.

        What is there already is replaced by the same: so a damaged file is mended, and its date is today's.
        """
        path = self._path(received.digest)
        with self._reachable():
            if not self._is_folder:
                self._files.put_file(str(received.path), path)
                return
            os.makedirs(os.path.dirname(path), exist_ok=True)
            os.replace(received.path, path)
            for folder in (Path(path).parent, Path(path).parents[1], Path(self._root)):
                _sync_folder(folder)

    def open(self, digest: str) -> BinaryIO:
        """A file, to be closed by the reader. It was read whole before this returns, and is what it was when it came.

        Raises :class:`Lost` where it is missing or no longer the same.
        """
        with self._reachable():
            try:
                file = cast(BinaryIO, self._files.open(self._path(digest), "rb"))
            except FileNotFoundError as why:
                raise Lost(
                    "The file {digest}… is missing in the evidence store; restore it.", digest=digest[:12]
                ) from why
            found = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
            if found != digest:
                file.close()
                raise Lost(
                    "The file {digest}… in the evidence store was damaged or changed; restore it.", digest=digest[:12]
                )
            file.seek(0)
        return file

    def digests(self) -> Iterator[str]:
        """The digest of every file that is kept."""
        with self._reachable():
            found = self._files.find(self._root)
        for path in found:
            name = str(path).rpartition("/")[2]
            if _DIGEST.fullmatch(name) and self._path(name) == path:
                yield name

    def age(self, digest: str) -> timedelta | None:
        """How long ago a file was last kept, by the machine's clock and the storage's; None where it isn't there."""
        with self._reachable():
            try:
                kept = cast(datetime, self._files.modified(self._path(digest)))
            except FileNotFoundError:
                return None
        return datetime.now(UTC) - kept.astimezone(UTC)

    def remove(self, digest: str, *, older_than: timedelta) -> bool:
        """Remove a file that was last kept longer ago than that; whether it was.

        In a folder that is certain even where somebody keeps the same content meanwhile; in other storage there is the
        time of one question between looking and removing.
        """
        age = self.age(digest)
        if age is None or age <= older_than:
            return False
        with self._reachable(), suppress(FileNotFoundError):  # another sweep was first
            if not self._is_folder:
                self._files.rm_file(self._path(digest))
                return True
            aside = self._intake() / f"{digest}{_ASIDE}"
            os.rename(self._path(digest), aside)
            if _age_of(aside) > older_than:
                aside.unlink()
                return True
            os.rename(aside, self._path(digest))
        return False

    def tidy(self, *, older_than: timedelta) -> None:
        """Clear away what an interrupted :meth:`receive` left longer ago than that, and undo an interrupted removal."""
        if not self._is_folder:
            return
        with self._reachable():
            for path in self._intake().iterdir():
                with suppress(FileNotFoundError):  # it came in whole, or another sweep was first
                    if path.suffix == _ASIDE:
                        os.replace(path, self._path(path.stem))
                    elif _age_of(path) > older_than:
                        path.unlink()

    def _path(self, digest: str) -> str:
        return f"{self._root}/{digest[:2]}/{digest[2:4]}/{digest}"

    def _intake(self) -> Path:
        """Where files come in: in the store's own folder, so that keeping one is renaming it."""
        if not self._is_folder:
            return Path(tempfile.gettempdir())
        intake = Path(self._root) / _INTAKE
        intake.mkdir(parents=True, exist_ok=True)
        return intake

    def _take(self, stream: IO[bytes], coming: BinaryIO, name: str, most_bytes: int) -> tuple[str, int]:
        """Copy, count and digest in one go, on the disk at the end."""
        digest, size = hashlib.sha256(), 0
        while part := stream.read(_AT_ONCE):
            size += len(part)
            if size > most_bytes:
                raise Refused(
                    "{file} is larger than {most:,.4g} MB; make it smaller, or attach a link.",
                    file=name,
                    most=most_bytes / 2**20,
                )
            digest.update(part)
            with self._reachable():
                coming.write(part)
        if not size:
            raise Refused("{file} is empty; attach the file that backs the entry.", file=name)
        with self._reachable():
            coming.flush()
            os.fsync(coming.fileno())
        return digest.hexdigest(), size

    @contextmanager
    def _reachable(self) -> Iterator[None]:
        """Turns what the disk or the storage raises into a sentence."""
        try:
            yield
        except Trouble:
            raise
        except Exception as why:
            if self._is_folder and not isinstance(why, OSError):  # other storage has errors of its own
                raise
            raise Trouble(
                "The evidence store can't be read or written ({why}); put that right, then try again.",
                why=getattr(why, "strerror", None) or why,
            ) from why


def _age_of(path: Path) -> timedelta:
    return datetime.now(UTC) - datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _sync_folder(folder: Path) -> None:
    """Have a folder's entries on the disk."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
