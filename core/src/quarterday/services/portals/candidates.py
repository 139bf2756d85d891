"""Which entries of ours something in the inbox may be about: those of its contract, the likeliest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from sqlalchemy import case, select

from quarterday.db.models import Contract, ContractAuthority, Entry, PortalInbox, PortalRecord
from quarterday.db.newest import newest, not_replaced
from quarterday.db.work import Actor, UnitOfWork
from quarterday.domain.permissions import Permission
from quarterday.domain.portal_records import RecordKind
from quarterday.errors import NotThere
from quarterday.services import scope

MOST = 10
"""So many are offered."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry that something in the inbox may be about."""

    entry_id: int
    ref: str
    first: date
    last: date
    quantity: Fraction


def candidates(uow: UnitOfWork, actor: Actor, *, inbox_id: int) -> list[Candidate]:
    """Entries of the contract that something in the inbox names, of its measure and period first; none where it names
    no contract of the authority's. An entry that the portal has already under a name of its own isn't offered to
    another entry of theirs.

    Raises :class:`NotThere` where there is no such thing in the actor's scope, and
    :class:`~quarterday.errors.NotAllowed` for a role that decides nothing.
    """
    with uow.read(actor) as work:
        scope.needs(work, Permission.REVIEW)
        row = work.one(
            select(PortalInbox.c.fields, PortalRecord.c.authority_id, PortalRecord.c.portal, PortalRecord.c.kind)
            .join(PortalRecord, PortalRecord.c.id == PortalInbox.c.record_id)
            .where(PortalInbox.c.id == inbox_id)
        )
        if row is None or row.authority_id not in {one.id for one in scope.authorities(work)}:
            raise NotThere("There is nothing of that number in the inbox.")
        fields = row.fields
        known = (
            select(PortalRecord.c.id)
            .where(
                PortalRecord.c.authority_id == row.authority_id,
                PortalRecord.c.portal == row.portal,
                PortalRecord.c.kind == RecordKind.ENTRY,
                PortalRecord.c.our_id == Entry.c.id,
                PortalRecord.c.external_id != "",
            )
            .exists()
        )
        likely = case((Entry.c.ref == fields.get("measure", ""), 0), else_=1)
        begins = _day(fields.get("first", ""))
        in_period = case((Entry.c.first == begins, 0), else_=1) if begins else likely
        found = work.all(
            select(Entry.c.id, Entry.c.ref, Entry.c.first, Entry.c.last, Entry.c.numerator, Entry.c.denominator)
            .join(Contract, Contract.c.id == Entry.c.contract_id)
            .join(ContractAuthority, ContractAuthority.c.contract_id == Contract.c.id)
            .where(
                scope.visible(work),
                newest(ContractAuthority, ContractAuthority.c.contract_id, day=work.today),
                ContractAuthority.c.authority_id == row.authority_id,
                ContractAuthority.c.reference == fields.get("contract", ""),
                not_replaced(),
                ~known if row.kind == RecordKind.ENTRY else Entry.c.id.is_not(None),
            )
            .order_by(likely, in_period, Entry.c.id.desc())
            .limit(MOST)
        )
    return [Candidate(one.id, one.ref, one.first, one.last, Fraction(one.numerator, one.denominator)) for one in found]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
