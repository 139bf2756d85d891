"""What must be known of a portal, and what the authority chose; imported late, since pydantic takes its time.

``transport`` says which of the settings count: those that begin with ``web_``, or those of the place of the files.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr

from quarterday import EntriesSent, EvidenceSent, PluginSettings, VerdictsTaken


class PortalSettings(PluginSettings):
    """Exchange with an external social value portal."""

    transport: Literal["folder", "web"]
    """How to get there: “folder” for files in an exchange folder, “web” for the portal's interface (an API)."""

    mapping: str
    """The mapping file, with its whole path, like /srv/portal/mapping.toml, or the name of one that comes along:
    “simulator”."""

    entries: EntriesSent | None = None
    """Which entries go out: claimed (all that were submitted) or accepted; blank for what the mapping says."""

    verdicts: VerdictsTaken | None = None
    """What a decision of the portal is here: a review, or a suggestion beside the entry; blank as the mapping says."""

    evidence: EvidenceSent | None = None
    """How evidence goes out: as a link, or as a file; blank as the mapping says."""

    batch: int | None = Field(default=None, ge=1, le=5000)
    """How many records go out together; blank as the mapping says."""

    web_address: str = ""
    """Where the portal's interface answers, like https://portal.example.org/api."""

    web_key: SecretStr | None = None
    """The API key, where it wants one."""

    @property
    def mapping_file(self) -> Path:
        """The mapping file, or the name of one that comes along."""
        return Path(self.mapping)
