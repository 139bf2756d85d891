"""Each analysis gives the same integers on DuckDB and on Spark, over the same 50,000 lines."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import ibis
import pytest
from ibis.expr.types import Table
from ledger_tables import LINES, ON, POUND, write_all

from quarterday_erp_import.analysis import attributing, payments, published
from quarterday_erp_import.analysis.ending import ending
from quarterday_erp_import.analysis.places import placed

# py4j leaves its sockets to the garbage collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

NAMES = ("lines", "payees", "contracts", "parties", "numbers", "outside", "places")
KNOWN = {"postcode": "is_local", "size": "size", "contract": "contract_id"}
SOON = {"ends_from": ON, "ends_by": date(2026, 9, 30)}
MUCH = 500_000 * POUND
Tables = dict[str, Table]


@dataclass(frozen=True)
class Engine:
    """An engine with the tables, and with what the others begin with: payments, and on which contract each is."""

    given: Tables
    run: Callable[[Table], list[dict[str, Any]]]

    def rows(self, name: str) -> list[dict[str, Any]]:
        """What an analysis gives, in an order of its own."""
        return sorted(self.run(ANALYSES[name](self.given)), key=lambda row: str(sorted(row.items())))


BEGINNINGS: dict[str, Callable[[Tables], Table]] = {
    "payments": lambda given: payments.payments(given["lines"], given["payees"]),
    "on_contracts": lambda given: attributing.attributed(
        given["payments"], given["contracts"], given["parties"], given["numbers"]
    ),
}
ANALYSES: dict[str, Callable[[Tables], Table]] = {
    "who was paid": lambda given: given["payments"].select("ordinal", "payee", "supplier_name", "kind", "year"),
    "on which contract": lambda given: given["on_contracts"].select("ordinal", "contract_id", "attributed_by"),
    "local": lambda given: payments.totals(given["payments"]),
    "by category": lambda given: payments.totals_by(given["payments"], "category"),
    "by ward": lambda given: payments.totals_by(given["payments"], "ward"),
    "by year": lambda given: payments.totals_by(given["payments"], "year"),
    "by supplier": lambda given: payments.totals_by_supplier(given["payments"]),
    "by size": lambda given: payments.stated(given["payments"], "size"),
    "by sector": lambda given: payments.stated(given["payments"], "sector"),
    "by ownership": lambda given: payments.stated(given["payments"], "ownership"),
    "bases": lambda given: payments.sums_by(given["payments"], "amount_is"),
    "influenceable": lambda given: payments.influenceable(given["payments"], given["outside"]),
    "influenceable by year": lambda given: payments.influenceable(given["payments"], given["outside"], "year"),
    "categories by year": lambda given: payments.totals_by(given["payments"], "year", "category"),
    "suppliers by year": lambda given: payments.totals_by_supplier(given["payments"], "year"),
    "sizes by year": lambda given: payments.stated(given["payments"], "size", "year"),
    "known by year": lambda given: payments.known_by(given["on_contracts"], KNOWN, "year"),
    "placed": lambda given: payments.totals_by(placed(given["payments"], given["places"]), "ward"),
    "attributed": lambda given: attributing.coverage(given["on_contracts"]),
    "per contract": lambda given: attributing.paid_on_contracts(given["on_contracts"], ON),
    "triggers": lambda given: attributing.triggers(given["on_contracts"], given["contracts"], ON),
    "without commitments": lambda given: attributing.without_commitments(
        given["on_contracts"], given["contracts"], MUCH, ON
    ),
    "gaps": lambda given: attributing.gaps(
        given["on_contracts"], given["contracts"], at_least=2 * MUCH, at_most_local=(1, 2), **SOON
    ),
    "over £500": lambda given: published.over(given["on_contracts"], 500 * POUND).select("source", "ordinal", "amount"),
    "over £30,000 with VAT": lambda given: published.over_with_vat(given["on_contracts"], 30_000 * POUND),
    "ending": lambda given: ending(given["on_contracts"], given["contracts"], **SOON),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tables as Parquet files."""
    path = tmp_path_factory.mktemp("ledger")
    write_all(path)
    return path


@pytest.fixture(scope="module")
def duckdb(folder: Path) -> Engine:
    connection = ibis.duckdb.connect()
    given = {name: connection.read_parquet(folder / f"{name}.parquet") for name in NAMES}
    for name, beginning in BEGINNINGS.items():
        given[name] = connection.create_table(name, beginning(given))
    return Engine(given, lambda expression: connection.to_pyarrow(expression).to_pylist())


@pytest.fixture(scope="module")
def spark(folder: Path) -> Iterator[Engine]:
    """One session for all: it takes eight seconds to start. Its rows are taken as they are, for pandas would have
    whole numbers that may be missing as floats."""
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    builder = builder.config("spark.sql.shuffle.partitions", "2").config("spark.ui.showConsoleProgress", "false")
    session = builder.getOrCreate()
    connection = ibis.pyspark.connect(session)
    given = {name: connection.read_parquet(str(folder / f"{name}.parquet")) for name in NAMES}
    for name, beginning in BEGINNINGS.items():
        session.sql(connection.compile(beginning(given))).cache().createOrReplaceTempView(name)
        given[name] = connection.table(name)
    yield Engine(
        given, lambda expression: [row.asDict() for row in session.sql(connection.compile(expression)).collect()]
    )
    session.stop()
    gc.collect()


@pytest.mark.parametrize("name", ANALYSES)
def test_duckdb_and_spark_agree(name: str, duckdb: Engine, spark: Engine) -> None:
    here, there = duckdb.rows(name), spark.rows(name)
    assert here
    assert here == there
    assert not any(isinstance(value, float) for row in here for value in row.values())


def test_nothing_is_lost_or_counted_twice(duckdb: Engine) -> None:
    (whole,) = duckdb.rows("local")
    assert whole["lines"] == LINES
    split = ("by category", "by ward", "by year", "by supplier", "by size", "influenceable", "attributed", "bases")
    for name in (*split, "categories by year", "suppliers by year", "sizes by year", "influenceable by year", "placed"):
        found = duckdb.rows(name)
        assert sum(row["lines"] for row in found) == LINES, name
        assert sum(row["amount"] for row in found) == whole["amount"], name
