"""What is exchanged with portals: each record's standing, the batches on their way, conflicts, and what waits for
somebody."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Named, Table, TypedColumns, UniqueConstraint

from quarterday.db.columns import DATA, ID, METADATA, MOMENT, TEXT, WHOLE, to


class PortalRunColumns(TypedColumns):
    """One run of an exchange, for an authority with a portal."""

    id: Named[int] = ID
    authority_id: Named[int] = to("authority", index=False)
    portal: Named[str] = TEXT
    """The id of the portal: of its source, and of its sink."""
    purpose: Named[str] = TEXT
    """sync, reconcile, replay."""
    actor: Named[str] = TEXT
    terms: Named[dict[str, Any] | None] = DATA
    """What was agreed, as the portal's mapping said then; None where it could not be asked."""
    ended_at: Named[datetime | None] = MOMENT
    counts: Named[dict[str, Any] | None] = DATA
    """What came of it, in numbers by name."""
    error: Named[str] = TEXT
    """What cut it short, in a sentence; "" for nothing."""
    recorded_at: Named[datetime] = MOMENT


PortalRun = Table("portal_run", METADATA, PortalRunColumns, Index(None, "authority_id", "portal"))


class PortalRecordColumns(TypedColumns):
    """How one record stands between us and a portal: the sync ledger. It is working state, not a fact.

    ``agreed`` is the common ground: the digest of what both sides last had alike, or of what was sent and taken.
    """

    id: Named[int] = ID
    authority_id: Named[int] = to("authority", index=False)
    portal: Named[str] = TEXT
    kind: Named[str] = TEXT
    """contract, commitment, entry, evidence, verdict."""
    our_id: Named[int | None] = WHOLE
    """The row of ours that it is of (of a verdict, its entry's); None for one that only they have."""
    activity_id: Named[int | None] = to("activity")
    """Of an entry made over there and put on a return as a draft: its activity, which tells the entry made of it."""
    external_id: Named[str] = TEXT
    """What the portal calls it; "" until it has said so."""
    version: Named[str] = TEXT
    """Ours that was looked at last: it changes with each fact that the record rests on."""
    agreed: Named[str] = TEXT
    state: Named[str] = TEXT
    """same, under way, stopped, conflict, waiting (in the inbox, or as a suggestion), gone (deleted over there)."""
    why: Named[str] = TEXT
    """Why it is stopped or waits, in a sentence."""
    sent: Named[dict[str, Any] | None] = DATA
    """The fields that were sent last; no words."""
    sent_key: Named[str] = TEXT
    """The idempotency key it was sent under."""
    sends: Named[int]
    """How often a content of it was sent, each under a key of its own."""
    sent_at: Named[datetime | None] = MOMENT
    batch_id: Named[int | None] = to("portal_batch")
    """The batch it was last sent with."""
    answered_at: Named[datetime | None] = MOMENT
    theirs: Named[dict[str, Any] | None] = DATA
    """The fields that they were last seen to have; no words, no links, no content of files."""
    theirs_words_id: Named[int | None] = to("words")
    """What somebody wrote there, links, and what the portal says besides (``unknown``), by name."""
    theirs_digest: Named[str] = TEXT
    their_version: Named[str] = TEXT
    their_changed_at: Named[datetime | None] = MOMENT
    listed_run_id: Named[int | None] = WHOLE
    """The last run in which their whole listing had it."""
    recorded_at: Named[datetime] = MOMENT


PortalRecord = Table(
    "portal_record",
    METADATA,
    PortalRecordColumns,
    UniqueConstraint("authority_id", "portal", "kind", "our_id"),
    # These begin with what tells most, so that nobody takes them for a way to one of our ids.
    Index(None, "external_id", "authority_id", "portal", "kind"),
    Index("ix_portal_record_state", "state", "authority_id", "portal"),
)


