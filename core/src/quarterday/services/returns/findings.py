"""What the counting rules make of submitted entries, worked out again from the pinned edition and the claims."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, select

from quarterday.db.models import Activity, Entry, Period, Words
from quarterday.db.work import Work
from quarterday.domain.claims import Claim
from quarterday.domain.counting.findings import Finding
from quarterday.domain.exact import exact_text
from quarterday.domain.periods import Period as NamedPeriod
from quarterday.domain.statement import CountedClaim, state
from quarterday.domain.typed import read_claim
from quarterday.postcodes import areas_under
from quarterday.services import words
from quarterday.services.returns.reported import reported, terms


@dataclass(frozen=True, slots=True)
class Judged:
    """The rules' findings on one entry, and whether they are what was recorded when it was submitted."""

    findings: tuple[Finding, ...]
    agrees: bool


def judged(work: Work, of: Select[int]) -> dict[int, Judged]:
    """The findings on the entries of the returns that ``of`` selects, by entry.

    What was submitted together for one period is judged together, as it was then: some rules look across claims.
    Sentences name an entry by its id where they named a line.
    """
    together: dict[tuple[int, datetime, date, date], list[Any]] = defaultdict(list)
    for row in work.all(_entries(of)):
        together[row.return_id, row.recorded_at, row.first, row.last].append(row)
    found: dict[int, Judged] = {}
    for (return_id, _, first, last), rows in together.items():
        measured_by = reported(work, return_id)
        claims = [read_claim(row.id, _typed(row), measured_by.edition) for row in rows]
        read = [claim for claim in claims if isinstance(claim, Claim)]
        period = NamedPeriod(rows[0].period or f"{first} to {last}", first, last)
        on = terms(measured_by, areas_under({claim.part_postcode for claim in read}), period)
        counted = {one.claim.line: one for line in state(read, on).lines for one in line.claims}
        found |= {row.id: _judged(row, counted.get(row.id)) for row in rows}
    return found


def _judged(row: Any, counted: CountedClaim | None) -> Judged:
    if counted is None:  # its words were the answer, and were erased
        return Judged((), False)
    again = {
        "standing": str(counted.standing),
        "counted": exact_text(counted.quantity),
        "rules": [[finding.rule, str(finding.effect)] for finding in counted.findings],
    }
    return Judged(counted.findings, again == row.findings)


def _typed(row: Any) -> dict[str, str]:
    return {**row.typed, **words.fields_of(row.text), "ref": row.ref, "activity": row.label or ""}


def _entries(of: Select[int]) -> Any:
    named = (
        select(Period.c.name)
        .where(Period.c.first == Entry.c.first, Period.c.last == Entry.c.last)
        .order_by(Period.c.id)
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(
            Entry.c.id,
            Entry.c.return_id,
            Entry.c.recorded_at,
            Entry.c.first,
            Entry.c.last,
            Entry.c.ref,
            Entry.c.typed,
            Entry.c.findings,
            Activity.c.label,
            Words.c.text,
            named.label("period"),
        )
        .outerjoin(Activity, Activity.c.id == Entry.c.activity_id)
        .outerjoin(Words, Words.c.id == Entry.c.words_id)
        .where(Entry.c.return_id.in_(of))
        .order_by(Entry.c.id)
    )
