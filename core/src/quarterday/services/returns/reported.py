"""A return in the actor's scope, with all it is measured by: contract, period, edition, values, local area."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Date, Select, and_, bindparam, func, select, update

from quarterday.db.models import (
    Authority,
    Contract,
    ContractAuthority,
    ContractPin,
    EditionSnapshot,
    Period,
    Return,
    Revision,
    ValueSetSnapshot,
)
from quarterday.db.newest import newest
from quarterday.db.work import Work
from quarterday.domain.catalogue import Catalogue, LocalArea
from quarterday.domain.counting.findings import Circumstances
from quarterday.domain.periods import Period as NamedPeriod
from quarterday.domain.periods import months_between
from quarterday.domain.sentences import said
from quarterday.domain.statement import Terms
from quarterday.domain.values import ValueSet
from quarterday.errors import NotThere, Refused
from quarterday.postcodes import reaches
from quarterday.services.measures import snapshots
from quarterday.services.scope import contract_ends, visible_to

_TURN = (
    update(Return)
    .where(Return.c.id == bindparam("of"), Return.c.draft_version == bindparam("seen"))
    .values(draft_version=bindparam("next"))
)


class SomebodyElse(Refused):
    """The return changed since the writer read it; the message says what to do, and nothing was saved."""

    def __init__(self) -> None:
        super().__init__(
            said(
                "Somebody changed this return since you opened it, so nothing was saved: look at it again, "
                "then save yours."
            )
        )


@dataclass(frozen=True, slots=True)
class Reported:
    """One return and what it is measured by."""

    id: int
    contract_id: int
    authority_id: int
    period: NamedPeriod
    closes: date
    draft_version: int
    revisions: int
    """How often it was submitted: the number of its newest revision, 0 before the first."""
    pin_id: int
    edition: Catalogue
    values: ValueSet | None
    local: LocalArea | None
    contract_months: int
    contract_ends: date
    last_closes: date
    """If it is the contract's last return: until when it is open for what may count later."""

    @property
    def is_last(self) -> bool:
        """Whether the contract has ended by the end of its period."""
        return self.period.last >= self.contract_ends

    @property
    def may_count_later(self) -> tuple[str, ...]:
        """The measures that can be reported after it closed, as it is the contract's last return (DOMAIN 4.18).

        They are those that the edition lets count past the contract's end (4.13); none where it isn't the last.
        """
        return counting_later(self.edition) if self.is_last else ()

    @property
    def subject(self) -> str:
        """As the audit trail names it."""
        return f"return/{self.id}"


def counting_later(edition: Catalogue) -> tuple[str, ...]:
    """The measures that an edition lets count past the contract's end, as training does (DOMAIN 4.13)."""
    refs = (measure.ref for measure in edition.measures)
    return tuple(ref for ref in refs if any(rule.rule == "completed" for rule in edition.rules_of(ref)))


def reported(work: Work, return_id: int) -> Reported:
    """The return of that id; raises :class:`Refused` where there is none in the actor's scope, or no commitment yet."""
    actor = work.actor
    if not actor.has_scope or actor.return_id not in (None, return_id):
        raise NotThere("There is no such return.")
    row = work.one(
        _finding(actor.authority_id is not None, actor.supplier_id is not None),
        return_id=return_id,
        authority_id=actor.authority_id,
        supplier_id=actor.supplier_id,
        today=work.today,
    )
    if row is None:
        raise NotThere("There is no such return.")
    return Reported(
        id=return_id,
        contract_id=row.contract_id,
        authority_id=row.authority_id,
        period=NamedPeriod(row.name, row.first, row.last),
        closes=row.closes,
        draft_version=row.draft_version,
        revisions=row.revisions or 0,
        pin_id=row.pin_id,
        edition=snapshots.edition(work, row.edition_id, row.edition),
        values=snapshots.value_set(
            work, row.value_set_id, snapshots.Head(row.value_set, row.name_of_values, row.is_empty)
        ),
        local=snapshots.local_area(work, row.local_area_id),
        contract_months=max(1, int(months_between(row.starts, row.ends))),
        contract_ends=row.ends,
        last_closes=max(row.closes, row.last + timedelta(days=row.last_closes_days)),
    )


