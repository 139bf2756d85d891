"""The source of a watched folder: spend files that somebody, or another program, puts there."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from quarterday import BadRecord, Item, NotConfigured, Refused, said
from quarterday_erp_import.feeds.entries import PIECE, Entry, items

if TYPE_CHECKING:
    from quarterday import PluginSettings
    from quarterday_erp_import.feeds.settings import FolderSettings


class SpendFolder:
    """Gives each file of a folder, and of the folders in it, once nobody has changed it for a while.

    What it reads stays in the folder as it is.
    """

    id = "spend-folder"
    title: str = said("Spend files in a folder")

    def __init__(self, settings: FolderSettings) -> None:
        self._folder = settings.spend_folder
        self._quiet = settings.spend_folder_quiet

    @classmethod
    def settings_class(cls) -> type[PluginSettings]:
        """Where the folder is."""
        from quarterday_erp_import.feeds.settings import FolderSettings

        return FolderSettings

    def items(self, since: str) -> Iterator[Item | BadRecord]:
        """The files that are there; raises :class:`NotConfigured` where there is no such folder."""
        yield from items(self._entries(), whole_by=time.time() - self._quiet)

    def content(self, item: Item) -> Iterator[bytes]:
        """A file's content; raises :class:`Refused` where it is gone, or was changed since it was listed."""
        path = str(item.payload["path"])
        try:
            with open(self._folder / path, "rb", opener=_itself) as file:
                while piece := file.read(PIECE):
                    self._require(item, path, os.fstat(file.fileno()))
                    yield piece
                self._require(item, path, os.fstat(file.fileno()))
        except FileNotFoundError as error:
            raise Refused("The file isn't there any more.") from error
        except OSError as error:
            raise Refused("The file can't be read ({why}).", why=error.strerror or "no file") from error

    def _require(self, item: Item, path: str, stat: os.stat_result) -> None:
        if _entry(path, stat).key != item.key:
            raise Refused("The file was changed while it was read; it is taken when it is whole.")

    def _entries(self) -> Iterator[Entry]:
        waiting = [self._folder]
        while waiting:
            folder = waiting.pop()
            try:
                with os.scandir(folder) as there:
                    for one in there:
                        if one.is_dir(follow_symlinks=False):
                            waiting.append(Path(one.path))
                        elif one.is_file(follow_symlinks=False):
                            yield _entry(Path(one.path).relative_to(self._folder).as_posix(), one.stat())
            except FileNotFoundError as error:
                if folder == self._folder:
                    raise NotConfigured("spend_folder", "There is no folder {path}.", path=folder) from error
            except OSError as error:
                why = error.strerror or "no folder"
                raise NotConfigured(
                    "spend_folder", "The folder {path} can't be read ({why}).", path=folder, why=why
                ) from error


def _itself(path: str, flags: int) -> int:
    """Open a file and nothing that it points to, nor wait for one to be written: it may be another than was listed."""
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)


def _entry(path: str, stat: os.stat_result) -> Entry:
    return Entry(path, stat.st_size, stat.st_mtime, str(stat.st_mtime_ns))
