"""What a mail's Message-ID begins with: the same for the same key, whatever domain mails are sent from."""

from __future__ import annotations

from hashlib import sha256


def local_part(key: str) -> str:
    """What stands before the @ of the Message-ID of what is delivered under a key."""
    return sha256(key.encode()).hexdigest()[:40]


def named_in(message_id: str) -> str:
    """What stands before the @ of a Message-ID as a header has it, whoever made it; "" for none."""
    return message_id.strip().removeprefix("<").partition("@")[0]
