"""E-mails: whether a text is one, and whether what hangs on it may be kept."""

from __future__ import annotations

import re
from email import message_from_binary_file
from email.message import Message
from email.policy import Policy, compat32
from io import BytesIO
from typing import BinaryIO

from quarterday.domain.sentences import said
from quarterday.errors import Refused
from quarterday.evidence.office import office_type
from quarterday.evidence.signs import ARCHIVES, LONGEST, MARKUP, PROGRAMS, refuse

MOST_LINES, MOST_PARTS = 400_000, 100
"""Lines of a whole e-mail (25 MB packed as e-mail does it have 340,000), and parts, e-mails within it among them."""

_AT_ONCE = 2**18
_FIELD = re.compile(rb"([!-9;-~]+):")
_USUAL = {b"from", b"to", b"date", b"subject", b"message-id", b"received", b"mime-version", b"return-path", b"reply-to"}
_SEALED = {"application/pkcs7-mime", "application/x-pkcs7-mime", "multipart/encrypted"}


def is_mail(start: bytes) -> bool:
    """Whether a file begins as an e-mail does: with header fields and nothing else, two of the usual among them."""
    usual = set()
    for line in start.splitlines():
        if not line:
            break
        if line[:1] in b" \t":
            continue
        field = _FIELD.match(line)
        if field is None:
            return False
        usual.add(field[1].lower())
        if len(usual & _USUAL) >= 2:
            return True
    return False


def check_mail(file: BinaryIO, name: str) -> None:
    """Raise :class:`Refused` for an e-mail that can't be looked into, or with a program or an archive hanging on it.

    Web pages are how e-mails are written; as an attachment they are refused too. An e-mail is held in memory while it
    is looked into, so lines and parts are counted: without that, 15 MB of parts took a gigabyte and 42 s (measured).
    """
    too_much = Refused("{file} holds more than any e-mail; attach what matters of it, one by one.", file=name)
    lines = 0
    while piece := file.read(_AT_ONCE):
        lines += piece.count(b"\n")
        if lines > MOST_LINES:
            raise too_much
    file.seek(0)
    parts: list[Message] = []

    def another(policy: Policy = compat32) -> Message:
        if len(parts) > MOST_PARTS:
            raise too_much
        parts.append(Message(policy))
        return parts[-1]

    message_from_binary_file(file, another)
    for part in parts:
        _check_part(part, name)


def _check_part(part: Message, name: str) -> None:
    if part.get_content_type() in _SEALED:
        raise Refused("{file} is an encrypted e-mail; save what it says as PDF.", file=name)
    content = part.get_payload(decode=True)
    if isinstance(content, bytes) and content:
        what = said("An attachment of {file}", file=name)
        refuse(content[:LONGEST], what, PROGRAMS + ARCHIVES + (MARKUP if part.get_filename() else ()))
        if content.startswith(b"PK"):
            office_type(BytesIO(content), what)
