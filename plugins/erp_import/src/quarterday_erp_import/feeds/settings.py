"""What the sources of spend files must be told; imported when one is made, since pydantic takes its time."""

from __future__ import annotations

import re

from pydantic import Field, SecretStr, field_validator

from quarterday import PluginSettings
from quarterday.services.places.settings import HostKey, WholePath
from quarterday_erp_import.feeds.addresses import Address, addresses


class FolderSettings(PluginSettings):
    """A watched folder."""

    spend_folder: WholePath
    """The folder that spend files are put into, like /srv/spend. Those in a folder in it are a feed of its name."""

    spend_folder_quiet: int = Field(default=60, ge=0, le=86_400)
    """How many seconds ago a file was changed last before it is taken, so that none is taken half written."""


class SftpSettings(PluginSettings):
    """A folder on an SFTP server."""

    sftp_host: str = Field(min_length=1)
    """The server with spend files, like files.example.gov.uk."""

    sftp_port: int = Field(default=22, ge=1, le=65_535)
    """Its port."""

    sftp_host_key: HostKey
    """Its public key, as in a file known_hosts, like “ssh-ed25519 AAAA…”: ask whoever runs it, or “ssh-keyscan”."""

    sftp_user: str = Field(min_length=1)
    """The name to sign in with."""

    sftp_password: SecretStr | None = None
    """The password, where it wants one."""

    sftp_key: SecretStr | None = None
    """The private key to sign in with, where it wants one: the whole text of the file, without a passphrase."""

    sftp_folder: str = "."
    """The folder with the files. Those in a folder in it are a feed of its name."""

    sftp_quiet: int = Field(default=60, ge=0, le=86_400)
    """How many seconds ago a file was changed last before it is taken, so that none is taken half written."""


class S3Settings(PluginSettings):
    """A bucket on S3-compatible storage."""

    s3_bucket: str = Field(min_length=1)
    """The bucket with spend files."""

    s3_folder: str = ""
    """How the names of the files begin, like “finance/”. Those in a folder in it are a feed of its name."""

    s3_address: str = ""
    """Where the storage answers, like https://s3.example.gov.uk; blank for Amazon's own."""

    s3_region: str = "eu-west-2"
    """The region, which some storage wants."""

    s3_key: str = Field(min_length=1)
    """The access key."""

    s3_secret: SecretStr
    """The secret key."""


class WebSettings(PluginSettings):
    """Files on web pages."""

    web_addresses: str
    """The feeds and where their files are, apart by spaces, like “spend=https://example.gov.uk/spending”: a page that
    links to them, or with {year}, {month}, {month_name} or {month_short} in it the address of each month's file."""

    web_links: str = ""
    """What the address of a linked file must have in it, as a regular expression; blank for any CSV or workbook."""

    web_months: int = Field(default=6, ge=1, le=120)
    """How many months back the files of an address with {month} are looked for."""

    @field_validator("web_addresses")
    @classmethod
    def _are_addresses(cls, text: str) -> str:
        addresses(text)
        return text

    @field_validator("web_links")
    @classmethod
    def _is_pattern(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"it is no regular expression ({error}).") from error
        return pattern

    def feeds(self) -> list[Address]:
        """The addresses, each with its feed."""
        return addresses(self.web_addresses)
