"""Makes a record as large as a council's could be, from a seed: for benches, and for tests that want many rows.

Rows are laid down in bulk by the driver itself (``executemany``, ``COPY``), past the use cases, in the shape those
would leave: contracts pinned to one edition, targets by quarter, submitted entries, reviews and their valuations.
"""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import islice
from typing import Any

from generated_measures import edition, quantity, values
from sqlalchemy import Connection, Engine, Table
from sqlalchemy.schema import CreateIndex, DropIndex

from quarterday import Catalogue, LocalArea, Measure, ValueSet
from quarterday.db.columns import microseconds
from quarterday.db.engine import open_engine
from quarterday.db.models import (
    Authority,
    Commitment,
    Contract,
    ContractAuthority,
    ContractParty,
    ContractPin,
    Entry,
    LocalAreaDefinition,
    Period,
    Return,
    Review,
    Revision,
    RevisionEntry,
    Supplier,
    Target,
    User,
    Valuation,
)
from quarterday.db.schema import upgrade
from quarterday.db.work import Actor, Work
from quarterday.domain.periods import Rhythm, periods
from quarterday.services.measures import snapshots
from quarterday.services.measures.valuations import Price, price
from quarterday.testing.postgres import binaries, running_cluster

STARTS, ENDS = date(2026, 4, 1), date(2027, 3, 31)
MADE = datetime(2026, 4, 1, 9, tzinfo=UTC)
AT_ONCE = 50_000
"""How many rows go to the driver in one call."""

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Size:
    """How much to make. Every commitment has an entry in each quarter, and the last quarter's are in already."""

    contracts: int
    commitments_each: int = 20

    @property
    def entries(self) -> int:
        """How many entries that makes."""
        return self.contracts * self.commitments_each * 4


FULL = Size(20_000)
"""20,000 contracts, 400,000 commitments, 1.6 million entries."""


def fill(engine: Engine, size: Size, seed: int = 29) -> None:
    """Fill an empty record in one transaction; indexes are made afterwards, as a restore does."""
    indexes = [index for table in _TABLES for index in table.indexes]
    with engine.begin() as connection:
        work = Work(connection, MADE, Actor.operator("generator"))
        pin = _lay_ground(work, size)
        for index in indexes:
            connection.execute(DropIndex(index))
        _load_all(work, size, pin, random.Random(seed))
        for index in indexes:
            connection.execute(CreateIndex(index))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE" if engine.dialect.name == "postgresql" else "ANALYZE")


def records(size: Size) -> Iterator[tuple[str, Engine]]:
    """A record of that size on SQLite, then one on PostgreSQL where that is installed; each goes with the next."""
    with tempfile.TemporaryDirectory() as folder:
        yield "sqlite", _filled(f"sqlite:///{folder}/record.db", size)
    if binaries():
        with running_cluster() as cluster:
            engine = _filled(cluster.create("bench"), size)
            yield "postgresql", engine
            engine.dispose()


def _filled(url: str, size: Size) -> Engine:
    engine = open_engine(url)
    upgrade(engine)
    fill(engine, size)
    return engine


@dataclass(frozen=True, slots=True)
class Ground:
    """What all contracts rest on."""

    authority_id: int
    user_id: int
    suppliers: tuple[int, ...]
    periods: tuple[tuple[int, date, date], ...]
    edition: Catalogue
    edition_id: int
    values: ValueSet
    value_set_id: int
    local: LocalArea
    local_area_id: int


_TABLES = (
    Contract, ContractAuthority, ContractParty, ContractPin, Commitment, Target, Return, Revision, Entry,
    RevisionEntry, Review, Valuation,
)  # fmt: skip
"""The tables that are loaded in bulk, those that others refer to first."""


