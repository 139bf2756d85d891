"""A record as a portal has it: read from what its source gave, and read again from what was kept of it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from fractions import Fraction
from secrets import token_hex
from typing import Any

from sqlalchemy import select

from quarterday.db.models import PortalInbox, Suggestion
from quarterday.db.newest import newest
from quarterday.db.work import Work
from quarterday.domain.exact import exact_text
from quarterday.domain.portal_records import FIELDS, NOT_COMPARED, RecordKind, digest_of, keyed
from quarterday.domain.return_states import DECIDED
from quarterday.domain.sentences import said
from quarterday.errors import Refused
from quarterday.evidence import Kept
from quarterday.services import words

MOST_FIELD, MOST_WORDS, MOST_UNKNOWN = 2_000, 20_000, 100
"""Characters of a field, and of what somebody wrote; how many things a portal may say besides."""

SCAN, SIZE = "scan", "size"
"""What the evidence store says of a file, beside the fields of evidence: what the scanner said, and bytes."""

KEPT = "kept"
"""Where an item has the file that was put away, as the store's own object: no plugin can claim to have put one there.
"""

_WORDS, _LINK, _UNKNOWN, _TROUBLE = "words", "link", "unknown: ", "trouble"
_NUMBERS = frozenset({"quantity", "target", "share"})
_NUMBER = re.compile(r"(?:\d+(?:\.\d*)?|\.\d+|\d+/0*[1-9]\d*)", re.ASCII)
_YEARS = range(1900, 9999)


@dataclass(frozen=True, slots=True)
class Theirs:
    """One record of theirs."""

    kind: RecordKind
    external_id: str
    """What they call it; "" where they have said only our own key."""
    key: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    """By the names of its kind; numbers as :func:`~quarterday.domain.exact.exact_text` writes them. No file is in it:
    of one that was put away there are its digest, media type, size and what the scanner said."""
    words: str = ""
    unknown: Mapping[str, str] = field(default_factory=dict)
    version: str = ""
    changed_at: datetime | None = None
    trouble: str = ""

    @property
    def our_id(self) -> int | None:
        """The id in the key that it bears; None where that is no key of a record of this kind."""
        kind, number = keyed(self.key)
        return number if kind == self.kind else None

    @property
    def name(self) -> str:
        """What tells it from the others of its kind over there."""
        return self.external_id or self.key

    @property
    def digest(self) -> str:
        """What tells this content from another."""
        return digest_of(self.kind, self.fields)

    @property
    def facts(self) -> dict[str, str]:
        """What stands among facts: the fields without links, and what is wrong with it where something is."""
        facts = {name: text for name, text in self.fields.items() if name not in NOT_COMPARED}
        return facts | {_TROUBLE: self.trouble} if self.trouble else facts

    @property
    def said(self) -> dict[str, str]:
        """What is kept apart from facts, by name: words, the link, and what the portal says besides."""
        besides = {f"{_UNKNOWN}{name}": text for name, text in self.unknown.items()}
        said = {_WORDS: self.words, _LINK: self.fields.get(_LINK, ""), **besides}
        return {name: text.strip() for name, text in sorted(said.items()) if text.strip()}

    def with_fields(self, **fields: str) -> Theirs:
        """The same record with other contents of some fields."""
        return replace(self, fields={**self.fields, **fields})


def read(payload: Mapping[str, Any]) -> Theirs:
    """The record in the payload of an item; raises :class:`Refused` where it is no record that a portal can have."""
    try:
        kind = RecordKind(payload.get("record", ""))
    except ValueError:
        raise Refused("It is no record of a kind that is exchanged.") from None
    fields = _texts(payload, "fields", MOST_FIELD)
    known = {
        name: _exact(fields[name]) if name in _NUMBERS else fields[name] for name in FIELDS[kind] if name in fields
    }
    besides = {name: text for name, text in fields.items() if name not in FIELDS[kind]}
    if kind is RecordKind.EVIDENCE:
        if known.pop("file", ""):
            raise Refused("Its file stands under a name that isn't just “file”, so it wasn't put away.")
        known |= _of_file(payload.get(KEPT))
    unknown = {**besides, **_texts(payload, "unknown", MOST_WORDS)}
    if len(unknown) > MOST_UNKNOWN:
        raise Refused("It says more besides than {most} things: leave out what nobody needs.", most=MOST_UNKNOWN)
    name, key = _text(payload, "external_id"), _text(payload, "key")
    if not (name or key):
        raise Refused("It has neither a name of theirs nor a key of ours, so nothing tells it from another.")
    trouble = _text(payload, "trouble")
    if kind is RecordKind.VERDICT:
        decision = known.get("decision", "")
        if decision != "accepted":
            known["quantity"] = ""
        if decision not in DECIDED and not trouble:
            trouble = said("“{decision}” is no decision: it is accepted, queried or rejected.", decision=decision[:40])
    return Theirs(
        kind=kind,
        external_id=name,
        key=key,
        fields=known,
        words=_text(payload, "words", MOST_WORDS),
        unknown=unknown,
        version=_text(payload, "version"),
        changed_at=_moment(_text(payload, "changed_at")),
        trouble=trouble,
    )


def kept(work: Work, record: Any) -> Theirs:
    """What a row of the sync ledger has of theirs; its words are "" once they are erased."""
    told = said_of(work, record.theirs_words_id)
    fields = dict(record.theirs or {})
    trouble = fields.pop(_TROUBLE, "")
    if _LINK in told:
        fields[_LINK] = told[_LINK]
    return Theirs(
        kind=RecordKind(record.kind),
        external_id=record.external_id,
        fields=fields,
        words=told.get(_WORDS, ""),
        unknown=unknown_of(told),
        version=record.their_version,
        changed_at=record.their_changed_at,
        trouble=trouble,
    )


def said_of(work: Work, words_id: int | None) -> dict[str, str]:
    """What was kept apart from facts, as :attr:`Theirs.said` has it; nothing once it is erased."""
    return {} if words_id is None else said_in(words.read(work, [words_id]).get(words_id))


def said_in(text: str | None) -> dict[str, str]:
    """The same of the text of a words row."""
    return words.fields_of(text)


def words_in(text: str | None) -> str:
    """Of a words row that was kept of theirs what somebody wrote; "" for nothing, and once it is erased."""
    return said_in(text).get(_WORDS, "")


def unknown_of(told: Mapping[str, str]) -> dict[str, str]:
    """Of those what the portal says besides, by its own names."""
    return {name.removeprefix(_UNKNOWN): text for name, text in told.items() if name.startswith(_UNKNOWN)}


def _of_file(file: object) -> dict[str, str]:
    if not isinstance(file, Kept):
        return {}
    return {"digest": file.digest, "media_type": file.media_type, SIZE: str(file.size), SCAN: str(file.scan)}


def _text(payload: Mapping[str, Any], name: str, most: int = MOST_FIELD) -> str:
    return _clean(payload.get(name, ""), name, most)


def _texts(payload: Mapping[str, Any], name: str, most: int) -> dict[str, str]:
    given = payload.get(name, {})
    if not isinstance(given, Mapping):
        raise Refused("Its “{name}” are no texts by name.", name=name)
    return {_clean(one, name, MOST_FIELD): _clean(text, str(one)[:40], most) for one, text in given.items()}


def _clean(text: object, name: str, most: int) -> str:
    """A text that both databases keep; raises :class:`Refused` for what is none, and for one beyond all measure."""
    if not isinstance(text, str):
        raise Refused("Its “{name}” is no text.", name=name)
    if len(text) > most:
        raise Refused("Its “{name}” has more than {most:,} characters.", name=name, most=most)
    return text.replace("\0", "\ufffd").encode(errors="replace").decode().strip()


def _exact(text: str) -> str:
    """A number as it is written everywhere here, so that 12.50 and 12.5 are one; anything else as it is."""
    return exact_text(Fraction(text)) if _NUMBER.fullmatch(text) else text


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as problem:
        raise Refused("“{text}” is no moment.", text=text[:40]) from problem
    if found.tzinfo is None:
        raise Refused("“{text}” has no time zone.", text=text[:40])
    return found if found.year in _YEARS else None  # the first or the last moment that a system has means “never”


def keep_said(work: Work, record: Any | None, theirs: Theirs) -> int | None:
    """The words row with what a record of theirs says: the one that is kept of it already where that says the same.

    What was erased stays erased as long as the record's content and version are those that it was erased of.
    """
    if record is None or record.theirs_words_id is None:
        return words.keep_fields(work, theirs.said)
    row = words.read(work, [record.theirs_words_id])
    text = row.get(record.theirs_words_id, "")
    is_same = words.fields_of(text) == theirs.said if text else is_content_of(record, theirs)
    return record.theirs_words_id if is_same else words.keep_fields(work, theirs.said)


def let_go(work: Work, record_id: int, words_id: int) -> None:
    """Erase what a portal doesn't say of a record any more, unless it is still shown: in the inbox, or beside an entry.

    Nothing refers to it then, so whoever erases the record's words would not come upon it.
    """
    for shown in (PortalInbox, Suggestion):
        mine = (shown.c.record_id == record_id, shown.c.words_id == words_id, newest(shown, shown.c.record_id))
        if work.all(select(shown.c.id).where(*mine)):
            return
    words.erase(work, words_id)


def is_content_of(record: Any, theirs: Theirs) -> bool:
    """Whether that is what a row of the sync ledger has of theirs, as far as facts tell."""
    there = (record.theirs_digest, record.their_version, record.their_changed_at)
    return there == (theirs.digest, theirs.version, theirs.changed_at)


def with_untold(record: Any | None, theirs: Theirs, untold: Collection[str]) -> Theirs:
    """The same record, with the fields that the portal has no place for as they were sent to it last.

    Without them each of ours would be another record whenever it comes back.
    """
    sent = record.sent if record is not None and record.sent else {}
    return theirs.with_fields(**{name: sent[name] for name in untold if name in sent and name not in theirs.fields})


def with_digest(work: Work, record: Any | None, theirs: Theirs) -> Theirs:
    """The same record, with a digest of its link where the portal gives none: salted, and the same while the link is.

    Links stand among words and not among facts, so without it one link would pass for another.
    """
    link = theirs.fields.get(_LINK, "")
    if theirs.kind is not RecordKind.EVIDENCE or not link or theirs.fields.get("digest"):
        return theirs
    if record is not None and record.theirs:
        known = theirs.with_fields(digest=record.theirs.get("digest", ""))
        told = said_of(work, record.theirs_words_id)
        if told.get(_LINK) == link or (not told and is_content_of(record, known)):
            return known
    return theirs.with_fields(digest=words.digest_of(token_hex(16), link))
