"""What must be known of an exchange folder: where it is, who signs in there, and which of its folders is whose."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Literal
from urllib.parse import unquote, urlsplit

from pydantic import Field, SecretStr, field_validator

from quarterday import PluginSettings
from quarterday.services.places.settings import HostKey

SCHEMES = ("sftp", "s3")


class FolderPart(PluginSettings):
    """An exchange folder: on this machine, on an SFTP server or in S3-compatible storage."""

    exchange_folder: str = ""
    """The exchange folder: its whole path on this machine, like /srv/portal, or sftp://files.example.org/portal, or
    s3://bucket/portal."""

    exchange_theirs: str = "theirs"
    """The folder in it that the portal writes to and we read; “.” for the exchange folder itself."""

    exchange_ours: str = "ours"
    """The folder in it that we write to and the portal reads; “.” for the exchange folder itself."""

    exchange_order: Literal["time", "name"] = "time"
    """Whether the portal's files follow each other by the “time” they were changed, or by their “name”."""

    exchange_quiet: int = Field(default=60, ge=0, le=86_400)
    """How many seconds ago a file was changed last before it is read, so that none is read half written."""

    exchange_user: str = ""
    """The name to sign in with on an SFTP server, or the access key of a bucket."""

    exchange_password: SecretStr | None = None
    """The password on an SFTP server, where it wants one, or the secret key of a bucket."""

    exchange_key: SecretStr | None = None
    """The private key to sign in with on an SFTP server: the whole text of the file, without a passphrase."""

    exchange_host_key: HostKey | None = None
    """The public key of an SFTP server, as in a file known_hosts, like “ssh-ed25519 AAAA…”: ask whoever runs it."""

    exchange_storage: str = ""
    """Where the storage of a bucket answers, like https://s3.example.org; blank for Amazon's own."""

    exchange_region: str = "eu-west-2"
    """The region of a bucket, which some storage wants."""

    @field_validator("exchange_folder")
    @classmethod
    def _is_place(cls, folder: str) -> str:
        if not folder or folder.startswith("/"):
            return folder
        try:
            parts = urlsplit(folder)
            is_place = parts.scheme in SCHEMES and bool(parts.hostname) and parts.port != 0
        except ValueError:
            is_place = False
        if not is_place or re.search(r"\s|[?#]", folder):
            raise ValueError("write a whole path like /srv/portal, or sftp://HOST/FOLDER, or s3://BUCKET/FOLDER.")
        if "@" in parts.netloc:
            raise ValueError("leave name and password out of it: an address stands in lists and in the log.")
        return folder

    @field_validator("exchange_theirs", "exchange_ours")
    @classmethod
    def _is_within(cls, folder: str) -> str:
        if folder.startswith("/") or ".." in PurePosixPath(folder).parts:
            raise ValueError("name a folder in the exchange folder, like “ours”.")
        return str(PurePosixPath(folder))

    @field_validator("exchange_storage")
    @classmethod
    def _is_storage(cls, address: str) -> str:
        if address and not (urlsplit(address).scheme in ("http", "https") and urlsplit(address).hostname):
            raise ValueError("write its whole address, like https://s3.example.org.")
        return address

    @property
    def exchange_path(self) -> str:
        """Of an address of an exchange folder the path, without “/” around it."""
        return unquote(urlsplit(self.exchange_folder).path).strip("/")
