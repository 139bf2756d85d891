"""The facts as they stood at an instant: which contracts, targets and claims count, and by which pin.

Only rows recorded by then are seen (DESIGN 4.2). What is asked of the record twice, added up for a report and row by
row for an explanation, is defined here once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import CTE, ColumnElement, FromClause, Table, and_, func, literal, select

from quarterday.db.models import (
    Commitment,
    Contract,
    ContractAuthority,
    ContractParty,
    ContractPin,
    Entry,
    OpeningBalance,
    Review,
    Target,
    Valuation,
)
from quarterday.db.newest import newest
from quarterday.db.work import Work, day_of
from quarterday.domain.sentences import said
from quarterday.services import scope

WEAK = ("excluded", "undecided")
"""How a claim stands of which the counting rules let nothing count."""
MEANS = ("edition_id", "value_set_id", "local_area_id")
"""What a pin says: pins that are alike in these mean the same."""
IS_WEAK = Entry.c.findings["standing"].as_string().in_([literal(word) for word in WEAK])  # else it can't be prepared


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which facts: of one contract, of one supplier, or all in the actor's scope; as at an instant, now by default.

    A supplier's are those of the contracts that it leads on that day, their history included: a novation hands over
    what was delivered with what is still promised.
    """

    authority_id: int | None = None
    """Only the contracts that were this authority's on that day; the actor's scope holds beside it."""
    contract_id: int | None = None
    supplier_id: int | None = None
    at: datetime | None = None
    within: tuple[date, date] | None = None
    """Only what was promised and done in periods that lie between these days, both included."""
    is_running: bool = False
    """Only contracts that have not ended by that day."""

    def day(self, work: Work) -> date:
        """The day of the instant."""
        return day_of(self.at) if self.at else work.today


def contracts(work: Work, wanted: Wanted, *, by_supplier: bool = False) -> CTE:
    """The contracts: ``id``, ``pin_id``, what that pins (MEANS), and ``supplier_id`` (the lead's, where asked for).

    Of pins that mean the same ``pin_id`` is one. SQLite is told to work it out once for a query, because looking at it
    for each of a million entries takes ten times as long (measured). PostgreSQL sees that itself, and left to itself
    it spreads what comes after over several processes.
    """
    day = wanted.day(work)
    pin = and_(ContractPin.c.contract_id == Contract.c.id, newest(ContractPin, ContractPin.c.contract_id, at=wanted.at))
    alike = [ContractPin.c[name] for name in MEANS]
    by_supplier = by_supplier or wanted.supplier_id is not None
    query: Any = (
        select(
            Contract.c.id,
            func.min(ContractPin.c.id).over(partition_by=alike).label("pin_id"),
            *alike,
            (ContractParty.c.supplier_id if by_supplier else literal(None)).label("supplier_id"),
        )
        .select_from(Contract)
        .join(ContractPin, pin)
        .where(scope.visible(work))
    )
    if wanted.contract_id is not None:
        query = query.where(Contract.c.id == scope.contract(work, wanted.contract_id).id)
    if wanted.authority_id is not None:
        theirs = and_(
            ContractAuthority.c.contract_id == Contract.c.id,
            newest(ContractAuthority, ContractAuthority.c.contract_id, at=wanted.at, day=day),
            ContractAuthority.c.authority_id == wanted.authority_id,
        )
        query = query.join(ContractAuthority, theirs)
    if wanted.is_running:
        query = query.where(scope.contract_ends(wanted.at) >= day)
    if by_supplier:
        leads = and_(ContractParty.c.contract_id == Contract.c.id, scope.is_lead(day=day, at=wanted.at))
        query = query.join(ContractParty, leads)
    if wanted.supplier_id is not None:
        query = query.where(ContractParty.c.supplier_id == wanted.supplier_id)
    found: CTE = query.cte("measured").prefix_with("MATERIALIZED", dialect="sqlite")
    return found


def targets(measured: CTE, wanted: Wanted) -> tuple[FromClause, ColumnElement[bool]]:
    """The targets that count, joined to their contracts, and the condition that makes them count."""
    joined = Target.join(Commitment, Commitment.c.id == Target.c.commitment_id)
    newest_one = newest(Target, Target.c.commitment_id, Target.c.first, at=wanted.at)
    return joined.join(measured, measured.c.id == Commitment.c.contract_id), and_(newest_one, *_within(Target, wanted))


def entries(measured: CTE, wanted: Wanted) -> tuple[FromClause, ColumnElement[bool]]:
    """The entries that count as claimed, joined to their contracts, and the condition: no later one replaces them."""
    later = Entry.alias()
    replaced = select(literal(1)).where(later.c.replaces_entry_id == Entry.c.id)
    conditions = _within(Entry, wanted)
    if wanted.at is not None:
        conditions.append(Entry.c.recorded_at <= wanted.at)
        replaced = replaced.where(later.c.recorded_at <= wanted.at)
    return Entry.join(measured, measured.c.id == Entry.c.contract_id), and_(*conditions, ~replaced.exists())


def claims(measured: CTE, wanted: Wanted) -> tuple[FromClause, ColumnElement[bool]]:
    """The same, with the review and the valuation of those that are accepted.

    An entry is accepted by the newest word on it. Its valuation may be missing, where it came from another record.
    """
    joined, counts = entries(measured, wanted)
    word = newest(Review, Review.c.entry_id, at=wanted.at)
    joined = joined.outerjoin(Review, and_(Review.c.entry_id == Entry.c.id, Review.c.decision == "accepted", word))
    return joined.outerjoin(Valuation, Valuation.c.review_id == Review.c.id), counts


def openings(measured: CTE, wanted: Wanted, day: date) -> tuple[FromClause, ColumnElement[bool]]:
    """The opening balances that count, joined to their contracts: for a measure the last day's, in its newest row."""
    rows, newer = OpeningBalance, OpeningBalance.alias()
    known: list[ColumnElement[bool]] = [rows.c.as_of <= day]
    rivals = [newer.c.as_of <= day]
    if wanted.at is not None:
        known.append(rows.c.recorded_at <= wanted.at)
        rivals.append(newer.c.recorded_at <= wanted.at)
    ahead = (newer.c.as_of > rows.c.as_of) | ((newer.c.as_of == rows.c.as_of) & (newer.c.id > rows.c.id))
    rival = select(literal(1)).where(
        newer.c.contract_id == rows.c.contract_id, newer.c.ref == rows.c.ref, ahead, *rivals
    )
    joined = rows.join(measured, measured.c.id == rows.c.contract_id)
    return joined, and_(*known, ~rival.exists())


def not_valued(ref: str) -> str:
    """Why an acceptance without a valuation has no £."""
    return said("{ref}: an accepted entry is not valued yet.", ref=ref)


def _within(table: Table, wanted: Wanted) -> list[ColumnElement[bool]]:
    return [] if wanted.within is None else [table.c.first >= wanted.within[0], table.c.last <= wanted.within[1]]
