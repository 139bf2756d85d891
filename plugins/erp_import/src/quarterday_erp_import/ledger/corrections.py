"""Records that couldn't be understood, and what people said that they mean.

A batch stays as its file was read: a correction is a row of its own, and figures take the newest one of each record in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, and_, func, select, update

from quarterday import NotThere, Refused, said
from quarterday.services import scope
from quarterday.services.access.permissions import Permission
from quarterday.services.ledger.asking import ask_after
from quarterday.services.record import Actor, UnitOfWork
from quarterday_erp_import.ledger import batches
from quarterday_erp_import.ledger.tables import Batch, Correction, Quarantined

if TYPE_CHECKING:
    import pyarrow as pa

    from quarterday.db.work import Work

NO_PAYMENT = ("total", "note", "twice", "other")
"""Why a record is no payment: a total or heading, a note, a payment that the file holds once more, or anything else."""
MOST = 2**63 - 1
KINDS: Mapping[str, type] = {
    **dict.fromkeys(("payee", "payee_id", "document", "order_number", "contract_number", "service"), str),
    **dict.fromkeys(("category", "category_code", "company_number", "charity_number", "vat_number", "postcode"), str),
    **dict.fromkeys(("paid_precision", "amount_is", "kind_of_record"), str),
    **dict.fromkeys(("amount", "vat", "gross"), int),
    "paid_on": date,
}
"""The fields of a line that can be said, and what each is. The record itself has the others, its place in the file."""
ERASED = said("What it said was erased.")
"""Why a record wasn't understood, once nobody may see a piece of it any more."""
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
    why: str = ""
    """Why it is no payment, one of :data:`NO_PAYMENT`."""
    version: int = 0
    """Rises whenever somebody says something of it."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a person says of one record."""

    means: Mapping[str, Any] | None
    """The fields of a line, None where it is no payment."""
    why: str = ""
    """Why it is none."""


def quarantined(
    uow: UnitOfWork, actor: Actor, *, batch_id: int, is_open: bool = False, skip: int = 0, most: int | None = None
) -> list[QuarantinedRow]:
    """The records of a batch that couldn't be understood, in the file's order, with what was said of them since.

    With ``is_open`` those that nobody has said anything of; ``skip`` and ``most`` cut a page out.
    """
    with uow.read(actor) as work:
        scope.needs(work, Permission.SEE_FIGURES)
        batches.batch(work, batch_id)
        query = _quarantined().where(Quarantined.c.batch_id == batch_id).order_by(Quarantined.c.ordinal)
        if is_open:
            query = query.where(Correction.c.id.is_(None))
        return [_row(row) for row in work.all(query.offset(skip).limit(most))]


def record(uow: UnitOfWork, actor: Actor, *, quarantined_id: int) -> tuple[QuarantinedRow, batches.BatchRow]:
    """One such record and its batch; raises :class:`NotThere` where there is none in the actor's scope."""
    with uow.read(actor) as work:
        scope.needs(work, Permission.SEE_FIGURES)
        batch = _batch_of(work, quarantined_id)
        row = work.one(_quarantined().where(Quarantined.c.id == quarantined_id))
        if row is None:
            raise NotThere("There is no such record.")
        return _row(row), batch


def correct(
    uow: UnitOfWork,
    actor: Actor,
    *,
    quarantined_id: int,
    means: Mapping[str, Any] | None,
    why: str = "",
    seen: int | None = None,
) -> None:
    """Say what a quarantined record means: the fields of a line (days as dates, money in micropounds), at least payee
    and amount; None for a record that is no payment, and ``why``. ``seen`` is the version that somebody looked at.

    Raises :class:`Refused` for a field that lines don't have, for a value that isn't one of its kind, where payee or
    amount is missing, and where somebody else said something else since the version that was seen.
    """
    said_of = _checked(Said(means, why))
    with uow.begin(actor) as work:
        scope.needs(work, Permission.SET_VALUES)
        batch = _batch_of(work, quarantined_id)
        work.take_turns(f"erp_import/record/{quarantined_id}")
        now = _row(work.all(_quarantined().where(Quarantined.c.id == quarantined_id))[0])
        if now.is_settled and (now.means, now.why) == (said_of.means, said_of.why):
            return
        if seen is not None and now.version != seen:
            raise Refused("Somebody said what this record means since you opened it. See what, then save again.")
        _put(work, batch, {quarantined_id: said_of})


def correct_many(uow: UnitOfWork, actor: Actor, *, batch_id: int, said_of: Mapping[int, Said]) -> int:
    """Say what several records of a batch mean, by their ordinals; returns of how many that is new.

    All of it or nothing. Raises as :func:`correct`, and :class:`NotThere` for a record that the batch hasn't set aside.
    """
    checked = {ordinal: _checked(one) for ordinal, one in said_of.items()}
    with uow.begin(actor) as work:
        scope.needs(work, Permission.SET_VALUES)
        batch = batches.batch(work, batch_id)
        rows = {
            row.ordinal: row for row in map(_row, work.all(_quarantined().where(Quarantined.c.batch_id == batch_id)))
        }
        for ordinal in checked:
            if ordinal not in rows:
                raise NotThere("Record {ordinal} of the file isn't one that was set aside.", ordinal=ordinal)
        now = {
            rows[ordinal].id: one
            for ordinal, one in checked.items()
            if not rows[ordinal].is_settled or (rows[ordinal].means, rows[ordinal].why) != (one.means, one.why)
        }
        if now:
            _put(work, batch, now)
        return len(now)


