"""What the ledger says of a contract, beside what its supplier claims: read from rows, no plugin is asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, func, select

from quarterday.db.models import ContractPin, Entry, LedgerAsking, LedgerFigure, SpendTrigger
from quarterday.db.newest import newest, not_replaced
from quarterday.db.readings import kept
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.domain.catalogue import LocalArea, Measure
from quarterday.domain.exact import MICROPOUNDS, rounded
from quarterday.domain.ledger import Claimed, Compared, Known, compare, is_local_spend
from quarterday.domain.permissions import Permission
from quarterday.registry import installed
from quarterday.services import scope
from quarterday.services.measures import snapshots
from quarterday.services.plugins.ledgers import ledger


@dataclass(frozen=True, slots=True)
class Beside:
    """One measure of local spend: what is claimed of it, and how that stands."""

    measure: Measure
    claimed: Claimed
    compared: Compared


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OfContract:
    """What the ledger says of a contract."""

    trigger: int | None
    """The paid spend in micropounds from which delivery is recorded today; None for from the beginning."""
    known: Known | None
    """None where the ledger has not answered yet."""
    asked_at: datetime | None
    """When the ledger was last asked, and answered."""
    batches: tuple[str, ...]
    claims: tuple[Beside, ...]
    """Its measures of local spend that something is claimed for, in the catalogue's order."""

    def beside(self, ref: str) -> Beside | None:
        """The claim of one measure; None where it is of no local spend, or the ledger has not answered."""
        return next((one for one in self.claims if one.measure.ref == ref), None)


def is_there() -> bool:
    """Whether a ledger is installed."""
    return ledger(installed()) is not None


def ledger_of_contract(uow: UnitOfWork, actor: Actor, *, contract_id: int) -> OfContract:
    """The ledger's newest answer of a contract with the claims beside it.

    Raises :class:`Refused` where there is no such contract in the actor's scope, and for a supplier.
    """
    with uow.read(actor) as work:
        return kept(_of_contract, work, contract_id)


def _of_contract(work: Work, contract_id: int) -> OfContract:
    scope.needs(work, Permission.SEE_FIGURES)
    authority_id = scope.contract(work, contract_id).authority_id
    trigger = work.one(_trigger(), contract_id=contract_id)
    row = work.one(_figure(), contract_id=contract_id, authority_id=authority_id)
    known = _known(work, row) if row else None
    return OfContract(
        trigger=trigger.amount if trigger else None,
        known=known,
        asked_at=row.last_asked if row else None,
        batches=tuple(row.batches) if row else (),
        claims=tuple(_claims(work, contract_id, known)) if known else (),
    )


def _known(work: Work, row: Any) -> Known:
    return Known(
        until=row.until,
        lines=row.lines,
        paid=row.paid,
        placed=row.placed,
        local=row.local,
        area=snapshots.local_area(work, row.local_area_id),
        unattributed=row.unattributed,
        trigger=row.spend_trigger,
        reached_on=row.reached_on,
    )


def _claims(work: Work, contract_id: int, known: Known) -> list[Beside]:
    """What is claimed of each measure of local spend: all entries that stand, whatever was decided on them."""
    pin = work.one(_pin(), contract_id=contract_id)
    if pin is None:
        return []
    area = snapshots.local_area(work, pin.local_area_id)
    measures = [one for one in snapshots.edition(work, pin.edition_id).measures if is_local_spend(one)]
    found = []
    for measure in measures:
        if entries := work.all(_entries(), contract_id=contract_id, ref=measure.ref):
            claimed = _claimed(entries, area)
            found.append(Beside(measure, claimed, compare(claimed, known)))
    return found


def _claimed(entries: list[Any], area: LocalArea | None) -> Claimed:
    shares = (Fraction(one.numerator * one.share_numerator, one.denominator * one.share_denominator) for one in entries)
    total = sum(shares, Fraction(0)) * MICROPOUNDS
    amount = rounded(total.numerator, total.denominator)
    return Claimed(amount=amount, until=max(one.last for one in entries), area=area)


@cache
def _trigger() -> Select[*tuple[Any, ...]]:
    counts = newest(SpendTrigger, SpendTrigger.c.contract_id)
    return select(SpendTrigger.c.amount).where(SpendTrigger.c.contract_id == bindparam("contract_id"), counts)


@cache
def _figure() -> Select[*tuple[Any, ...]]:
    counts = newest(LedgerFigure, LedgerFigure.c.contract_id, LedgerFigure.c.authority_id)
    mine = (
        LedgerFigure.c.contract_id == bindparam("contract_id"),
        LedgerFigure.c.authority_id == bindparam("authority_id"),
    )
    asked = select(func.max(LedgerAsking.c.asked_at)).where(LedgerAsking.c.authority_id == bindparam("authority_id"))
    last_asked = func.coalesce(asked.scalar_subquery(), LedgerFigure.c.asked_at).label("last_asked")
    return select(*LedgerFigure.columns, last_asked).where(*mine, counts)


@cache
def _pin() -> Select[*tuple[Any, ...]]:
    counts = newest(ContractPin, ContractPin.c.contract_id)
    columns = (ContractPin.c.edition_id, ContractPin.c.local_area_id)
    return select(*columns).where(ContractPin.c.contract_id == bindparam("contract_id"), counts)


@cache
def _entries() -> Select[*tuple[Any, ...]]:
    columns = (Entry.c.last, Entry.c.numerator, Entry.c.denominator, Entry.c.share_numerator, Entry.c.share_denominator)
    mine = (Entry.c.contract_id == bindparam("contract_id"), Entry.c.ref == bindparam("ref"))
    return select(*columns).where(*mine, not_replaced())
