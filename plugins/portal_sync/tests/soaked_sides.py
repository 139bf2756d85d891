"""Both sides of an exchange, once it has come to rest, held against each other: what is lost, doubled, or written over.

What the portal has comes from its own dump and from its own list of changes, and is translated by a crosswalk of the
test's own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sqlalchemy import select

from quarterday.db.models import (
    DraftEntry,
    Entry,
    Evidence,
    PortalConflict,
    PortalFiling,
    PortalInbox,
    PortalRecord,
    PortalSettlement,
    Review,
    Suggestion,
    Words,
)
from quarterday.db.work import UnitOfWork, Work
from quarterday.domain.portal_records import FIELDS, NOT_COMPARED, RecordKind, is_legible
from quarterday.services.portals import ours, runs, standing
from quarterday.testing.builders import OPERATOR

Told = dict[str, Any]
Fields = tuple[tuple[str, str], ...]

KINDS = {"contracts": "contract", "commitments": "commitment", "entries": "entry"} | {
    "evidence": "evidence",
    "verdicts": "verdict",
}
RESULTS = {"approved": "accepted", "queried": "queried", "declined": "rejected"}
WRONG = ("lost", "doubled", "different", "written over")
"""What can be wrong with a record; written over is one that a person left there, without a conflict that shows it."""
NUMBERS = ("quantity", "share", "target")


@dataclass(frozen=True, slots=True)
class There:
    """The portal's side."""

    dump: Mapping[str, list[Told]]
    changes: list[Told]
    by_people: list[Told]
    refs: Mapping[str, str]
    """Our measure for each of their codes."""

    def rows(self, kind: str) -> Iterator[Told]:
        """What it has of one kind, deleted records too, in our words."""
        for row in self.dump[kind]:
            yield {**row, "fields": self.in_ours(kind, row["fields"])}

    def in_ours(self, kind: str, fields: Mapping[str, str]) -> Fields:
        """Fields as they are compared."""
        told = {**fields, "measure": self.refs.get(fields.get("measure", ""), "")}
        entry = told.get("entry", "")
        if told.get("decision") != "accepted" and kind == "verdict":
            told["quantity"] = ""  # what the portal keeps of an earlier acceptance says nothing
        return canonical(kind, {**told, "entry": entry if entry.isdecimal() else ""})


def canonical(kind: str, fields: Mapping[str, str]) -> Fields:
    """The fields of a record that are compared, numbers as fractions."""
    wanted = [name for name in FIELDS[RecordKind(kind)] if name not in NOT_COMPARED]
    values = {name: fields.get(name, "") for name in wanted}
    return tuple((name, str(Fraction(text)) if text and name in NUMBERS else text) for name, text in values.items())


def wrong(uow: UnitOfWork, authority_id: int, there: There) -> list[str]:
    """What is wrong, a sentence each: “lost: …”, “doubled: …”, “different: …” or “written over: …”."""
    with uow.read(OPERATOR) as work:
        records = work.all(select(PortalRecord).where(PortalRecord.c.authority_id == authority_id))
        here, withdrawn = _here(work, authority_id)
        found = [
            *_against(here, withdrawn, _erased(work), _replaced(work), there, records),
            *_known(there, records, _matched(work)),
            *_verdicts(work, there, records),
        ]
        return [*found, *_drafts(work, records), *_written_over(work, there)]


def _here(work: Work, authority_id: int) -> tuple[dict[str, Fields], set[str]]:
    """What we give out, by key, and what of it doesn't count any more, which isn't missed there."""
    terms = runs.agreed_last(work, authority_id, "portal")
    assert terms is not None
    kinds = [kind for kind, agreement in terms.agreements.items() if agreement.goes_out]
    given = [(kind, one) for kind in kinds for one in ours.everything(work, authority_id, kind, terms)]
    withdrawn = {one.key for _, one in given if one.is_withdrawn}
    return {one.key: canonical(str(kind), one.fields) for kind, one in given}, withdrawn


def _erased(work: Work) -> set[str]:
    """Evidence that was erased here: what went out of it before, or came from there, is there still."""
    rows = work.all(select(Evidence.c.id).join(Words, Words.c.id == Evidence.c.words_id).where(Words.c.text.is_(None)))
    return {f"evidence/{row.id}" for row in rows}


