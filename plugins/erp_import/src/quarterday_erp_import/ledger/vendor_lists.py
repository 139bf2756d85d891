"""The supplier master: the finance system's list of suppliers, kept whole each time it is given out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from quarterday import Refused, said
from quarterday.services import scope
from quarterday.services.access.permissions import Permission
from quarterday.services.record import Actor, UnitOfWork
from quarterday_erp_import.ledger import tables
from quarterday_erp_import.ledger.files import SourceFile
from quarterday_erp_import.ledger.newest_vendors import ask_for_matching
from quarterday_erp_import.payees.vendor_columns import Understood, payments, understood
from quarterday_erp_import.payees.vendors import NoVendor, Sector, Size, Stated, Vendor, vendors
from quarterday_erp_import.reading import heading
from quarterday_erp_import.reading.records import cells
from quarterday_erp_import.reading.text import Text, texts

if TYPE_CHECKING:
    from quarterday.db.work import Work

MOST = 500_000
"""How many suppliers a list may hold."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file is understood to be, and what stands in it."""

    understood: Understood | None
    """None where the file wasn't read."""
    vendors: Sequence[Vendor]
    not_vendors: Sequence[NoVendor]


@dataclass(frozen=True, slots=True)
class Listed:
    """What taking a list in came to."""

    read: Reading
    is_new: bool
    """False where the same file was taken in before, and nothing was done."""


def import_vendors(
    uow: UnitOfWork, actor: Actor, *, path: Path, authority_id: int, source: str, as_at: date, name: str = ""
) -> Listed:
    """Take in an authority's list of suppliers, as CSV or a workbook; from now on it counts instead of the one before.

    ``source`` is what its sizes and sectors are said by, ``as_at`` the day that it is of, and ``name`` what the file is
    called where that isn't how it lies. The payees are matched with it soon. Raises :class:`Refused` for a file that is
    no list of suppliers, and for a day that is still to come.
    """
    file = SourceFile.of(path, name=name)
    with uow.read(actor) as work:
        scope.needs(work, Permission.SET_VALUES)
        scope.authority(work, authority_id)
        if _known(work, authority_id, file.sha256):
            return Listed(Reading(None, (), ()), is_new=False)
        if as_at > work.today:
            raise Refused("The list can't be of a day that is still to come. Enter the day on which it was given out.")
    read = read_vendors(path, source=source, as_at=as_at)
    file.require_unchanged()
    with uow.begin(actor) as work:
        work.take_turns(f"erp_import/vendors/{authority_id}")
        if _known(work, authority_id, file.sha256):
            return Listed(Reading(None, (), ()), is_new=False)
        list_id = work.add(
            tables.VendorList,
            authority_id=authority_id,
            sha256=file.sha256,
            name=file.name,
            source=source,
            as_at=as_at,
            actor=actor.name,
        )
        work.add_all(tables.Vendor, [_row(list_id, one) for one in read.vendors])
        number = len(read.vendors)
        work.audit(authority_id, "spend.vendors", f"vendor_list/{list_id}", sha256=file.sha256, vendors=number)
        ask_for_matching(work, f"vendor_list/{list_id}")
    return Listed(read, is_new=True)


def read_vendors(path: Path, *, source: str, as_at: date) -> Reading:
    """What a list of suppliers says, in whatever layout and kind of file; nothing is kept.

    Raises :class:`Refused` for a file that is no list of suppliers.
    """
    with texts(path) as found:
        text, delimiter, what = _best(found)
        read = list(_read(text, delimiter, what, source, as_at))
    listed = tuple(one for one in read if isinstance(one, Vendor))
    if not listed:
        raise Refused("No row of the file names a supplier. Ask for the finance system's list of suppliers again.")
    return Reading(what, listed, tuple(one for one in read if isinstance(one, NoVendor)))


