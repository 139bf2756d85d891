"""Which entries of the list of suppliers are one supplier, and what people said of that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from quarterday import NotThere
from quarterday.services import scope
from quarterday.services.access.permissions import Permission
from quarterday.services.ledger.asking import ask_after
from quarterday.services.record import Actor, UnitOfWork
from quarterday_erp_import.ledger.tables import Parting
from quarterday_erp_import.ledger.vendor_lists import key_of, vendors_of
from quarterday_erp_import.payees.same import Same, same
from quarterday_erp_import.payees.vendors import Vendor

if TYPE_CHECKING:
    from quarterday.db.work import Work


@dataclass(frozen=True, slots=True)
class Entries:
    """The list of suppliers, as far as entries of it are one supplier, or were."""

    vendors: Mapping[str, Vendor]
    same: tuple[Same, ...]
    apart: tuple[str, ...]
    """Those that a person said to be suppliers by themselves."""


def entries(uow: UnitOfWork, actor: Actor, *, authority_id: int) -> Entries:
    """Which entries of an authority's list are one supplier."""
    with uow.read(actor) as work:
        scope.needs(work, Permission.SEE_FIGURES)
        scope.authority(work, authority_id)
        vendors = {key_of(one): one for one in vendors_of(work, authority_id)}
        apart = parted(work, authority_id)
    return Entries(vendors, tuple(same(vendors, apart=apart)), tuple(sorted(apart & vendors.keys())))


def part(uow: UnitOfWork, actor: Actor, *, authority_id: int, supplier: str, apart: bool = True) -> None:
    """Say that an entry of the list is a supplier by itself; or, not ``apart``, that what is found of it holds again.

    Raises :class:`NotThere` for an entry that isn't on the list.
    """
    with uow.begin(actor) as work:
        scope.needs(work, Permission.SET_VALUES)
        scope.authority(work, authority_id)
        work.take_turns(f"erp_import/payees/{authority_id}")
        if supplier not in {key_of(one) for one in vendors_of(work, authority_id)}:
            raise NotThere("The list of suppliers has no such number.")
        if (supplier in parted(work, authority_id)) == apart:
            return
        row = work.add(Parting, authority_id=authority_id, supplier=supplier, apart=apart, actor=actor.name)
        work.audit(authority_id, "spend.parted", f"parting/{row}", apart=apart)
        ask_after(work, authority_id, f"parting/{row}")


def parted(work: Work, authority_id: int) -> set[str]:
    """The entries that are suppliers by themselves, for a use case that has looked at the scope."""
    newest = select(func.max(Parting.c.id)).where(Parting.c.authority_id == authority_id).group_by(Parting.c.supplier)
    rows = work.all(select(Parting).where(Parting.c.id.in_(newest), Parting.c.apart))
    return {row.supplier for row in rows}
