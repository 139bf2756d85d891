"""What suppliers report: activities, drafts, and the revisions of a return with their entries, words and evidence."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, Index, Named, Table, TypedColumns, UniqueConstraint, column

from quarterday.db.columns import DATA, ID, METADATA, MOMENT, TEXT, WHOLE, to


class WordsColumns(TypedColumns):
    """What somebody wrote, apart from the facts. Erasing takes text and salt; the digest stays (DESIGN 4.9)."""

    id: Named[int] = ID
    digest: Named[str] = TEXT
    """SHA-256 of salt and text."""
    salt: Named[str | None] = TEXT
    text: Named[str | None] = TEXT
    recorded_at: Named[datetime] = MOMENT


Words = Table("words", METADATA, WordsColumns)


class ActivityColumns(TypedColumns):
    """Something a supplier does that can last several periods and serve several contracts: a hire, a course, a gift."""

    id: Named[int] = ID
    supplier_id: Named[int] = to("supplier")
    label: Named[str] = TEXT
    """The supplier's own, without a name: “Hire 3”."""
    recorded_at: Named[datetime] = MOMENT


Activity = Table("activity", METADATA, ActivityColumns, UniqueConstraint("supplier_id", "label"))


class ActivityFactColumns(TypedColumns):
    """What is known of an activity; the newest row counts."""

    id: Named[int] = ID
    activity_id: Named[int] = to("activity")
    ref: Named[str] = TEXT
    """The measure it is mainly reported under."""
    started: Named[date | None]
    ends: Named[date | None]
    """When it ended or is to end; None while that is open."""
    part_postcode: Named[str] = TEXT
    group: Named[str] = TEXT
    typed: Named[dict[str, Any]] = DATA
    """The numbers that stay the same from period to period (people, share of full time), as typed."""
    recorded_at: Named[datetime] = MOMENT


ActivityFact = Table("activity_fact", METADATA, ActivityFactColumns)


class ActivityShareColumns(TypedColumns):
    """The part of an activity that one contract may claim; the newest row counts, and all never exceed the whole."""

    id: Named[int] = ID
    activity_id: Named[int] = to("activity")
    contract_id: Named[int] = to("contract")
    numerator: Named[int] = WHOLE
    denominator: Named[int] = WHOLE
    recorded_at: Named[datetime] = MOMENT


ActivityShare = Table("activity_share", METADATA, ActivityShareColumns)


class ReturnColumns(TypedColumns):
    """What is reported for one contract and one period."""

    id: Named[int] = ID
    contract_id: Named[int] = to("contract")
    period_id: Named[int] = to("period")
    draft_version: Named[int]
    """Goes up with every saved or submitted change: of two writers the second is told."""
    recorded_at: Named[datetime] = MOMENT


Return = Table("return", METADATA, ReturnColumns, UniqueConstraint("contract_id", "period_id"))


class DraftEntryColumns(TypedColumns):
    """An entry being written: working state, not yet a fact. Submitting turns the drafts into entries."""

    id: Named[int] = ID
    return_id: Named[int] = to("return")
    replaces_entry_id: Named[int | None] = to("entry")
    """The queried or amended entry whose place it is to take."""
    late_period_id: Named[int | None] = to("period")
    """For a late claim: the past period it belongs to."""
    ref: Named[str] = TEXT
    activity_id: Named[int | None] = to("activity")
    typed: Named[dict[str, Any]] = DATA
    """Cells by field, as typed, without the free text."""
    words_id: Named[int | None] = to("words")
    recorded_at: Named[datetime] = MOMENT


DraftEntry = Table("draft_entry", METADATA, DraftEntryColumns)


class NothingDoneColumns(TypedColumns):
    """That a supplier says of one measure that nothing was done in a return's period; the newest row counts."""

    id: Named[int] = ID
    return_id: Named[int] = to("return")
    ref: Named[str] = TEXT
    is_nothing: Named[bool]
    """False where that was taken back."""
    recorded_at: Named[datetime] = MOMENT


