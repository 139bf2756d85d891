"""Reports from the record: built as at an instant, noted in the audit trail, delivered through a sink."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import and_, func, or_, select

from quarterday.db.columns import microseconds, moment
from quarterday.db.models import AuditRow, Commitment, OutboxRow, Target
from quarterday.db.outbox import Due
from quarterday.db.work import Actor, Priority, UnitOfWork, Work
from quarterday.domain.periods import Period
from quarterday.domain.values import ValueSet
from quarterday.errors import Refused
from quarterday.ports import Document, Receipt
from quarterday.registry import installed
from quarterday.reports.delivery import DeliveryReport
from quarterday.reports.documents import Format, document
from quarterday.services import scope
from quarterday.services.figures import as_at
from quarterday.services.figures.as_at import Wanted
from quarterday.services.figures.delivery import delivery
from quarterday.services.measures.pins import pins
from quarterday.services.organisations.periods import period_named
from quarterday.services.plugins.children import Children, Order
from quarterday.services.plugins.sinks import sink_of

KIND = "report.delivery"
"""The kind of outbox row that stands for a delivery report."""
_BUILT = "report.built"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """Which report is wanted."""

    authority_id: int
    form: Format
    period: str = ""
    """As a person names it, like 2026-Q2; "" for all periods."""
    at: datetime
    """As it was known then."""

    @property
    def data(self) -> dict[str, Any]:
        """The same as plain data, for the outbox and the audit trail."""
        return {"report": "delivery", "period": self.period, "at": microseconds(self.at), "form": self.form.value}


@dataclass(frozen=True, slots=True)
class Built:
    """A report that was built, as the audit trail has it."""

    report: str
    period: str
    at: datetime
    form: str
    digest: str
    """SHA-256 of the document."""
    actor: str
    built_at: datetime


def build(uow: UnitOfWork, actor: Actor, ordered: Ordered) -> Document:
    """The delivery report as a document; the audit trail has its digest afterwards.

    Raises :class:`Refused` where there is no such authority in the actor's scope, and for what names no period.
    """
    with uow.read(actor) as work:
        ordered = _by_name(work, ordered)
        made = document(_delivery_report(work, ordered), ordered.form)
    with uow.begin(actor) as work:
        subject, digest = f"authority/{ordered.authority_id}", sha256(made.content).hexdigest()
        work.audit(ordered.authority_id, _BUILT, subject, **ordered.data, digest=digest)
    return made


def build_into(uow: UnitOfWork, actor: Actor, ordered: Ordered, folder: Path) -> tuple[Document, Receipt]:
    """Build the report and have the folder sink write it, now; raises as :func:`build`, and what the sink raises.

    Its key is what was asked for and what came of it, so that the same report is written once.
    """
    made = build(uow, actor, ordered)
    with uow.read(actor) as work:
        key = f"{_key(_by_name(work, ordered), 'folder')}/{sha256(made.content).hexdigest()}"
    with Children() as children:
        return made, children.deliver(Order("folder", {"folder": str(folder.absolute())}, made, key))


def send(uow: UnitOfWork, actor: Actor, ordered: Ordered, sink: str) -> tuple[int, bool]:
    """Have the worker build the report and deliver it by the authority's own settings of a sink.

    Returns the delivery's id, and whether it was asked for now; asked for again, it is the same delivery. Raises as
    :func:`build`, and :class:`~quarterday.errors.NotConfigured` where no plugin offers the sink.
    """
    sink_of(installed(), sink)
    with uow.begin(actor) as work:
        ordered = _by_name(work, ordered)
        key = _key(ordered, sink)
        there = work.connection.execute(select(OutboxRow.c.id).where(OutboxRow.c.key == key)).scalar_one_or_none()
        if there is not None:
            return there, False
        payload = {**ordered.data, "sink": sink}
        sent = work.send(KIND, key, payload, authority_id=ordered.authority_id, priority=Priority.WHENEVER)
        return sent, True


def compose(uow: UnitOfWork, row: Due) -> tuple[str, Document]:
    """What the worker delivers for an outbox row of :data:`KIND`: the sink's id, and the report."""
    said, authority_id = row.payload, row.authority_id
    if authority_id is None:
        raise Refused("A report is of one authority, and this row names none.")
    ordered = Ordered(
        authority_id=authority_id, form=Format(said["form"]), period=said["period"], at=moment(said["at"])
    )
    return said["sink"], build(uow, Actor.operator("worker"), ordered)


def built(uow: UnitOfWork, actor: Actor, *, authority_id: int) -> list[Built]:
    """The reports that were built for an authority in scope, the newest first."""
    with uow.read(actor) as work:
        scope.authority(work, authority_id)
        rows = work.all(
            select(AuditRow.c.payload, AuditRow.c.actor, AuditRow.c.recorded_at)
            .where(AuditRow.c.authority_id == authority_id, AuditRow.c.action == _BUILT)
            .order_by(AuditRow.c.id.desc())
        )
        return [
            Built(
                row.payload["report"],
                row.payload["period"],
                moment(row.payload["at"]),
                row.payload["form"],
                row.payload["digest"],
                row.actor,
                row.recorded_at,
            )
            for row in rows
        ]


def _key(ordered: Ordered, sink: str) -> str:
    said = ordered.data
    return f"report/delivery/{ordered.authority_id}/{said['period']}/{said['at']}/{said['form']}/{sink}"


def _period(work: Work, ordered: Ordered) -> Period | None:
    """The period that is meant, of the authority's financial year; raises :class:`Refused` for none."""
    authority = scope.authority(work, ordered.authority_id)
    return period_named(authority, ordered.period) if ordered.period else None


def _by_name(work: Work, ordered: Ordered) -> Ordered:
    """The same with the period in the calendar's own words: 2026-Q2 and 2026/27 Q2 are one."""
    period = _period(work, ordered)
    return replace(ordered, period=period.name if period else "")


def _delivery_report(work: Work, ordered: Ordered) -> DeliveryReport:
    authority = scope.authority(work, ordered.authority_id)
    period = _period(work, ordered)
    span = (period.first, period.last) if period else None
    wanted = Wanted(authority_id=authority.id, at=ordered.at, within=span)
    return DeliveryReport(
        authority_key=authority.key,
        authority=authority.name,
        period=period,
        as_at=ordered.at,
        figures=tuple(delivery(work, wanted)),
        value_sets=_value_sets(work, wanted),
        other_rhythms=_other_rhythms(work, wanted),
    )


def _value_sets(work: Work, wanted: Wanted) -> tuple[ValueSet, ...]:
    """The value sets of the contracts' pins, each once."""
    ids = work.connection.execute(select(as_at.contracts(work, wanted).c.pin_id).distinct()).scalars()
    found = {pin.values.fingerprint: pin.values for pin in pins(work, list(ids)).values() if pin.values}
    return tuple(sorted(found.values(), key=lambda one: (one.edition, one.id, one.fingerprint)))


def _other_rhythms(work: Work, wanted: Wanted) -> int:
    """How many contracts have targets for a span that reaches into the period and isn't within it."""
    if wanted.within is None:
        return 0
    first, last = wanted.within
    joined, counts = as_at.targets(as_at.contracts(work, wanted), replace(wanted, within=None))
    reaches_in = and_(Target.c.first <= last, Target.c.last >= first, or_(Target.c.first < first, Target.c.last > last))
    query = select(func.count(Commitment.c.contract_id.distinct())).select_from(joined).where(counts, reaches_in)
    return work.connection.execute(query).scalar_one()
