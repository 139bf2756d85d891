"""Returns as they stand: listed for a desk, and one whole with its entries, decisions and revisions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, select

from quarterday.db.models import (
    Activity,
    Contract,
    DraftEntry,
    Entry,
    Period,
    Return,
    Review,
    Revision,
    RevisionEntry,
    Valuation,
)
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.domain.catalogue import Measure
from quarterday.domain.return_states import DECIDED, State, state
from quarterday.domain.valuation import Amount
from quarterday.errors import Refused
from quarterday.services import scope
from quarterday.services.returns import drafts
from quarterday.services.returns.drafts import Draft
from quarterday.services.returns.reported import reported
from quarterday.services.returns.reviews import decisions
from quarterday.services.returns.submissions import Submitted


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One return in a list."""

    id: int
    contract_id: int
    contract: str
    """The reference by which its authority knows the contract today."""
    authority_id: int
    period: str
    first: date
    last: date
    due: date
    closes: date
    state: State
    is_overdue: bool
    """Not submitted, and its due day is over; never for a period that begins after the contract's end."""
    drafts: int
    entries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """An entry of the newest revision, with the newest decision on it."""

    id: int
    measure: Measure
    activity: str
    first: date
    last: date
    is_late: bool
    replaces_entry_id: int | None
    typed: Mapping[str, str]
    quantity: Fraction
    """Claimed, in the measure's unit, before attribution."""
    share: Fraction
    standing: str
    """What the counting rules made of it when it was submitted."""
    decision: str
    """accepted, queried, rejected; "" while nobody has decided."""
    accepted: Fraction | None
    """In the measure's unit, before attribution; None unless accepted."""
    worth: Amount | None
    """None unless accepted and valued."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One revision: its receipt, when it came and in which role it was declared."""

    receipt: Submitted
    at: datetime
    declared_as: str
    is_nothing_to_report: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeReturn:
    """A return with all it holds."""

    listed: Listed
    version: int
    """What a writer who saw this hands back, so that nobody else's change is lost."""
    entries: tuple[Claimed, ...]
    drafts: tuple[Draft, ...]
    submissions: tuple[Submission, ...]
    may_count_later: tuple[str, ...]
    """Of a contract's last return: the measures that can still be reported after it closed."""
    open_later_until: date | None
    """Until when they can; None where there are none."""


def returns(
    uow: UnitOfWork, actor: Actor, *, authority_id: int | None = None, contract_id: int | None = None
) -> list[Listed]:
    """The returns in the actor's scope, of one authority or contract where wanted, by due day and contract.

    Raises :class:`Refused` where there is no such contract in the scope.
    """
    with uow.read(actor) as work:
        found = listed(work, contract_id=contract_id)
    return [one for one in found if authority_id in (None, one.authority_id)]


def listed(work: Work, *, contract_id: int | None = None) -> list[Listed]:
    """The step that lists the returns in scope, of one contract where wanted; raises as :func:`returns`."""
    query = _returns(work)
    if contract_id is not None:
        query = query.where(Return.c.contract_id == scope.contract(work, contract_id).id)
    return _listed(work, query)


def whole_return(uow: UnitOfWork, actor: Actor, *, return_id: int) -> WholeReturn:
    """One return, to the council without what is still being written; raises :class:`Refused` where there is none in
    the actor's scope."""
    with uow.read(actor) as work:
        found = reported(work, return_id)
        (listed,) = _listed(work, _returns(work).where(Return.c.id == return_id))
        rows = work.all(_entries(return_id))
        decided = decisions(work, [row.id for row in rows])
        return WholeReturn(
            listed=listed,
            version=found.draft_version,
            entries=tuple(_claimed(row, decided.get(row.id, ""), found.edition.measure(row.ref)) for row in rows),
            drafts=() if actor.authority_id is not None else tuple(drafts.drafts_of(work, return_id)),
            submissions=tuple(_submissions(work, return_id)),
            may_count_later=found.may_count_later,
            open_later_until=found.last_closes if found.may_count_later else None,
        )


def _returns(work: Work) -> Any:
    """Each return with its counts: drafts, revisions, and the entries of the newest by what was decided on them."""
    newest = (
        select(func.max(Revision.c.id)).where(Revision.c.return_id == Return.c.id).correlate(Return).scalar_subquery()
    )
    entries = (
        select(func.count()).select_from(RevisionEntry).where(RevisionEntry.c.revision_id == newest).correlate(Return)
    )
    drafted = select(func.count(DraftEntry.c.id)).where(DraftEntry.c.return_id == Return.c.id).correlate(Return)
    revisions = select(func.count(Revision.c.id)).where(Revision.c.return_id == Return.c.id).correlate(Return)
    return (
        select(
            Return.c.id,
            Return.c.contract_id,
            Period.c.name,
            Period.c.first,
            Period.c.last,
            scope.return_due().label("due"),
            Period.c.closes,
            drafted.scalar_subquery().label("drafts"),
            revisions.scalar_subquery().label("revisions"),
            entries.scalar_subquery().label("entries"),
        )
        .join(Period, Period.c.id == Return.c.period_id)
        .join(Contract, Contract.c.id == Return.c.contract_id)
        .where(scope.visible_return(work))
        .order_by(scope.return_due(), Return.c.contract_id, Return.c.id)
    )


