"""Which parts of an activity other returns claim for the same days: how much, and never where (DESIGN 4.8)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction

from sqlalchemy import bindparam, select

from quarterday.db.models import Entry
from quarterday.db.newest import not_replaced
from quarterday.db.work import Work
from quarterday.domain.cells import day
from quarterday.services.returns.reviews import decisions

_CLAIMED = select(
    Entry.c.id,
    Entry.c.activity_id,
    Entry.c.ref,
    Entry.c.first,
    Entry.c.last,
    Entry.c.typed,
    Entry.c.share_numerator,
    Entry.c.share_denominator,
).where(
    Entry.c.activity_id.in_(bindparam("activities", expanding=True)),
    Entry.c.return_id != bindparam("of"),
    not_replaced(),
)


class Elsewhere:
    """What other returns than one claim of some activities; what was rejected isn't claimed."""

    def __init__(self, work: Work, return_id: int, activities: Iterable[int]) -> None:
        wanted = sorted(set(activities))
        rows = work.all(_CLAIMED, activities=wanted, of=return_id) if wanted else []
        standing = decisions(work, [row.id for row in rows])
        self._parts: dict[tuple[int, str], list[tuple[date, date, Fraction]]] = defaultdict(list)
        for row in rows:
            if standing.get(row.id) != "rejected":
                part = Fraction(row.share_numerator, row.share_denominator)
                self._parts[row.activity_id, row.ref].append((*_span(row.first, row.last, row.typed), part))

    def parts(self, activity_id: int, ref: str, first: date, last: date, typed: Mapping[str, str]) -> list[Fraction]:
        """The shares that others claim of an activity under a measure, for the days on which it went on in a period."""
        first, last = _span(first, last, typed)
        claimed = self._parts.get((activity_id, ref), ())
        return [part for one, other, part in claimed if one <= last and other >= first]


def _span(first: date, last: date, typed: Mapping[str, str]) -> tuple[date, date]:
    """The days of a period in which an activity went on, by the dates that were typed; the whole where none were."""
    started, ended = (day(typed[field]) if typed.get(field) else None for field in ("started", "ended"))
    return max(first, started or first), min(last, ended or last)
