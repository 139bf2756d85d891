"""What must be known of a portal, and what the authority chose; imported late, since pydantic takes its time.

``transport`` says which of the settings count: those that begin with ``exchange_``, or those with ``web_``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from quarterday import EntriesSent, EvidenceSent, VerdictsTaken
from quarterday_portal_sync.transports.folder_settings import FolderPart
from quarterday_portal_sync.transports.web_settings import WebPart

_LEAST_SECRET = 20


class PortalSettings(WebPart, FolderPart):
    """Exchange with an external social value portal."""

    transport: Literal["folder", "web"]
    """How to get there: “folder” for files in an exchange folder, “web” for the portal's interface (an API)."""

    mapping: str = Field(min_length=1)
    """The mapping file with its whole path, like /srv/portal/mapping.toml, or the name of one that comes along:
    simulator."""

    entries: EntriesSent | None = None
    """Which entries go out: “claimed”, all that were submitted, or “accepted”; blank for what the mapping says."""

    verdicts: VerdictsTaken | None = None
    """What a decision of the portal is here: a “review”, or a “suggestion” beside the entry; blank for what the mapping
    says."""

    evidence: EvidenceSent | None = None
    """How evidence goes out: as a “link”, or as a “file” with its content; blank for what the mapping says."""

    batch: int | None = Field(default=None, ge=1, le=5000)
    """How many records go out together; blank for what the mapping says."""

    webhook_secret: SecretStr | None = None
    """The secret with which the portal signs what it tells at once: at least 20 characters, made by you or by it."""

    webhook_signature_header: str = Field(default="X-Portal-Signature", pattern=r"^[A-Za-z0-9-]{1,60}$")
    """The header with the signature of such a call: HMAC-SHA256 over TIMESTAMP.BODY, in hexadecimal digits."""

    webhook_timestamp_header: str = Field(default="X-Portal-Timestamp", pattern=r"^[A-Za-z0-9-]{1,60}$")
    """The header that says when it was sent, in seconds since 1970."""

    webhook_window: int = Field(default=300, ge=10, le=86_400)
    """How old such a call may be, in seconds, so that nobody who overheard it can repeat it later."""

    webhook_skew: int = Field(default=60, ge=0, le=86_400)
    """How far the portal's clock may be ahead of ours, in seconds."""

    @field_validator("transport")
    @classmethod
    def _is_set(cls, transport: str, info: ValidationInfo) -> str:
        needed = "web_address" if transport == "web" else "exchange_folder"
        if info.data.get(needed) == "":
            raise ValueError(f"set “{needed}”, too; nothing works without it.")
        return transport

    @field_validator("mapping")
    @classmethod
    def _is_whole(cls, mapping: str) -> str:
        if "/" in mapping and not mapping.startswith("/"):
            raise ValueError("give the whole path, like /srv/portal/mapping.toml.")
        return mapping

    @field_validator("webhook_secret")
    @classmethod
    def _is_long(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None and len(secret.get_secret_value()) < _LEAST_SECRET:
            raise ValueError("make it longer.")
        return secret

    @property
    def mapping_file(self) -> Path:
        """The mapping file, or the name of one that comes along."""
        return Path(self.mapping)
