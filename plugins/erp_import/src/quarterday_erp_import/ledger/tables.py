"""The ledger's tables: what is known of each batch, and what people said of batches and of single records.

The lines themselves stand in Parquet files beside the database. Facts are added here, never changed: a batch that took
another's place, a record put right and a decision on a payee are rows, and the newest row counts.
An ``authority_id`` is core's; core's tables are reached through its use cases only, so nothing refers to them here.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Named,
    Table,
    Text,
    TypedColumns,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ROW = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself only for INTEGER

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""All tables of this plugin; their names begin with ``erp_import_``."""


class Instant(TypeDecorator[datetime]):
    """An aware moment, kept as whole microseconds since 1970 (UTC), as core keeps its own."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """The microseconds."""
        return None if value is None else (value - _EPOCH) // timedelta(microseconds=1)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """The moment, in UTC."""
        return None if value is None else _EPOCH + timedelta(microseconds=value)


# Each table gets a copy of its own, which may be NULL where the annotation beside it says None.
_ID: Column[int] = Column(_ROW, primary_key=True)
_WHOLE: Column[int] = Column(BigInteger)
_TEXT: Column[str] = Column(Text)
_DAY: Column[date] = Column(Date)
_MOMENT: Column[datetime] = Column(Instant)
_DATA: Column[dict[str, Any]] = Column(JSON(none_as_null=True))
_LISTED: Column[list[dict[str, Any]]] = Column(JSON)


def _of_batch(*, index: bool = True) -> Column[int]:
    return Column(_ROW, ForeignKey("erp_import_batch.id"), index=index)


class FeedColumns(TypedColumns):
    """What is agreed about the files of one feed, like “payments over £500”; the newest row counts."""

    id: Named[int] = _ID
    authority_id: Named[int] = _WHOLE
    feed: Named[str] = _TEXT
    on_same_period: Named[str] = _TEXT
    """What a file of a period that is there already does: “ask”, or “replace” the one that is there."""
    mapping: Named[str | None] = _TEXT
    """The name of the mapping its files are read by; None where each is understood by itself."""
    settled: Named[dict[str, Any] | None] = _DATA
    """What people answered when a file left something open, as ``reading.Settled`` has it."""
    on_doubt: Named[str | None] = _TEXT
    """What a file that leaves something open does: “ask” (None too), or “assume” what is likeliest."""
    days: Named[int | None] = _WHOLE
    """How many days after one file the next should be there; None where nobody said."""
    actor: Named[str] = _TEXT
    recorded_at: Named[datetime] = _MOMENT


Feed = Table("erp_import_feed", METADATA, FeedColumns, Index(None, "authority_id", "feed"))


class BatchColumns(TypedColumns):
    """One source file as it was read; its lines are visible from the moment this row is committed."""

    id: Named[int] = _ID
    authority_id: Named[int] = _WHOLE
    feed: Named[str] = _TEXT
    sha256: Named[str] = _TEXT
    """Of the source file."""
    reading: Named[int] = _WHOLE
    """1, or more where the same file was read again another way; each reading has its own lines."""
    name: Named[str] = _TEXT
    """What the file was called."""
    size: Named[int] = _WHOLE
    """Of the source file, in bytes."""
    rows: Named[int] = _WHOLE
    """The records after the header: the accepted, the quarantined and the skipped ones."""
    accepted: Named[int] = _WHOLE
    quarantined: Named[int] = _WHOLE
    skipped: Named[int] = _WHOLE
    amount: Named[int] = _WHOLE
    """The total of the accepted lines in micropounds, credits included."""
    first_day: Named[date | None] = _DAY
    last_day: Named[date | None] = _DAY
    understood: Named[dict[str, Any]] = _DATA
    """How the file was read: encoding, header, which column is what."""
    lines_sha256: Named[str] = _TEXT
    """Of the Parquet file that holds the lines."""
    actor: Named[str] = _TEXT
    recorded_at: Named[datetime] = _MOMENT


Batch = Table(
    "erp_import_batch",
    METADATA,
    BatchColumns,
    UniqueConstraint("authority_id", "sha256", "reading"),
    Index(None, "authority_id", "feed"),
)


class SupersessionColumns(TypedColumns):
    """That a batch took another's place, or that the old one stands again; the newest row for a batch counts."""

    id: Named[int] = _ID
    batch_id: Named[int] = _of_batch()
    by_batch_id: Named[int | None] = _of_batch()
    """The batch that counts instead; None where the old one counts again."""
    actor: Named[str] = _TEXT
    recorded_at: Named[datetime] = _MOMENT


Supersession = Table("erp_import_supersession", METADATA, SupersessionColumns)


