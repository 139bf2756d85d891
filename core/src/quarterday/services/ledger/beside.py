"""What the ledger says of a contract, beside what its supplier claims: read from rows, no plugin is asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import select

from quarterday.db.models import ContractPin, Entry
from quarterday.db.newest import newest, not_replaced
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.domain.catalogue import Measure
from quarterday.domain.exact import MICROPOUNDS, rounded
from quarterday.domain.ledger import Claimed, Compared, Known, compare, is_local_spend
from quarterday.domain.permissions import Permission
from quarterday.registry import installed
from quarterday.services import scope
from quarterday.services.ledger.asking import figures, triggers_of
from quarterday.services.measures import snapshots
from quarterday.services.measures.pins import pins
from quarterday.services.plugins.ledgers import ledger


@dataclass(frozen=True, slots=True)
class Beside:
    """One measure of local spend: what is claimed of it, and how that stands."""

    measure: Measure
    claimed: Claimed
    compared: Compared


@dataclass(frozen=True, slots=True, kw_only=True)
class OfContract:
    """What the ledger says of a contract."""

    is_installed: bool
    """Whether there is a ledger to ask."""
    trigger: int | None
    """The paid spend in micropounds from which delivery is recorded today; None for from the beginning."""
    known: Known | None
    """None where it has not answered yet."""
    asked_at: datetime | None
    batches: tuple[str, ...]
    claims: tuple[Beside, ...]
    """Its measures of local spend that something is claimed for, in the catalogue's order."""


def ledger_of_contract(uow: UnitOfWork, actor: Actor, *, contract_id: int) -> OfContract:
    """The ledger's newest answer of a contract with the claims beside it.

    Raises :class:`Refused` where there is no such contract in the actor's scope, and for a supplier.
    """
    with uow.read(actor) as work:
        scope.needs(work, Permission.SEE_FIGURES)
        scope.contract(work, contract_id)
        row = figures(work, [contract_id]).get(contract_id)
        known = _known(work, row) if row else None
        return OfContract(
            is_installed=ledger(installed()) is not None,
            trigger=triggers_of(work, [contract_id]).get(contract_id),
            known=known,
            asked_at=row["recorded_at"] if row else None,
            batches=tuple(row["batches"]) if row else (),
            claims=tuple(_claims(work, contract_id, known)) if known else (),
        )


def _known(work: Work, row: dict[str, Any]) -> Known:
    return Known(
        until=row["until"],
        lines=row["lines"],
        paid=row["paid"],
        placed=row["placed"],
        local=row["local"],
        area=snapshots.local_area(work, row["local_area_id"]),
        unattributed=row["unattributed"],
        trigger=row["spend_trigger"],
        reached_on=row["reached_on"],
    )


def _claims(work: Work, contract_id: int, known: Known) -> list[Beside]:
    """What is claimed of each measure of local spend: all entries that stand, whatever was decided on them."""
    counts = newest(ContractPin, ContractPin.c.contract_id)
    pin_id = work.one(select(ContractPin.c.id).where(ContractPin.c.contract_id == contract_id, counts))
    if pin_id is None:
        return []
    pin = pins(work, [pin_id.id])[pin_id.id]
    measures = [one for one in pin.edition.measures if is_local_spend(one)]
    columns = (Entry.c.ref, Entry.c.last, Entry.c.numerator, Entry.c.denominator)
    shares = (Entry.c.share_numerator, Entry.c.share_denominator)
    refs = Entry.c.ref.in_([one.ref for one in measures])
    rows = work.all(select(*columns, *shares).where(Entry.c.contract_id == contract_id, refs, not_replaced()))
    found = []
    for measure in measures:
        mine = [row for row in rows if row.ref == measure.ref]
        if mine:
            total = sum((_pounds(row) for row in mine), Fraction(0)) * MICROPOUNDS
            amount = rounded(total.numerator, total.denominator)
            claimed = Claimed(amount=amount, until=max(row.last for row in mine), area=pin.local)
            found.append(Beside(measure, claimed, compare(claimed, known)))
    return found


def _pounds(row: Any) -> Fraction:
    """What an entry claims for the contract."""
    return Fraction(row.numerator * row.share_numerator, row.denominator * row.share_denominator)
