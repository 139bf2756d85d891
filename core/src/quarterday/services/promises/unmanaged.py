"""Contracts that nobody manages: nobody is named, or who is named has no role with the authority any more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sqlalchemy import and_, select

from quarterday.db.models import ContractAuthority, ContractOwner, Membership
from quarterday.db.newest import newest
from quarterday.db.work import Actor, UnitOfWork
from quarterday.domain.sentences import said
from quarterday.errors import Trouble
from quarterday.ports import Health, Verdict
from quarterday.services import scope
from quarterday.services.record import open_record
from quarterday.services.scope import ContractRow

MOST_NAMED = 5


def unmanaged(uow: UnitOfWork, actor: Actor, *, authority_id: int | None = None) -> list[ContractRow]:
    """The contracts in scope, of one authority where wanted, that have not ended and that nobody manages today."""
    with uow.read(actor) as work:
        role = and_(
            Membership.c.user_id == ContractOwner.c.user_id,
            Membership.c.authority_id == ContractAuthority.c.authority_id,
            Membership.c.role != "",
            newest(
                Membership, Membership.c.user_id, Membership.c.authority_id, Membership.c.supplier_id, day=work.today
            ),
        )
        query = (
            select(ContractOwner.c.contract_id)
            .join(ContractAuthority, ContractAuthority.c.contract_id == ContractOwner.c.contract_id)
            .join(Membership, role)
            .where(
                newest(ContractOwner, ContractOwner.c.contract_id, day=work.today),
                newest(ContractAuthority, ContractAuthority.c.contract_id, day=work.today),
            )
        )
        managed = set(work.connection.execute(query).scalars())
        return [
            one
            for one in scope.contracts(work)
            if one.id not in managed and one.ends >= work.today and authority_id in (None, one.authority_id)
        ]


def examine() -> Iterator[Verdict]:
    """What ``quarterday doctor`` says of it: a finding for each authority that has such contracts."""
    try:
        uow, operator = open_record(), Actor.operator("cli")
    except Trouble:  # the check of the record says so
        return
    with uow.read(operator) as work:
        names = {one.id: one.name for one in scope.authorities(work)}
    found = defaultdict[int, list[str]](list)
    for one in unmanaged(uow, operator):
        found[one.authority_id].append(one.reference)
    for authority_id, references in found.items():
        more = f" and {len(references) - MOST_NAMED:,} more" if len(references) > MOST_NAMED else ""
        yield Verdict(
            Health.WARNING,
            f"{names[authority_id]} has contracts that nobody manages: {', '.join(references[:MOST_NAMED])}{more}",
            said(
                "Name a manager with “quarterday contract owner”; “quarterday contract list --unmanaged” "
                "names them all."
            ),
        )
    if not found:
        yield Verdict(Health.GOOD, "every contract that runs has a manager")
