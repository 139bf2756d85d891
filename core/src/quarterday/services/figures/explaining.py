"""From an accepted figure to its leaves: entry, activity, rules, unit value, reviewer; they add to it exactly."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import Select, case, select

from quarterday.db.models import Activity, Contract, Entry, Review, User, Valuation
from quarterday.db.work import Actor, UnitOfWork, Work, day_of
from quarterday.domain.catalogue import Kind, LocalArea, Measure
from quarterday.domain.counting.findings import Finding
from quarterday.domain.delivery import Stage, rests_on_local, takes_its_place
from quarterday.domain.locality import meaning
from quarterday.domain.nearest import did_you_mean
from quarterday.domain.sentences import said
from quarterday.domain.units import Runs
from quarterday.domain.valuation import Amount, find_unit_value, total
from quarterday.domain.values import UnitValue, ValueSet
from quarterday.errors import NotThere, Refused
from quarterday.services import scope
from quarterday.services.figures import as_at
from quarterday.services.figures.as_at import Wanted
from quarterday.services.measures.pins import Pin, pins
from quarterday.services.organisations import people
from quarterday.services.returns.findings import Judged, judged
from quarterday.services.scope import ContractRow

AT_ONCE = 5_000
"""How many entries one statement asks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What somebody said of an entry, and when."""

    decision: str
    quantity: Fraction
    """Accepted, in the measure's unit, before attribution; 0 unless accepted."""
    actor: str
    """``user/12``, ``cli``, ``portal``; never a name."""
    by: str
    """The person's name, for the council alone; "" where it came by another door."""
    role: str
    """What they were to the contract's authority on that day; "" where they had no role there."""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One entry behind a figure, with everything that makes its worth."""

    entry_id: int
    return_id: int
    contract_id: int
    contract: str
    """The reference by which its authority knows the contract."""
    first: date
    last: date
    is_late: bool
    activity: str
    typed: Mapping[str, str]
    """As the supplier typed it, without the words."""
    claimed: Fraction
    """In the measure's unit, before attribution."""
    share: Fraction
    findings: tuple[Finding, ...]
    """What the edition's rules make of it, worked out again."""
    agrees: bool
    """Whether that is what was recorded when it was submitted; not where words that a rule asks for were erased."""
    decisions: tuple[Decision, ...]
    """The newest last; the last one counts."""
    values: ValueSet | None
    unit_value: UnitValue | None
    """What one unit is worth on its day; None where nobody can say, and for what never adds money."""
    value_day: date
    quantity: Fraction
    """Of the figure, in the measure's unit, after attribution; 0 where it adds nothing."""
    worth: Amount
    """Of the figure; the leaves' worths add to the figure's."""
    why_not: str
    """Why it adds nothing; "" where it does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """A figure of one measure, and its leaves by contract, period and entry."""

    measure: Measure
    edition: str
    edition_title: str
    local: LocalArea | None
    accepted: Stage
    leaves: tuple[Leaf, ...]


def explain(
    uow: UnitOfWork,
    actor: Actor,
    *,
    ref: str,
    wanted: Wanted,
    return_id: int | None = None,
    entry_id: int | None = None,
) -> list[Explained]:
    """The accepted figure of a measure and what it is made of: one for each edition and definition of “local”.

    ``ref`` is the measure's ref, or the council's own code. With ``return_id`` or ``entry_id`` the figure is that
    return's or that entry's alone. Entries that add nothing are among the leaves, with the reason. Raises
    :class:`Refused` where no contract in view is measured by such a measure, or none of it is claimed.
    """
    with uow.read(actor) as work:
        return _Explaining(work, wanted, return_id, entry_id).explained(ref)


def explain_entry(uow: UnitOfWork, actor: Actor, *, entry_id: int) -> Explained:
    """What one entry adds to its contract's figure, and why.

    Raises :class:`Refused` where there is none in the actor's scope, and for one that was replaced.
    """
    with uow.read(actor) as work:
        entry = work.one(
            select(Entry.c.ref, Entry.c.contract_id)
            .join(Contract, Contract.c.id == Entry.c.contract_id)
            .where(Entry.c.id == entry_id, scope.visible(work))
        )
        if entry is None:
            raise NotThere("There is no such entry.")
        (found,) = _Explaining(work, Wanted(contract_id=entry.contract_id), None, entry_id).explained(entry.ref)
        return found


class _Explaining:
    """One explanation: what it asks of the record."""

    def __init__(self, work: Work, wanted: Wanted, return_id: int | None, entry_id: int | None) -> None:
        self._work, self._wanted = work, wanted
        self._measured = as_at.contracts(work, wanted)
        self._only = [
            column == value
            for column, value in ((Entry.c.return_id, return_id), (Entry.c.id, entry_id))
            if value is not None
        ]
        self._roles: dict[tuple[int, int, date], str] = {}
        self._references = {one.id: one for one in scope.contracts(work)}

    def explained(self, ref: str) -> list[Explained]:
        """The figures of that measure, or of the council's own code for it."""
        ids = self._work.connection.execute(select(self._measured.c.pin_id).distinct()).scalars()
        known = pins(self._work, list(ids))
        meant = {pin_id: measure.ref for pin_id, pin in known.items() if (measure := pin.edition.measure(ref))}
        if not meant:
            refs = sorted({one for pin in known.values() for one in pin.places})
            raise Refused(
                "No contract in view is measured by “{ref}”; {hint}",
                ref=ref[:40],
                hint=did_you_mean(ref, refs),
            )
        figures: dict[tuple[int, object], list[tuple[Pin, Any]]] = defaultdict(list)
        for row in self._rows(sorted(set(meant.values()))):
            if meant.get(row.pin_id) == row.ref:
                pin = known[row.pin_id]
                local = meaning(pin.local) if rests_on_local(pin.edition, pin.measure(row.ref)) else None
                figures[pin.edition_id, local].append((pin, row))
        if not figures:
            raise Refused("Nothing of {ref} is claimed in view, so there is no figure to explain.", ref=ref[:40])
        findings = judged(self._work, self._returns(sorted(set(meant.values()))))
        said = self._decisions([row.id for rows in figures.values() for _, row in rows])
        return [self._explained(rows, findings, said) for rows in figures.values()]

    def _explained(
        self, rows: Sequence[tuple[Pin, Any]], findings: Mapping[int, Judged], said: Mapping[int, list[Decision]]
    ) -> Explained:
        pin, first = rows[0]
        measure = pin.measure(first.ref)
        stand = _standing(measure, [row for _, row in rows])
        leaves = [_leaf(pin, row, stand, findings[row.id], said.get(row.id, []), self._references) for pin, row in rows]
        counting = [leaf for leaf in leaves if not leaf.why_not]
        quantity = sum((leaf.quantity for leaf in counting), Fraction(0))
        is_rate = measure.over_time is Runs.RATE and len(counting) > 1
        return Explained(
            measure=measure,
            edition=pin.edition.key,
            edition_title=pin.edition.title,
            local=pin.local if rests_on_local(pin.edition, measure) else None,
            accepted=Stage(quantity=None if is_rate else quantity, worth=total(leaf.worth for leaf in counting)),
            leaves=tuple(sorted(leaves, key=lambda leaf: (leaf.contract_id, leaf.first, leaf.entry_id))),
        )

    def _rows(self, refs: Sequence[str]) -> list[Any]:
        """The entries that stand, in the order in which they were said, with what was accepted and its valuation."""
        joined, counts = as_at.claims(self._measured, self._wanted)
        return self._work.all(
            select(
                Entry,
                self._measured.c.pin_id,
                Activity.c.label,
                Review.c.id.label("review_id"),
                Review.c.numerator.label("accepted"),
                Review.c.denominator.label("accepted_under"),
                Valuation.c.micropounds,
                Valuation.c.is_complete,
                Valuation.c.reason,
            )
            .select_from(joined.outerjoin(Activity, Activity.c.id == Entry.c.activity_id))
            .where(counts, Entry.c.ref.in_(refs), *self._only)
            .order_by(Entry.c.last, case((as_at.IS_WEAK, 0), else_=1), Entry.c.value_day, Entry.c.id)
        )

    def _returns(self, refs: Sequence[str]) -> Select[int]:
        joined, counts = as_at.entries(self._measured, self._wanted)
        return select(Entry.c.return_id).select_from(joined).where(counts, Entry.c.ref.in_(refs), *self._only)

    def _decisions(self, entries: Sequence[int]) -> dict[int, list[Decision]]:
        """Everything said of each entry by then, in order."""
        found: dict[int, list[Decision]] = defaultdict(list)
        known = () if self._wanted.at is None else (Review.c.recorded_at <= self._wanted.at,)
        for batch in (entries[at : at + AT_ONCE] for at in range(0, len(entries), AT_ONCE)):
            for row in self._work.all(
                select(Review, Entry.c.contract_id, User.c.name)
                .join(Entry, Entry.c.id == Review.c.entry_id)
                .outerjoin(User, User.c.id == Review.c.by_user_id)
                .where(Review.c.entry_id.in_(batch), *known)
                .order_by(Review.c.id)
            ):
                found[row.entry_id].append(
                    Decision(
                        decision=row.decision,
                        quantity=Fraction(row.numerator, row.denominator),
                        actor=row.actor,
                        by=row.name or "" if self._work.actor.supplier_id is None else "",
                        role=self._role(row.by_user_id, row.contract_id, day_of(row.recorded_at)),
                        at=row.recorded_at,
                    )
                )
        return found

    def _role(self, user_id: int | None, contract_id: int, day: date) -> str:
        """What somebody was to the contract's authority on a day."""
        if user_id is None:
            return ""
        key = user_id, scope.authority_of(self._work, contract_id, day), day
        if key not in self._roles:
            self._roles[key] = people.role_of(self._work, user_id, authority_id=key[1], day=day)
        return self._roles[key]