NothingDone = Table("nothing_done", METADATA, NothingDoneColumns)


class RevisionColumns(TypedColumns):
    """One submission of a return, frozen. Its digest covers every entry's facts and every digest of words and files."""

    id: Named[int] = ID
    return_id: Named[int] = to("return")
    number: Named[int]
    digest: Named[str] = TEXT
    is_nothing_to_report: Named[bool]
    by_user_id: Named[int] = to("person")
    declared_as: Named[str] = TEXT
    """The role in which the declaration was made: “finance manager”; no name."""
    recorded_at: Named[datetime] = MOMENT


Revision = Table("revision", METADATA, RevisionColumns, UniqueConstraint("return_id", "number"))


_REPLACES = column("replaces_entry_id").is_not(None)
"""Few entries do: an index of those alone costs the others nothing, and says at once that one is not replaced."""


class EntryColumns(TypedColumns):
    """One claim, never changed. A later revision that keeps it links to it again; an amendment is a new entry."""

    id: Named[int] = ID
    return_id: Named[int] = to("return")
    contract_id: Named[int] = to("contract", index=False)
    ref: Named[str] = TEXT
    first: Named[date]
    last: Named[date]
    """The period it belongs to: that of its return, or for a late claim an earlier one."""
    is_late: Named[bool]
    replaces_entry_id: Named[int | None] = to("entry", index=False)
    activity_id: Named[int | None] = to("activity")
    typed: Named[dict[str, Any]] = DATA
    numerator: Named[int] = WHOLE
    denominator: Named[int] = WHOLE
    """The claimed quantity in the measure's unit, before attribution."""
    value_day: Named[date]
    """The day whose unit value applies: the end of what was done within the period, else the period's last day."""
    industry: Named[str] = TEXT
    share_numerator: Named[int] = WHOLE
    share_denominator: Named[int] = WHOLE
    findings: Named[dict[str, Any]] = DATA
    """What the counting rules made of it when it was submitted: standing, counted quantity, rules that spoke."""
    words_id: Named[int | None] = to("words")
    recorded_at: Named[datetime] = MOMENT


Entry = Table(
    "entry",
    METADATA,
    EntryColumns,
    Index(None, "contract_id", "ref"),
    Index(None, "replaces_entry_id", sqlite_where=_REPLACES, postgresql_where=_REPLACES),
)


class RevisionEntryColumns(TypedColumns):
    """Which entries a revision holds."""

    revision_id: Named[int] = to("revision", primary_key=True)
    entry_id: Named[int] = to("entry", primary_key=True)


RevisionEntry = Table("revision_entry", METADATA, RevisionEntryColumns)


class EvidenceColumns(TypedColumns):
    """A file, link or statement. The file lies in the evidence store under its digest; its name is words."""

    id: Named[int] = ID
    return_id: Named[int] = to("return")
    kind: Named[str] = TEXT
    """file, link, statement."""
    digest: Named[str] = TEXT
    """SHA-256 of the file's content, or of the salted words."""
    size: Named[int] = WHOLE
    media_type: Named[str] = TEXT
    scan: Named[str] = TEXT
    """clean, found, not scanned."""
    portal: Named[str | None] = TEXT
    """The portal that it came from; None for what its supplier attached."""
    words_id: Named[int | None] = to("words")
    recorded_at: Named[datetime] = MOMENT


Evidence = Table("evidence", METADATA, EvidenceColumns)


class EntryEvidenceColumns(TypedColumns):
    """Which evidence backs which entry."""

    id: Named[int] = ID
    draft_id: Named[int | None] = Column(index=True)
    entry_id: Named[int | None] = to("entry")
    evidence_id: Named[int] = to("evidence")
    recorded_at: Named[datetime] = MOMENT


EntryEvidence = Table("entry_evidence", METADATA, EntryEvidenceColumns)
