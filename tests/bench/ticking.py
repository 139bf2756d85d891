"""Bench: a tick over 20,000 contracts against its bare query.

The yardstick is one statement, sent to the bare driver, that finds which open return is still to be told to whom of its
suppliers. Both run in this process on one record, in turn; the ratio printed is the median of the pairs, of a
tick that finds nothing new, as all but one of a day do. Goal: 3 at most, on SQLite and, where it is installed, on
PostgreSQL. How long the one takes that reminds everybody is printed.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert

from quarterday.db import models, schema
from quarterday.db.engine import open_engine
from quarterday.db.work import Actor, UnitOfWork
from quarterday.services.reminders.ticking import Ticked, tick
from quarterday.testing.postgres import binaries, running_cluster

CONTRACTS, SUPPLIERS, MANAGERS = 20_000, 4_000, 100
ROUNDS, GOAL = 7, 3.0
NOW = datetime(2026, 7, 30, 9, 30, tzinfo=UTC)  # the day on which a quarter's returns are due
BARE = """
SELECT r.id, m.user_id, p.due FROM "return" r
JOIN period p ON p.id = r.period_id
JOIN contract_authority a ON a.contract_id = r.contract_id AND a.authority_id = 1
JOIN contract_party c ON c.contract_id = r.contract_id AND c.is_in
JOIN membership m ON m.supplier_id = c.supplier_id AND m.role <> ''
WHERE p.closes >= {today} AND NOT EXISTS (SELECT 1 FROM revision v WHERE v.return_id = r.id)
AND NOT EXISTS (SELECT 1 FROM reminder t WHERE t.return_id = r.id AND t.user_id = m.user_id
                AND t.rung = 'supplier: on the day')
"""
CLOCK = Actor.operator("clock")


def lay_down(engine: Engine) -> None:
    """One authority with its contracts, each with a supplier's two people, a manager and an open return."""
    now = {"recorded_at": datetime(2026, 4, 1, tzinfo=UTC)}
    since = {"valid_from": date(2026, 4, 1), **now}
    people = 2 * SUPPLIERS + MANAGERS + 1
    quarter = {"first": date(2026, 4, 1), "last": date(2026, 6, 30), "due": NOW.date(), "closes": date(2026, 9, 28)}
    days = {"first_month": 4, "due_days": 30, "closes_days": 90, "last_closes_days": 365}
    contract = {"kind": "contract", "rhythm": "quarter", "starts": date(2026, 4, 1), "ends": date(2028, 3, 31)}
    rows: dict[Any, list[dict[str, Any]]] = {
        models.Authority: [{"key": "big", "name": "Big", "nation": "england-and-wales", **days, **now}],
        models.Supplier: [{"name": f"Supplier {one}", **now} for one in range(SUPPLIERS)],
        models.User: [{"email": f"p{one}@example.org", "name": f"P {one}", **now} for one in range(people)],
        models.Membership: [
            {"user_id": one + 1, "authority_id": None, "supplier_id": one // 2 + 1, "role": "supplier", **since}
            for one in range(2 * SUPPLIERS)
        ]
        + [
            {"user_id": one + 1, "authority_id": 1, "supplier_id": None, "role": "contract manager", **since}
            for one in range(2 * SUPPLIERS, people - 1)
        ]
        + [{"user_id": people, "authority_id": 1, "supplier_id": None, "role": "lead", **since}],
        models.Contract: [{"title": f"Works {one}", **contract, **now} for one in range(CONTRACTS)],
        models.ContractAuthority: [
            {"contract_id": one + 1, "authority_id": 1, "reference": f"C-{one}", **since} for one in range(CONTRACTS)
        ],
        models.ContractParty: [
            {"contract_id": one + 1, "supplier_id": one % SUPPLIERS + 1, "role": "lead", "is_in": True, **since}
            for one in range(CONTRACTS)
        ],
        models.ContractOwner: [
            {"contract_id": one + 1, "user_id": 2 * SUPPLIERS + one % MANAGERS + 1, **since} for one in range(CONTRACTS)
        ],
        models.Period: [{"authority_id": 1, "rhythm": "quarter", "name": "2026/27 Q1", **quarter, **now}],
        models.Return: [
            {"contract_id": one + 1, "period_id": 1, "draft_version": 0, **now} for one in range(CONTRACTS)
        ],
    }
    with engine.begin() as connection:
        for table, facts in rows.items():
            connection.execute(insert(table), facts)
    with closing(engine.raw_connection()) as connection:
        connection.cursor().execute("ANALYZE")
        connection.commit()


def records() -> Iterator[tuple[str, Engine]]:
    """The record on each database there is."""
    with tempfile.TemporaryDirectory() as folder:
        yield "sqlite", open_engine(f"sqlite:///{Path(folder) / 'record.db'}")
    if binaries():
        with running_cluster() as cluster:
            yield "postgresql", open_engine(cluster.create("ticking"))


def bare(engine: Engine) -> None:
    """The yardstick."""
    today = "'2026-07-30'" + ("::date" if engine.dialect.name == "postgresql" else "")
    with closing(engine.raw_connection()) as connection:
        cursor = connection.cursor()
        cursor.execute(BARE.format(today=today))
        if cursor.fetchall():
            raise SystemExit("Somebody is still to be told: the tick before did less than it should.")


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def main() -> int:
    """Print the ratios; 1 when one misses the goal."""
    os.environ["QUARTERDAY_SECRET_KEY"] = "a key for a bench"
    kept = True
    for database, engine in records():
        schema.upgrade(engine)
        lay_down(engine)
        uow = UnitOfWork(engine, lambda: NOW)

        def again(uow: UnitOfWork = uow) -> Ticked:
            return tick(uow, CLOCK, authority_id=1)

        begun = time.perf_counter()
        done = again()
        all_at_once = time.perf_counter() - begun
        if (done.mails, done.returns) != (2 * SUPPLIERS, 2 * CONTRACTS) or again() != Ticked():
            raise SystemExit(f"{done} isn't one mail for each who reports: the tick is wrong.")
        pairs = [(seconds(again), seconds(lambda engine=engine: bare(engine))) for _ in range(ROUNDS)]
        found = statistics.median(ours / theirs for ours, theirs in pairs)
        ours, theirs = (statistics.median(side) for side in zip(*pairs, strict=True))
        print(
            f"a tick over {CONTRACTS:,} contracts / its bare query, {database}: {found:.2f} "
            f"(goal <= {GOAL:g}; {ours * 1000:.0f} ms / {theirs * 1000:.0f} ms; "
            f"{done.mails:,} mails asked for at once: {all_at_once:.1f} s)"
        )
        kept = kept and found <= GOAL
        engine.dispose()
    return int(not kept)


if __name__ == "__main__":
    sys.exit(main())
