"""What the source of returned mail must be told."""

from __future__ import annotations

from pathlib import Path

from quarterday import PluginSettings


class ReturnedMailSettings(PluginSettings):
    """Where mail that came back arrives."""

    returned_mail: Path
    """The Maildir folder into which mails to the sender's address are delivered, like /var/mail/returns."""
