"""Made-up payees, contracts and their numbers, to go with made-up spend."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from spend_generator import SERVICES, spend

from quarterday_erp_import.analysis.shapes import CONTRACTS, NUMBERS, OUTSIDE, PARTIES, PAYEES, PLACES
from quarterday_erp_import.lines import KEPT

LINES, SUPPLIERS = 50_000, 2_000
POUND = 1_000_000
ON = date(2026, 3, 31)
KINDS = ("supplier",) * 16 + ("individual", "redacted", "internal", "factor")
SIZES = ("micro", "small", "medium", "large", None)
POSTCODES = (None, *(f"S{n} 1AA" for n in range(1, 12)))
SECTORS = ("private", "private", "vcse", "public", None)


def lines(number: int = LINES) -> pa.Table:
    """Spend with some numbers of contracts in it, some gross amounts, some lines without a day or a number of payee."""
    table = spend(number, suppliers=SUPPLIERS).to_pylist()
    for n, line in enumerate(table):
        line["source"] = "0" * 64
        if n % 11 == 0:
            line["contract_number"] = f"c/{n % 300:04}"
        if n % 13 == 0:
            line["amount_is"] = "gross"
        if n % 97 == 0:
            line["paid_on"] = None
        if n % 101 == 0:
            line["payee_id"] = None
        if n % 103 == 0:
            line["category"] = None
    return pa.Table.from_pylist(table, schema=KEPT)


def payees(of: pa.Table) -> pa.Table:
    """Who was paid, for most of them; a postcode is known for four in five."""
    found = sorted({(one["payee"], one["payee_id"] or "") for one in of.select(["payee", "payee_id"]).to_pylist()})
    rows = []
    for n, (name, number) in enumerate(found):
        if n % 17 == 0:
            continue
        supplier = f"S{int(number or 0) % 1_000}" if number else None
        size, sector = SIZES[n % 5], SECTORS[n % 5]
        rows.append(
            {
                "payee": name,
                "payee_id": number,
                "supplier": supplier,
                "supplier_name": supplier and f"Supplier {supplier}",
                "kind": KINDS[n % 20],
                "postcode": POSTCODES[n % 12],
                "is_local": None if n % 5 == 0 else n % 3 == 0,
                "ward": None if n % 5 == 0 else f"E0500{n % 12:04}",
                "size": size,
                "size_source": size and "the vendor list",
                "size_on": size and date(2025, 1 + n % 12, 1),
                "sector": sector,
                "sector_source": sector and "the register of charities",
                "sector_on": sector and date(2025, 6, 1),
            }
        )
    return pa.Table.from_pylist(rows, schema=PAYEES)


def contracts() -> pa.Table:
    """400 contracts of one year or more."""
    rows = []
    for n in range(400):
        starts = date(2024, 4, 1) + timedelta(days=n)
        rows.append(
            {
                "contract_id": n,
                "starts": starts,
                "ends": starts + timedelta(days=365 + n % 200),
                "value": None if n % 9 == 0 else n * 5_000 * POUND,
                "trigger": n * 200 * POUND if n % 3 == 0 else None,
                "has_commitments": n % 2 == 0,
            }
        )
    return pa.Table.from_pylist(rows, schema=CONTRACTS)


def parties() -> pa.Table:
    """Who holds them, and for which services: some suppliers hold several, some contracts are for two."""
    rows = []
    for n in range(400):
        services = {SERVICES[n % 6], SERVICES[n % 5].upper()} if n % 4 else {None}
        rows += [{"contract_id": n, "supplier": f"S{n * 7 % 350}", "service": one} for one in services]
    return pa.Table.from_pylist(rows, schema=PARTIES)


def numbers() -> pa.Table:
    """Numbers of contracts and orders; a few stand for two contracts, and so for none."""
    rows = [{"sort": "contract", "number": f"C-{n:04}", "contract_id": n} for n in range(200)]
    rows += [{"sort": "contract", "number": f"c {n:04}", "contract_id": n + 1} for n in range(0, 200, 50)]
    rows += [{"sort": "order", "number": f"po{10_000 + 37 * n}", "contract_id": n} for n in range(300)]
    return pa.Table.from_pylist(rows, schema=NUMBERS)


def outside() -> pa.Table:
    """What no buyer's choice changes."""
    rows = [
        {"column": "kind", "value": "internal", "reason": "within the council"},
        {"column": "kind", "value": "individual", "reason": "people"},
        {"column": "category", "value": "Grants", "reason": "grants"},
        {"column": "sector", "value": "public", "reason": "public bodies"},
    ]
    return pa.Table.from_pylist(rows, schema=OUTSIDE)


def places() -> pa.Table:
    """Where the postcodes of payees lie, for most of them."""
    rows = [
        {
            "postcode": code,
            "is_local": None if n % 4 == 0 else n % 2 == 0,
            "ward": f"E0501{n % 7:04}" if n % 5 else None,
        }
        for n, code in enumerate(POSTCODES[1:])
    ]
    return pa.Table.from_pylist(rows, schema=PLACES)


def write_all(folder: Path) -> None:
    """All of them as Parquet files, as any engine reads them."""
    of = lines()
    tables = {"lines": of, "payees": payees(of), "contracts": contracts(), "parties": parties()}
    tables |= {"numbers": numbers(), "outside": outside(), "places": places()}
    for name, table in tables.items():
        pq.write_table(table, folder / f"{name}.parquet")
