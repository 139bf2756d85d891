"""A whole made-up ledger of one authority: lines, the supplier master, a contract, and two definitions of “local”."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from made_up_lines import POUND, Part, Spend, a_line, lines

from quarterday.services.organisations.local_areas import define
from quarterday.services.record import UnitOfWork
from quarterday.testing.builders import OPERATOR, a_contract, a_supplier, an_authority
from quarterday_erp_import.ledger.deciding import match_with_vendors
from quarterday_erp_import.ledger.files import LineFiles
from quarterday_erp_import.ledger.importing import import_file
from quarterday_erp_import.ledger.vendor_lists import import_vendors

MASTER = """Supplier No,Supplier Name,Post Code,Company No,Enterprise Size,Supplier Type
700001,Larch Building Limited,S60 1AE,01234567,Small,Private
700002,Alder Advice CIC,S1 2HH,,Micro,
700003,Birch Gardening,S60 1AE,,,Sole trader
"""
LINES = (
    a_line(1, payee="Larch Building Ltd", payee_id="700001", amount=150_000 * POUND, contract_number="NM-1"),
    a_line(2, payee="LARCH BUILDING LTD", payee_id="700001", amount=-20_000 * POUND, document="D1C"),
    a_line(3, payee="Alder Advice CIC", payee_id="700002", amount=60_000 * POUND),
    a_line(4, payee="REDACTED PERSONAL DATA", amount=5_000 * POUND),
    a_line(5, payee="Mrs J Smith", amount=7_000 * POUND),
    a_line(6, payee="Birch Gardening", payee_id="700003", amount=3_000 * POUND),
    a_line(7, payee="=Quince Orchards Ltd", amount=26_000 * POUND, paid_on=date(2026, 6, 30)),
    a_line(8, payee="Larch Building Ltd", payee_id="700001", amount=1_000 * POUND, paid_on=date(2025, 5, 1)),
    a_line(9, payee="Elm Supplies Ltd", amount=400 * POUND, document="D9"),
    a_line(10, payee="Elm Supplies Ltd", amount=200 * POUND, document="D9"),
    a_line(11, payee="Sorbus Stationers Ltd", amount=499 * POUND),
    a_line(12, payee="Sorbus Stationers Ltd", amount=900 * POUND, kind_of_record="card"),
    a_line(13, payee="Rowan Care Ltd", amount=900 * POUND, paid_on=None, paid_precision=""),
)
CATEGORIES = {1: "Roads", 2: "Roads", 3: "Advice", 6: "Parks", 7: "Plants", 8: "Roads"}


@dataclass(frozen=True)
class Council:
    """The authority, its contract, and its two definitions of “local”: the borough, and the borough with Sheffield."""

    id: int
    contract_id: int
    borough: int
    both: int


@dataclass(frozen=True)
class Northmoor:
    """A record with such a ledger, and its data folder."""

    uow: UnitOfWork
    files: LineFiles
    data: Path
    council: Council


def a_ledger(uow: UnitOfWork, files: LineFiles, folder: Path, key: str = "") -> Council:
    """The ledger, taken in by the use cases that commands call."""
    authority = an_authority(uow, key=key)
    larch = a_supplier(uow, name="Larch Building Ltd", identifiers={"GB-PPON": "PLAR-1234-BUIL"})
    contract = a_contract(
        uow, authority_id=authority, supplier_id=larch, reference="NM-1", ends=date(2026, 12, 31), rhythm="year"
    )
    paid = [line | {"category": CATEGORIES.get(line["ordinal"])} for line in LINES]
    spend = Spend.of(folder, "june.csv", Part(lines(*paid)))
    of = {"files": files, "path": spend.path, "authority_id": authority, "feed": "spend", "read": spend.read}
    import_file(uow, OPERATOR, **of)  # type: ignore[arg-type]
    (folder / "vendors.csv").write_text(MASTER)
    master = {"path": folder / "vendors.csv", "source": "the vendor list", "as_at": date(2026, 4, 1)}
    import_vendors(uow, OPERATOR, authority_id=authority, **master)  # type: ignore[arg-type]
    match_with_vendors(uow, OPERATOR, files=files, authority_id=authority)
    borough = define(uow, OPERATOR, authority_id=authority, name="The borough", codes=["E08000018"])
    both = define(uow, OPERATOR, authority_id=authority, name="With Sheffield", codes=["E08000018", "E08000039"])
    return Council(authority, contract, borough, both)
