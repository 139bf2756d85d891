"""The source of an SFTP server: spend files that a finance system, or who runs it, uploads there."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from quarterday import BadRecord, Item, said
from quarterday.services.places.place import Place
from quarterday.services.places.sftp import SftpServer, sftp_place
from quarterday_erp_import.feeds.entries import items

if TYPE_CHECKING:
    from quarterday import PluginSettings
    from quarterday_erp_import.feeds.settings import SftpSettings


class SpendSftp:
    """Gives each file of a folder on a server, and of the folders in it, once nobody has changed it for a while.

    It speaks to a server only whose key is the one that was set. What it reads stays there as it is.
    """

    id = "spend-sftp"
    title: str = said("Spend files on an SFTP server")

    def __init__(self, settings: SftpSettings) -> None:
        self._set = settings

    @classmethod
    def settings_class(cls) -> type[PluginSettings]:
        """Where the server is, and who signs in."""
        from quarterday_erp_import.feeds.settings import SftpSettings

        return SftpSettings

    def items(self, since: str) -> Iterator[Item | BadRecord]:
        """The files that are there; raises :class:`NotConfigured` where there is no such folder."""
        with self._opened() as place:
            found = list(place.entries(deep=True))
        yield from items(found, whole_by=time.time() - self._set.sftp_quiet)

    def content(self, item: Item) -> Iterator[bytes]:
        """A file's content; raises :class:`Refused` where it is gone, or was changed since it was listed."""
        with self._opened() as place:
            yield from place.content(str(item.payload["path"]), item.key)

    def _opened(self) -> AbstractContextManager[Place]:
        password, key = self._set.sftp_password, self._set.sftp_key
        server = SftpServer(
            host=self._set.sftp_host,
            port=self._set.sftp_port,
            host_key=self._set.sftp_host_key,
            user=self._set.sftp_user,
            password=password.get_secret_value() if password else None,
            key=key.get_secret_value() if key else None,
            folder=self._set.sftp_folder,
            settings={part: f"sftp_{part}" for part in ("folder", "host_key", "password", "key")},
        )
        return sftp_place(server)
