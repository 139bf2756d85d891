"""What backs an entry, and the step by which every door puts it there: the supplier's, and a portal's."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, select

from quarterday.db.models import DraftEntry, Entry, EntryEvidence, Evidence, Return, Words
from quarterday.db.work import Work
from quarterday.errors import NotThere, Refused
from quarterday.evidence import Kept
from quarterday.services import words
from quarterday.services.returns.reported import Reported, must_be_open, reported, take_turn

FILE, LINK, STATEMENT = "file", "link", "statement"
LONGEST_LINK, LONGEST_STATEMENT = 2_000, 10_000
"""In characters."""

_UNSEEN = re.compile(r"[\0-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Backed:
    """What evidence is to back: an entry being written, or one that was submitted."""

    found: Reported
    draft_id: int | None = None
    entry_id: int | None = None

    @property
    def is_it(self) -> ColumnElement[bool]:
        """The condition that a row of ``entry_evidence`` backs it."""
        if self.draft_id is not None:
            return EntryEvidence.c.draft_id == self.draft_id
        return EntryEvidence.c.entry_id == self.entry_id


def draft_to_back(work: Work, return_id: int, draft_id: int, *, lock: bool = True) -> Backed:
    """A draft, where the return has it and is open for it, as it always is for one in place of a queried entry.

    ``lock`` has others who write to the return wait. Raises :class:`Refused`.
    """
    if lock:
        work.one(select(Return.c.id).where(Return.c.id == return_id).with_for_update())
    found = reported(work, return_id)
    draft = work.one(
        select(DraftEntry.c.ref, DraftEntry.c.replaces_entry_id).where(
            DraftEntry.c.id == draft_id, DraftEntry.c.return_id == return_id
        )
    )
    if draft is None:
        raise NotThere("There is no such entry being written in this return.")
    if draft.replaces_entry_id is None:
        must_be_open(work, found, [draft.ref])
    return Backed(found, draft_id=draft_id)


def entry_to_back(work: Work, entry_id: int) -> Backed:
    """An entry that was submitted, or the newest of those that took its place one after the other.

    Raises :class:`NotThere` where there is none in the actor's scope.
    """
    newest: int | None = entry_id
    while newest is not None:
        entry_id = newest
        later = work.one(select(Entry.c.id).where(Entry.c.replaces_entry_id == entry_id))
        newest = later.id if later else None
    row = work.one(select(Entry.c.return_id).where(Entry.c.id == entry_id).with_for_update())
    if row is None:
        raise NotThere("There is no such entry.")
    return Backed(reported(work, row.return_id), entry_id=entry_id)


def room_for_one(work: Work, backed: Backed, most_pieces: int) -> None:
    """Raise :class:`Refused` where there is as much evidence as an entry may have."""
    if len(work.all(select(EntryEvidence.c.id).where(backed.is_it))) >= most_pieces:
        raise Refused(
            "This entry has {pieces} pieces of evidence, as many as one may have; take one off, or put "
            "several into one file.",
            pieces=most_pieces,
        )


def attach(
    work: Work, backed: Backed, kind: str, text: str, *, most_pieces: int, kept: Kept | None = None, portal: str = ""
) -> tuple[int, int]:
    """Attach a piece of evidence; returns its id, and the version of the return.

    ``text`` is the name of a file that is ``kept`` in the store, the address of a link, or what a statement says. A
    file that backs it already is not attached again. ``portal`` is where it came from, "" for the supplier. A draft's
    return goes to its next version, since whoever writes there is to see it. Raises :class:`Refused` for one too many,
    and for what can't be evidence.
    """
    found = backed.found
    if kind == LINK:
        text = _web_address(text)
    elif kind == STATEMENT:
        text = _statement(text)
    elif kept is None:
        raise Refused("Evidence is a file, a link or a statement.")
    elif there := _already(work, backed, kept.digest):
        return there, found.draft_version
    room_for_one(work, backed, most_pieces)
    words_id = words.keep(work, text)
    evidence_id = work.add(
        Evidence,
        return_id=found.id,
        kind=kind,
        digest=kept.digest if kept else _digest_of(work, words_id),
        size=kept.size if kept else 0,
        media_type=kept.media_type if kept else "",
        scan=kept.scan if kept else "",
        words_id=words_id,
        portal=portal or None,
    )
    work.add(EntryEvidence, draft_id=backed.draft_id, entry_id=backed.entry_id, evidence_id=evidence_id)
    facts = {"size": kept.size, "type": kept.media_type, "scan": kept.scan, "digest": kept.digest} if kept else {}
    its = {"draft": backed.draft_id} if backed.entry_id is None else {"entry": backed.entry_id}
    work.audit(found.authority_id, "evidence.attached", found.subject, **its, evidence=evidence_id, kind=kind, **facts)
    if backed.draft_id is None:
        return evidence_id, found.draft_version
    return evidence_id, take_turn(work, found, found.draft_version)


def _already(work: Work, backed: Backed, digest: str) -> int | None:
    """The file of that content which is there already, and wasn't erased."""
    found = work.all(
        select(Evidence.c.id)
        .join(Words, Words.c.id == Evidence.c.words_id)
        .join(EntryEvidence, EntryEvidence.c.evidence_id == Evidence.c.id)
        .where(backed.is_it, Evidence.c.kind == FILE, Evidence.c.digest == digest, Words.c.text.is_not(None))
    )
    return found[0].id if found else None


def _digest_of(work: Work, words_id: int | None) -> str:
    row = work.one(select(Words.c.digest).where(Words.c.id == words_id))
    return row.digest if row else ""


def _web_address(typed: str) -> str:
    """The address of a page; raises :class:`Refused` for any other, and for one with a password in it."""
    address = typed.strip()
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        parts, host = None, ""
    if parts is None or parts.scheme not in ("http", "https") or "." not in host or not address.isprintable():
        raise Refused("Enter the whole address of a page, like https://example.org/photos.")
    if re.search(r"\s", address) or len(address) > LONGEST_LINK:
        raise Refused("Enter an address without spaces, of at most {most:,} characters.", most=LONGEST_LINK)
    if parts.username is not None:
        raise Refused("Take the name and the password out of the address; everybody who reviews the entry sees it.")
    return address


def _statement(text: str) -> str:
    """A statement as it is kept; raises :class:`Refused` for a blank one, and for one that nobody can read."""
    stated = unicodedata.normalize("NFC", text.replace("\r\n", "\n")).strip()
    if not stated:
        raise Refused("Write the statement; it is blank.")
    if len(stated) > LONGEST_STATEMENT:
        raise Refused(
            "Shorten the statement to {most:,} characters, or attach it as a file.",
            most=LONGEST_STATEMENT,
        )
    if _UNSEEN.search(stated):
        raise Refused("Type the statement again; it holds signs that can't be seen.")
    return stated
