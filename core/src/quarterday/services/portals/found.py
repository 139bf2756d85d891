"""Where the records that go out to a portal are found in our record: a statement for each kind, made once."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Date,
    FromClause,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    false,
    func,
    literal,
    or_,
    select,
)

from quarterday.db.given import is_given
from quarterday.db.models import (
    Commitment,
    Contract,
    ContractAuthority,
    ContractEnd,
    ContractParty,
    ContractPin,
    Entry,
    EntryEvidence,
    Evidence,
    PortalRecord,
    Review,
    Supplier,
    SupplierIdentifier,
    Target,
    Words,
)
from quarterday.db.newest import newest
from quarterday.domain.portal_records import RecordKind
from quarterday.domain.return_states import DECIDED
from quarterday.services import scope
from quarterday.services.portals.standing import STOPPED, UNDER_WAY

_TODAY = bindparam("today", type_=Date)
_LEAD = ContractParty.alias("lead")
_AGREED_END = ContractEnd.alias("agreed_end")
_DECISION = Review.alias("decision")
_THERE = PortalRecord.alias("there")

_Rows = Select[*tuple[Any, ...]]


@cache
def contents(kind: RecordKind, accepted_only: bool, dialect: str) -> _Rows:
    """The rows of which the records with certain ``ids`` are made; with ``authority_id`` and ``today``."""
    # Of few records the contracts are looked up, of all they are found first.
    statement, record_id = _found(kind, accepted_only, _held().subquery("held"))
    more = {
        RecordKind.CONTRACT: _of_contracts,
        RecordKind.COMMITMENT: _of_commitments,
        RecordKind.ENTRY: _of_entries,
        RecordKind.EVIDENCE: _of_evidence,
        RecordKind.VERDICT: _of_verdicts,
    }[kind]
    return more(statement).where(is_given(record_id, dialect)).order_by(record_id)


@cache
def following(kind: RecordKind, accepted_only: bool) -> _Rows:
    """The ids of the next ``most`` records ``after`` one; with ``authority_id`` and ``today``."""
    statement, record_id = _found(kind, accepted_only, _held_by_all())
    return _next(statement.with_only_columns(record_id), record_id)


@cache
def changed(kind: RecordKind, accepted_only: bool) -> _Rows:
    """The ids of the next ``most`` records ``after`` one whose version isn't the one that was looked at last.

    With ``authority_id``, ``today`` and ``portal``. ``mark`` is what the version of a stopped record ends with, and
    ``gives`` says whether those count that the portal was never told of.
    """
    statement, record_id = _found(kind, accepted_only, _held_by_all())
    version, is_withdrawn = statement.selected_columns.version, statement.selected_columns.is_withdrawn
    mine = and_(
        PortalRecord.c.authority_id == bindparam("authority_id", type_=BigInteger),
        PortalRecord.c.portal == bindparam("portal", type_=Text),
        PortalRecord.c.kind == literal(str(kind), literal_execute=False),
        PortalRecord.c.our_id == record_id,
    )
    mark = case((PortalRecord.c.state == STOPPED, bindparam("mark", type_=Text)), else_="")
    is_new = and_(PortalRecord.c.id.is_(None), bindparam("gives", type_=Boolean), ~is_withdrawn)
    differs = and_(PortalRecord.c.state != UNDER_WAY, PortalRecord.c.version != version.concat(mark))
    joined = statement.with_only_columns(record_id).outerjoin(PortalRecord, mine).where(or_(is_new, differs))
    if kind is RecordKind.EVIDENCE:  # what came from there is theirs
        joined = joined.where(Evidence.c.portal.is_distinct_from(bindparam("portal", type_=Text)))
    return _next(joined, record_id)


def _next(statement: _Rows, record_id: ColumnElement[int]) -> _Rows:
    return (
        statement.where(record_id > bindparam("after", type_=BigInteger))
        .order_by(record_id)
        .limit(bindparam("most", type_=BigInteger))
    )


def _held() -> Select[int, int, str, Any]:
    """The contracts that are an authority's today, with the reference by which it knows each."""
    return select(
        ContractAuthority.c.contract_id,
        ContractAuthority.c.id.label("row_id"),
        ContractAuthority.c.reference,
        ContractAuthority.c.recorded_at.label("held_at"),
    ).where(
        ContractAuthority.c.authority_id == bindparam("authority_id", type_=BigInteger),
        newest(ContractAuthority, ContractAuthority.c.contract_id, day=_TODAY),
    )


