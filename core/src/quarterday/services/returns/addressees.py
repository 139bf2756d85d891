"""Who gets a message about a return, as it is on the day: people of its contract's suppliers, who may report for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import case, select

from quarterday.db.models import ContractOwner, ContractParty, Membership, Period, Return, Revision, User
from quarterday.db.newest import newest
from quarterday.db.work import Work
from quarterday.domain.contracts import PartyRole
from quarterday.services.scope import return_due


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody and the address they have now."""

    id: int
    email: str


def reporters(work: Work, return_id: int) -> list[Person]:
    """The people who may report a return today; who submitted it last comes first, then those of the lead."""
    last = select(Revision.by_user_id).where(Revision.return_id == return_id).order_by(Revision.number.desc()).limit(1)
    submitted = case((User.id == last.scalar_subquery(), 0), else_=1)
    leads = case((ContractParty.role == PartyRole.LEAD, 0), else_=1)
    rows = work.all(
        select(User.id, User.email)
        .join(Membership, Membership.user_id == User.id)
        .join(ContractParty, ContractParty.supplier_id == Membership.supplier_id)
        .join(Return, Return.contract_id == ContractParty.contract_id)
        .where(
            Return.id == return_id,
            Membership.role != "",
            newest(Membership, Membership.user_id, Membership.authority_id, Membership.supplier_id, day=work.today),
            ContractParty.is_in,
            newest(ContractParty, ContractParty.contract_id, ContractParty.supplier_id, day=work.today),
        )
        .order_by(submitted, leads, Membership.id)
    )
    return list(dict.fromkeys(Person(row.id, row.email) for row in rows))


def contact(work: Work, contract_id: int) -> str:
    """The address of who manages a contract today, for answers to a message; "" where nobody does."""
    row = work.one(
        select(User.email)
        .join(ContractOwner, ContractOwner.user_id == User.id)
        .where(
            ContractOwner.contract_id == contract_id,
            newest(ContractOwner, ContractOwner.contract_id, day=work.today),
        )
    )
    return row.email if row else ""


def person(work: Work, user_id: int) -> Person:
    """Somebody by id."""
    return Person(user_id, work.connection.execute(select(User.email).where(User.id == user_id)).scalar_one())


def due(work: Work, return_id: int) -> date:
    """The last day on which a return is in time."""
    query = (
        select(return_due())
        .select_from(Period)
        .join(Return, Return.period_id == Period.id)
        .where(Return.id == return_id)
    )
    return work.connection.execute(query).scalar_one()