def _listed(work: Work, query: Any) -> list[Listed]:
    contracts = {one.id: one for one in scope.contracts(work)}
    rows = work.all(query)
    decided = _decided(work, query)
    found = []
    for row in rows:
        contract = contracts[row.contract_id]
        stands = state(drafts=row.drafts, revisions=row.revisions, entries=row.entries, decided=decided.get(row.id, []))
        found.append(
            Listed(
                id=row.id,
                contract_id=contract.id,
                contract=contract.reference,
                authority_id=contract.authority_id,
                period=row.name,
                first=row.first,
                last=row.last,
                due=row.due,
                closes=row.closes,
                state=stands,
                is_overdue=not row.revisions and work.today > row.due and row.first <= contract.ends,
                drafts=row.drafts,
                entries=row.entries,
            )
        )
    return found


def _decided(work: Work, query: Any) -> dict[int, list[str]]:
    """The newest decision on each decided entry of the newest revisions, by return."""
    wanted = query.order_by(None).with_only_columns(Return.c.id).scalar_subquery()
    newest = select(func.max(Revision.c.id)).where(Revision.c.return_id.in_(wanted)).group_by(Revision.c.return_id)
    found: dict[int, list[str]] = {}
    for row in work.all(
        select(Entry.c.return_id, Review.c.decision)
        .join(Entry, Entry.c.id == Review.c.entry_id)
        .join(RevisionEntry, RevisionEntry.c.entry_id == Entry.c.id)
        .where(RevisionEntry.c.revision_id.in_(newest), _is_newest_decision())
    ):
        found.setdefault(row.return_id, []).append(row.decision)
    return found


def _is_newest_decision() -> ColumnElement[bool]:
    """The condition that a row of ``review`` is the newest decision on its entry."""
    later = Review.alias()
    newer = exists().where(
        later.c.entry_id == Review.c.entry_id, later.c.id > Review.c.id, later.c.decision.in_(DECIDED)
    )
    return and_(Review.c.decision.in_(DECIDED), ~newer)


def _entries(return_id: int) -> Select[Any]:
    newest = select(func.max(Revision.c.id)).where(Revision.c.return_id == return_id).scalar_subquery()
    accepted = and_(Review.c.entry_id == Entry.c.id, Review.c.decision == "accepted", _is_newest_decision())
    query: Any = (
        select(
            Entry,
            Activity.c.label,
            Review.c.numerator.label("accepted"),
            Review.c.denominator.label("accepted_under"),
            Valuation.c.micropounds,
            Valuation.c.is_complete,
            Valuation.c.reason,
        )
        .join(RevisionEntry, RevisionEntry.c.entry_id == Entry.c.id)
        .outerjoin(Activity, Activity.c.id == Entry.c.activity_id)
        .outerjoin(Review, accepted)
        .outerjoin(Valuation, Valuation.c.review_id == Review.c.id)
        .where(RevisionEntry.c.revision_id == newest)
        .order_by(Entry.c.id)
    )
    found: Select[Any] = query
    return found


def _claimed(row: Any, decision: str, measure: Measure | None) -> Claimed:
    if measure is None:
        raise Refused("Entry {id} is for {ref}, which its contract's edition doesn't have.", id=row.id, ref=row.ref)
    valued = row.micropounds is not None
    return Claimed(
        id=row.id,
        measure=measure,
        activity=row.label or "",
        first=row.first,
        last=row.last,
        is_late=row.is_late,
        replaces_entry_id=row.replaces_entry_id,
        typed=row.typed,
        quantity=Fraction(row.numerator, row.denominator),
        share=Fraction(row.share_numerator, row.share_denominator),
        standing=row.findings["standing"],
        decision=decision,
        accepted=None if row.accepted is None else Fraction(row.accepted, row.accepted_under),
        worth=Amount(row.micropounds, row.is_complete, (row.reason,) if row.reason else ()) if valued else None,
    )


def _submissions(work: Work, return_id: int) -> list[Submission]:
    rows = work.all(select(Revision).where(Revision.c.return_id == return_id).order_by(Revision.c.number))
    return [
        Submission(
            receipt=Submitted(row.id, row.number, row.digest),
            at=row.recorded_at,
            declared_as=row.declared_as,
            is_nothing_to_report=row.is_nothing_to_report,
        )
        for row in rows
    ]
