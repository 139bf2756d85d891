"""Asking the ledger: what it answers of an authority's contracts becomes rows, which pages and reports read."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from quarterday.db import queue
from quarterday.db.models import (
    ContractAuthority,
    ContractParty,
    ContractPin,
    LedgerAsking,
    LedgerFigure,
    OutboxRow,
    SpendTrigger,
    Supplier,
    SupplierAlias,
    SupplierIdentifier,
)
from quarterday.db.newest import newest
from quarterday.db.outbox import Due, State
from quarterday.db.work import Actor, Effect, Priority, UnitOfWork, Work
from quarterday.domain.contracts import PartyRole
from quarterday.domain.permissions import Permission
from quarterday.domain.sentences import numbered, said
from quarterday.ports import LedgerAnswer, LedgerQuestion, Payee
from quarterday.registry import installed
from quarterday.services import scope
from quarterday.services.measures import snapshots
from quarterday.services.plugins.configured import values_of
from quarterday.services.plugins.ledgers import ledger, ledger_of
from quarterday.services.plugins.orders import Asking
from quarterday.services.plugins.pauses import faults_counted

if TYPE_CHECKING:
    from quarterday.services.plugins.children import Children

_WORKER = Actor.operator("worker")
_SAID = ("until", "lines", "paid", "placed", "local", "unattributed", "reached_on")
"""What of an answer stands in a row under the same name."""


def ask_after(work: Work, authority_id: int, what: str) -> None:
    """The step that has the ledger asked anew, once for ``what`` happened (``batch/7``); nothing without a ledger."""
    if ledger(installed()) is not None:
        key = f"ledger/{authority_id}/{what}"
        work.send(queue.LEDGER, key, {}, authority_id=authority_id, priority=Priority.WHENEVER)


def ask(uow: UnitOfWork, actor: Actor, *, authority_id: int) -> int:
    """Have the ledger asked anew of an authority's contracts; returns the number of the outbox row.

    Raises :class:`NotConfigured` where no ledger is installed.
    """
    with uow.begin(actor) as work:
        scope.needs(work, Permission.SET_VALUES)
        scope.authority(work, authority_id)
        ledger_of(installed())
        key = f"ledger/{authority_id}/by-hand/{work.now.isoformat()}"
        return work.send(queue.LEDGER, key, {}, authority_id=authority_id)


def ask_each(uow: UnitOfWork, at: datetime) -> int:
    """Have the ledger asked of the contracts of every authority, for a strike of the clock; returns how many are.

    What it is asked turns on the day: contracts begin, end and move, and no payment need come for that. A strike that
    was struck for once asks for nothing more. Without a ledger nothing is asked.
    """
    if ledger(installed()) is None:
        return 0
    with uow.begin(Actor.operator("clock")) as work:
        keys = {one.authority_id: f"ledger/{one.authority_id}/daily/{at.isoformat()}" for one in scope.contracts(work)}
        there = {row.key for row in work.all(select(OutboxRow.c.key).where(OutboxRow.c.key.in_(keys.values())))}
        new = [Effect(key, {}, authority_id) for authority_id, key in keys.items() if key not in there]
        if new:
            work.send_all(queue.LEDGER, new, priority=Priority.WHENEVER)
    return len(new)


def do(children: Children, uow: UnitOfWork, row: Due) -> str:
    """Ask what an outbox row of :data:`queue.LEDGER` stands for; returns what came of it, in a sentence.

    What is asked again later is left to that: one answer is of all that is there. Of two questions at once the later
    one's answer counts, whichever comes first. An answer that says what the one before said adds no row. Raises what
    the ledger raises.
    """
    authority_id = row.authority_id
    if authority_id is None:
        return said("It is of no authority.")
    offered = ledger_of(installed())
    with uow.read(_WORKER) as work:
        if _is_asked_later(work, row):
            return said("It is asked again, and that answers this, too.")
        areas, questions = questions_of(work, authority_id)
        values = values_of(work, authority_id, offered.plugin)
        until, asked_at = work.today, work.now
    with faults_counted(uow, authority_id, offered.plugin, offered.kind.id):
        answers = children.ask_ledger(Asking(values, authority_id, questions, until)) if questions else []
    triggers = {one.contract_id: one.trigger for one in questions}
    with uow.begin(_WORKER) as work:
        work.take_turns(f"ledger/{authority_id}")
        if (last := last_asked(work, authority_id)) is not None and last > asked_at:
            return said("It was asked again meanwhile, and that answer counts.")
        known = _figures(work, authority_id)
        rows = [
            {
                **_row(one),
                "authority_id": authority_id,
                "asked_at": asked_at,
                "ledger": offered.kind.id,
                "local_area_id": areas.get(one.contract_id),
                "spend_trigger": triggers[one.contract_id],
            }
            for one in answers
        ]
        new = [one for one in rows if not _is_said(one, known.get(one["contract_id"]))]
        work.add_all(LedgerFigure, new)
        work.add(LedgerAsking, authority_id=authority_id, asked_at=asked_at)
        work.audit(authority_id, "ledger.asked", f"authority/{authority_id}", contracts=len(answers), new=len(new))
    return numbered(
        len(new), "What is new: of {n} contract of {all}.", "What is new: of {n} contracts of {all}.", all=len(answers)
    )


def _is_asked_later(work: Work, row: Due) -> bool:
    later = (OutboxRow.c.kind == queue.LEDGER, OutboxRow.c.authority_id == row.authority_id, OutboxRow.c.id > row.id)
    to_come = OutboxRow.c.state.in_((State.DUE, State.UNDER_WAY))  # a worker takes several rows at once
    return bool(work.all(select(OutboxRow.c.id).where(*later, to_come).limit(1)))


def questions_of(work: Work, authority_id: int) -> tuple[dict[int, int | None], tuple[LedgerQuestion, ...]]:
    """The questions of an authority's contracts, and the ids of the definitions of “local” that they ask by."""
    contracts = [one for one in scope.contracts(work) if one.authority_id == authority_id]
    ids = [one.id for one in contracts]
    areas = _areas(work, ids)
    numbers, payees, triggers = _numbers(work, authority_id, ids), _payees(work, ids), triggers_of(work, ids)
    return areas, tuple(
        LedgerQuestion(
            contract_id=one.id,
            numbers=tuple(numbers[one.id]),
            payees=tuple(payees[one.id]),
            starts=one.starts,
            ends=one.ends,
            local=snapshots.local_area(work, areas.get(one.id)),
            trigger=triggers.get(one.id),
        )
        for one in contracts
    )