def _put(work: Work, batch: batches.BatchRow, said_of: Mapping[int, Said]) -> None:
    """The step that adds what was said, by the records' ids; the ledger is asked once for all of it."""
    row = 0
    for quarantined_id, one in said_of.items():
        row = work.add(
            Correction, quarantined_id=quarantined_id, line=one.means, why=one.why or None, actor=work.actor.name
        )
        work.audit(
            batch.authority_id,
            "spend.corrected",
            f"quarantined/{quarantined_id}",
            is_payment=one.means is not None,
            amount=one.means["amount"] if one.means else None,
        )
    ask_after(work, batch.authority_id, f"correction/{row}")


def erase_text(uow: UnitOfWork, actor: Actor, *, quarantined_id: int) -> None:
    """Take the text of a quarantined record, which may name a person, and why it wasn't understood, which may hold a
    piece of it; what it was said to mean stays."""
    with uow.begin(actor) as work:
        scope.needs(work, Permission.ADMINISTER)
        batch = _batch_of(work, quarantined_id)
        its = update(Quarantined).where(Quarantined.c.id == quarantined_id)
        work.connection.execute(its.values(text=None, reason=str(ERASED)))
        work.audit(batch.authority_id, "spend.text_erased", f"quarantined/{quarantined_id}")


def corrected_lines(work: Work, batch_ids: list[int]) -> pa.Table:
    """The lines that the records of those batches were said to mean, as the batches' files hold theirs."""
    import pyarrow as pa

    from quarterday_erp_import.lines import KEPT

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
    if not said_to_be:
        return pa.Table.from_batches([], KEPT)  # the other way imports pandas
    return pa.Table.from_pylist(said_to_be, schema=KEPT)


def unsettled(work: Work, batch_ids: list[int]) -> int:
    """How many records of those batches nobody has said the meaning of."""
    of_them = _quarantined().where(Quarantined.c.batch_id.in_(batch_ids), Correction.c.id.is_(None))
    return int(work.connection.execute(select(func.count()).select_from(of_them.subquery())).scalar_one())


def open_records(uow: UnitOfWork, actor: Actor, *, authority_id: int) -> dict[int, int]:
    """How many records of each batch of an authority nobody has said the meaning of; batches without are left out."""
    with uow.read(actor) as work:
        scope.needs(work, Permission.SEE_FIGURES)
        scope.authority(work, authority_id)
        of_them = _quarantined().join(Batch, Batch.c.id == Quarantined.c.batch_id)
        found = of_them.where(Batch.c.authority_id == authority_id, Correction.c.id.is_(None)).subquery()
        counted = select(found.c.batch_id, func.count()).group_by(found.c.batch_id)
        return {int(batch): int(number) for batch, number in work.all(counted)}


def _checked(of: Said) -> Said:
    """What is kept of it; raises :class:`Refused`."""
    if of.means is None:
        if of.why and of.why not in NO_PAYMENT:
            raise Refused("Say why it is no payment.")
        return of
    given = {name: value for name, value in of.means.items() if value is not None}
    for name in given:
        if name not in KINDS:
            raise Refused(said("A line has no “{field}” that can be set; leave it out.", field=name))
    if "amount" not in given or not str(given.get("payee", "")).strip():
        raise Refused("Give the payee and the amount.")
    for name, value in given.items():
        if type(value) is not KINDS[name] or (isinstance(value, int) and abs(value) > MOST):
            raise Refused(said("“{field}” can't be {value}; correct it.", field=name, value=str(value)))
    return Said({name: value.isoformat() if isinstance(value, date) else value for name, value in given.items()})


def _read(line: Mapping[str, Any]) -> dict[str, Any]:
    return {**line, "paid_on": date.fromisoformat(line["paid_on"]) if line.get("paid_on") else None}


def _batch_of(work: Work, quarantined_id: int) -> batches.BatchRow:
    row = work.one(select(Quarantined.c.batch_id).where(Quarantined.c.id == quarantined_id))
    if row is None:
        raise NotThere("There is no such record.")
    return batches.batch(work, row.batch_id)


def _row(row: Any) -> QuarantinedRow:
    settled = row.corrected is not None
    return QuarantinedRow(
        row.id,
        row.batch_id,
        row.ordinal,
        row.line,
        row.text,
        row.reason,
        settled,
        row.means,
        row.why or "",
        row.corrected or 0,
    )


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
        Correction.c.why,
    ).outerjoin(Correction, and_(Correction.c.quarantined_id == Quarantined.c.id, Correction.c.id.in_(latest)))
