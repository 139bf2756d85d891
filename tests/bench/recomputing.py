"""Bench: recomputing every valuation of a whole council against reading the same rows with the bare driver.

Both run in this process on one record, in turn; the ratio printed is the median of the pairs. Goal: 3 at most, on
SQLite and, where it is installed, on PostgreSQL. ``--full`` makes 1.6 million entries, which takes some minutes;
without it a tenth of that.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "record"))

from generator import FULL, Size, records
from sqlalchemy import Engine

from quarterday.db.work import Actor, UnitOfWork
from quarterday.services.figures.recomputing import AT_ONCE, recompute

PAIRS, GOAL = 3, 3.0
ROWS = (
    "SELECT r.id, r.pin_id, r.numerator, r.denominator, e.share_numerator, e.share_denominator, e.ref, e.value_day, "
    "e.industry, v.micropounds, v.is_complete FROM review r JOIN entry e ON e.id = r.entry_id "
    "LEFT JOIN valuation v ON v.review_id = r.id WHERE r.decision = 'accepted'"
)


def read(engine: Engine) -> None:
    """The yardstick: every row fetched from the driver, as many at once as recomputing does."""
    connection = engine.raw_connection()
    cursor = connection.cursor(name="rows") if engine.dialect.name == "postgresql" else connection.cursor()
    cursor.execute(ROWS)
    while cursor.fetchmany(AT_ONCE):
        pass
    connection.close()


def recomputed(engine: Engine) -> None:
    """Everything recomputed, and nothing different."""
    found = recompute(UnitOfWork(engine), Actor.operator("bench"))
    if found.differing or not found.checked:
        raise SystemExit(f"{len(found.differing)} of {found.checked} valuations differ: the generator or we are wrong.")


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
        pairs = [(seconds(recomputed, engine), seconds(read, engine)) for _ in range(PAIRS)]
        found = statistics.median(ours / theirs for ours, theirs in pairs)
        ours, theirs = (statistics.median(side) for side in zip(*pairs, strict=True))
        print(
            f"recomputing {size.entries:,} entries / reading them, {database}: {found:.2f} "
            f"(goal <= {GOAL:g}; {ours:.2f} s / {theirs:.2f} s)"
        )
        kept = kept and found <= GOAL
    return int(not kept)


if __name__ == "__main__":
    sys.exit(main())