def vendors_of(work: Work, authority_id: int) -> list[Vendor]:
    """The suppliers on the newest list of an authority, for a use case that has looked at the scope."""
    newest = select(func.max(tables.VendorList.c.id)).where(tables.VendorList.c.authority_id == authority_id)
    rows = work.all(
        select(tables.Vendor).where(tables.Vendor.c.list_id == newest.scalar_subquery()).order_by(tables.Vendor.c.id)
    )
    return [
        Vendor(
            row.line,
            row.name,
            row.number,
            postcode=row.postcode,
            company_number=row.company_number,
            charity_number=row.charity_number,
            vat_number=row.vat_number,
            size=_stated(row.stated, "size", Size),
            sector=_stated(row.stated, "sector", Sector),
            ownership=_stated(row.stated, "ownership", str),
        )
        for row in rows
    ]


def key_of(vendor: Vendor) -> str:
    """What a supplier of the list goes by: its number, or the line where it has none."""
    return vendor.number or f"line {vendor.line}"


def _known(work: Work, authority_id: int, sha256: str) -> bool:
    lists = tables.VendorList.c
    there = select(lists.id).where(lists.authority_id == authority_id, lists.sha256 == sha256)
    return work.one(there) is not None


def _best(found: Sequence[Text]) -> tuple[Text, str, Understood]:
    """The table that is a list of suppliers, of several the longest; what parts its cells, and what it is."""
    best: tuple[Text, str, Understood] | None = None
    most, are_payments = 0, False
    for text in found:
        head = text.head().decode("utf-8", "replace")
        delimiter = heading.delimiter_of(head)
        rows = heading.records(head, delimiter)
        if len(rows) > most and (what := understood(rows)):
            best, most, are_payments = (text, delimiter, what), len(rows), payments(rows, what)
    if best is None:
        raise Refused(
            "No column of the file looks like suppliers' names. Ask for the finance system's list of suppliers."
        )
    if are_payments:
        raise Refused(
            "It looks like payments, not like a list of suppliers. Take it in as a spend file, and ask for"
            " the finance system's list of suppliers."
        )
    return best


def _records(text: Text, delimiter: str, after: int) -> Iterator[tuple[int, list[str] | str]]:
    """The records behind the header: the line of the file, and the cells or why it can't be read; not the blank."""
    for window in text.windows(delimiter):
        for record in range(max(0, after + 1 - window.first), len(window)):
            line = int(window.lines[record])
            if record in window.faults:
                yield line, window.faults[record]
                continue
            found = cells(window.text(record), delimiter)
            if any(cell.strip() for cell in found):
                yield line, found


def _read(text: Text, delimiter: str, what: Understood, source: str, as_at: date) -> Iterator[Vendor | NoVendor]:
    readable: list[tuple[int, list[str]]] = []
    for line, found in _records(text, delimiter, what.header_row):
        if isinstance(found, str):
            yield NoVendor(line, said("{why}", why=found))
            continue
        readable.append((line, found))
        if len(readable) > MOST:
            raise Refused("The list has more than {most} suppliers. Ask for those that are in use.", most=MOST)
    yield from vendors(what.columns, readable, source=source, as_at=as_at)


def _row(list_id: int, one: Vendor) -> dict[str, Any]:
    said = {"size": one.size, "sector": one.sector, "ownership": one.ownership}
    stated = {what: [str(by.value), by.source, by.as_at.isoformat()] for what, by in said.items() if by}
    return {
        "list_id": list_id,
        "line": one.line,
        "name": one.name,
        "number": one.number,
        "postcode": one.postcode,
        "company_number": one.company_number,
        "charity_number": one.charity_number,
        "vat_number": one.vat_number,
        "stated": stated,
    }


def _stated(said: dict[str, list[str]], what: str, kind: Any) -> Stated[Any] | None:
    if what not in said:
        return None
    value, source, as_at = said[what]
    return Stated(kind(value), source, date.fromisoformat(as_at))