def _replaced(work: Work) -> set[str]:
    """The entries that another took the place of."""
    rows = work.all(select(Entry.c.replaces_entry_id).where(Entry.c.replaces_entry_id.is_not(None)))
    return {str(row.replaces_entry_id) for row in rows}


def _against(
    here: Mapping[str, Fields],
    withdrawn: set[str],
    erased: set[str],
    replaced: set[str],
    there: There,
    records: list[Any],
) -> Iterator[str]:
    """Ours against theirs, by key. Evidence of theirs on an entry that was replaced stays there with the older one."""
    stopped = {f"{row.kind}/{row.our_id}": row.why for row in records if row.state == standing.STOPPED}
    without = {key for key, fields in here.items() if dict(fields).get("measure") not in (None, *there.refs.values())}
    without |= {key for key, fields in here.items() if f"entry/{dict(fields).get('entry')}" in without}
    yield from (
        f"lost: {key} is stopped: {stopped[key]}" for key in sorted(stopped.keys() - without - withdrawn - erased)
    )
    ours_there = {(row.kind, row.external_id): f"{row.kind}/{row.our_id}" for row in records if row.our_id is not None}
    theirs: dict[str, Fields] = {}
    bears_none: set[str] = set()
    """Made there: drafted here and not submitted, or matched to an entry that isn't given out."""
    for kind in ("contract", "commitment", "entry", "evidence"):
        for row in there.rows(kind):
            key = row["key"] or ours_there.get((kind, row["id"]), "")
            if key and not row["is_deleted"]:
                if key in theirs:
                    yield f"doubled: {key} is there twice"
                theirs[key] = row["fields"]
                bears_none |= set() if row["key"] else {key}
    for key in sorted(here.keys() - without):
        if key not in theirs:
            if key not in withdrawn:
                yield f"lost: {key} isn't there"
        elif not _is_known_as(key.partition("/")[0], here[key], theirs[key]) and not (
            key in bears_none and dict(theirs[key]).get("entry") in replaced
        ):
            yield f"different: {key} is {here[key]} here, and {theirs[key]} there"
    yield from (
        f"doubled: {key} is there, and not here" for key in sorted(theirs.keys() - here.keys() - erased - bears_none)
    )


def _matched(work: Work) -> set[str]:
    """The entries to which somebody matched a decision of theirs: it stands in place of one that was there before."""
    rows = work.all(
        select(PortalFiling.c.entry_id)
        .join(PortalInbox, PortalInbox.c.id == PortalFiling.c.inbox_id)
        .join(PortalRecord, PortalRecord.c.id == PortalInbox.c.record_id)
        .where(PortalRecord.c.kind == "verdict", PortalFiling.c.entry_id.is_not(None))
    )
    return {str(row.entry_id) for row in rows}


def _known(there: There, records: list[Any], matched: set[str]) -> Iterator[str]:
    """Each of theirs is known here once, as it is there now."""
    handed_on = {row.external_id for row in records if row.kind == "verdict" and str(row.our_id) in matched}
    known: dict[tuple[str, str], Any] = {}
    for row in sorted(records, key=lambda row: row.our_id is not None):
        name = (row.kind, row.external_id)
        if name in known and row.external_id and row.external_id not in handed_on:
            yield f"doubled: {row.kind} {row.external_id} is known more than once"
        known[name] = row
    for kind in KINDS.values():
        for row in there.rows(kind):
            record = known.get((kind, row["id"]))
            if row["is_deleted"] or (record is None and dict(row["fields"]).get("entry") in matched):
                continue
            if record is None:
                yield f"lost: {kind} {row['id']} of theirs isn't known"
            elif not _is_known_as(kind, canonical(kind, record.theirs or {}), row["fields"]):
                yield f"different: {kind} {row['id']} is known as {record.theirs}, and is {row['fields']}"


def _is_known_as(kind: str, known: Fields, theirs: Fields) -> bool:
    """What they leave blank of evidence was filled in here: its digest, and of a claim of their own the id."""
    if kind == "verdict" and not dict(theirs)["entry"]:  # it is on a claim of theirs, and was matched to an entry
        return {**dict(known), "entry": ""} == dict(theirs)
    if kind != "evidence":
        return known == theirs
    return all(value in ("", dict(known)[name]) for name, value in theirs)


