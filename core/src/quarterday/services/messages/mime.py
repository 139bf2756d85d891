"""A message as a mail: plain text and HTML side by side, with the headers that say it was written by a program."""

from __future__ import annotations

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from uuid import NAMESPACE_URL, uuid5

from quarterday.domain import names
from quarterday.domain.message_ids import local_part
from quarterday.errors import Refused
from quarterday.ports import Message


def mail(message: Message, key: str, *, sender: Address, at: datetime) -> EmailMessage:
    """The mail for a message from ``sender`` at a moment.

    Its Message-ID is made of the key, so that a repeat can be recognised. Raises :class:`Refused` for an address or a
    subject that can't stand in a header: none can add a header or a recipient of its own.
    """
    to = address(message.to)
    answers = address(message.reply_to) if message.reply_to else None
    is_ascii = (sender.addr_spec + message.to + message.reply_to).isascii()
    made = EmailMessage(policy=SMTP if is_ascii else SMTPUTF8)
    made["From"], made["To"] = sender, to
    if answers:
        made["Reply-To"] = answers
    try:
        made["Subject"] = message.subject
    except ValueError as error:  # for a line end
        raise Refused("The subject of this message can't stand in a mail: it has more than one line.") from error
    made["Date"] = at
    made["Message-ID"] = message_id(key, sender.domain)
    made["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office reply is sent to it
    made.set_content(message.text, cte="quoted-printable")
    made.add_alternative(message.html, subtype="html", cte="quoted-printable")
    made.set_boundary(f"={uuid5(NAMESPACE_URL, key).hex}")
    return made


def address(text: str, name: str = "") -> Address:
    """An address for a header, with the name beside it; raises :class:`Refused` for anything but one address."""
    try:
        names.email(text)
    except names.NotAName as problem:
        raise Refused(str(problem)) from problem
    user, _, domain = text.strip().rpartition("@")
    return Address(name, username=user, domain=domain)


def message_id(key: str, domain: str) -> str:
    """The Message-ID of what is delivered under a key, the same each time."""
    return f"<{local_part(key)}@{domain}>"
