"""Bench: valuing a million entries against a bare loop that makes two ``Decimal``s of the same texts and multiplies.

Both run in this process, in turn, several times; the ratio printed is the median of the pairs. Goal: 10 at most.
"""

import random
import statistics
import sys
import time
from collections.abc import Callable
from decimal import Decimal

from quarterday.domain.exact import ratio
from quarterday.domain.valuation import Amount, total, value

ENTRIES, PAIRS, GOAL = 1_000_000, 5, 10.0


def texts() -> list[tuple[str, str]]:
    """Quantities as suppliers type them and unit values as councils load them, made up from a fixed seed."""
    made_up = random.Random(29)
    values = [f"{made_up.randrange(1, 40_000)}.{made_up.randrange(10**7):07}" for _ in range(80)]
    return [
        (f"{made_up.randrange(0, 5_000)}.{made_up.randrange(100):02}", made_up.choice(values)) for _ in range(ENTRIES)
    ]


def bare(entries: list[tuple[str, str]]) -> None:
    """The yardstick: two decimals from text, multiplied, kept."""
    [Decimal(quantity) * Decimal(unit_value) for quantity, unit_value in entries]


def valued(entries: list[tuple[str, str]]) -> None:
    """What a council's worth of entries goes through: exact numbers, this contract's share, one rounding, one total."""
    unit_values: dict[str, tuple[int, int]] = {}
    amounts = []
    for quantity, unit_value in entries:
        worth = unit_values.get(unit_value) or unit_values.setdefault(unit_value, ratio(unit_value))
        amounts.append(Amount(value(ratio(quantity), worth, (1, 1))))
    total(amounts)


def seconds(work: Callable[[list[tuple[str, str]]], None], entries: list[tuple[str, str]]) -> float:
    """How long one run takes."""
    before = time.perf_counter()
    work(entries)
    return time.perf_counter() - before


def main() -> int:
    """Print the ratio; 1 when it falls short of the goal."""
    entries = texts()
    pairs = [(seconds(valued, entries), seconds(bare, entries)) for _ in range(PAIRS)]
    found = statistics.median(ours / theirs for ours, theirs in pairs)
    ours, theirs = (statistics.median(side) for side in zip(*pairs, strict=True))
    print(f"valuing {ENTRIES:,} entries / bare decimals: {found:.2f} (goal <= {GOAL:g}; {ours:.2f} s / {theirs:.2f} s)")
    return int(found > GOAL)


if __name__ == "__main__":
    sys.exit(main())
