"""What the mail sinks must be told."""

from __future__ import annotations

import re
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from quarterday import PluginSettings, Refused
from quarterday.services.messages.mime import address


class Tls(StrEnum):
    """How the connection to a mail server is encrypted."""

    STARTTLS = "starttls"
    IMPLICIT = "implicit"
    NONE = "none"


class MailSettings(PluginSettings):
    """Who mails come from."""

    sender: str = Field(default="mailbox@quarterday.invalid", max_length=200)
    """The address that mails come from, like returns@example.gov.uk."""

    sender_name: str = Field(default="", max_length=100)
    """The name beside it, like “Exampleshire Council”."""

    @field_validator("sender")
    @classmethod
    def _is_address(cls, sender: str) -> str:
        try:
            return address(sender).addr_spec
        except Refused as problem:
            raise ValueError("write an address, like returns@example.gov.uk.") from problem

    @field_validator("sender_name")
    @classmethod
    def _is_one_line(cls, name: str) -> str:
        if not name.isprintable():
            raise ValueError("write it on one line.")
        return name


class SmtpSettings(MailSettings):
    """The mail server."""

    sender: str = Field(max_length=200)
    """The address that mails come from, like returns@example.gov.uk."""

    host: str
    """The mail server, like smtp.example.gov.uk."""

    port: int | None = Field(default=None, ge=1, le=65535)
    """Its port; by default 587, and 465 with implicit TLS."""

    tls: Tls = Tls.STARTTLS
    """starttls, implicit (TLS from the start), or none, which is only for a server on this machine."""

    user: str = ""
    """The name to sign in to the server with, where it asks for one."""

    password: SecretStr | None = Field(default=None, validate_default=True)
    """The password of that name."""

    certificates: Path | None = None
    """A file with the certificates of the authorities that are trusted, where the server's isn't a public one."""

    seconds: float = Field(default=20, gt=0, le=60)
    """How long the server may take over one answer, in seconds."""

    @field_validator("host")
    @classmethod
    def _is_host(cls, host: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9.:-]+", host):
            raise ValueError("write the server's name alone, like smtp.example.gov.uk.")
        return host

    @field_validator("tls")
    @classmethod
    def _is_safe(cls, tls: Tls, known: ValidationInfo) -> Tls:
        if tls is Tls.NONE and not _is_here(known.data.get("host", "")):
            raise ValueError("“none” is for a server on this machine; write starttls or implicit.")
        return tls

    @field_validator("password")
    @classmethod
    def _has_user(cls, password: SecretStr | None, known: ValidationInfo) -> SecretStr | None:
        if bool(known.data.get("user")) != (password is not None):
            raise ValueError("give “user” and “password” together, or neither.")
        return password

    @property
    def the_port(self) -> int:
        """The port, or the usual one."""
        return self.port or (465 if self.tls is Tls.IMPLICIT else 587)


def _is_here(host: str) -> bool:
    """Whether a name means this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