def _standing(measure: Measure, rows: Sequence[Any]) -> set[int]:
    """The accepted entries that count: all of a flow, of anything else the one that stands for each contract."""
    accepted = [row for row in rows if row.review_id is not None]
    if measure.over_time is Runs.FLOW:
        return {row.id for row in accepted}
    stand: dict[int, Any] = {}
    for row in accepted:
        if not row.accepted and row.findings["standing"] in as_at.WEAK:
            continue
        before = stand.get(row.contract_id)
        if before is None or takes_its_place(measure.over_time, before.accepted):
            stand[row.contract_id] = row
    return {row.id for row in stand.values()}


def _leaf(
    pin: Pin,
    row: Any,
    stand: set[int],
    found: Judged,
    decided: Sequence[Decision],
    contracts: Mapping[int, ContractRow],
) -> Leaf:
    share = Fraction(row.share_numerator, row.share_denominator)
    counts = row.id in stand
    measure = pin.measure(row.ref)
    unit_value = None
    if measure.kind is Kind.MONETISED:
        unit_value, _ = find_unit_value(
            measure, pin.edition.key, pin.values, local=pin.local, day=row.value_day, industry=row.industry
        )
    return Leaf(
        entry_id=row.id,
        return_id=row.return_id,
        contract_id=row.contract_id,
        contract=contracts[row.contract_id].reference,
        first=row.first,
        last=row.last,
        is_late=row.is_late,
        activity=row.label or "",
        typed=row.typed,
        claimed=Fraction(row.numerator, row.denominator),
        share=share,
        findings=found.findings,
        agrees=found.agrees,
        decisions=tuple(decided),
        values=pin.values,
        unit_value=unit_value,
        value_day=row.value_day,
        quantity=Fraction(row.accepted, row.accepted_under) * share if counts else Fraction(0),
        worth=_worth(row) if counts else Amount(0),
        why_not="" if counts else _why_not(row, decided),
    )


def _worth(row: Any) -> Amount:
    if row.micropounds is None:
        return Amount(0, False, (as_at.not_valued(row.ref),))
    return Amount(row.micropounds, row.is_complete, (row.reason,) if row.reason else ())


def _why_not(row: Any, decided: Sequence[Decision]) -> str:
    if row.review_id is None:
        newest = decided[-1].decision if decided else ""
        return {
            "": said("Nobody has decided on it yet."),
            "queried": said("It is queried, and waits for the supplier."),
            "answered": said("The query on it is answered, and waits for the council."),
            "rejected": said("It is rejected."),
        }[newest]
    return said("It is accepted, and another figure of this contract stands: such figures are never added up.")