def triggers_of(work: Work, contract_ids: list[int]) -> dict[int, int]:
    """The spend triggers in micropounds of those contracts that have one."""
    counts = newest(SpendTrigger, SpendTrigger.c.contract_id)
    query = select(SpendTrigger.c.contract_id, SpendTrigger.c.amount)
    rows = work.all(query.where(SpendTrigger.c.contract_id.in_(contract_ids), counts))
    return {row.contract_id: row.amount for row in rows if row.amount is not None}


def last_asked(work: Work, authority_id: int) -> datetime | None:
    """When the newest question was put together that the ledger answered for an authority; None for never."""
    asked = select(LedgerAsking.c.asked_at).where(LedgerAsking.c.authority_id == authority_id)
    row = work.one(asked.order_by(LedgerAsking.c.asked_at.desc()).limit(1))
    return row.asked_at if row else None


def _figures(work: Work, authority_id: int) -> dict[int, dict[str, Any]]:
    """The newest row of each contract that has one of the authority's ledger."""
    counts = newest(LedgerFigure, LedgerFigure.c.contract_id, LedgerFigure.c.authority_id)
    rows = work.all(select(LedgerFigure).where(LedgerFigure.c.authority_id == authority_id, counts))
    return {row.contract_id: dict(row._mapping) for row in rows}


def _row(answer: LedgerAnswer) -> dict[str, Any]:
    said = {name: getattr(answer, name) for name in _SAID}
    return {"contract_id": answer.contract_id, **said, "batches": list(answer.batches)}


def _is_said(row: dict[str, Any], before: dict[str, Any] | None) -> bool:
    said = {name: value for name, value in row.items() if name != "asked_at"}
    return before is not None and all(before[name] == value for name, value in said.items())


def _areas(work: Work, ids: list[int]) -> dict[int, int | None]:
    counts = newest(ContractPin, ContractPin.c.contract_id)
    query = select(ContractPin.c.contract_id, ContractPin.c.local_area_id)
    rows = work.all(query.where(ContractPin.c.contract_id.in_(ids), counts))
    return {row.contract_id: row.local_area_id for row in rows}


def _numbers(work: Work, authority_id: int, ids: list[int]) -> dict[int, list[str]]:
    """The references under which the authority knows a contract or knew it: old payments carry old ones.

    By what another authority called it, this one's payments may be on something else.
    """
    theirs = (ContractAuthority.c.contract_id.in_(ids), ContractAuthority.c.authority_id == authority_id)
    query = select(ContractAuthority.c.contract_id, ContractAuthority.c.reference).order_by(ContractAuthority.c.id)
    found: dict[int, list[str]] = defaultdict(list)
    for row in work.all(query.where(*theirs)):
        if row.reference not in found[row.contract_id]:
            found[row.contract_id].append(row.reference)
    return found


def _payees(work: Work, ids: list[int]) -> dict[int, list[Payee]]:
    """The suppliers that are or were paid for a contract: its leads and partners."""
    query = select(ContractParty.c.contract_id, ContractParty.c.supplier_id).distinct()
    paid = ContractParty.c.role.in_((PartyRole.LEAD, PartyRole.PARTNER))
    parties = work.all(query.where(ContractParty.c.contract_id.in_(ids), paid))
    suppliers = {row.supplier_id for row in parties}
    names: dict[int, list[str]] = defaultdict(list)
    for row in work.all(select(Supplier.c.id, Supplier.c.name).where(Supplier.c.id.in_(suppliers))):
        names[row.id].append(row.name)
    also = select(SupplierAlias.c.supplier_id, SupplierAlias.c.name).where(SupplierAlias.c.supplier_id.in_(suppliers))
    for row in work.all(also.order_by(SupplierAlias.c.id)):
        names[row.supplier_id].append(row.name)
    identifiers: dict[int, list[tuple[str, str]]] = defaultdict(list)
    columns = (SupplierIdentifier.c.supplier_id, SupplierIdentifier.c.scheme, SupplierIdentifier.c.value)
    for one in work.all(select(*columns).where(SupplierIdentifier.c.supplier_id.in_(suppliers))):
        identifiers[one.supplier_id].append((one.scheme, one.value))
    found: dict[int, list[Payee]] = defaultdict(list)
    for contract_id, supplier_id in sorted(parties):
        found[contract_id].append(Payee(tuple(names[supplier_id]), tuple(sorted(identifiers[supplier_id]))))
    return found
