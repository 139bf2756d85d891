"""What a portal is tried on, and what records look like that pass between it and us."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from quarterday.domain.portal_records import FIELDS, RecordKind, digest_of
from quarterday.plugin_settings import taken
from quarterday.ports import Answered, Document, DocumentKind, Item, Receipt, Reconcilable, ReportSink
from quarterday.testing.source import SourceTrial
from quarterday.testing.trial import Values

PORTAL_RECORD = "portal-record"
"""The kind of a portal's items."""

TEXTS = ("record", "external_id", "key", "words", "version", "changed_at", "trouble")
"""What a record says as text."""
NAMES = frozenset({*TEXTS, "fields", "unknown"})
"""All that it says."""

_EXACT = re.compile(r"\d+(\.\d+)?|\d+/[1-9]\d*")
_NUMBERS, _DAYS = ("quantity", "target", "share"), ("starts", "ends", "first", "last")
_DECISIONS = ("accepted", "queried", "rejected")


@dataclass(frozen=True, slots=True)
class OurRecord:
    """A record of ours that can be sent."""

    kind: RecordKind
    id: int
    fields: Mapping[str, str]
    words: str = ""

    @property
    def key(self) -> str:
        """What we call it: ``entry/12``."""
        return f"{self.kind}/{self.id}"

    def changed(self) -> OurRecord:
        """The same record with another content: another title, or another quantity."""
        name = next(one for one in ("quantity", "target", "title") if one in FIELDS[self.kind])
        other = f"{self.fields[name]}, newly put" if name == "title" else "7.25"
        return replace(self, fields={**self.fields, name: other if other != self.fields[name] else "8.5"})


@dataclass(frozen=True, slots=True)
class Sending:
    """A record on its way: under which key its content goes, and what is known of it over there."""

    record: OurRecord
    send: str
    known: Answered | None = None

    @property
    def line(self) -> str:
        """It as a document of records has it."""
        one = self.record
        return json.dumps(
            {
                "record": one.kind,
                "key": one.key,
                "fields": dict(one.fields),
                "words": one.words,
                "send": self.send,
                "external_id": self.known.external_id if self.known else "",
                "version": self.known.version if self.known else "",
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconcilableTrial(SourceTrial):
    """What a portal is tried on: one of its own for each test, in which three records at least were made or changed."""

    sink: type[ReportSink]
    """The outward half; it may be the same class."""
    records: Sequence[OurRecord]
    """Two records of ours at least that it takes, the first no evidence; none of them is there yet."""
    bad: OurRecord
    """One that it doesn't take, like an entry for a measure that has no counterpart."""
    state: Callable[[], object]
    """All that is there, as something that can be compared; whatever is acted on twice shows in it."""
    edit: Callable[[str], object]
    """Has somebody over there change the record with this key of ours, which was delivered."""
    take_in: Callable[[], object] = tuple
    """Has what was delivered be taken in over there, where that isn't done at once: files are fetched later."""
    lose: Callable[[], object] | None = None
    """Has the next answer be lost after what was sent was acted on; None where nothing is answered."""
    arrived: Callable[[], Collection[bytes]] | None = None
    """Every body or file that has arrived there; for a sink that can rehearse (``DryRun``)."""

    def portal(self, settings: Values | None = None) -> Reconcilable:
        """A new instance of the inward half."""
        made = self.make(settings)
        assert isinstance(made, Reconcilable), "it has no terms() and theirs(), so it isn't Reconcilable"  # noqa: S101
        return made

    def outward(self, settings: Values | None = None) -> ReportSink:
        """A new instance of the outward half, made as the host makes it."""
        return self.sink(taken(self.sink.settings_class(), self.settings if settings is None else settings))

    def document(self, *sendings: Sending) -> Document:
        """A document of records."""
        content = "\n".join(one.line for one in sendings).encode()
        return Document(DocumentKind.RECORDS, "records.jsonl", "application/x-ndjson", content)

    def going(self, *records: OurRecord, known: Answered | None = None) -> tuple[Sending, ...]:
        """Records on their way for the first time, each content under a key of its own."""
        return tuple(Sending(one, f"{one.key}-{digest_of(one.kind, one.fields)[:12]}", known) for one in records)

    def deliver(self, *sendings: Sending, key: str = "batch/1") -> Receipt:
        """Send records, by a new instance."""
        return self.outward().deliver(self.document(*sendings), key)

    def listed(self) -> dict[str, Mapping[str, Any]]:
        """What it holds of our records, by our keys."""
        self.take_in()
        items = (one for one in self.portal().theirs() if isinstance(one, Item))
        return {one.payload["key"]: one.payload for one in items if one.payload.get("key")}


def shape_faults(item: Item) -> Iterator[str]:
    """What is wrong with the shape of a portal's record."""
    payload = item.payload
    if item.kind != PORTAL_RECORD:
        yield f"it is of the kind “{item.kind}”, not “{PORTAL_RECORD}”"
    if payload.keys() != NAMES:
        yield f"its payload has {', '.join(sorted(payload))}, not {', '.join(sorted(NAMES))}"
        return
    yield from (f"its {name} is no text" for name in TEXTS if type(payload[name]) is not str)
    for name in ("fields", "unknown"):
        found = payload[name]
        if not isinstance(found, Mapping) or not all(type(one) is str for pair in found.items() for one in pair):
            yield f"its {name} aren't text by name"
            return
    kind = payload["record"]
    if kind not in list(RecordKind):
        yield f"it is a “{kind}”; records are {', '.join(RecordKind)}"
        return
    if odd := sorted(payload["fields"].keys() - set(FIELDS[RecordKind(kind)])):
        yield f"its fields have {', '.join(odd)}; what isn't a field of ours belongs into “unknown”"
    if payload["key"] and not re.fullmatch(rf"{kind}/\d+", str(payload["key"])):
        yield f"its key is “{payload['key']}”; ours are like {kind}/12"
    if not payload["external_id"]:
        yield "it doesn't say what it is called over there"


def value_faults(payload: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the values of a record that something here can take."""
    if payload.get("trouble"):
        return
    fields = payload.get("fields", {})
    for name in _NUMBERS:
        if (value := fields.get(name, "")) and not _EXACT.fullmatch(value):
            yield f"its {name} is “{value}”; write it exactly, like 12.5 or 1/3"
    for name in _DAYS:
        if (value := fields.get(name, "")) and not _is_day(value):
            yield f"“{name}” is “{value}”; write a day like 2026-04-01"
    if (value := fields.get("decision", "")) and value not in _DECISIONS:
        yield f"its decision is “{value}”; decisions are {', '.join(_DECISIONS)}"
    if (value := fields.get("entry", "")) and not value.isdecimal():
        yield f"its entry is “{value}”; write our number of it"
    if (value := payload.get("changed_at", "")) and not _is_moment(value):
        yield f"it was changed at “{value}”; write a moment with its offset, like 2026-11-22T09:30:00+00:00"


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _is_moment(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
