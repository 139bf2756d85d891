"""Bench: the delivery figures of a whole council against the bare SQL that adds up the same rows.

The bare SQL adds targets, claims and acceptances by measure, and knows nothing of newest rows, scopes, pins or stocks.
Both run in this process on one record, in turn; the ratio printed is the median of the pairs. Goal: 3 at most, on
SQLite and, where it is installed, on PostgreSQL. ``--full`` makes 20,000 contracts, 400,000 commitments and 1.6
million entries, which takes some minutes; without it a tenth of that.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "record"))

from generator import FULL, Size, records
from sqlalchemy import Engine, text

from quarterday.db.work import Actor, UnitOfWork
from quarterday.services.figures.as_at import Wanted
from quarterday.services.figures.delivery import delivery

PAIRS, GOAL = 3, 3.0
BARE = (
    "SELECT c.ref, t.denominator, SUM(t.numerator) FROM target t JOIN commitment c ON c.id = t.commitment_id "
    "GROUP BY c.ref, t.denominator",
    "SELECT ref, denominator, SUM(numerator) FROM entry GROUP BY ref, denominator",
    "SELECT e.ref, r.denominator, SUM(r.numerator), SUM(v.micropounds) FROM entry e JOIN review r ON r.entry_id = e.id "
    "JOIN valuation v ON v.review_id = r.id WHERE r.decision = 'accepted' GROUP BY e.ref, r.denominator",
)


def bare(engine: Engine) -> None:
    """The yardstick: three sums, each row of their answers fetched."""
    with engine.connect() as connection:
        for statement in BARE:
            connection.execute(text(statement)).fetchall()


def figures(engine: Engine) -> None:
    """The figures of every measure, as a report has them."""
    with UnitOfWork(engine).read(Actor.operator("bench")) as work:
        delivery(work, Wanted())


def seconds(work: Callable[[Engine], None], engine: Engine) -> float:
    """How long one run takes."""
    before = time.perf_counter()
    work(engine)
    return time.perf_counter() - before


def main() -> int:
    """Print the ratios; 1 when one misses the goal."""
    words = argparse.ArgumentParser()
    words.add_argument("--full", action="store_true")
    size = FULL if words.parse_args().full else Size(FULL.contracts // 10)
    kept = True
    for database, engine in records(size):
        seconds(figures, engine)
        pairs = [(seconds(figures, engine), seconds(bare, engine)) for _ in range(PAIRS)]
        found = statistics.median(ours / theirs for ours, theirs in pairs)
        ours, theirs = (statistics.median(side) for side in zip(*pairs, strict=True))
        print(
            f"delivery figures of {size.entries:,} entries / bare sums, {database}: {found:.2f} "
            f"(goal <= {GOAL:g}; {ours:.2f} s / {theirs:.2f} s)"
        )
        kept = kept and found <= GOAL
    return int(not kept)


if __name__ == "__main__":
    sys.exit(main())
