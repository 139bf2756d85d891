"""A return as the council checks it: each claim with how it was counted, what the rules ask, and what is due by now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from functools import cache
from itertools import groupby
from typing import Any

from sqlalchemy import Select, and_, bindparam, select

from quarterday.db.models import (
    Activity,
    Entry,
    Return,
    Review,
    Revision,
    Valuation,
    Words,
)
from quarterday.db.newest import newest, not_replaced
from quarterday.db.readings import kept
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.domain.catalogue import Measure
from quarterday.domain.counting.findings import Effect, Finding
from quarterday.domain.periods import Period as NamedPeriod
from quarterday.domain.permissions import Permission
from quarterday.domain.return_states import DECIDED
from quarterday.domain.valuation import Amount
from quarterday.domain.values import Shipped
from quarterday.errors import NotThere
from quarterday.services import scope, words
from quarterday.services.figures.heads import head, periods_before
from quarterday.services.figures.so_far import Quantities, so_far
from quarterday.services.figures.submitted import Entered, talk_of
from quarterday.services.returns.elsewhere import Elsewhere
from quarterday.services.returns.findings import judged
from quarterday.services.returns.nothing_done import nothing_done
from quarterday.services.returns.reported import Reported, reported
from quarterday.services.returns.submissions import Submitted


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked(Entered):
    """One entry that stands, as a reviewer sees it."""

    counted: Fraction
    """What the rules let count when it was submitted, before attribution."""
    findings: tuple[Finding, ...]
    """What the rules say of it, worked out again."""
    agrees: bool
    """Whether that is what was recorded when it was submitted."""
    is_plain: bool
    """Whether nothing is to ask: no rule asks, holds back or cuts anything, and nobody has decided."""
    elsewhere: Fraction
    """Which part of its activity is also claimed elsewhere for the same days, never where."""
    worth: Amount | None
    """For this contract; None unless accepted and valued."""

    @property
    def newest(self) -> int:
        """The id of the newest word on it, 0 for none: what a reviewer who saw this hands back."""
        return self.talk[-1].id if self.talk else 0

    @property
    def counts_for_nothing(self) -> bool:
        """Whether something is claimed and the rules let none of it count: there is nothing to accept as it is."""
        return bool(self.claimed) and not self.counted

    @property
    def is_waiting(self) -> bool:
        """Whether it waits for the council."""
        return not self.decision or self.is_answered


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One submission of the return."""

    reference: str
    at: datetime
    declared_as: str
    is_nothing_to_report: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ForReview:
    """A return with all that a reviewer needs to decide on it."""

    id: int
    contract_id: int
    contract: str
    """The reference by which its authority knows the contract today."""
    title: str
    supplier: str
    """The lead's name today; "" for a contract without one."""
    period: NamedPeriod
    due: date
    closes: date
    submissions: tuple[Received, ...]
    entries: tuple[Checked, ...]
    """Those that stand, in the catalogue's order."""
    quantities: Mapping[str, Quantities]
    """How each measure of the contract stands today, by ref."""
    promised: tuple[Measure, ...]
    """The measures that the contract promises something for, in the catalogue's order."""
    nothing_done: frozenset[str]
    """The refs of those of which the supplier says that nothing was done."""
    is_illustrative: bool
    """Whether its £ come from made-up values."""

    @property
    def plain(self) -> tuple[Checked, ...]:
        """The entries that can be accepted as they are, in one go."""
        return tuple(one for one in self.entries if one.is_plain)

    @property
    def by_measure(self) -> list[tuple[Measure, list[Checked]]]:
        """The entries by measure, in the catalogue's order."""
        return [(measure, list(entries)) for measure, entries in groupby(self.entries, lambda one: one.measure)]

    @property
    def silent(self) -> tuple[Measure, ...]:
        """The promised measures that a submitted return says nothing of."""
        said = {one.measure.ref for one in self.entries}
        return tuple(one for one in self.promised if self.submissions and one.ref not in said)

    def entry(self, entry_id: int) -> Checked:
        """One entry; raises :class:`NotThere` where there is none of that id that still stands."""
        for one in self.entries:
            if one.id == entry_id:
                return one
        raise NotThere("There is no such entry in this return: it was replaced, or never part of it.")


