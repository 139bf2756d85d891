"""The mailbox in the data folder, where a demo's mails stay instead of being sent: one ``.eml`` file each."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from hashlib import sha256
from pathlib import Path

from sqlalchemy import select

from quarterday.db.models import OutboxRow
from quarterday.db.work import Actor, UnitOfWork
from quarterday.errors import NotThere
from quarterday.settings_file import data_folder

FOLDER = "mailbox"
"""The folder within the data folder."""
PAGE = 50
"""How many mails a page has."""
_MAIL = "mail."

_NAME = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail that lies in the mailbox."""

    name: str
    """By which :func:`letter` finds it: 40 hexadecimal digits."""
    to: str
    subject: str
    at: datetime
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Filed:
    """A mail in the list."""

    letter: Letter
    kind: str
    """invitation, receipt, query…; "" where the record doesn't know it any more."""
    at: datetime
    """When it became due."""


def put(mail: EmailMessage, key: str) -> str:
    """Put a mail there, whole and on the disk for good; returns its name, which is the same for the same key.

    Raises :class:`OSError` where the data folder can't be written to.
    """
    folder = data_folder() / FOLDER
    folder.mkdir(exist_ok=True)
    name = _named(key)
    new = folder / f".{name}.{os.getpid()}"
    try:
        with new.open("wb") as file:
            file.write(mail.as_bytes())
            file.flush()
            os.fsync(file.fileno())
        new.replace(folder / f"{name}.eml")
    finally:
        new.unlink(missing_ok=True)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return name


def letters() -> list[Letter]:
    """All mails in the mailbox, the newest first; none where there is no mailbox."""
    return [_read(path) for path in _there()]


def search(uow: UnitOfWork, *, kind: str = "", words: str = "", skip: int = 0) -> tuple[list[Filed], bool]:
    """The mails of a kind and with some words in address or subject, the newest first, and whether there are more.

    There are :data:`PAGE` at most, from the row ``skip`` on. Each has the time at which the record wrote down that it
    is due, which is that of what happened also where the clock was moved for a demo.
    """
    known, wanted = _known(uow), words.casefold()
    filed = (Filed(letter, *known.get(letter.name, ("", letter.at))) for letter in letters())
    found = [
        one for one in filed if kind in ("", one.kind) and wanted in f"{one.letter.to}\n{one.letter.subject}".casefold()
    ]
    found.sort(key=lambda one: one.at, reverse=True)
    return found[skip : skip + PAGE], len(found) > skip + PAGE


def filed(uow: UnitOfWork, name: str) -> Filed:
    """The mail of that name as :func:`search` lists it; raises :class:`Refused` where there is none."""
    found = letter(name)
    return Filed(found, *_known(uow).get(name, ("", found.at)))


def letter(name: str) -> Letter:
    """The mail of that name; raises :class:`Refused` where there is none."""
    path = data_folder() / FOLDER / f"{name}.eml"
    if not _NAME.fullmatch(name) or not path.exists():
        raise NotThere("There is no such mail in the mailbox.")
    return _read(path)


def _known(uow: UnitOfWork) -> dict[str, tuple[str, datetime]]:
    """By name of a mail: its kind, and when the record wrote down that it is due."""
    with uow.read(Actor("mailbox")) as work:
        query = select(OutboxRow.c.key, OutboxRow.c.kind, OutboxRow.c.recorded_at)
        rows = work.all(query.where(OutboxRow.c.kind.startswith(_MAIL)))
    return {_named(row.key): (row.kind.removeprefix(_MAIL), row.recorded_at) for row in rows}


def _there() -> list[Path]:
    there = [path for path in (data_folder() / FOLDER).glob("*.eml") if _NAME.fullmatch(path.stem)]
    return sorted(there, key=lambda path: (path.stat().st_mtime_ns, path.stem), reverse=True)


def _named(key: str) -> str:
    """The name of the mail that was delivered under a key."""
    return sha256(key.encode()).hexdigest()[:40]


def _read(path: Path) -> Letter:
    mail = message_from_bytes(path.read_bytes(), policy=SMTP)
    assert isinstance(mail, EmailMessage)  # noqa: S101 (so the policy makes it)
    words = {part.get_content_subtype(): part.get_content().replace("\r\n", "\n") for part in mail.iter_parts()}
    return Letter(
        name=path.stem,
        to=str(mail["To"]),
        subject=str(mail["Subject"]).strip(),  # a long one begins on a line of its own
        at=mail["Date"].datetime,
        text=words["plain"],
        html=words["html"],
    )