class AcceptanceColumns(TypedColumns):
    """Whether a batch counts, where that isn't a matter of course; the newest row counts, without one it does."""

    id: Named[int] = _ID
    batch_id: Named[int] = _of_batch()
    standing: Named[str] = _TEXT
    """“waits” for a person, “counts”, or is “left out”."""
    shares: Named[list[dict[str, Any]]] = _LISTED
    """What it shares with others of its feed that were there before: “batch”, “equal” lines, “same_months”."""
    actor: Named[str] = _TEXT
    recorded_at: Named[datetime] = _MOMENT


Acceptance = Table("erp_import_acceptance", METADATA, AcceptanceColumns)


class ControlTotalColumns(TypedColumns):
    """What a batch should add up to, as a person typed it in or the file's own footer says."""

    id: Named[int] = _ID
    batch_id: Named[int] = _of_batch()
    source: Named[str] = _TEXT
    """“typed” or “footer”."""
    lines: Named[int | None] = _WHOLE
    amount: Named[int | None] = _WHOLE
    """In micropounds."""
    actor: Named[str] = _TEXT
    recorded_at: Named[datetime] = _MOMENT


ControlTotal = Table("erp_import_control_total", METADATA, ControlTotalColumns)


class QuarantinedColumns(TypedColumns):
    """A record that couldn't be understood."""

    id: Named[int] = _ID
    batch_id: Named[int] = _of_batch(index=False)
    ordinal: Named[int] = _WHOLE
    """Its number after the header."""
    line: Named[int] = _WHOLE
    """The line of the file, or the row of the sheet, on which it begins."""
    text: Named[str | None] = _TEXT
    """As it stands in the file; None once it was erased, for it may name a person."""
    reason: Named[str] = _TEXT
    recorded_at: Named[datetime] = _MOMENT


Quarantined = Table("erp_import_quarantined", METADATA, QuarantinedColumns, UniqueConstraint("batch_id", "ordinal"))


class CorrectionColumns(TypedColumns):
    """What a person said a quarantined record means; the newest row counts."""

    id: Named[int] = _ID
    quarantined_id: Named[int] = Column(_ROW, ForeignKey("erp_import_quarantined.id"), index=True)
    line: Named[dict[str, Any] | None] = _DATA
    """The line's fields, days as ISO text and money in micropounds; None where the record is no payment."""
    why: Named[str | None] = _TEXT
    """Why it is no payment, one of a few words; None where it is one, or nobody said."""
    actor: Named[str] = _TEXT
    recorded_at: Named[datetime] = _MOMENT


Correction = Table("erp_import_correction", METADATA, CorrectionColumns)


class PayeeDecisionColumns(TypedColumns):
    """Who a payee of the ledger is, decided by matching or by a person; the newest row counts.

    Lines are joined with this when a figure is asked for, so that a decision that changes rewrites no line.
    """

    id: Named[int] = _ID
    authority_id: Named[int] = _WHOLE
    payee: Named[str] = _TEXT
    """As the lines have it."""
    payee_id: Named[str] = _TEXT
    """The finance system's number of it, "" where the lines have none."""
    outcome: Named[str] = _TEXT
    """“matched”, “asked”, “new” or “no supplier”."""
    kind: Named[str] = _TEXT
    """What the name looks like: “supplier”, “redacted”, “individual”, “internal”, “factor”, “card merchant”, …"""
    supplier: Named[str] = _TEXT
    """Whoever it is, "" where that is nobody known."""
    because: Named[str] = _TEXT
    """What the match rests on, in words, "" where there is none."""
    candidates: Named[list[dict[str, Any]]] = _LISTED
    """Who it may be, the likeliest first, where a person is asked."""
    actor: Named[str] = _TEXT
    recorded_at: Named[datetime] = _MOMENT


PayeeDecision = Table(
    "erp_import_payee_decision", METADATA, PayeeDecisionColumns, Index(None, "authority_id", "payee", "payee_id")
)


class VendorListColumns(TypedColumns):
    """The supplier master as the finance system gave it out; the newest list of an authority counts, whole."""

    id: Named[int] = _ID
    authority_id: Named[int] = _WHOLE
    sha256: Named[str] = _TEXT
    """Of the file."""
    name: Named[str] = _TEXT
    source: Named[str] = _TEXT
    """What sizes and sectors are said by, in words."""
    as_at: Named[date] = _DAY
    """The day that it is of."""
    actor: Named[str] = _TEXT
    recorded_at: Named[datetime] = _MOMENT


VendorList = Table("erp_import_vendor_list", METADATA, VendorListColumns, UniqueConstraint("authority_id", "sha256"))


class VendorColumns(TypedColumns):
    """One supplier of a list; its address isn't kept, since it may be somebody's home."""

    id: Named[int] = _ID
    list_id: Named[int] = Column(_ROW, ForeignKey("erp_import_vendor_list.id"), index=True)
    line: Named[int] = _WHOLE
    name: Named[str] = _TEXT
    number: Named[str | None] = _TEXT
    postcode: Named[str | None] = _TEXT
    company_number: Named[str | None] = _TEXT
    charity_number: Named[str | None] = _TEXT
    vat_number: Named[str | None] = _TEXT
    stated: Named[dict[str, Any]] = _DATA
    """“size”, “sector”, “ownership” → what is said, by what, and of which day."""
    recorded_at: Named[datetime] = _MOMENT


