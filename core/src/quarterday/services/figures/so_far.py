"""One contract's quantities by measure, read with few statements made beforehand: for the pages suppliers fill in.

They are those of :func:`quarterday.services.figures.delivery.delivery` for the contract, without £; a test holds the
two equal. That one adds up a whole authority in the database, this one a form in a few milliseconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from typing import Any

from sqlalchemy import Select, and_, bindparam, case, select

from quarterday.db.models import Commitment, Entry, OpeningBalance, Review, Target
from quarterday.db.newest import newest, not_replaced
from quarterday.db.work import Work
from quarterday.domain.delivery import takes_its_place
from quarterday.domain.periods import Period as NamedPeriod
from quarterday.domain.units import Runs
from quarterday.services.figures.as_at import IS_WEAK
from quarterday.services.returns.reported import Reported


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantities:
    """How one measure of a contract stands today, in its unit; None where nothing was said."""

    promised: Fraction | None = None
    """For the contract's whole life."""
    due: Fraction | None = None
    """Promised for the periods that ended before today."""
    in_period: Fraction | None = None
    """Promised for the return's own period."""
    opening: Fraction | None = None
    """Delivered before the record began; never part of what was accepted."""
    accepted: Fraction | None = None
    before_claimed: Fraction | None = None
    before_accepted: Fraction | None = None
    """What the period before this one came to."""


@dataclass(slots=True)
class _Found:
    """The stages of one measure being added up."""

    runs: Runs
    stages: dict[str, Fraction] = field(default_factory=dict)

    def add(self, stage: str, quantity: Fraction) -> None:
        """One figure, said later than those before it."""
        before = self.stages.get(stage)
        if before is None:
            self.stages[stage] = quantity
        elif self.runs is Runs.FLOW:
            self.stages[stage] = before + quantity
        elif takes_its_place(self.runs, before):
            self.stages[stage] = quantity


def so_far(
    work: Work, found: Reported, past: Sequence[tuple[int, NamedPeriod]], *, ref: str | None = None
) -> Mapping[str, Quantities]:
    """The quantities of the measures of a return's contract, or of one of them, by ref: a step, for a return in scope.

    ``past`` are the periods before the return's own, the newest first.
    """
    runs = {measure.ref: measure.over_time for measure in found.edition.measures}
    period, before = found.period, past[0][1] if past else None
    adding: dict[str, _Found] = {}

    def add(of: str, stage: str, over: int, under: int) -> None:
        if of not in adding:
            adding[of] = _Found(runs[of])
        adding[of].add(stage, Fraction(over, under))

    given = {"contract_id": found.contract_id} | ({} if ref is None else {"ref": ref})
    one = ref is not None
    for row in work.all(_targets(one), **given):
        add(row.ref, "promised", row.numerator, row.denominator)
        if row.last < work.today:
            add(row.ref, "due", row.numerator, row.denominator)
        if row.first <= period.last and row.last >= period.first:
            add(row.ref, "in_period", row.numerator, row.denominator)
    for row in work.all(_claims(one), **given):
        is_before = before is not None and before.first <= row.first and row.last <= before.last
        if is_before:
            over, under = row.numerator * row.share_numerator, row.denominator * row.share_denominator
            add(row.ref, "before_claimed", over, under)
        if row.accepted or (row.accepted is not None and not (row.weak and runs[row.ref] is not Runs.FLOW)):
            over, under = row.accepted * row.share_numerator, row.accepted_under * row.share_denominator
            add(row.ref, "accepted", over, under)
            if is_before:
                add(row.ref, "before_accepted", over, under)
    for row in work.all(_openings(one), **given, today=work.today):
        add(row.ref, "opening", row.numerator, row.denominator)
    return {of: Quantities(**measured.stages) for of, measured in adding.items()}


@cache
def _targets(one: bool) -> Select[*tuple[Any, ...]]:
    query: Any = (
        select(Commitment.c.ref, Target.c.first, Target.c.last, Target.c.numerator, Target.c.denominator)
        .join(Target, Target.c.commitment_id == Commitment.c.id)
        .where(
            Commitment.c.contract_id == bindparam("contract_id"), newest(Target, Target.c.commitment_id, Target.c.first)
        )
        .order_by(Target.c.last)
    )
    return query.where(Commitment.c.ref == bindparam("ref")) if one else query  # type: ignore[no-any-return]


@cache
def _claims(one: bool) -> Select[*tuple[Any, ...]]:
    """Entries that nothing replaced, in the order in which they are said; see :func:`as_at.claims`."""
    accepted = and_(Review.c.entry_id == Entry.c.id, Review.c.decision == "accepted", newest(Review, Review.c.entry_id))
    query: Any = (
        select(
            Entry.c.ref,
            Entry.c.first,
            Entry.c.last,
            Entry.c.numerator,
            Entry.c.denominator,
            Entry.c.share_numerator,
            Entry.c.share_denominator,
            IS_WEAK.label("weak"),
            Review.c.numerator.label("accepted"),
            Review.c.denominator.label("accepted_under"),
        )
        .select_from(Entry)
        .outerjoin(Review, accepted)
        .where(
            Entry.c.contract_id == bindparam("contract_id"),
            not_replaced(),
        )
        .order_by(Entry.c.last, case((IS_WEAK, 0), else_=1), Entry.c.value_day, Entry.c.id)
    )
    return query.where(Entry.c.ref == bindparam("ref")) if one else query  # type: ignore[no-any-return]


@cache
def _openings(one: bool) -> Select[*tuple[Any, ...]]:
    """For a measure the last day's balance by today, in its newest row."""
    newer = OpeningBalance.alias()
    ahead = (newer.c.as_of > OpeningBalance.c.as_of) | (
        (newer.c.as_of == OpeningBalance.c.as_of) & (newer.c.id > OpeningBalance.c.id)
    )
    rival = select(newer.c.id).where(
        newer.c.contract_id == OpeningBalance.c.contract_id,
        newer.c.ref == OpeningBalance.c.ref,
        newer.c.as_of <= bindparam("today"),
        ahead,
    )
    query: Any = select(OpeningBalance.c.ref, OpeningBalance.c.numerator, OpeningBalance.c.denominator).where(
        OpeningBalance.c.contract_id == bindparam("contract_id"),
        OpeningBalance.c.as_of <= bindparam("today"),
        ~rival.exists(),
    )
    return query.where(OpeningBalance.c.ref == bindparam("ref")) if one else query  # type: ignore[no-any-return]
