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
    last = (
        select(Revision.c.by_user_id)
        .where(Revision.c.return_id == return_id)
        .order_by(Revision.c.number.desc())
        .limit(1)
    )
    submitted = case((User.c.id == last.scalar_subquery(), 0), else_=1)
    leads = case((ContractParty.c.role == PartyRole.LEAD, 0), else_=1)
    rows = work.all(
        select(User.c.id, User.c.email)
        .join(Membership, Membership.c.user_id == User.c.id)
        .join(ContractParty, ContractParty.c.supplier_id == Membership.c.supplier_id)
        .join(Return, Return.c.contract_id == ContractParty.c.contract_id)
        .where(
            Return.c.id == return_id,
            Membership.c.role != "",
            newest(
                Membership, Membership.c.user_id, Membership.c.authority_id, Membership.c.supplier_id, day=work.today
            ),
            ContractParty.c.is_in,
            newest(ContractParty, ContractParty.c.contract_id, ContractParty.c.supplier_id, day=work.today),
        )
        .order_by(submitted, leads, Membership.c.id)
    )
    return list(dict.fromkeys(Person(row.id, row.email) for row in rows))


def contact(work: Work, contract_id: int) -> str:
    """The address of who manages a contract today, for answers to a message; "" where nobody does."""
    row = work.one(
        select(User.c.email)
        .join(ContractOwner, ContractOwner.c.user_id == User.c.id)
        .where(
            ContractOwner.c.contract_id == contract_id,
            newest(ContractOwner, ContractOwner.c.contract_id, day=work.today),
        )
    )
    return row.email if row else ""


def person(work: Work, user_id: int) -> Person:
    """Somebody by id."""
    return Person(user_id, work.connection.execute(select(User.c.email).where(User.c.id == user_id)).scalar_one())


def due(work: Work, return_id: int) -> date:
    """The last day on which a return is in time."""
    query = (
        select(return_due())
        .select_from(Period)
        .join(Return, Return.c.period_id == Period.c.id)
        .where(Return.c.id == return_id)
    )
    return work.connection.execute(query).scalar_one()