@cache
def _finding(of_authority: bool, of_supplier: bool) -> Select[*tuple[Any, ...]]:
    """The statement behind :func:`reported` for one sort of actor, made once."""
    today = bindparam("today", type_=Date)
    theirs = bindparam("authority_id", type_=BigInteger) if of_authority else None
    its = bindparam("supplier_id", type_=BigInteger) if of_supplier else None
    return (
        select(
            Return.c.contract_id,
            Return.c.draft_version,
            ContractAuthority.c.authority_id,
            Period.c.name,
            Period.c.first,
            Period.c.last,
            Period.c.closes,
            Contract.c.starts,
            contract_ends().label("ends"),
            Authority.c.last_closes_days,
            ContractPin.c.id.label("pin_id"),
            ContractPin.c.edition_id,
            ContractPin.c.value_set_id,
            ContractPin.c.local_area_id,
            EditionSnapshot.c.digest.label("edition"),
            ValueSetSnapshot.c.digest.label("value_set"),
            ValueSetSnapshot.c.name.label("name_of_values"),
            ValueSetSnapshot.c.content.is_(None).label("is_empty"),
            select(func.max(Revision.c.number))
            .where(Revision.c.return_id == Return.c.id)
            .scalar_subquery()
            .label("revisions"),
        )
        .join(Period, Period.c.id == Return.c.period_id)
        .join(Authority, Authority.c.id == Period.c.authority_id)
        .join(Contract, Contract.c.id == Return.c.contract_id)
        .join(
            ContractAuthority,
            and_(
                ContractAuthority.c.contract_id == Contract.c.id,
                newest(ContractAuthority, ContractAuthority.c.contract_id, day=today),
            ),
        )
        .join(
            ContractPin,
            and_(ContractPin.c.contract_id == Contract.c.id, newest(ContractPin, ContractPin.c.contract_id)),
        )
        .join(EditionSnapshot, EditionSnapshot.c.id == ContractPin.c.edition_id)
        .outerjoin(ValueSetSnapshot, ValueSetSnapshot.c.id == ContractPin.c.value_set_id)
        .where(Return.c.id == bindparam("return_id"), visible_to(theirs, its, today))
    )


def terms(found: Reported, areas_under: dict[str, frozenset[str]], period: NamedPeriod | None = None) -> Terms:
    """The terms its claims are counted on, for its own period or for the past one of late claims."""
    at = Circumstances(
        period=period or found.period,
        contract_months=found.contract_months,
        local=found.local,
        areas_under=areas_under,
        reaches=reaches(areas_under, found.local.centre) if found.local else {},
    )
    return Terms(edition=found.edition, values=found.values, at=at)


def take_turn(work: Work, found: Reported, seen_version: int) -> int:
    """Go from the version the writer saw to the next; of two writers one is told (:class:`SomebodyElse`)."""
    turned = work.connection.execute(_TURN, {"of": found.id, "seen": seen_version, "next": seen_version + 1})
    if turned.rowcount != 1:
        raise SomebodyElse
    return seen_version + 1


def must_be_open(work: Work, found: Reported, refs: Collection[str] = ()) -> None:
    """Raise :class:`Refused` once the period is closed for reporting.

    A contract's last return stays open for measures that may count later, as training does that is supported to its
    completion (DOMAIN 4.13 and 4.18), as long as its authority lets it: ``refs`` are the measures to be reported.
    """
    if work.today <= found.closes:
        return
    later = found.may_count_later
    if later and work.today <= found.last_closes:
        if refs and set(refs) <= set(later):
            return
        raise Refused(
            "Reporting for {period} closed on {closes:%d %B %Y}; as the contract's last return it stays "
            "open until {last_closes:%d %B %Y} for what may count later only: {later}.",
            period=found.period.name,
            closes=found.closes,
            last_closes=found.last_closes,
            later=", ".join(later),
        )
    closed = found.last_closes if later else found.closes
    raise Refused(
        "Reporting for {period} closed on {closed:%d %B %Y}, and it was the contract's last return."
        if found.is_last
        else "Reporting for {period} closed on {closed:%d %B %Y}: put it in the next return as a late claim.",
        period=found.period.name,
        closed=closed,
    )
