"""A folder of this machine, or one that is mounted on it."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

from quarterday.errors import NotConfigured, Refused, Retryable
from quarterday.services.places.place import PIECE, Entry, Place, is_gone, of_another_version, within

_PASSING = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ESTALE}


@contextmanager
def folder_place(folder: Path, *, setting: str) -> Iterator[Place]:
    """The folder, opened; ``setting`` is what names it."""
    yield _Folder(folder, setting)


class _Folder:
    is_whole_at_once = False

    def __init__(self, folder: Path, setting: str) -> None:
        self._folder = folder
        self._setting = setting

    def entries(self, *, deep: bool) -> Iterator[Entry]:
        waiting = [self._folder]
        while waiting:
            folder = waiting.pop()
            try:
                with os.scandir(folder) as there:
                    for one in there:
                        if one.is_dir(follow_symlinks=False):
                            waiting += [Path(one.path)] if deep else []
                        elif one.is_file(follow_symlinks=False):
                            yield _entry(Path(one.path).relative_to(self._folder).as_posix(), one.stat())
            except FileNotFoundError as error:
                if folder == self._folder:
                    raise NotConfigured(self._setting, "There is no folder {path}.", path=folder) from error
            except OSError as error:
                why = error.strerror or "no folder"
                raise NotConfigured(
                    self._setting, "The folder {path} can't be read ({why}).", path=folder, why=why
                ) from error

    def content(self, path: str, key: str) -> Iterator[bytes]:
        try:
            with open(self._folder / path, "rb", opener=_itself) as file:
                _require(key, path, os.fstat(file.fileno()))
                while piece := file.read(PIECE):
                    yield piece
                _require(key, path, os.fstat(file.fileno()))
        except FileNotFoundError as error:
            raise is_gone() from error
        except OSError as error:
            raise Refused("The file can't be read ({why}).", why=error.strerror or "no file") from error

    def small(self, path: str) -> bytes | None:
        with self._usable():
            try:
                with open(self._folder / within(path), "rb", opener=_itself) as file:
                    return file.read(PIECE)
            except FileNotFoundError:
                return None

    def write(self, path: str, content: bytes) -> None:
        target = self._folder / within(path)
        coming = target.with_name(f".{token_hex(8)}.part")
        with self._usable():
            self._make(target.parent)
            try:
                with open(coming, "xb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(coming, target)
            finally:
                coming.unlink(missing_ok=True)
            _sync(target.parent)

    def move(self, path: str, to: str) -> bool:
        source, target = self._folder / within(path), self._folder / within(to)
        with self._usable():
            self._make(target.parent)
            try:
                os.replace(source, target)
            except FileNotFoundError:
                return False
            for folder in {source.parent, target.parent}:
                _sync(folder)
            return True

    def _make(self, folder: Path) -> None:
        """Make a folder in the place; the place itself is made by whoever runs it."""
        if folder == self._folder:
            return
        self._make(folder.parent)
        if not folder.is_dir():
            folder.mkdir(exist_ok=True)
            _sync(folder.parent)

    @contextmanager
    def _usable(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            why = error.strerror or type(error).__name__
            if error.errno in _PASSING:
                raise Retryable("The folder can't be used now ({why}).", why=why, after=600) from error
            text = "The folder {path} can't be used ({why}); make it, or have it allowed."
            raise NotConfigured(self._setting, text, path=self._folder, why=why) from error


def _require(key: str, path: str, stat: os.stat_result) -> None:
    if _entry(path, stat).key != key:
        raise of_another_version()


def _itself(path: str, flags: int) -> int:
    """Open a file and nothing that it points to, nor wait for one to be written: it may be another than was listed."""
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)


def _entry(path: str, stat: os.stat_result) -> Entry:
    return Entry(path, stat.st_size, stat.st_mtime, str(stat.st_mtime_ns))


def _sync(folder: Path) -> None:
    """Have the folder's own entries on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
