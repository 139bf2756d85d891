"""What people write, kept apart from the facts: a salted digest stands for it, and erasing leaves that (DESIGN 4.9)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from secrets import token_hex

from sqlalchemy import select, update

from quarterday.db.memory import forgets, keeping
from quarterday.db.models import Words
from quarterday.db.work import Work

__all__ = ["digest_of", "erase", "fields_of", "forgets", "keep", "keep_fields", "keeping", "read"]


def digest_of(salt: str, text: str) -> str:
    """The digest under which words are known."""
    return sha256(f"{salt}{text}".encode()).hexdigest()


def keep(work: Work, text: str) -> int | None:
    """Keep words; returns their id, or None where there are none."""
    text = text.strip()
    if not text:
        return None
    salt = token_hex(16)
    return work.add(Words, digest=digest_of(salt, text), salt=salt, text=text)


def keep_fields(work: Work, fields: Mapping[str, str]) -> int | None:
    """Keep the free text of several fields as one; returns its id, or None where all are blank."""
    said = {field: text.strip() for field, text in sorted(fields.items()) if text.strip()}
    return keep(work, json.dumps(said, ensure_ascii=False)) if said else None


def fields_of(text: str | None) -> dict[str, str]:
    """The fields that :func:`keep_fields` kept; none after they were erased."""
    return dict(json.loads(text)) if text else {}


def read(work: Work, ids: Iterable[int]) -> dict[int, str]:
    """The words of those ids; erased ones are ""."""
    found = work.all(select(Words.c.id, Words.c.text).where(Words.c.id.in_(list(ids))))
    return {row.id: row.text or "" for row in found}


def erase(work: Work, words_id: int) -> None:
    """Take the text and the salt; the digest stays, and with it every revision's own digest.

    This process keeps nothing of it in memory either, and any other for no longer than
    :data:`~quarterday.db.memory.LONGEST`.
    """
    work.connection.execute(update(Words).where(Words.c.id == words_id).values(text=None, salt=None))
    work.forget()
