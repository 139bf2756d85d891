"""Bench: submitting a return of ten entries, durably, against its own statements run by the bare driver.

The statements of one pass are written down by an event of the engine. Then, in turn on two copies of the same record,
the use case submits a return, and the driver runs the very same statements with the same parameters in one transaction
with the same durability. Each pair gives a ratio, and who goes first changes from pair to pair, so that what else the
machine does falls on both; the median of the pairs is compared with the goal. Goals: the use case keeps at least 1/4 of
the driver's pace on SQLite and 1/2 on PostgreSQL.
"""

from __future__ import annotations

import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any

import psycopg
from sqlalchemy import Engine, event, select

from quarterday.db.engine import open_engine
from quarterday.db.models import Return
from quarterday.db.schema import upgrade
from quarterday.db.work import Actor, UnitOfWork
from quarterday.services.organisations import periods
from quarterday.services.organisations.people import add_user
from quarterday.services.returns.drafts import save_entry
from quarterday.services.returns.submissions import submit
from quarterday.testing.builders import OPERATOR, a_contract, a_supplier, an_authority, an_award
from quarterday.testing.clock import Clock
from quarterday.testing.postgres import running_cluster

RETURNS, WARMING_UP = 220, 20
GOALS = {"sqlite": 1 / 4, "postgresql": 1 / 2}
MAY = datetime(2026, 5, 20, 9, tzinfo=UTC)
TYPED = (
    {"ref": "JOBS", "people": "2", "full_time_share": "0.5", "months": "3", "is_local": "yes", "activity": "Hire 1"},
    {"ref": "WEEKS", "people": "2", "weeks": "6", "words": "Two apprentices, six weeks each."},
    {"ref": "HOURS", "hours": "2", "attendees": "8", "words": "A careers fair at the college."},
    {"ref": "GIFTS", "quantity": "250.10", "words": "Given to the food bank."},
    {"ref": "INVESTED", "quantity": "1000", "staff_hours": "3"},
)

Statement = tuple[str, Any, bool]
"""What went to the driver: the words, the parameters, and whether they were many rows of them."""


def lay_down(url: str) -> None:
    """A record with that many returns, each with ten entries to submit."""
    engine = open_engine(url)
    upgrade(engine)
    uow = UnitOfWork(engine, Clock(MAY))
    authority = an_authority(uow)
    for _ in range(RETURNS):
        lead = a_supplier(uow)
        an_award(uow, contract_id=a_contract(uow, authority_id=authority, supplier_id=lead))
    for one in periods.open_returns(uow, OPERATOR, authority_id=authority, on=date(2026, 5, 20)):
        for version in range(10):
            seen = {"return_id": one.return_id, "seen_version": version}
            save_entry(uow, OPERATOR, **seen, typed=TYPED[version % len(TYPED)])
    add_user(uow, OPERATOR, email="r@example.org", name="R. Porter", role="lead", authority_id=authority)
    engine.dispose()


def written_down(engine: Engine) -> list[list[Statement]]:
    """Submit every return, and write down what goes to the driver for each."""
    passed: list[list[Statement]] = []

    def note(connection: object, cursor: object, words: str, given: Any, context: object, many: bool) -> None:
        if not words.startswith("BEGIN"):
            passed[-1].append((words, given, many and isinstance(given, list)))  # rows in one INSERT aren't many

    ready = submitting(engine)
    event.listen(engine, "before_cursor_execute", note)
    for submit_one in ready:
        passed.append([])
        submit_one()
    event.remove(engine, "before_cursor_execute", note)
    return passed


def submitting(engine: Engine) -> Sequence[Callable[[], object]]:
    """The use case, once for each return."""
    uow = UnitOfWork(engine, Clock(MAY))
    with uow.read(OPERATOR) as work:
        ids = [row.id for row in work.all(select(Return.c.id).order_by(Return.c.id))]
    actor = Actor("user/1", user_id=1, is_operator=True)
    seen = {"seen_version": 10, "declared_as": "finance manager"}
    return [lambda return_id=return_id: submit(uow, actor, return_id=return_id, **seen) for return_id in ids]


def bare(url: str) -> tuple[Any, str]:
    """A connection of the driver alone, as durable as ours, and how it begins a transaction."""
    if url.startswith("postgresql"):
        return psycopg.connect(url, autocommit=True), "BEGIN"
    connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    return connection, "BEGIN IMMEDIATE"


def run_bare(connection: Any, begin: str, statements: Sequence[Statement]) -> None:
    """The statements of one return in one transaction, their rows fetched."""
    cursor = connection.cursor()
    cursor.execute(begin)
    for words, given, many in statements:
        if many:
            cursor.executemany(words, given)
        else:
            cursor.execute(words, given)
            if cursor.description:
                cursor.fetchall()
    cursor.execute("COMMIT")


def seconds(work: Callable[[], object]) -> float:
    before = time.perf_counter()
    work()
    return time.perf_counter() - before


def compare(database: str, urls: Sequence[str]) -> bool:
    """Print the ratio on one database, given by three copies of the same record; whether it keeps to the goal."""
    first, ours = (open_engine(url) for url in urls[:2])
    statements = written_down(first)
    connection, begin = bare(urls[2])
    pairs = []
    for number, (submit_one, passed) in enumerate(zip(submitting(ours), statements, strict=True)):
        sides = {"mine": submit_one, "theirs": lambda passed=passed: run_bare(connection, begin, passed)}
        took = {side: seconds(sides[side]) for side in sorted(sides, reverse=number % 2 == 1)}
        pairs.append((took["mine"], took["theirs"]))
    del pairs[:WARMING_UP]
    for opened in (first, ours):
        opened.dispose()
    connection.close()
    mine, theirs = (statistics.median(side) * 1000 for side in zip(*pairs, strict=True))
    low, found, high = statistics.quantiles([theirs / mine for mine, theirs in pairs], n=4)
    said = f"submitting ten entries on {database}, of the bare driver's pace"
    many = statistics.median(len(passed) for passed in statements)
    print(
        f"{said}: {found:.2f}, half of the pairs {low:.2f} to {high:.2f} "
        f"(goal >= {GOALS[database]:g}; {mine:.2f} ms / {theirs:.2f} ms, {many:g} statements)"
    )
    return found >= GOALS[database]


def main() -> int:
    """Print both ratios; 1 when one falls short of its goal."""
    with tempfile.TemporaryDirectory() as folder:
        lay_down(f"sqlite:///{folder}/0.db")
        copies = [shutil.copy(f"{folder}/0.db", f"{folder}/{number}.db") for number in (1, 2, 3)]
        kept = [compare("sqlite", [f"sqlite:///{copy}" for copy in copies])]
    with running_cluster(durable=True) as cluster:
        lay_down(cluster.create("laid_down"))
        kept.append(compare("postgresql", [cluster.create(f"copy_{n}", template="laid_down") for n in (1, 2, 3)]))
    return int(not all(kept))


if __name__ == "__main__":
    sys.exit(main())
