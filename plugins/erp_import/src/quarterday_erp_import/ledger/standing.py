"""The ledger as it stands: the lines that count, with who was paid, ready to be reckoned over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

import ibis
import pyarrow as pa
from ibis.backends.duckdb import Backend
from ibis.expr.types import Table

from quarterday.services import scope
from quarterday.services.access.permissions import Permission
from quarterday.services.record import Actor, UnitOfWork
from quarterday_erp_import.analysis.shapes import PAYEES
from quarterday_erp_import.ledger import batches, corrections
from quarterday_erp_import.ledger.contract_marks import Mark, marks_of
from quarterday_erp_import.ledger.deciding import Decided, Key, decisions
from quarterday_erp_import.ledger.files import LineFiles
from quarterday_erp_import.ledger.same import parted
from quarterday_erp_import.ledger.vendor_lists import key_of, vendors_of
from quarterday_erp_import.lines import KEPT
from quarterday_erp_import.payees.payee import Outcome
from quarterday_erp_import.payees.same import same, suppliers_of
from quarterday_erp_import.payees.vendors import Sector, Size, Stated, Vendor

_NULLABLE = pa.schema([field.with_nullable(True) for field in KEPT])
"""As a query sees the files: an engine doesn't say of a column that it is never null."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What counts of an authority's ledger."""

    engine: Backend
    lines: Table
    """Of the batches that count, with the records that were put right since."""
    decided: Mapping[Key, Decided]
    vendors: Mapping[str, Vendor]
    """The supplier master, by what decisions call its suppliers."""
    same: Mapping[str, str]
    """Those of its entries that are one supplier with others → what the supplier goes by."""
    batches: tuple[int, ...]
    sources: Mapping[str, int]
    """The SHA-256 of a source file, as lines have it → the batch."""
    marks: tuple[Mark, ...]
    """By what payments are on contracts, besides their references."""
    open_records: int
    """How many records of these batches nobody has settled: no figure has them."""
    on: date


def standing(uow: UnitOfWork, actor: Actor, *, files: LineFiles, authority_id: int) -> Standing:
    """The ledger of an authority as it stands now; raises :class:`Trouble` where its lines aren't on this machine."""
    with uow.read(actor) as work:
        scope.needs(work, Permission.SEE_FIGURES)
        scope.authority(work, authority_id)
        counting = [one for one in batches.of_authority(work, authority_id) if one.counts]
        ids = [one.id for one in counting]
        corrected = corrections.corrected_lines(work, ids)
        unsettled = corrections.unsettled(work, ids)
        decided = decisions(work, authority_id)
        vendors = {key_of(one): one for one in vendors_of(work, authority_id)}
        one_of = suppliers_of(same(vendors, apart=parted(work, authority_id)))
        marks = marks_of(work, authority_id)
        today = work.today
    engine = ibis.duckdb.connect()
    lines = ibis.memtable(corrected.cast(_NULLABLE))
    if counting:
        paths = batches.paths(files, counting)
        lines = engine.read_parquet(list(map(str, paths)), table_name="lines").select(*KEPT.names).union(lines)
    sources = {one.sha256: one.id for one in counting}
    return Standing(
        engine,
        lines,
        decided,
        vendors,
        one_of,
        tuple(ids),
        sources,
        marks,
        unsettled,
        today,
    )


def payees(
    decided: Mapping[Key, Decided],
    vendors: Mapping[str, Vendor],
    *,
    same: Mapping[str, str],
    is_local: Callable[[str], bool | None],
    ward: Callable[[str], str | None],
) -> pa.Table:
    """Who was paid, as figures need it.

    ``vendors`` is the supplier master by number, ``same`` what those of its entries go by that are one supplier; the
    two functions say of a postcode whether it is local by a definition, and in which ward it is, None where they can't
    tell.

    Who is no known supplier stands for itself, under its number or name.
    """
    rows = []
    for one in decided.values():
        key = same.get(one.supplier, one.supplier)
        rows.append(_payee(one, key, vendors.get(key), vendors.get(one.supplier), is_local, ward))
    return pa.Table.from_pylist(rows, schema=PAYEES)


def _payee(
    one: Decided,
    key: str,
    called: Vendor | None,
    vendor: Vendor | None,
    is_local: Callable[[str], bool | None],
    ward: Callable[[str], str | None],
) -> dict[str, object]:
    itself = one.outcome is not Outcome.MATCHED
    row: dict[str, object] = {
        "payee": one.payee,
        "payee_id": one.payee_id,
        "supplier": f"payee/{one.payee_id or one.payee.casefold()}" if itself else key,
        "supplier_name": called.name if called else one.payee,
        "kind": one.kind,
    }
    if vendor:
        if vendor.postcode:
            where = vendor.postcode
            row |= {"postcode": where, "is_local": is_local(where), "ward": ward(where)}
        row |= _stated("size", vendor.size) | _stated("sector", vendor.sector) | _stated("ownership", vendor.ownership)
    return row


def _stated(what: str, said: Stated[Size] | Stated[Sector] | Stated[str] | None) -> dict[str, object]:
    return {what: str(said.value), f"{what}_source": said.source, f"{what}_on": said.as_at} if said else {}
