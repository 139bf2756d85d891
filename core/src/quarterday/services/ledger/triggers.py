"""Spend triggers: contracts whose delivery is recorded only once so much was paid on them (DOMAIN 4.14)."""

from __future__ import annotations

from quarterday.db.models import SpendTrigger
from quarterday.db.work import Actor, UnitOfWork
from quarterday.domain.exact import MICROPOUNDS, typed_pounds
from quarterday.domain.permissions import Permission
from quarterday.errors import Refused
from quarterday.services import scope
from quarterday.services.ledger.asking import ask_after


def set_trigger(uow: UnitOfWork, actor: Actor, *, contract_id: int, pounds: str) -> int | None:
    """Say from which paid spend on a contract counts, in £ as typed; "" for from the beginning.

    The ledger is asked again. Returns the amount in micropounds. Raises :class:`Refused` for what is no amount above 0.
    """
    amount = _micropounds(pounds) if pounds.strip() else None
    with uow.begin(actor) as work:
        scope.needs(work, Permission.KEEP_CONTRACTS)
        contract = scope.contract(work, contract_id, lock=True)
        row_id = work.add(SpendTrigger, contract_id=contract_id, amount=amount)
        work.audit(contract.authority_id, "contract.spend_trigger", f"contract/{contract_id}", amount=amount)
        ask_after(work, contract.authority_id, f"trigger/{row_id}")
    return amount


def _micropounds(typed: str) -> int:
    try:
        found = typed_pounds(typed) * MICROPOUNDS
    except ValueError as problem:
        raise Refused(str(problem)) from problem
    if found <= 0 or found.denominator != 1:
        raise Refused("A spend trigger is an amount above 0, like 50,000; leave it empty for from the beginning.")
    return int(found)
