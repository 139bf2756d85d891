"""Records that couldn't be understood, and what people said that they mean.

A batch stays as its file was read: a correction is a row of its own, and figures take the newest one of each record in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from sqlalchemy import Select, and_, func, select, update

from quarterday import NotThere, Refused, said
from quarterday.services import scope
from quarterday.services.access.permissions import Permission
from quarterday.services.ledger.asking import ask_after
from quarterday.services.record import Actor, UnitOfWork
from quarterday_erp_import.ledger import batches
from quarterday_erp_import.ledger.files import KEPT
from quarterday_erp_import.ledger.tables import Batch, Correction, Quarantined
from quarterday_erp_import.lines import SCHEMA

if TYPE_CHECKING:
    from quarterday.db.work import Work

_OURS = {"ordinal", "line"}
"""What a correction takes from the record itself."""
_UNSAID = {"paid_precision": "", "amount_is": "unknown", "kind_of_record": "spend"}
"""What a line says where nothing is known."""


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    """A record that couldn't be understood, as it stands."""

    id: int
    batch_id: int
    ordinal: int
    line: int
    """The line of the file, or the row of the sheet, on which it begins."""
    text: str | None
    """As it is in the file; None once it was erased."""
    reason: str
    is_settled: bool
    """Whether somebody said what it means."""
    means: Mapping[str, Any] | None
    """The line that it means, None where it is no payment or nobody has said."""


def quarantined(uow: UnitOfWork, actor: Actor, *, batch_id: int) -> list[QuarantinedRow]:
    """The records of a batch that couldn't be understood, in the file's order, with what was said of them since."""
    with uow.read(actor) as work:
        scope.needs(work, Permission.SEE_FIGURES)
        batches.batch(work, batch_id)
        found = work.all(_quarantined().where(Quarantined.c.batch_id == batch_id).order_by(Quarantined.c.ordinal))
        return [
            QuarantinedRow(
                row.id,
                row.batch_id,
                row.ordinal,
                row.line,
                row.text,
                row.reason,
                row.corrected is not None,
                row.means,
            )
            for row in found
        ]


def correct(uow: UnitOfWork, actor: Actor, *, quarantined_id: int, means: Mapping[str, Any] | None) -> None:
    """Say what a quarantined record means: the fields of a line (days as dates, money in micropounds), at least payee
    and amount; None for a record that is no payment.

    Raises :class:`Refused` for a field that lines don't have, for a value that isn't one of its kind, and where payee
    or amount is missing.
    """
    line = None if means is None else _checked(means)
    with uow.begin(actor) as work:
        scope.needs(work, Permission.SET_VALUES)
        batch = _batch_of(work, quarantined_id)
        row = work.add(Correction, quarantined_id=quarantined_id, line=line, actor=actor.name)
        ask_after(work, batch.authority_id, f"correction/{row}")
        work.audit(
            batch.authority_id,
            "spend.corrected",
            f"quarantined/{quarantined_id}",
            is_payment=line is not None,
            amount=line["amount"] if line else None,
        )


def erase_text(uow: UnitOfWork, actor: Actor, *, quarantined_id: int) -> None:
    """Take the text of a quarantined record, which may name a person; what it was said to mean stays."""
    with uow.begin(actor) as work:
        scope.needs(work, Permission.ADMINISTER)
        batch = _batch_of(work, quarantined_id)
        work.connection.execute(update(Quarantined).where(Quarantined.c.id == quarantined_id).values(text=None))
        work.audit(batch.authority_id, "spend.text_erased", f"quarantined/{quarantined_id}")


def corrected_lines(work: Work, batch_ids: list[int]) -> pa.Table:
    """The lines that the records of those batches were said to mean, as the batches' files hold theirs."""
    found = work.all(
        _quarantined()
        .add_columns(Batch.c.sha256)
        .join(Batch, Batch.c.id == Quarantined.c.batch_id)
        .where(Quarantined.c.batch_id.in_(batch_ids))
        .order_by(Quarantined.c.batch_id, Quarantined.c.ordinal)
    )
    said_to_be = [
        {"source": row.sha256, "ordinal": row.ordinal, "line": row.line, **_UNSAID, **_read(row.means)}
        for row in found
        if row.means is not None
    ]
    return pa.Table.from_pylist(said_to_be, schema=KEPT)


def unsettled(work: Work, batch_ids: list[int]) -> int:
    """How many records of those batches nobody has said the meaning of."""
    of_them = _quarantined().where(Quarantined.c.batch_id.in_(batch_ids), Correction.c.id.is_(None))
    return int(work.connection.execute(select(func.count()).select_from(of_them.subquery())).scalar_one())


def _checked(means: Mapping[str, Any]) -> dict[str, Any]:
    """The fields as they are kept; raises :class:`Refused`."""
    given = {name: value for name, value in means.items() if value is not None}
    for name in given:
        if name in _OURS or name not in SCHEMA.names:
            raise Refused(said("A line has no “{field}” that can be set; leave it out.", field=name))
    if "amount" not in given or not str(given.get("payee", "")).strip():
        raise Refused("Give the payee and the amount.")
    try:
        for name, value in given.items():
            pa.scalar(value, type=SCHEMA.field(name).type)
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as why:
        raise Refused(said("“{field}” can't be {value}; correct it.", field=name, value=str(value))) from why
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in given.items()}


def _read(line: Mapping[str, Any]) -> dict[str, Any]:
    return {**line, "paid_on": date.fromisoformat(line["paid_on"]) if line.get("paid_on") else None}


def _batch_of(work: Work, quarantined_id: int) -> batches.BatchRow:
    row = work.one(select(Quarantined.c.batch_id).where(Quarantined.c.id == quarantined_id))
    if row is None:
        raise NotThere("There is no such record.")
    return batches.batch(work, row.batch_id)


def _quarantined() -> Select[*tuple[Any, ...]]:
    latest = select(func.max(Correction.c.id)).group_by(Correction.c.quarantined_id)
    return select(
        Quarantined.c.id,
        Quarantined.c.batch_id,
        Quarantined.c.ordinal,
        Quarantined.c.line,
        Quarantined.c.text,
        Quarantined.c.reason,
        Correction.c.id.label("corrected"),
        Correction.c.line.label("means"),
    ).outerjoin(Correction, and_(Correction.c.quarantined_id == Quarantined.c.id, Correction.c.id.in_(latest)))
