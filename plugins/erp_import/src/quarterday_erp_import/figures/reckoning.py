"""Reckoning figures over the ledger as it stands: the one place that needs the engine."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import ibis
import pyarrow as pa
from ibis.expr.types import Table

from quarterday import LedgerQuestion, Payee
from quarterday.services.organisations.local_areas import Defined
from quarterday.services.organisations.locating import local_postcodes, wards_of
from quarterday_erp_import.analysis import attributing
from quarterday_erp_import.analysis.payments import payments
from quarterday_erp_import.analysis.places import placed
from quarterday_erp_import.analysis.shapes import CONTRACTS, OUTSIDE, PLACES
from quarterday_erp_import.figures.analyses import ANALYSES, Ledger, Rows, covered
from quarterday_erp_import.figures.everybody import everybody
from quarterday_erp_import.figures.grounds import Grounds
from quarterday_erp_import.figures.offered import COMING
from quarterday_erp_import.figures.terms import Terms
from quarterday_erp_import.ledger.answering import held, parties_of
from quarterday_erp_import.ledger.standing import Standing

Wanted = tuple[str, Defined | None]
"""An analysis, and the definition of “local” it goes by."""

MOST = 200
"""How many rows of a year are kept, the largest; what is left is one more row."""

MEMORY = "512MB"
"""What the engine may use; what goes beyond lies on the disk."""

NEEDED = (
    *("source", "ordinal", "paid_on", "paid_precision", "year", "kind", "kind_of_record", "payee", "payee_id"),
    *("document", "service", "company_number", "charity_number", "category_code"),
    *("amount", "amount_is", "vat", "gross", "category", "supplier", "supplier_name", "postcode", "is_local", "ward"),
    *(f"{what}{more}" for what in ("size", "sector", "ownership") for more in ("", "_source", "_on")),
    *("contract_id", "attributed_by"),
)
"""What figures and reports need of a payment."""

KEYS = ("ward", "category", "supplier")
"""The analyses that may have more."""


@dataclass(frozen=True, slots=True)
class Reckoned:
    """A figure that was reckoned; money is in micropounds, days are ISO text."""

    analysis: str
    area: Defined | None
    rests_on: str
    known_until: date | None
    as_of: date
    definition: Mapping[str, Any]
    coverage: Rows
    batches: tuple[int, ...]
    rows: Rows


def wanted(grounds: Grounds) -> list[Wanted]:
    """All figures that an authority has: those that rest on “local” once for each definition, or once without any."""
    areas: Collection[Defined | None] = grounds.areas or (None,)
    return [(name, area) for name, analysis in ANALYSES.items() for area in (areas if analysis.by_area else (None,))]


def reckoned(now: Standing, grounds: Grounds, which: Collection[Wanted]) -> Iterator[Reckoned]:
    """Those figures over the ledger as it stands."""
    with all_payments(now, grounds) as paid:
        for area, ledger in ledgers(now, paid.lines, grounds, {of.id if of else None: of for _, of in which}.values()):
            for name in (name for name, of in which if of == area):
                yield Reckoned(
                    analysis=name,
                    area=area,
                    rests_on=grounds.rests_on(name, area),
                    known_until=ledger.until,
                    as_of=grounds.today,
                    definition={"local": area and asdict(area.area), "terms": grounds.terms.data},
                    coverage=covered(ledger, ANALYSES[name]),
                    batches=now.batches,
                    rows=[_plain(row) for row in largest(name, ANALYSES[name].rows(ledger))],
                )


def ledgers(
    now: Standing, spend: Table, grounds: Grounds, areas: Iterable[Defined | None]
) -> Iterator[tuple[Defined | None, Ledger]]:
    """What figures are reckoned over, for each definition of “local”, or (None) without any."""
    run = _runs(now)
    (newest,) = run(spend.agg(until=spend.paid_on.max()))
    contracts = _table(CONTRACTS, [_contract(one, one.contract_id in grounds.promised) for one in grounds.questions])
    for area in areas:
        yield (
            area,
            Ledger(
                spend=_in_area(now, spend, area),
                contracts=contracts,
                outside=_outside(grounds.terms),
                terms=grounds.terms,
                today=grounds.today,
                until=newest["until"],
                run=run,
            ),
        )


@dataclass(frozen=True, slots=True)
class Paid:
    """What was paid, and who of its payees are suppliers of contracts."""

    lines: Table
    suppliers: Mapping[tuple[str, str], Payee]
    """By payee and number, as lines have them."""


@contextmanager
def all_payments(now: Standing, grounds: Grounds) -> Iterator[Paid]:
    """All lines that count, each with who was paid, its financial year and the contract that it is on.

    They lie in a file meanwhile, so that a large ledger needs no more memory than a small one.
    """
    of = held(now, grounds.questions)
    spend = payments(now.lines, ibis.memtable(_with_party(everybody(now), of.payees)))
    spend = spend.rename(named="supplier").mutate(supplier=spend.party)
    spend = attributing.attributed(spend, of.contracts, of.parties, of.numbers)
    with TemporaryDirectory(prefix=COMING) as folder:
        now.engine.raw_sql(f"SET memory_limit = '{MEMORY}'")
        now.engine.raw_sql(f"SET temp_directory = '{folder}'")
        path = Path(folder) / "payments.parquet"
        now.engine.to_parquet(spend.drop("supplier").rename(supplier="named").select(*NEEDED), path)
        suppliers = {key: payee for payee, key in parties_of(grounds.questions).items()}
        yield Paid(
            now.engine.read_parquet(path, table_name="payments"),
            {
                (row["payee"], row["payee_id"]): suppliers[row["supplier"]]
                for row in of.payees.to_pylist()
                if row["supplier"]
            },
        )


def _with_party(payees: pa.Table, parties: pa.Table) -> pa.Table:
    """The payees with which party of contracts each is."""
    party = {(row["payee"], row["payee_id"]): row["supplier"] for row in parties.to_pylist()}
    keys = zip(payees["payee"].to_pylist(), payees["payee_id"].to_pylist(), strict=True)
    return payees.append_column("party", pa.array([party.get(key) for key in keys], pa.string()))


def _outside(terms: Terms) -> Table:
    return _table(OUTSIDE, [dict(zip(OUTSIDE.names, one, strict=True)) for one in terms.outside])


def _in_area(now: Standing, spend: Table, area: Defined | None) -> Table:
    """The payments with whether they are local by a definition; without one, nothing is known of any."""
    found = now.engine.to_pyarrow(spend.filter(spend.postcode.notnull()).select("postcode").distinct())
    postcodes = [row["postcode"] for row in found.to_pylist()]
    sides = local_postcodes(postcodes, area.area) if area else {}
    wards = wards_of(postcodes)
    rows = [{"postcode": one, "is_local": sides.get(one), "ward": wards.get(one)} for one in postcodes]
    return placed(spend, _table(PLACES, rows))


def _contract(one: LedgerQuestion, has_commitments: bool) -> dict[str, Any]:
    days = {"starts": one.starts, "ends": one.ends}
    return {"contract_id": one.contract_id, "trigger": one.trigger, "has_commitments": has_commitments, **days}


def _runs(now: Standing) -> Callable[[Table], Rows]:
    return lambda expression: now.engine.to_pyarrow(expression).to_pylist()


def largest(name: str, rows: Rows) -> Rows:
    """The largest rows of each year first; of an analysis by name those beyond :data:`MOST` are one row, the rest."""
    rows = sorted(rows, key=lambda row: (-(row.get("year") or 0), -row.get("amount", 0), str(row.get(name))))
    if name not in KEYS:
        return rows
    kept: Rows = []
    for year in dict.fromkeys(row["year"] for row in rows):
        of_year = [row for row in rows if row["year"] == year]
        kept += of_year[:MOST]
        if rest := of_year[MOST:]:
            sums = {key: sum(row[key] for row in rest) for key in ("lines", "amount", "known", "local")}
            kept.append(dict.fromkeys(rest[0]) | {"year": year, "rest": len(rest)} | sums)
    return kept


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in row.items()}


def _table(schema: pa.Schema, rows: Rows) -> Table:
    nullable = pa.schema([field.with_nullable(True) for field in schema])
    return ibis.memtable(pa.Table.from_pylist(rows, schema=nullable))
