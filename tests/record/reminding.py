"""A council that reminds: contracts of every rhythm, two suppliers, and what lies in the outbox afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select

from quarterday import Message
from quarterday.db.models import OutboxRow
from quarterday.db.outbox import Due
from quarterday.db.work import LONDON, UnitOfWork
from quarterday.services.background.kinds import KINDS
from quarterday.services.organisations import periods
from quarterday.services.reminders.ticking import Ticked, tick
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR
from quarterday.testing.clock import Clock


@dataclass(frozen=True, slots=True)
class Reminding:
    """The ids of what is there."""

    authority_id: int
    manager: int
    lead: int
    larch: int
    """A supplier, with two people."""
    alder: int
    """Another, with one."""
    people: tuple[int, ...]
    """Larch's two, then Alder's one."""


def a_council(uow: UnitOfWork) -> Reminding:
    """An authority with a manager and a lead, and two suppliers whose people report; no contract yet."""
    authority = builders.an_authority(uow)
    larch, alder = builders.a_supplier(uow), builders.a_supplier(uow)
    return Reminding(
        authority,
        builders.a_user(uow, authority_id=authority),
        builders.a_user(uow, authority_id=authority, role="lead"),
        larch,
        alder,
        tuple(builders.a_user(uow, supplier_id=one) for one in (larch, larch, alder)),
    )


def a_contract(uow: UnitOfWork, of: Reminding, *, supplier_id: int | None = None, **about: object) -> int:
    """A contract of Larch's unless another supplier is named, managed and awarded."""
    contract_id = builders.a_contract(
        uow,
        authority_id=of.authority_id,
        supplier_id=of.larch if supplier_id is None else supplier_id,
        owner_id=of.manager,
        **about,  # type: ignore[arg-type]
    )
    return builders.an_award(uow, contract_id=contract_id)


def at(day: date, hour: int = 9, minute: int = 30) -> datetime:
    """A moment by the clocks of the United Kingdom."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=LONDON)


def live_through(uow: UnitOfWork, clock: Clock, of: Reminding, first: date, last: date, *, hour: int = 9) -> None:
    """What the clock has done on each of those days: returns are opened, then there is a tick."""
    day = first
    while day <= last:
        clock.now = at(day, hour)
        periods.open_returns(uow, OPERATOR, authority_id=of.authority_id, on=day)
        tick(uow, OPERATOR, authority_id=of.authority_id)
        day += timedelta(days=1)


def ticked(uow: UnitOfWork, of: Reminding) -> Ticked:
    """What a tick now asks for."""
    return tick(uow, OPERATOR, authority_id=of.authority_id)


def rows(uow: UnitOfWork, kind: str = "mail.digest") -> list[OutboxRow]:
    """The outbox rows of a kind, the oldest first."""
    with uow.read(OPERATOR) as work:
        return work.all(select(OutboxRow).where(OutboxRow.c.kind == kind).order_by(OutboxRow.c.id))  # type: ignore[return-value]


def said(uow: UnitOfWork) -> list[tuple[date, int, int, str]]:
    """What every digest says: the day, the person, the return and the rung."""
    return sorted(
        (row.recorded_at.astimezone(LONDON).date(), row.payload["user"], return_id, rung)
        for row in rows(uow)
        for return_id, rung in row.payload["returns"]
    )


def composed(uow: UnitOfWork, row: OutboxRow) -> Message:
    """The mail of an outbox row, as it is delivered now."""
    due = Due(row.id, row.authority_id, row.kind, row.key, row.payload, 1, 0)
    parcel = KINDS[row.kind].compose(uow, due)  # type: ignore[union-attr]
    assert isinstance(parcel.document, Message)
    return parcel.document
