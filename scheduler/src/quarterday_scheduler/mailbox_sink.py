"""The mailbox sink: mails stay in the data folder, where a demo shows them, instead of being sent."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from quarterday import Document, DocumentKind, Message, NotConfigured, Receipt, Refused, said

if TYPE_CHECKING:
    from quarterday import PluginSettings
    from quarterday_scheduler.mail_settings import MailSettings


class MailboxSink:
    """Keeps each message as an ``.eml`` file in the folder ``mailbox`` of the data folder."""

    id = "mailbox"
    title: str = said("A mailbox in the data folder")
    accepts = frozenset({DocumentKind.MESSAGE})

    def __init__(self, settings: PluginSettings) -> None:
        self._settings = cast("MailSettings", settings)

    @classmethod
    def settings_class(cls) -> type[PluginSettings]:
        """:class:`MailSettings`."""
        from quarterday_scheduler.mail_settings import MailSettings

        return MailSettings

    def deliver(self, document: Document, key: str) -> Receipt:
        """Put the mail there, once; the receipt is its name in the mailbox.

        Raises :class:`Refused` for what is no message and for other words under a key that is there, and
        :class:`NotConfigured` where the data folder can't be written to.
        """
        if not isinstance(document, Message):
            raise Refused("Only messages go into the mailbox; send this to another sink.")
        from quarterday.services.messages import mailbox, mime, sent

        sender = mime.address(self._settings.sender, self._settings.sender_name)
        mail = mime.mail(document, key, sender=sender, at=datetime.now(UTC))
        try:
            return Receipt(sent.once(document, key, lambda: mailbox.put(mail, key)))
        except OSError as error:
            why = f"The mailbox in the data folder can't be written to ({error.strerror})."
            raise NotConfigured("data_dir", why) from error
