"""What must be known of a portal's interface on the web."""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from quarterday import PluginSettings

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_IN_A_HEADER = re.compile(r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?")


class WebPart(PluginSettings):
    """A portal's interface on the web: where it is, who we are to it, and how patient we are."""

    web_address: str = ""
    """Where the portal's interface answers, like https://portal.example.org/api."""

    web_key: SecretStr | None = None
    """The API key, where it wants one."""

    web_key_header: str = Field(default="X-Api-Key", pattern=r"^[A-Za-z0-9-]{1,60}$")
    """The header that the API key goes in; in “Authorization” it goes after the word Bearer."""

    web_client_id: str = Field(default="", pattern=r"^[\x20-\x7e]*$")
    """The client's id, where it wants tokens by OAuth 2.0 (client credentials)."""

    web_client_secret: SecretStr | None = None
    """The client's secret."""

    web_token_address: str = Field(default="", validate_default=True)
    """Where tokens are had, like https://portal.example.org/oauth/token."""

    web_scope: str = Field(default="", pattern=r"^[\x20-\x7e]*$")
    """The scope to ask for, where it wants one."""

    web_client_in: Literal["header", "body"] = "header"
    """Where id and secret stand when a token is asked for: in the “header” (Basic), or in the “body”."""

    web_certificate: str = ""
    """A certificate to show there (mutual TLS), in PEM with whatever stands between it and its authority: the text, or
    the file's whole path."""

    web_certificate_key: SecretStr | None = None
    """The certificate's private key without a passphrase, in PEM: the text, or the file's whole path."""

    web_authority: str = ""
    """The certificate authority that vouches for the portal, in PEM: the text, or the file's whole path. Then no other
    is trusted; blank for those that browsers trust."""

    web_proxy: SecretStr | None = None
    """The proxy to go through, like http://proxy.example.org:3128, with NAME:PASSWORD@ where it wants them; blank for
    none. The environment's proxy is not used."""

    web_rate: float = Field(default=0, ge=0, le=1000)
    """How many requests there may be in a second; 0 for as many as it answers."""

    web_connect_seconds: float = Field(default=10, gt=0, le=60)
    """How long it may take to answer at all, in seconds."""

    web_seconds: float = Field(default=60, gt=0, le=100)
    """How long one whole answer may take, in seconds."""

    web_patience: float = Field(default=20, ge=0, le=60)
    """How long a request is tried again that wasn't answered well, in seconds, before the whole run is put off."""

    web_megabytes: int = Field(default=32, ge=1, le=256)
    """How large one answer may be, in MB."""

    @field_validator("web_address", "web_token_address")
    @classmethod
    def _is_address(cls, address: str, info: ValidationInfo) -> str:
        if not address:
            if info.field_name == "web_token_address" and info.data.get("web_client_id"):
                raise ValueError("set it, too; without it no token can be had.")
            return ""
        try:
            parts = urlsplit(address)
            is_whole = bool(parts.hostname) and parts.port != 0
        except ValueError:
            is_whole = False
        if not is_whole or parts.scheme not in ("http", "https") or re.search(r"\s|[?#]", address):
            raise ValueError("write the whole address, like https://portal.example.org/api.")
        if "@" in parts.netloc:
            raise ValueError("leave name and password out of it: an address stands in lists and in the log.")
        if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
            raise ValueError("write an address that begins with https://.")
        return address.rstrip("/")

    @field_validator("web_key", "web_client_secret")
    @classmethod
    def _fits_a_header(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None and not _IN_A_HEADER.fullmatch(secret.get_secret_value()):
            raise ValueError("copy it whole, without blanks around it.")
        return secret

    @field_validator("web_client_secret")
    @classmethod
    def _has_its_client(cls, secret: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if secret is not None and not info.data.get("web_client_id"):
            raise ValueError("set the client's id, too.")
        return secret

    @field_validator("web_certificate", "web_authority")
    @classmethod
    def _is_certificate(cls, text: str) -> str:
        if text and not text.startswith("/") and "-----BEGIN CERTIFICATE-----" not in text:
            raise ValueError("give the text that begins with -----BEGIN CERTIFICATE-----, or the file's whole path.")
        if "PRIVATE KEY" in text:
            raise ValueError("leave the private key out of it: it has a setting of its own, which is kept sealed.")
        return text

    @field_validator("web_certificate_key")
    @classmethod
    def _is_key(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None and not re.match(r"/|\s*-----BEGIN [A-Z ]*PRIVATE KEY-----", key.get_secret_value()):
            raise ValueError("give the text of the key, or the file's whole path.")
        return key

    @field_validator("web_proxy")
    @classmethod
    def _is_proxy(cls, proxy: SecretStr | None) -> SecretStr | None:
        if proxy is not None:
            parts = urlsplit(proxy.get_secret_value())
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise ValueError("write its address.")
        return proxy
