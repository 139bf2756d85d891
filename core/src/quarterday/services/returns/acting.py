"""Acting for somebody from the operator's command line: in that person's own scope, and audited as such."""

from __future__ import annotations

from sqlalchemy import select

from quarterday.db.models import Contract, Entry, Return
from quarterday.db.work import Actor, UnitOfWork
from quarterday.domain.sentences import said
from quarterday.errors import NotThere, Refused
from quarterday.services import scope
from quarterday.services.organisations.people import members


def acting_for(
    uow: UnitOfWork,
    actor: Actor,
    *,
    email: str,
    as_supplier: bool,
    return_id: int | None = None,
    entry_id: int | None = None,
) -> Actor:
    """Who acts when the operator does something for the person with this address on a return, or on an entry's.

    ``as_supplier`` says on which side: that of the contract's suppliers, or the council's. The actor sees what the
    person sees, and the audit trail names both, like “cli for user/12”. Raises :class:`Refused` for anybody but the
    operator, and for a person who has no role on that side of this return's contract today.
    """
    address = email.strip().casefold()
    theirs = [one for one in members(uow, actor) if one.email == address]
    with uow.read(actor) as work:
        scope.only_the_operator(work)
        if entry_id is not None:
            return_id = work.connection.execute(select(Entry.c.return_id).where(Entry.c.id == entry_id)).scalar()
        found = (
            select(Return.c.id).join(Contract, Contract.c.id == Return.c.contract_id).where(Return.c.id == return_id)
        )
        if work.one(found) is None:
            raise NotThere("There is no such return." if entry_id is None else "There is no such entry.")
        for one in theirs:
            if (one.supplier_id is not None) == as_supplier and work.one(
                found.where(scope.visible_to(one.authority_id, one.supplier_id, work.today))
            ):
                return Actor(
                    f"{actor.name} for user/{one.user_id}",
                    user_id=one.user_id,
                    authority_id=one.authority_id,
                    supplier_id=one.supplier_id,
                    role=one.role,
                )
    side = said("a supplier of this contract") if as_supplier else said("the council of this contract")
    how = "--role supplier --supplier NAME" if as_supplier else "--role “contract manager” --authority KEY"
    raise Refused(
        "{email} has no role with {side}; “quarterday user add … {how}” gives one.",
        email=email[:80],
        side=side,
        how=how,
    )
