"""How much of a batch another one says already: the same period of the same feed, and equal payments in both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from quarterday_erp_import.ledger import batches
from quarterday_erp_import.ledger.batches import BatchRow
from quarterday_erp_import.ledger.files import LineFiles
from quarterday_erp_import.ledger.writing import Writing

_EQUAL = """
WITH one AS (SELECT document, amount, payee, count(*) AS times FROM read_parquet($one) GROUP BY ALL),
     other AS (SELECT document, amount, payee, count(*) AS times FROM read_parquet($other) GROUP BY ALL)
SELECT coalesce(sum(least(one.times, other.times)), 0)
FROM one JOIN other ON one.amount = other.amount AND one.payee = other.payee
                   AND one.document IS NOT DISTINCT FROM other.document
"""


@dataclass(frozen=True, slots=True)
class Overlap:
    """A batch of the feed, and what a new one shares with it."""

    batch: BatchRow
    equal: int
    """The lines that are in both with one document, amount and payee, each as often as it is in both."""
    same_months: bool
    """Whether both run from the same first to the same last month."""

    @property
    def looks_republished(self) -> bool:
        """Whether more than half of the older batch is there again."""
        return 2 * self.equal > self.batch.accepted


def overlaps(files: LineFiles, written: Writing, others: Sequence[BatchRow]) -> list[Overlap]:
    """What finished lines share with batches; those that share neither lines nor months are left out.

    Batches of other months aren't compared: rents and grants are alike in each.
    """
    near = [other for other in others if _may_share(written, other)]
    if not near:
        return []
    from quarterday_erp_import.ledger.engine import engine

    with engine() as connection:
        found = []
        for other, path in zip(near, batches.paths(files, near), strict=True):
            paths = {"one": str(written.path), "other": str(path)}
            (equal,) = connection.execute(_EQUAL, paths).fetchall()[0]
            found.append(Overlap(other, int(equal), written.months is not None and written.months == other.months))
    return [one for one in found if one.equal or one.same_months]


def _may_share(written: Writing, other: BatchRow) -> bool:
    mine, theirs = written.months, other.months
    return mine is None or theirs is None or (mine[0] <= theirs[1] and theirs[0] <= mine[1])