def _lay_ground(work: Work, size: Size) -> Ground:
    authority_id = work.add(
        Authority,
        key="exampleshire",
        name="Exampleshire",
        first_month=4,
        nation="england-and-wales",
        due_days=30,
        closes_days=90,
    )
    quarters = []
    for quarter in periods(Rhythm.QUARTER, STARTS, ENDS):
        period_id = work.add(
            Period,
            authority_id=authority_id,
            rhythm="quarter",
            name=quarter.name,
            first=quarter.first,
            last=quarter.last,
            due=quarter.last + timedelta(days=30),
            closes=quarter.last + timedelta(days=90),
        )
        quarters.append((period_id, quarter.first, quarter.last))
    local_area_id = work.add(
        LocalAreaDefinition,
        authority_id=authority_id,
        name="Exampleshire",
        codes=["E08000018"],
        wards=[],
        radius_km="",
        centre="",
        valid_from=STARTS,
    )
    local = snapshots.local_area(work, local_area_id)
    assert local
    return Ground(
        authority_id=authority_id,
        user_id=work.add(User, email="someone@example.org", name="Someone"),
        suppliers=tuple(work.add(Supplier, name=f"Supplier {n}") for n in range(max(1, size.contracts // 10))),
        periods=tuple(quarters),
        edition=edition(),
        edition_id=snapshots.keep_edition(work, edition()),
        values=values(),
        value_set_id=snapshots.keep_value_set(work, values(), authority_id)[0],
        local=local,
        local_area_id=local_area_id,
    )


def _load_all(work: Work, size: Size, ground: Ground, made_up: random.Random) -> None:
    numbers = range(1, size.contracts + 1)
    at = microseconds(MADE)
    start, end = STARTS.isoformat(), ENDS.isoformat()
    _load(
        work.connection, Contract,
        ("id", "title", "kind", "rhythm", "starts", "ends", "recorded_at"),
        ((n, f"Contract {n}", "contract", "quarter", start, end, at) for n in numbers),
    )  # fmt: skip
    _load(
        work.connection, ContractAuthority,
        ("id", "contract_id", "authority_id", "reference", "valid_from", "recorded_at"),
        ((n, n, ground.authority_id, f"C{n:06}", start, at) for n in numbers),
    )  # fmt: skip
    suppliers = ground.suppliers
    _load(
        work.connection, ContractParty,
        ("id", "contract_id", "supplier_id", "role", "is_in", "valid_from", "recorded_at"),
        ((n, n, suppliers[n % len(suppliers)], "lead", True, start, at) for n in numbers),
    )  # fmt: skip
    _load(
        work.connection, ContractPin,
        ("id", "contract_id", "edition_id", "value_set_id", "local_area_id", "recorded_at"),
        ((n, n, ground.edition_id, ground.value_set_id, ground.local_area_id, at) for n in numbers),
    )  # fmt: skip
    _load(
        work.connection, Return,
        ("id", "contract_id", "period_id", "draft_version", "recorded_at"),
        ((n * 4 + q, n, ground.periods[q][0], 1, at) for n in numbers for q in range(4)),
    )  # fmt: skip
    _load(
        work.connection, Revision,
        ("id", "return_id", "number", "digest", "is_nothing_to_report", "by_user_id", "declared_as", "recorded_at"),
        (
            (n * 4 + q, n * 4 + q, 1, "", False, ground.user_id, "finance manager", _submitted(ground, q))
            for n in numbers
            for q in range(4)
        ),
    )  # fmt: skip
    for table, columns, rows in _Claims(size, ground, made_up).tables():
        _load(work.connection, table, columns, rows)


def _submitted(ground: Ground, quarter: int) -> int:
    last = ground.periods[quarter][2]
    return microseconds(datetime(last.year, last.month, last.day, 12, tzinfo=UTC) + timedelta(days=20))


class _Claims:
    """What was promised, claimed and decided; the choices are drawn once, so that every table tells the same."""

    def __init__(self, size: Size, ground: Ground, made_up: random.Random) -> None:
        self._ground = ground
        listed = ground.edition.measures
        self._refs = [
            sorted(made_up.sample(range(len(listed)), size.commitments_each)) for _ in range(min(size.contracts, 500))
        ]
        self._size = size
        self._luck = [made_up.random() for _ in range(9973)]
        self._quantities = {measure.ref: [quantity(measure, made_up) for _ in range(211)] for measure in listed}
        self._prices: dict[tuple[str, date], Price] = {}

    def tables(self) -> Iterator[tuple[Table, tuple[str, ...], Iterable[Row]]]:
        """Each table with its columns and rows."""
        at = microseconds(MADE)
        yield (
            Commitment,
            ("id", "contract_id", "ref", "recorded_at"),
            ((commitment, contract, measure.ref, at) for commitment, contract, measure in self._commitments()),
        )
        yield (
            Target,
            ("id", "commitment_id", "variation_id", "first", "last", "numerator", "denominator", "recorded_at"),
            self._targets(),
        )
        yield Entry, _ENTRY, self._claimed()
        yield RevisionEntry, ("revision_id", "entry_id"), self._frozen()
        yield Review, _REVIEW, self._reviews()
        yield Valuation, _VALUATION, self._valuations()

    def _commitments(self) -> Iterator[tuple[int, int, Measure]]:
        listed, each = self._ground.edition.measures, self._size.commitments_each
        for contract in range(1, self._size.contracts + 1):
            for place, number in enumerate(self._refs[contract % len(self._refs)]):
                yield (contract - 1) * each + place + 1, contract, listed[number]

    def _targets(self) -> Iterator[Row]:
        at = microseconds(MADE)
        for commitment, _, measure in self._commitments():
            over, under = self._quantities[measure.ref][commitment % 211]
            for quarter, (_, first, last) in enumerate(self._ground.periods):
                number = (commitment - 1) * 4 + quarter + 1
                yield number, commitment, None, first.isoformat(), last.isoformat(), over, under, at

    def _each(self) -> Iterator[tuple[int, int, Measure, int, float]]:
        """Every entry: its id, contract, measure, quarter, and the number that decides its fate."""
        for commitment, contract, measure in self._commitments():
            for quarter in range(4):
                entry = (commitment - 1) * 4 + quarter + 1
                yield entry, contract, measure, quarter, self._luck[entry * 7 % len(self._luck)]

    def _claimed(self) -> Iterator[Row]:
        for entry, contract, measure, quarter, luck in self._each():
            _, first, last = self._ground.periods[quarter]
            over, under = self._quantities[measure.ref][entry % 211]
            share = 2 if luck > 0.97 else 3 if luck > 0.95 else 1
            typed = json.dumps({"quantity": str(over), "contract_share": f"1/{share}"})
            counted = json.dumps({"standing": "note", "counted": str(Fraction(over, under)), "rules": []})
            yield (
                entry, contract * 4 + quarter, contract, measure.ref, first.isoformat(), last.isoformat(),
                False, None, None, typed, over, under, last.isoformat(), "", 1, share, counted, None,
                _submitted(self._ground, quarter),
            )  # fmt: skip

    def _frozen(self) -> Iterator[Row]:
        for entry, contract, _, quarter, _ in self._each():
            yield contract * 4 + quarter, entry

    def _decided(self) -> Iterator[tuple[int, int, Measure, int, float, str]]:
        """Every decision on an entry, numbered; a few were queried first, and a few are still open."""
        number = 0
        for entry, _, measure, quarter, luck in self._each():
            if luck < 0.05:
                continue
            for decision in ("queried", "accepted") if luck < 0.08 else ("rejected",) if luck < 0.1 else ("accepted",):
                number += 1
                yield number, entry, measure, quarter, luck, decision

    def _reviews(self) -> Iterator[Row]:
        for number, entry, measure, quarter, _, decision in self._decided():
            over, under = self._quantities[measure.ref][entry % 211] if decision == "accepted" else (0, 1)
            pin = (entry - 1) // (4 * self._size.commitments_each) + 1 if decision == "accepted" else None
            decided = _submitted(self._ground, quarter) + 86_400_000_000
            yield number, entry, decision, over, under, pin, self._ground.user_id, "user/1", None, decided

    def _valuations(self) -> Iterator[Row]:
        ground = self._ground
        for number, entry, measure, quarter, luck, decision in self._decided():
            if decision != "accepted":
                continue
            last = ground.periods[quarter][2]
            unit_price = self._prices.get((measure.ref, last))
            if unit_price is None:
                unit_price = price(ground.edition, ground.values, ground.local, measure.ref, last, "")
                self._prices[measure.ref, last] = unit_price
            worth = unit_price.worth(
                self._quantities[measure.ref][entry % 211], (1, 2 if luck > 0.97 else 3 if luck > 0.95 else 1)
            )
            decided = _submitted(ground, quarter) + 86_400_000_000
            yield (
                number, number, entry, worth.micropounds, worth.is_complete, worth.reason, worth.unit_value, decided,
            )  # fmt: skip


_ENTRY = (
    "id", "return_id", "contract_id", "ref", "first", "last", "is_late", "replaces_entry_id", "activity_id", "typed",
    "numerator", "denominator", "value_day", "industry", "share_numerator", "share_denominator", "findings",
    "words_id", "recorded_at",
)  # fmt: skip
_REVIEW = (
    "id", "entry_id", "decision", "numerator", "denominator", "pin_id", "by_user_id", "actor", "words_id",
    "recorded_at",
)  # fmt: skip
_VALUATION = (
    "id", "review_id", "entry_id", "micropounds", "is_complete", "reason", "unit_value", "recorded_at",
)  # fmt: skip


def _load(connection: Connection, table: Table, columns: tuple[str, ...], rows: Iterable[Row]) -> None:
    """Add rows by the driver's own quickest way. Cells are what the database keeps: ISO dates, JSON text."""
    name, named = f'"{table.name}"', ", ".join(f'"{column}"' for column in columns)
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "postgresql":
        with driver.cursor() as cursor, cursor.copy(f"COPY {name} ({named}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        if "id" in columns:
            connection.exec_driver_sql(
                f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT max(id) FROM {name}))"
            )
        return
    statement = f"INSERT INTO {name} ({named}) VALUES ({', '.join('?' * len(columns))})"
    waiting = iter(rows)
    while batch := list(islice(waiting, AT_ONCE)):
        driver.executemany(statement, batch)
