"""The source of returned mail: what mail servers report of mails that didn't arrive (RFC 3464), from a Maildir folder.

A folder and no mailbox of our own to sign in to: a mail server delivers into one, and programs like mbsync or getmail
fetch a mailbox into one, with every way to sign in that the council's provider asks for.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from time import time_ns
from typing import TYPE_CHECKING, NamedTuple, cast

from quarterday import BadRecord, Item, NotConfigured, said

if TYPE_CHECKING:
    from quarterday import PluginSettings
    from quarterday_scheduler.returned_settings import ReturnedMailSettings

SETTLED_SECONDS = 1.0
"""How old a file is before it is read: younger ones may still get company that sorts before them."""

MOST_BYTES = 2_000_000
"""How much of a mail is read: reports are short, and what they send back comes last."""

_LAST = 999
"""So many recipients of one report are read at most."""

_CLASSES = {"failed": "5.0.0", "delayed": "4.0.0", "delivered": "2.0.0", "relayed": "2.0.0", "expanded": "2.0.0"}
"""The status of an action that comes without one."""


class _File(NamedTuple):
    """One mail in the folder, and where it stands in the order of arrival."""

    arrived: int
    """In nanoseconds."""
    name: str
    """Without the flags that mail programs add."""
    where: str
    """Its whole name, with the folder."""

    def cursor(self, number: int) -> str:
        """After the recipient of that number: text that sorts as they arrived."""
        return f"{self.arrived:020}/{self.name}/{number:03}"


class ReturnedMailSource:
    """Gives a ``bounce`` for each recipient whom a report of delivery names; other mails are passed over.

    What it reads stays in the folder as it is.
    """

    id = "returned-mail"
    title: str = said("Mail that came back")

    def __init__(self, settings: PluginSettings) -> None:
        self._folder = cast("ReturnedMailSettings", settings).returned_mail

    @classmethod
    def settings_class(cls) -> type[PluginSettings]:
        """:class:`ReturnedMailSettings`."""
        from quarterday_scheduler.returned_settings import ReturnedMailSettings

        return ReturnedMailSettings

    def items(self, since: str) -> Iterator[Item | BadRecord]:
        """The bounces in the order in which their reports arrived.

        A payload says ``message_id`` and ``address`` of the mail, its ``status`` (RFC 3463), what the server ``said``,
        and ``at`` when. Raises :class:`NotConfigured` where the folder isn't one, or can't be read.
        """
        for file in self._files():
            if file.cursor(_LAST) <= since:
                continue
            try:
                with (self._folder / file.where).open("rb") as mail:
                    found = list(_bounces(mail.read(MOST_BYTES), file.arrived))[:_LAST]
            except FileNotFoundError:  # a mail program moved or removed it
                continue
            except Exception as error:  # whatever anybody sent: one mail that can't be parsed holds up no other
                yield BadRecord(file.name, f"It can't be read ({type(error).__name__}).", file.cursor(_LAST))
                continue
            for number, payload in enumerate(found, start=1):
                cursor, key = file.cursor(number), f"{file.name}/{number}"
                if cursor <= since:
                    continue
                if payload["message_id"]:
                    yield Item(key, "bounce", payload, cursor)
                else:
                    yield BadRecord(key, "The report doesn't say which mail it is about.", cursor)

    def _files(self) -> list[_File]:
        """The mails that arrived and settled, the oldest first."""
        before = time_ns() - int(SETTLED_SECONDS * 1e9)
        found = []
        try:
            for folder in ("new", "cur"):
                with os.scandir(self._folder / folder) as entries:
                    for entry in entries:
                        with suppress(FileNotFoundError):
                            arrived = entry.stat().st_ctime_ns  # a mail program sets the other times as it likes
                            if arrived <= before and not entry.name.startswith("."):
                                where = f"{folder}/{entry.name}"
                                found.append(_File(arrived, entry.name.partition(":")[0], where))
        except OSError as error:
            why = (
                f"{self._folder} is no Maildir folder that can be read, with “new” and “cur” in it ({error.strerror})."
            )
            raise NotConfigured("returned_mail", why) from error
        return sorted(found)


def _bounces(mail: bytes, arrived: int) -> Iterator[dict[str, str]]:
    """What a report of delivery says of each recipient; nothing for any other mail."""
    report = message_from_bytes(mail, policy=policy.default)
    if report.get_content_type() != "multipart/report" or not report.is_multipart():
        return
    parts = [part for part in report.iter_parts() if isinstance(part, EmailMessage)]
    status = next((part for part in parts if part.get_content_type() == "message/delivery-status"), None)
    if status is None:
        return
    date = report["Date"]
    at = date.datetime if date is not None and date.datetime is not None else datetime.fromtimestamp(arrived / 1e9, UTC)
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    sent = _sent_back(parts)
    for block in status.get_payload():
        if isinstance(block, Message) and (recipient := block["Final-Recipient"] or block["Original-Recipient"]):
            action = str(block["Action"] or "").strip().lower()
            if action in _CLASSES:
                numbers = re.search(r"[245]\.\d{1,3}\.\d{1,3}", str(block["Status"] or ""))
                yield {
                    "message_id": sent,
                    "address": str(recipient).rpartition(";")[2].strip(),
                    "status": numbers[0] if numbers else _CLASSES[action],
                    "said": " ".join(str(block["Diagnostic-Code"] or "").rpartition(";")[2].split())[:500],
                    "at": at.isoformat(),
                }


def _sent_back(parts: list[EmailMessage]) -> str:
    """The Message-ID of the mail that a report sends back, or of its head; "" where it sends back neither."""
    for part in parts:
        match part.get_content_type():
            case "message/rfc822" | "message/global":
                head: Message = part.get_payload(0)  # type: ignore[assignment]
            case "text/rfc822-headers" | "message/global-headers":
                head = message_from_bytes(part.get_content().encode("utf-8", "surrogateescape"), policy=policy.default)
            case _:
                continue
        return str(head["Message-ID"] or "").strip()
    return ""
