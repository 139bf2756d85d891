"""What stands above a page of a return: whose it is, by when it is due, and the periods before it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Date, Select, and_, bindparam, select

from quarterday.db.models import Authority, Contract, ContractAuthority, Period, Return
from quarterday.db.newest import newest
from quarterday.db.work import Work
from quarterday.domain.periods import Period as NamedPeriod
from quarterday.services.figures.desk import lead_name
from quarterday.services.returns.reported import Reported
from quarterday.services.scope import return_due


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The words that a return is known by today."""

    contract: str
    """The reference by which its authority knows the contract."""
    title: str
    authority: str
    supplier: str
    """The lead's name; "" for a contract without one."""
    due: date


def head(work: Work, return_id: int) -> Head:
    """Those of a return in the actor's scope."""
    row = work.all(_head(), return_id=return_id, today=work.today)[0]
    return Head(contract=row.reference, title=row.title, authority=row.name, supplier=row.supplier, due=row.due)


def periods_before(work: Work, found: Reported) -> tuple[tuple[int, NamedPeriod], ...]:
    """The earlier periods that the return's contract reports on, with their ids, the newest first."""
    rows = work.all(_before(), contract_id=found.contract_id, first=found.period.first)
    return tuple((row.id, NamedPeriod(row.name, row.first, row.last)) for row in rows)


@cache
def _head() -> Select[*tuple[Any, ...]]:
    today = bindparam("today", type_=Date)
    theirs = and_(
        ContractAuthority.c.contract_id == Contract.c.id,
        newest(ContractAuthority, ContractAuthority.c.contract_id, day=today),
    )
    return (
        select(
            Contract.c.title,
            ContractAuthority.c.reference,
            Authority.c.name,
            return_due().label("due"),
            lead_name().label("supplier"),
        )
        .select_from(Return)
        .join(Contract, Contract.c.id == Return.c.contract_id)
        .join(Period, Period.c.id == Return.c.period_id)
        .join(ContractAuthority, theirs)
        .join(Authority, Authority.c.id == ContractAuthority.c.authority_id)
        .where(Return.c.id == bindparam("return_id"))
    )


@cache
def _before() -> Select[*tuple[Any, ...]]:
    return (
        select(Period.c.id, Period.c.name, Period.c.first, Period.c.last)
        .join(Return, Return.c.period_id == Period.c.id)
        .where(Return.c.contract_id == bindparam("contract_id"), Period.c.last < bindparam("first", type_=Date))
        .order_by(Period.c.last.desc())
    )