def _verdicts(work: Work, there: There, records: list[Any]) -> Iterator[str]:
    """Each outcome of theirs on an entry of ours is a suggestion or a review, or was filed; and none of them twice."""
    said = Counter(
        (row.record_id, row.decision, row.words_id) for row in work.all(select(Suggestion).order_by(Suggestion.c.id))
    )
    yield from (f"doubled: suggestion {one} came {number} times" for one, number in said.items() if number > 1)
    newest = {row.entry_id: row.decision for row in work.all(select(Suggestion).order_by(Suggestion.c.id))}
    reviewed = {row.entry_id: row.decision for row in work.all(select(Review).order_by(Review.c.id))}
    states = {row.external_id: row for row in records if row.kind == "verdict"}
    for row in there.rows("verdict"):
        fields = dict(row["fields"])
        entry = fields["entry"]
        if row["is_deleted"] or not entry.isdecimal():
            continue
        is_here = fields["decision"] in (newest.get(int(entry)), reviewed.get(int(entry)))
        if not is_here and states[row["id"]].state not in (standing.SAME, standing.STOPPED):
            yield f"lost: the outcome {row['id']} on entry {entry}"


def _drafts(work: Work, records: list[Any]) -> Iterator[str]:
    """One draft is made of each claim of theirs."""
    made = Counter(row.activity_id for row in work.all(select(DraftEntry.c.activity_id)) if row.activity_id)
    ids = {row.activity_id for row in records if row.activity_id}
    yield from (f"doubled: activity {one} was drafted {made[one]} times" for one in sorted(ids) if made[one] > 1)


def _written_over(work: Work, there: There) -> Iterator[str]:
    """What a person left in the portal, and we wrote over, stands in a conflict."""
    people = {(one["id"], one["revision"]) for one in there.by_people}
    shown = {
        canonical(row.kind, row.theirs) if row.theirs is not None else None
        for row in work.all(select(PortalConflict.c.theirs, PortalRecord.c.kind).join(PortalRecord))
    }
    unread = {
        (row.external_id, _without_numbers(canonical(row.kind, row.theirs)))
        for row in work.all(
            select(PortalConflict.c.theirs, PortalRecord.c.kind, PortalRecord.c.external_id)
            .join(PortalRecord)
            .join(PortalSettlement, PortalSettlement.c.conflict_id == PortalConflict.c.id)
        )
        if row.theirs is not None and not is_legible(RecordKind(row.kind), row.theirs)
    }
    """What a person decided on that saw that it couldn't be read."""
    last: dict[str, Told] = {}
    for change in there.changes:
        if change["resource"] not in ("contracts", "commitments", "entries", "evidence"):
            continue
        now, kind = change["record"], KINDS[change["resource"]]
        before = last.get(now["id"])
        last[now["id"]] = now
        if before is None or (before["id"], before["revision"]) not in people or (now["id"], now["revision"]) in people:
            continue
        was, becomes = (None if "deleted" in one else _fields(kind, one, there) for one in (before, now))
        if was is not None and becomes is not None:
            was, becomes = was, tuple((name, value if dict(was)[name] else "") for name, value in becomes)
        if was != becomes and was not in shown and (now["id"], _without_numbers(was)) not in unread:
            yield f"written over: {now['id']} was {was} and is {becomes}"


def _without_numbers(fields: Fields | None) -> Fields:
    return tuple((name, text) for name, text in fields or () if name not in NUMBERS)


def _fields(kind: str, record: Told, there: There) -> Fields:
    """A record of the portal's interface in our words."""
    names = {
        "agreementNo": "contract",
        "kpi": "measure",
        "uom": "unit",
        "amount": "quantity",
        "goal": "target",
        "periodStart": "first",
        "periodEnd": "last",
        "portion": "share",
        "type": "kind",
        "mime": "media_type",
        "checksum": "digest",
        "startDate": "starts",
        "endDate": "ends",
        "provider": "supplier",
        "providerNo": "supplier_number",
    }
    told = {names.get(name, name): value for name, value in record.items() if isinstance(value, str)}
    if "claimRef" in record:
        told["entry"] = record["claimRef"].removeprefix("entry/")
    return there.in_ours(kind, told)