class PortalBatchColumns(TypedColumns):
    """Records that go out together: written down before they are sent, so that a stop sends the same under the same
    key again."""

    id: Named[int] = ID
    authority_id: Named[int] = to("authority", index=False)
    portal: Named[str] = TEXT
    run_id: Named[int] = to("portal_run")
    key: Named[str] = TEXT
    records: Named[int]
    content: Named[str] = TEXT
    """The document's, a record a line, without words; "" once it is settled."""
    state: Named[str] = TEXT
    """under way, done, refused."""
    answer: Named[str] = TEXT
    """What came back: the receipt's reference, or why not."""
    settled_at: Named[datetime | None] = MOMENT
    recorded_at: Named[datetime] = MOMENT


PortalBatch = Table("portal_batch", METADATA, PortalBatchColumns, Index(None, "authority_id", "portal", "state"))


class PortalConflictColumns(TypedColumns):
    """That both sides have a record otherwise: what each had, and what the rule did where one side's word counts."""

    id: Named[int] = ID
    record_id: Named[int] = to("portal_record")
    ours: Named[dict[str, Any] | None] = DATA
    """None where only they have it."""
    ours_digest: Named[str] = TEXT
    theirs: Named[dict[str, Any] | None] = DATA
    """None where it is gone over there."""
    theirs_digest: Named[str] = TEXT
    proposed: Named[str] = TEXT
    """ours, theirs: whose word counts, by the owner of the kind or by who changed it last."""
    is_ruled: Named[bool]
    """The owner's word was followed without asking; the other side's is kept here, and a person may settle otherwise.
    """
    recorded_at: Named[datetime] = MOMENT


PortalConflict = Table("portal_conflict", METADATA, PortalConflictColumns)


class PortalSettlementColumns(TypedColumns):
    """How a person settled a conflict; the newest counts."""

    id: Named[int] = ID
    conflict_id: Named[int] = to("portal_conflict")
    decision: Named[str] = TEXT
    """ours, theirs, leave (both stay as they are, until one of them changes)."""
    by_user_id: Named[int | None] = to("person")
    actor: Named[str] = TEXT
    words_id: Named[int | None] = to("words")
    """Why, as somebody wrote it."""
    recorded_at: Named[datetime] = MOMENT


PortalSettlement = Table("portal_settlement", METADATA, PortalSettlementColumns)


class PortalInboxColumns(TypedColumns):
    """What came from a portal and matches nothing here; the newest of a record counts."""

    id: Named[int] = ID
    record_id: Named[int] = to("portal_record")
    fields: Named[dict[str, Any]] = DATA
    """As the portal has it; no words, no links."""
    digest: Named[str] = TEXT
    why: Named[str] = TEXT
    """Why nothing here takes it, in a sentence."""
    words_id: Named[int | None] = to("words")
    """As ``theirs_words_id`` of the record."""
    recorded_at: Named[datetime] = MOMENT


PortalInbox = Table("portal_inbox", METADATA, PortalInboxColumns)


class PortalFilingColumns(TypedColumns):
    """What became of something in the inbox."""

    id: Named[int] = ID
    inbox_id: Named[int] = to("portal_inbox", index=False)
    outcome: Named[str] = TEXT
    """matched (to an entry of ours), taken (it found its place later), set aside."""
    entry_id: Named[int | None] = to("entry")
    by_user_id: Named[int | None] = to("person")
    actor: Named[str] = TEXT
    words_id: Named[int | None] = to("words")
    recorded_at: Named[datetime] = MOMENT


PortalFiling = Table("portal_filing", METADATA, PortalFilingColumns, UniqueConstraint("inbox_id"))


class SuggestionColumns(TypedColumns):
    """What a portal says of an entry, for the reviewer to see beside it; it decides nothing. The newest counts."""

    id: Named[int] = ID
    authority_id: Named[int] = to("authority")
    portal: Named[str] = TEXT
    entry_id: Named[int] = to("entry")
    record_id: Named[int] = to("portal_record")
    decision: Named[str] = TEXT
    """accepted, queried, rejected."""
    numerator: Named[int] = WHOLE
    denominator: Named[int] = WHOLE
    """The accepted quantity in the measure's unit; 0/1 unless accepted."""
    words_id: Named[int | None] = to("words")
    """The reason, as the portal gave it."""
    said_at: Named[datetime | None] = MOMENT
    """When it was said over there."""
    recorded_at: Named[datetime] = MOMENT


Suggestion = Table("suggestion", METADATA, SuggestionColumns)
