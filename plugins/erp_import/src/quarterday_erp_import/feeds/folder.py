"""The source of a watched folder: spend files that somebody, or another program, puts there."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from quarterday import BadRecord, Item, said
from quarterday.services.places.folder import folder_place
from quarterday_erp_import.feeds.entries import items

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
        self._set = settings

    @classmethod
    def settings_class(cls) -> type[PluginSettings]:
        """Where the folder is."""
        from quarterday_erp_import.feeds.settings import FolderSettings

        return FolderSettings

    def items(self, since: str) -> Iterator[Item | BadRecord]:
        """The files that are there; raises :class:`NotConfigured` where there is no such folder."""
        with folder_place(self._set.spend_folder, setting="spend_folder") as place:
            found = list(place.entries(deep=True))
        yield from items(found, whole_by=time.time() - self._set.spend_folder_quiet)

    def content(self, item: Item) -> Iterator[bytes]:
        """A file's content; raises :class:`Refused` where it is gone, or was changed since it was listed."""
        with folder_place(self._set.spend_folder, setting="spend_folder") as place:
            yield from place.content(str(item.payload["path"]), item.key)
