"""What goes out to a portal at once: records as lines of JSON, with words, links and files added on the way.

A batch is written down without what somebody wrote, and without links and files: each time it goes out they are
fetched anew, so what was erased meanwhile doesn't go.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from typing import Any

from sqlalchemy import Column, Row, Select, Table, select

from quarterday.db import given
from quarterday.db.models import Entry, Evidence, Review, Words
from quarterday.db.work import Work
from quarterday.domain.canonical import text_as_json
from quarterday.domain.portal_records import FIELDS, MEDIA_TYPE, EvidenceSent, PortalTerms, RecordKind, digest_of
from quarterday.domain.sentences import said
from quarterday.errors import Refused
from quarterday.evidence import Keeper, Lost, Outcome
from quarterday.ports import Document, DocumentKind
from quarterday.services import words
from quarterday.services.portals.ours import Ours

MOST_BYTES = 25 * 2**20
"""So large may a file of evidence be that goes out, and all those of one batch together, in bytes."""


@dataclass(frozen=True, slots=True)
class Going:
    """One record on its way."""

    our_id: int
    version: str
    """Ours, that was looked at."""
    digest: str
    seen: str
    """The version of theirs that it is to replace."""
    line: str
    """Its line of JSON, as it is written down."""

    @property
    def key(self) -> str:
        """What both sides call it."""
        return str(json.loads(self.line)["key"])


@dataclass(frozen=True, slots=True)
class Batch:
    """Some records of one kind that go out together."""

    id: int
    key: str
    kind: RecordKind
    records: tuple[Going, ...]
    said: Mapping[int, str] = field(default_factory=dict)
    """What somebody wrote, by our id; of evidence the name of a file, or the address of a link."""


def going(ours: Ours, digest: str, *, send: str, external_id: str, seen: str) -> Going:
    """A record as it is written down to go out under an idempotency key."""
    line = _line(ours.kind, ours.id, ours.fields, send, external_id, seen)
    return Going(ours.id, ours.version, digest, seen, line)


def going_again(record: Row[*tuple[Any, ...]], *, seen: str, external_id: str) -> Going:
    """What was sent of a record last, once more: the same content under the same idempotency key."""
    kind = RecordKind(record.kind)
    fields = {**dict.fromkeys(FIELDS[kind], ""), **record.sent}
    line = _line(kind, record.our_id, fields, record.sent_key, external_id, seen)
    version = record.version.partition("/")[0]
    return Going(record.our_id, version, digest_of(kind, record.sent), seen, line)


def _line(kind: RecordKind, our_id: int, fields: Mapping[str, str], send: str, external_id: str, seen: str) -> str:
    """A record as JSON. All in it is text, of which a writer for whatever there is takes three times as long."""
    within = ", ".join([f"{text_as_json(name)}: {text_as_json(text)}" for name, text in fields.items()])
    return (
        f'{{"record": "{kind.value}", "key": "{kind.value}/{our_id}", "fields": {{{within}}}, '
        f'"send": {text_as_json(send)}, "external_id": {text_as_json(external_id)}, "version": {text_as_json(seen)}}}'
    )


def content(records: Sequence[Going]) -> str:
    """What is written down of a batch."""
    return "\n".join(one.line for one in records)


def said_of(work: Work, kind: RecordKind, versions: Mapping[int, str]) -> dict[int, str]:
    """What somebody wrote of records, by our id and the version of each; nothing of what was erased."""
    if kind is RecordKind.VERDICT:  # the words are those of the decision that goes out, whatever was decided since
        reviews = {int(version): our_id for our_id, version in versions.items() if version.isdecimal()}
        return {reviews[row.id]: row.text for row in _written(work, Review, reviews)}
    if kind not in _SAID:
        return {}
    rows = _written(work, _SAID[kind], versions)
    if kind is RecordKind.ENTRY:
        return {row.id: "\n\n".join(words.fields_of(row.text).values()) for row in rows}
    return {row.id: row.text for row in rows}


def sizes(work: Work, ids: Collection[int]) -> dict[int, int]:
    """The sizes of pieces of evidence, in bytes, by id; of a link it is 0."""
    rows = work.all(select(Evidence.c.id, Evidence.c.size).where(Evidence.c.id.in_(list(ids))))
    return {row.id: row.size for row in rows}


@dataclass(frozen=True, slots=True)
class Parcel:
    """A batch whole, and of the records that can't go with it why not, by our id."""

    document: Document
    key: str
    left_out: Mapping[int, str]


def parcel(batch: Batch, terms: PortalTerms, keeper: Callable[[], Keeper]) -> Parcel:
    """A batch as it goes out; files are read here, so this is no part of a transaction.

    The same content has the same key. Raises :class:`~quarterday.errors.Trouble` where the evidence store can't be
    read.
    """
    left_out: dict[int, str] = {}
    if batch.kind is RecordKind.EVIDENCE:
        lines = list(_with_evidence(batch, terms, keeper, left_out))
    else:
        lines = [_with(one.line, batch.said.get(one.our_id, "")) for one in batch.records]
    whole = "\n".join(lines).encode()
    name = f"{batch.kind}-{batch.id}.jsonl"
    document = Document(DocumentKind.RECORDS, name, MEDIA_TYPE, whole, {"records": str(len(lines))})
    return Parcel(document, f"{batch.key}-{sha256(whole).hexdigest()[:12]}", left_out)


def _with(line: str, words: str) -> str:
    """A line with the words put to its end: reading it would take longer than all the rest."""
    told = json.dumps(words) if words else '""'
    return f'{line[:-1]}, "words": {told}}}'


def _with_evidence(
    batch: Batch, terms: PortalTerms, keeper: Callable[[], Keeper], left_out: dict[int, str]
) -> Iterator[str]:
    for one in batch.records:
        told = batch.said.get(one.our_id)
        if told is None:
            left_out[one.our_id] = said("It was erased, so it isn't sent.")
            continue
        record = json.loads(one.line)
        fields = record["fields"]
        if fields["kind"] == "link":
            fields["link"], told = told, ""
        elif terms.evidence is EvidenceSent.FILE:
            try:
                # A scanner knows more by now than when the file came.
                with keeper().open(fields["digest"], name=told, scanned=Outcome.NOT_SCANNED) as file:
                    fields["file"] = b64encode(file.read()).decode()
            except (Refused, Lost) as why:
                left_out[one.our_id] = str(why)
                continue
        yield json.dumps({**record, "words": told})


def _written(work: Work, table: Table, ids: Collection[int]) -> Sequence[Row[*tuple[Any, ...]]]:
    """What somebody wrote with those rows, where it wasn't erased."""
    return work.all(_words_of(table, work.connection.dialect.name), ids=given.as_given(list(ids))) if ids else []


@cache
def _words_of(table: Table, dialect: str) -> Select[*tuple[Any, ...]]:
    record_id: Column[int] = table.c.id
    return (
        select(record_id, Words.c.text)
        .join(Words, Words.c.id == table.c.words_id)
        .where(given.is_given(record_id, dialect), Words.c.text.is_not(None))
    )


_SAID: Mapping[RecordKind, Table] = {RecordKind.ENTRY: Entry, RecordKind.EVIDENCE: Evidence}