def for_review(uow: UnitOfWork, actor: Actor, *, return_id: int) -> ForReview:
    """The return of that id as its council checks it.

    Raises :class:`~quarterday.errors.Refused` where there is none in the actor's scope, and for a supplier.
    """
    with uow.read(actor) as work:
        return kept(_for_review, work, return_id)


def _for_review(work: Work, return_id: int) -> ForReview:
    scope.needs(work, Permission.SEE_FIGURES)
    found = reported(work, return_id)
    above, past = head(work, return_id), periods_before(work, found)
    quantities = so_far(work, found, past)
    return ForReview(
        id=return_id,
        contract_id=found.contract_id,
        contract=above.contract,
        title=above.title,
        supplier=above.supplier,
        period=found.period,
        due=above.due,
        closes=found.closes,
        submissions=tuple(_received(work, return_id)) if found.revisions else (),
        entries=tuple(_entries(work, found)) if found.revisions else (),
        quantities=quantities,
        promised=tuple(one for one in found.edition.measures if one.ref in quantities and quantities[one.ref].promised),
        nothing_done=nothing_done(work, return_id) if found.revisions else frozenset(),
        is_illustrative=bool(found.values and found.values.shipped is Shipped.ILLUSTRATIVE),
    )


def _received(work: Work, return_id: int) -> list[Received]:
    rows = work.all(select(Revision).where(Revision.c.return_id == return_id).order_by(Revision.c.number))
    return [
        Received(
            reference=Submitted(row.id, row.number, row.digest).reference,
            at=row.recorded_at,
            declared_as=row.declared_as,
            is_nothing_to_report=row.is_nothing_to_report,
        )
        for row in rows
    ]


def _entries(work: Work, found: Reported) -> list[Checked]:
    rows = work.all(_standing(), return_id=found.id)
    said = talk_of(work, found.id)
    findings = judged(work, select(Return.c.id).where(Return.c.id == found.id))
    elsewhere = Elsewhere(work, found.id, (row.activity_id for row in rows if row.activity_id is not None))
    places = {measure.ref: place for place, measure in enumerate(found.edition.measures)}
    checked = []
    for row in sorted(rows, key=lambda row: (places[row.ref], row.id)):
        parts = (
            elsewhere.parts(row.activity_id, row.ref, row.first, row.last, row.typed)
            if row.activity_id is not None
            else []
        )
        talk = tuple(said.get(row.id, ()))
        is_plain = row.findings["standing"] == Effect.NOTE and not any(one.decision in DECIDED for one in talk)
        checked.append(
            Checked(
                id=row.id,
                measure=found.edition.measures[places[row.ref]],
                typed={**row.typed, **words.fields_of(row.text), "ref": row.ref, "activity": row.label or ""},
                first=row.first,
                last=row.last,
                is_late=row.is_late,
                claimed=Fraction(row.numerator, row.denominator),
                counted=Fraction(row.findings["counted"]),
                share=Fraction(row.share_numerator, row.share_denominator),
                findings=findings[row.id].findings,
                agrees=findings[row.id].agrees,
                is_plain=is_plain,
                elsewhere=sum(parts, Fraction(0)),
                talk=talk,
                worth=_worth(row),
            )
        )
    return checked


def _worth(row: Any) -> Amount | None:
    if row.micropounds is None:
        return None
    return Amount(row.micropounds, row.is_complete, (row.reason,) if row.reason else ())


@cache
def _standing() -> Select[*tuple[Any, ...]]:
    """The entries of a return that nothing replaced, with the valuation of those that are accepted."""
    accepted = and_(Review.c.entry_id == Entry.c.id, Review.c.decision == "accepted", newest(Review, Review.c.entry_id))
    query: Any = (
        select(
            Entry,
            Activity.c.label,
            Words.c.text,
            Valuation.c.micropounds,
            Valuation.c.is_complete,
            Valuation.c.reason,
        )
        .outerjoin(Activity, Activity.c.id == Entry.c.activity_id)
        .outerjoin(Words, Words.c.id == Entry.c.words_id)
        .outerjoin(Review, accepted)
        .outerjoin(Valuation, Valuation.c.review_id == Review.c.id)
        .where(
            Entry.c.return_id == bindparam("return_id"),
            not_replaced(),
        )
    )
    return query  # type: ignore[no-any-return]