Vendor = Table("erp_import_vendor", METADATA, VendorColumns)


class IncomingColumns(TypedColumns):
    """A file that came in for a feed, from a source or by hand; its content lies beside the lines until it is read."""

    id: Named[int] = _ID
    authority_id: Named[int] = _WHOLE
    feed: Named[str] = _TEXT
    name: Named[str] = _TEXT
    """What the file is called where it comes from."""
    origin: Named[str] = _TEXT
    """The source it came from, or “by hand”."""
    sha256: Named[str] = _TEXT
    size: Named[int] = _WHOLE
    """In bytes."""
    actor: Named[str] = _TEXT
    recorded_at: Named[datetime] = _MOMENT


Incoming = Table("erp_import_incoming", METADATA, IncomingColumns, UniqueConstraint("authority_id", "feed", "sha256"))


class IncomingStepColumns(TypedColumns):
    """What became of a file that came in; the newest row counts."""

    id: Named[int] = _ID
    incoming_id: Named[int] = Column(_ROW, ForeignKey("erp_import_incoming.id"), index=True)
    state: Named[str] = _TEXT
    """“waiting”, “begun”, “asks”, “read”, “refused” or “dismissed”."""
    why: Named[str] = _TEXT
    """Why it is refused, in a sentence; "" where there is nothing to say."""
    questions: Named[list[dict[str, Any]]] = _LISTED
    """What the file leaves open, where it asks."""
    understood: Named[dict[str, Any] | None] = _DATA
    """What it was understood to be so far, where it asks."""
    batch_id: Named[int | None] = _of_batch(index=False)
    """What it was read as."""
    actor: Named[str] = _TEXT
    recorded_at: Named[datetime] = _MOMENT


IncomingStep = Table("erp_import_incoming_step", METADATA, IncomingStepColumns)


class FigureColumns(TypedColumns):
    """A figure that was reckoned over the ledger, as it was then; the newest row of each counts."""

    id: Named[int] = _ID
    authority_id: Named[int] = _WHOLE
    analysis: Named[str] = _TEXT
    """Which: “local”, “category”, “gaps”, …"""
    local_area_id: Named[int | None] = _WHOLE
    """Core's definition of “local” that it goes by; None where it goes by none."""
    rests_on: Named[str] = _TEXT
    """The SHA-256 of all that it follows from: where that is the same, so is the figure."""
    known_until: Named[date | None] = _DAY
    """The day of the newest payment in it; None where there is none."""
    as_of: Named[date] = _DAY
    """The day on which it was reckoned."""
    definition: Named[dict[str, Any]] = _DATA
    """What is counted: the definition of “local”, and what was taken as much, as soon or as out of reach."""
    coverage: Named[list[dict[str, Any]]] = _LISTED
    """For how much of the £ of each year what is known, in micropounds."""
    batches: Named[list[int]] = Column(JSON)
    """Those that were counted."""
    rows: Named[list[dict[str, Any]]] = _LISTED
    """Money in micropounds, days as ISO text."""
    actor: Named[str] = _TEXT
    recorded_at: Named[datetime] = _MOMENT


Figure = Table("erp_import_figure", METADATA, FigureColumns, Index(None, "authority_id", "analysis"))


class ContractMarkColumns(TypedColumns):
    """By what a payment is known to be on a contract, besides its reference; the newest row of a mark counts."""

    id: Named[int] = _ID
    authority_id: Named[int] = _WHOLE
    contract_id: Named[int] = _WHOLE
    sort: Named[str] = _TEXT
    """“order” or “contract” for a number of these, “service” for one that the contract is for."""
    mark: Named[str] = _TEXT
    """As the finance system writes it."""
    holds: Named[bool] = Column(Boolean)
    """False where it was taken back."""
    actor: Named[str] = _TEXT
    recorded_at: Named[datetime] = _MOMENT


ContractMark = Table("erp_import_contract_mark", METADATA, ContractMarkColumns, Index(None, "authority_id"))


class PartingColumns(TypedColumns):
    """That an entry of the list of suppliers is one by itself, though it looks like another; the newest row counts."""

    id: Named[int] = _ID
    authority_id: Named[int] = _WHOLE
    supplier: Named[str] = _TEXT
    """Its number, or what it goes by without one."""
    apart: Named[bool] = Column(Boolean)
    """False where it was taken back."""
    actor: Named[str] = _TEXT
    recorded_at: Named[datetime] = _MOMENT


Parting = Table("erp_import_parting", METADATA, PartingColumns, Index(None, "authority_id"))
