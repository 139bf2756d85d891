"""What must be known of a service at GOV.UK Notify."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from quarterday import PluginSettings

_ID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_KEY = re.compile(rf"\S*{_ID}-{_ID}")
_LEAST_TOKEN = 20


class NotifySettings(PluginSettings):
    """A service at GOV.UK Notify that sends the messages."""

    api_key: SecretStr
    """An API key of the service, as GOV.UK Notify showed it: its name, the service's id and the secret."""

    template: str = Field(pattern=rf"^{_ID}$")
    """The id of an e-mail template whose subject is ((subject)) and whose message is ((body))."""

    templates: str = ""
    """Templates of your own by kind of message, like “receipt=ID, query=ID”; they may use the placeholders that
    “quarterday messages list” shows, and nothing else."""

    reply_to: str = Field(default="", pattern=rf"^({_ID})?$")
    """The id of a reply-to address of the service; without it the service's default."""

    receipt_token: SecretStr | None = None
    """The bearer token with which GOV.UK Notify sends delivery receipts: at least 20 characters, made by you."""

    address: str = "https://api.notifications.service.gov.uk"
    """Where GOV.UK Notify is asked."""

    seconds: float = Field(default=30, gt=0, le=60)
    """How long it may take over one answer, in seconds."""

    @field_validator("api_key")
    @classmethod
    def _is_key(cls, key: SecretStr) -> SecretStr:
        if not _KEY.fullmatch(key.get_secret_value()):
            raise ValueError("copy the whole key.")
        return key

    @field_validator("templates")
    @classmethod
    def _are_templates(cls, text: str) -> str:
        for pair in filter(None, re.split(r"[\s,]+", text)):
            if not re.fullmatch(rf"[a-z_]+={_ID}", pair):
                raise ValueError(f"“{pair[:40]}” is no kind with its template; write receipt=ID, query=ID.")
        return text

    @field_validator("receipt_token")
    @classmethod
    def _is_long(cls, token: SecretStr | None) -> SecretStr | None:
        if token is not None and len(token.get_secret_value()) < _LEAST_TOKEN:
            raise ValueError("make it longer.")
        return token

    @field_validator("address")
    @classmethod
    def _is_safe(cls, address: str) -> str:
        parts = urlsplit(address)
        if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "localhost"):
            raise ValueError("write an address that begins with https://.")
        return address

    def template_of(self, kind: str) -> str:
        """The id of the template made for a kind of message; "" where there is none."""
        found: dict[str, str] = dict(re.findall(rf"([a-z_]+)=({_ID})", self.templates))
        return found.get(kind, "")