def _held_by_all() -> FromClause:
    return _held().cte("held").prefix_with("MATERIALIZED")


def _found(kind: RecordKind, accepted_only: bool, held: FromClause) -> tuple[_Rows, ColumnElement[int]]:
    """The records of a kind with ``version`` and ``is_withdrawn``, joined to the contracts held; and their id."""
    if kind is RecordKind.CONTRACT:
        return _contracts(held), Contract.c.id
    if kind is RecordKind.COMMITMENT:
        return _commitments(held), Commitment.c.id
    is_withdrawn = _was_replaced()
    if accepted_only:
        is_withdrawn = or_(is_withdrawn, _newest_decision() != "accepted")
    if kind is RecordKind.ENTRY:
        version = _version(held.c.row_id).concat(case((is_withdrawn, ".0"), else_=""))
        statement, record_id = _entries(held, version, is_withdrawn), Entry.c.id
    elif kind is RecordKind.EVIDENCE:
        statement, record_id = _pieces(held, is_withdrawn), Evidence.c.id
    else:
        statement, record_id = _decisions(held, is_withdrawn), Entry.c.id
    return (statement.where(_was_accepted()) if accepted_only else statement), record_id


def _was_replaced() -> ColumnElement[bool]:
    """The condition that another entry took the place of one; of the few that do all are looked at, and that once."""
    later = Entry.alias("later")
    return Entry.c.id.in_(select(later.c.replaces_entry_id).where(later.c.replaces_entry_id.is_not(None)))


def _is_of(held: FromClause, contract_id: ColumnElement[int]) -> ColumnElement[bool]:
    """The join to the contracts held, such that it isn't begun there: records are found in their own order then, and
    the first so many without looking at all."""
    return held.c.contract_id == contract_id + 0


def _contracts(held: FromClause) -> _Rows:
    mine = ContractParty.c.contract_id == Contract.c.id
    leads = select(func.min(ContractParty.c.id)).where(mine, scope.is_lead(day=_TODAY)).correlate(Contract)
    ended = select(func.max(ContractEnd.c.id)).where(ContractEnd.c.contract_id == Contract.c.id).correlate(Contract)
    of_lead = SupplierIdentifier.c.supplier_id == _LEAD.c.supplier_id
    numbered = select(func.max(SupplierIdentifier.c.id)).where(of_lead).correlate(_LEAD).scalar_subquery()
    version = _version(held.c.row_id, _AGREED_END.c.id, _LEAD.c.id, numbered)
    return (
        select(Contract.c.id, version, false().label("is_withdrawn"), held.c.reference, held.c.held_at)
        .join(held, _is_of(held, Contract.c.id))
        .outerjoin(_LEAD, _LEAD.c.id == leads.scalar_subquery())
        .outerjoin(_AGREED_END, _AGREED_END.c.id == ended.scalar_subquery())
    )


def _of_contracts(statement: _Rows) -> _Rows:
    return statement.outerjoin(Supplier, Supplier.c.id == _LEAD.c.supplier_id).add_columns(
        Contract.c.title,
        Contract.c.starts,
        func.coalesce(_AGREED_END.c.ends, Contract.c.ends).label("ends"),
        _LEAD.c.supplier_id,
        Supplier.c.name.label("supplier"),
        _AGREED_END.c.recorded_at.label("ended_at"),
        _LEAD.c.recorded_at.label("led_at"),
    )


def _commitments(held: FromClause) -> _Rows:
    targets = select(func.max(Target.c.id)).where(Target.c.commitment_id == Commitment.c.id).correlate(Commitment)
    version = _version(held.c.row_id, targets.scalar_subquery())
    return select(Commitment.c.id, version, false().label("is_withdrawn"), held.c.reference).join(
        held, _is_of(held, Commitment.c.contract_id)
    )


def _of_commitments(statement: _Rows) -> _Rows:
    return _measured(statement, Commitment.c.contract_id).add_columns(Commitment.c.ref, Commitment.c.recorded_at)


