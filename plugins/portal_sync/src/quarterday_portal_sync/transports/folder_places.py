"""Where the files of an exchange are: the portal's, which we read, and ours, which it reads."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from quarterday import NotConfigured
from quarterday.services.places.place import Place

if TYPE_CHECKING:
    from quarterday_portal_sync.transports.folder_settings import FolderPart

SETTING = "exchange_folder"
SSH_PORT = 22


def theirs(settings: FolderPart) -> AbstractContextManager[Place]:
    """The folder that the portal writes to; raises :class:`NotConfigured` where it can't be said."""
    return _place(settings, settings.exchange_theirs)


def whole(settings: FolderPart) -> AbstractContextManager[Place]:
    """The exchange folder; raises :class:`NotConfigured` where it can't be said."""
    return _place(settings, ".")


def _place(settings: FolderPart, within: str) -> AbstractContextManager[Place]:
    folder = settings.exchange_folder
    if not folder:
        raise NotConfigured(SETTING)
    if folder.startswith("/"):
        from quarterday.services.places.folder import folder_place

        return folder_place(Path(folder) / within, setting=SETTING)
    path = str(PurePosixPath(settings.exchange_path, within)).removeprefix(".")
    if urlsplit(folder).scheme == "sftp":
        return _on_sftp(settings, path)
    return _in_bucket(settings, path)


def _on_sftp(settings: FolderPart, path: str) -> AbstractContextManager[Place]:
    from quarterday.services.places.sftp import SftpServer, sftp_place

    if settings.exchange_host_key is None:
        raise NotConfigured("exchange_host_key")
    if not settings.exchange_user:
        raise NotConfigured("exchange_user")
    password, key = settings.exchange_password, settings.exchange_key
    if password is None and key is None:
        why = "Set the password or, as “exchange_key”, the private key; the server lets nobody in without."
        raise NotConfigured("exchange_password", why)
    parts = urlsplit(settings.exchange_folder)
    server = SftpServer(
        host=parts.hostname or "",
        port=parts.port or SSH_PORT,
        host_key=settings.exchange_host_key,
        user=settings.exchange_user,
        password=password.get_secret_value() if password else None,
        key=key.get_secret_value() if key else None,
        folder=path.removeprefix("~/") if path.startswith("~/") else f"/{path}",
        settings={
            "folder": SETTING,
            "host_key": "exchange_host_key",
            "password": "exchange_password",
            "key": "exchange_key",
        },
    )
    return sftp_place(server)


def _in_bucket(settings: FolderPart, path: str) -> AbstractContextManager[Place]:
    from quarterday.services.places.bucket import Bucket, bucket_place

    if not settings.exchange_user:
        raise NotConfigured("exchange_user")
    if settings.exchange_password is None:
        raise NotConfigured("exchange_password")
    bucket = Bucket(
        name=urlsplit(settings.exchange_folder).netloc,
        prefix=f"{path}/" if path else "",
        address=settings.exchange_storage,
        region=settings.exchange_region,
        key=settings.exchange_user,
        secret=settings.exchange_password.get_secret_value(),
        settings={"bucket": SETTING, "address": "exchange_storage"},
    )
    return bucket_place(bucket)
