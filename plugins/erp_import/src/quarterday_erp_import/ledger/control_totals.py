"""Control totals: what a batch should add up to by somebody else's count, and what it does."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from quarterday import Refused
from quarterday.services import scope
from quarterday.services.access.permissions import Permission
from quarterday.services.record import Actor, UnitOfWork
from quarterday_erp_import.ledger import batches
from quarterday_erp_import.ledger.tables import ControlTotal

SOURCES = ("typed", "footer")


@dataclass(frozen=True, slots=True)
class Reconciled:
    """A batch against one control total; a difference is ours less theirs, None where theirs wasn't given."""

    source: str
    """“typed” by a person, or the file's own “footer”."""
    lines: int | None
    amount: int | None
    """In micropounds."""
    lines_differ_by: int | None
    amount_differs_by: int | None
    """In micropounds."""

    @property
    def agrees(self) -> bool:
        """Whether all that was given is what the batch comes to."""
        return not self.lines_differ_by and not self.amount_differs_by


def add_control_total(
    uow: UnitOfWork, actor: Actor, *, batch_id: int, source: str, lines: int | None = None, amount: int | None = None
) -> Reconciled:
    """Say what a batch should come to: so many accepted lines, so many micropounds, or both; returns how it compares.

    Raises :class:`Refused` where neither is said.
    """
    if lines is None and amount is None:
        raise Refused("Give the number of lines, the amount, or both.")
    if source not in SOURCES:
        raise ValueError(source)
    with uow.begin(actor) as work:
        scope.needs(work, Permission.SET_VALUES)
        batch = batches.batch(work, batch_id)
        work.add(ControlTotal, batch_id=batch_id, source=source, lines=lines, amount=amount, actor=actor.name)
        work.audit(
            batch.authority_id, "spend.control_total", f"batch/{batch_id}", source=source, lines=lines, amount=amount
        )
        return _against(batch, source, lines, amount)


def reconciled(uow: UnitOfWork, actor: Actor, *, batch_id: int) -> list[Reconciled]:
    """A batch against its control totals, the latest of each source; none where nobody gave any."""
    with uow.read(actor) as work:
        scope.needs(work, Permission.SEE_FIGURES)
        batch = batches.batch(work, batch_id)
        given = work.all(
            select(ControlTotal.c.source, ControlTotal.c.lines, ControlTotal.c.amount)
            .where(ControlTotal.c.batch_id == batch_id)
            .order_by(ControlTotal.c.id)
        )
        latest = {row.source: row for row in given}
        return [_against(batch, *latest[source]) for source in SOURCES if source in latest]


def _against(batch: batches.BatchRow, source: str, lines: int | None, amount: int | None) -> Reconciled:
    return Reconciled(
        source,
        lines,
        amount,
        None if lines is None else batch.accepted - lines,
        None if amount is None else batch.amount - amount,
    )