def _entries(held: FromClause, version: ColumnElement[str], is_withdrawn: ColumnElement[bool]) -> _Rows:
    return select(Entry.c.id, version.label("version"), is_withdrawn.label("is_withdrawn"), held.c.reference).join(
        held, _is_of(held, Entry.c.contract_id)
    )


def _of_entries(statement: _Rows) -> _Rows:
    return _measured(statement, Entry.c.contract_id).add_columns(
        Entry.c.ref,
        Entry.c.first,
        Entry.c.last,
        Entry.c.numerator,
        Entry.c.denominator,
        Entry.c.share_numerator,
        Entry.c.share_denominator,
        Entry.c.recorded_at,
    )


def _pieces(held: FromClause, is_withdrawn: ColumnElement[bool]) -> _Rows:
    """Links and files that weren't erased, each with the newest entry that it backs.

    Of one that came from a portal and was changed there, only what it is now: what it was stays here, and is known
    under no name there.
    """
    is_known = select(_THERE.c.id).where(
        _THERE.c.authority_id == bindparam("authority_id", type_=BigInteger),
        _THERE.c.portal == Evidence.c.portal,
        _THERE.c.kind == literal(str(RecordKind.EVIDENCE), literal_execute=False),
        _THERE.c.our_id == Evidence.c.id,
    )
    backs = select(func.max(EntryEvidence.c.entry_id)).where(EntryEvidence.c.evidence_id == Evidence.c.id)
    return (
        select(Evidence.c.id, _version(Entry.c.id), is_withdrawn.label("is_withdrawn"))
        .join(Words, and_(Words.c.id == Evidence.c.words_id, Words.c.text.is_not(None)))
        .join(Entry, Entry.c.id == backs.correlate(Evidence).scalar_subquery())
        .join(held, _is_of(held, Entry.c.contract_id))
        .where(Evidence.c.kind.in_(("file", "link")), or_(Evidence.c.portal.is_(None), is_known.exists()))
    )


def _of_evidence(statement: _Rows) -> _Rows:
    return statement.add_columns(
        Entry.c.id.label("entry_id"),
        Evidence.c.kind,
        Evidence.c.media_type,
        Evidence.c.digest,
        Evidence.c.recorded_at,
    )


def _decisions(held: FromClause, is_withdrawn: ColumnElement[bool]) -> _Rows:
    mine = select(func.max(Review.c.id)).where(Review.c.entry_id == Entry.c.id, Review.c.decision.in_(DECIDED))
    return (
        select(Entry.c.id, _version(_DECISION.c.id), is_withdrawn.label("is_withdrawn"))
        .join(held, _is_of(held, Entry.c.contract_id))
        .join(_DECISION, _DECISION.c.id == mine.correlate(Entry).scalar_subquery())
    )


def _of_verdicts(statement: _Rows) -> _Rows:
    return statement.add_columns(
        _DECISION.c.decision, _DECISION.c.numerator, _DECISION.c.denominator, _DECISION.c.recorded_at
    )


def _measured(statement: _Rows, contract_id: ColumnElement[int]) -> _Rows:
    """With the edition that the record's contract is pinned to."""
    pinned = and_(ContractPin.c.contract_id == contract_id, newest(ContractPin, ContractPin.c.contract_id))
    return statement.join(ContractPin, pinned).add_columns(ContractPin.c.edition_id)


def _newest_decision() -> ColumnElement[str]:
    said = (
        select(Review.c.decision)
        .where(Review.c.entry_id == Entry.c.id, Review.c.decision.in_(DECIDED))
        .order_by(Review.c.id.desc())
        .limit(1)
    )
    return said.correlate(Entry).scalar_subquery()


def _was_accepted() -> ColumnElement[bool]:
    said = select(Review.c.id).where(Review.c.entry_id == Entry.c.id, Review.c.decision == "accepted")
    return said.correlate(Entry).exists()


def _version(*facts: ColumnElement[int]) -> ColumnElement[str]:
    """The rows that a record rests on, by their ids: 12.0.3."""
    texts = [cast(func.coalesce(fact, 0), Text) for fact in facts]
    version: ColumnElement[str] = texts[0]
    for text in texts[1:]:
        version = version.concat(".").concat(text)
    return version.label("version")
