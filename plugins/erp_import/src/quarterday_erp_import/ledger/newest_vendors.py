"""The list of suppliers that counts: when it came, by whom, and what it knows; without the ledger engine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, select, union_all

from quarterday.services import scope
from quarterday.services.access.permissions import Permission
from quarterday.services.record import Actor, UnitOfWork
from quarterday_erp_import.ledger.tables import Acceptance, Batch, PayeeDecision, Vendor, VendorList
from quarterday_erp_import.payees.payee import By

if TYPE_CHECKING:
    from quarterday.db.work import Work

MATCH = "match-payees"
"""The job that decides who the payees are once a list was taken in, or a file counts."""


@dataclass(frozen=True, slots=True)
class NewestList:
    """The list that counts, with how many of its entries say what."""

    name: str
    """What the file was called."""
    source: str
    as_at: date
    actor: str
    """Who took it in, as the audit trail has it."""
    recorded_at: datetime
    entries: int
    postcodes: int
    company_numbers: int
    sizes: int
    sectors: int


def newest_list(uow: UnitOfWork, actor: Actor, *, authority_id: int) -> NewestList | None:
    """The list of suppliers that counts for an authority; None where none was taken in."""
    with uow.read(actor) as work:
        scope.needs(work, Permission.SEE_FIGURES)
        scope.authority(work, authority_id)
        lists, one = VendorList.c, Vendor.c
        found = work.one(
            select(VendorList).where(lists.authority_id == authority_id).order_by(lists.id.desc()).limit(1)
        )
        if found is None:
            return None
        (count,) = work.all(
            select(
                func.count(one.id).label("entries"),
                func.count(one.postcode).label("postcodes"),
                func.count(one.company_number).label("company_numbers"),
                func.count(one.stated["size"].as_string()).label("sizes"),
                func.count(one.stated["sector"].as_string()).label("sectors"),
            ).where(one.list_id == found.id)
        )
        return NewestList(found.name, found.source, found.as_at, found.actor, found.recorded_at, **count._mapping)


def taken_in(uow: UnitOfWork, actor: Actor, *, authority_id: int, sha256: str) -> datetime | None:
    """When an authority took in a list of that content; None where it never did."""
    with uow.read(actor) as work:
        scope.needs(work, Permission.SET_VALUES)
        scope.authority(work, authority_id)
        lists = VendorList.c
        found = work.one(select(lists.recorded_at).where(lists.authority_id == authority_id, lists.sha256 == sha256))
        return found.recorded_at if found else None


def is_unmatched(uow: UnitOfWork, actor: Actor, *, authority_id: int) -> bool:
    """Whether a list came after the payees were last decided on, other than by a person."""
    with uow.read(actor) as work:
        scope.needs(work, Permission.SET_VALUES)
        scope.authority(work, authority_id)
        lists, made = VendorList.c, PayeeDecision.c
        came = work.one(select(func.max(lists.recorded_at).label("at")).where(lists.authority_id == authority_id))
        decided = work.one(
            select(func.max(made.recorded_at).label("at")).where(
                made.authority_id == authority_id, made.because != By.PERSON
            )
        )
        return bool(came and came.at and not (decided and decided.at and decided.at >= came.at))


def has_new_payees(uow: UnitOfWork, actor: Actor, *, authority_id: int) -> bool:
    """Whether a file came, or was accepted, after the payees were last decided on, and there is a list to go by."""
    with uow.read(actor) as work:
        scope.needs(work, Permission.SET_VALUES)
        scope.authority(work, authority_id)
        if work.one(select(VendorList.c.id).where(VendorList.c.authority_id == authority_id).limit(1)) is None:
            return False
        of = Batch.c.authority_id == authority_id
        accepted = select(Acceptance.c.recorded_at).join(Batch, Batch.c.id == Acceptance.c.batch_id).where(of)
        came = union_all(select(Batch.c.recorded_at).where(of), accepted).subquery()
        newest = work.connection.execute(select(func.max(came.c.recorded_at))).scalar()
        made = PayeeDecision.c
        by_itself = (made.authority_id == authority_id, made.because != By.PERSON)
        decided = work.connection.execute(select(func.max(made.recorded_at)).where(*by_itself)).scalar()
        return newest is not None and (decided is None or decided < newest)


def ask_for_matching(work: Work, what: str) -> None:
    """The step that has the payees matched soon, once for ``what`` happened (``vendor_list/7``), where there is a job
    for it."""
    from quarterday.services.background import clock
    from quarterday.services.plugins.jobs import installed_jobs

    if MATCH in {one.name for one in installed_jobs()}:
        clock.ask_for(work, MATCH, work.now, clock.key_of(MATCH, what))
