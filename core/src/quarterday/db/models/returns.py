"""What suppliers report: activities, drafts, and the revisions of a return with their entries, words and evidence."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Index, UniqueConstraint, column
from sqlalchemy.orm import Mapped, mapped_column

from quarterday.db.columns import Base, Data, Id, Moment, Whole, to


class Words(Base):
    """What somebody wrote, apart from the facts. Erasing takes text and salt; the digest stays (DESIGN 4.9)."""

    __tablename__ = "words"
    id: Mapped[Id]
    digest: Mapped[str]
    """SHA-256 of salt and text."""
    salt: Mapped[str | None]
    text: Mapped[str | None]
    recorded_at: Mapped[Moment]


class Activity(Base):
    """Something a supplier does that can last several periods and serve several contracts: a hire, a course, a gift."""

    __tablename__ = "activity"
    id: Mapped[Id]
    supplier_id: Mapped[int] = to("supplier")
    label: Mapped[str]
    """The supplier's own, without a name: “Hire 3”."""
    recorded_at: Mapped[Moment]
    __table_args__ = (UniqueConstraint("supplier_id", "label"),)


class ActivityFact(Base):
    """What is known of an activity; the newest row counts."""

    __tablename__ = "activity_fact"
    id: Mapped[Id]
    activity_id: Mapped[int] = to("activity")
    ref: Mapped[str]
    """The measure it is mainly reported under."""
    started: Mapped[date | None]
    ends: Mapped[date | None]
    """When it ended or is to end; None while that is open."""
    part_postcode: Mapped[str]
    group: Mapped[str]
    typed: Mapped[Data]
    """The numbers that stay the same from period to period (people, share of full time), as typed."""
    recorded_at: Mapped[Moment]


class ActivityShare(Base):
    """The part of an activity that one contract may claim; the newest row counts, and all never exceed the whole."""

    __tablename__ = "activity_share"
    id: Mapped[Id]
    activity_id: Mapped[int] = to("activity")
    contract_id: Mapped[int] = to("contract")
    numerator: Mapped[Whole]
    denominator: Mapped[Whole]
    recorded_at: Mapped[Moment]


class Return(Base):
    """What is reported for one contract and one period."""

    __tablename__ = "return"
    id: Mapped[Id]
    contract_id: Mapped[int] = to("contract")
    period_id: Mapped[int] = to("period")
    draft_version: Mapped[int]
    """Goes up with every saved or submitted change: of two writers the second is told."""
    recorded_at: Mapped[Moment]
    __table_args__ = (UniqueConstraint("contract_id", "period_id"),)


class DraftEntry(Base):
    """An entry being written: working state, not yet a fact. Submitting turns the drafts into entries."""

    __tablename__ = "draft_entry"
    id: Mapped[Id]
    return_id: Mapped[int] = to("return")
    replaces_entry_id: Mapped[int | None] = to("entry")
    """The queried or amended entry whose place it is to take."""
    late_period_id: Mapped[int | None] = to("period")
    """For a late claim: the past period it belongs to."""
    ref: Mapped[str]
    activity_id: Mapped[int | None] = to("activity")
    typed: Mapped[Data]
    """Cells by field, as typed, without the free text."""
    words_id: Mapped[int | None] = to("words")
    recorded_at: Mapped[Moment]


class NothingDone(Base):
    """That a supplier says of one measure that nothing was done in a return's period; the newest row counts."""

    __tablename__ = "nothing_done"
    id: Mapped[Id]
    return_id: Mapped[int] = to("return")
    ref: Mapped[str]
    is_nothing: Mapped[bool]
    """False where that was taken back."""
    recorded_at: Mapped[Moment]


class Revision(Base):
    """One submission of a return, frozen. Its digest covers every entry's facts and every digest of words and files."""

    __tablename__ = "revision"
    id: Mapped[Id]
    return_id: Mapped[int] = to("return")
    number: Mapped[int]
    digest: Mapped[str]
    is_nothing_to_report: Mapped[bool]
    by_user_id: Mapped[int] = to("person")
    declared_as: Mapped[str]
    """The role in which the declaration was made: “finance manager”; no name."""
    recorded_at: Mapped[Moment]
    __table_args__ = (UniqueConstraint("return_id", "number"),)


_REPLACES = column("replaces_entry_id").is_not(None)
"""Few entries do: an index of those alone costs the others nothing, and says at once that one is not replaced."""


class Entry(Base):
    """One claim, never changed. A later revision that keeps it links to it again; an amendment is a new entry."""

    __tablename__ = "entry"
    id: Mapped[Id]
    return_id: Mapped[int] = to("return")
    contract_id: Mapped[int] = to("contract", index=False)
    ref: Mapped[str]
    first: Mapped[date]
    last: Mapped[date]
    """The period it belongs to: that of its return, or for a late claim an earlier one."""
    is_late: Mapped[bool]
    replaces_entry_id: Mapped[int | None] = to("entry", index=False)
    activity_id: Mapped[int | None] = to("activity")
    typed: Mapped[Data]
    numerator: Mapped[Whole]
    denominator: Mapped[Whole]
    """The claimed quantity in the measure's unit, before attribution."""
    value_day: Mapped[date]
    """The day whose unit value applies: the end of what was done within the period, else the period's last day."""
    industry: Mapped[str]
    share_numerator: Mapped[Whole]
    share_denominator: Mapped[Whole]
    findings: Mapped[Data]
    """What the counting rules made of it when it was submitted: standing, counted quantity, rules that spoke."""
    words_id: Mapped[int | None] = to("words")
    recorded_at: Mapped[Moment]
    __table_args__ = (
        Index(None, "contract_id", "ref"),
        Index(None, "replaces_entry_id", sqlite_where=_REPLACES, postgresql_where=_REPLACES),
    )


class RevisionEntry(Base):
    """Which entries a revision holds."""

    __tablename__ = "revision_entry"
    revision_id: Mapped[int] = to("revision", primary_key=True)
    entry_id: Mapped[int] = to("entry", primary_key=True)


class Evidence(Base):
    """A file, link or statement. The file lies in the evidence store under its digest; its name is words."""

    __tablename__ = "evidence"
    id: Mapped[Id]
    return_id: Mapped[int] = to("return")
    kind: Mapped[str]
    """file, link, statement."""
    digest: Mapped[str]
    """SHA-256 of the file's content, or of the salted words."""
    size: Mapped[Whole]
    media_type: Mapped[str]
    scan: Mapped[str]
    """clean, found, not scanned."""
    words_id: Mapped[int | None] = to("words")
    recorded_at: Mapped[Moment]


class EntryEvidence(Base):
    """Which evidence backs which entry."""

    __tablename__ = "entry_evidence"
    id: Mapped[Id]
    draft_id: Mapped[int | None] = mapped_column(index=True)
    entry_id: Mapped[int | None] = to("entry")
    evidence_id: Mapped[int] = to("evidence")
    recorded_at: Mapped[Moment]
