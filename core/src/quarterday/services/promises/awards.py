"""Award and variation: what a contract promises, by measure and period, and by which edition and values it is measured.

The edition, the value set and the local area are pinned when the commitments are made, and stay whatever becomes of
the plugin that brought them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from itertools import islice

from sqlalchemy import func, select
from sqlalchemy.engine import Row

from quarterday.db.models import Authority, Commitment, ContractPin, Target, Variation
from quarterday.db.newest import newest
from quarterday.db.work import Actor, UnitOfWork, Work, day_of
from quarterday.domain.catalogue import Catalogue
from quarterday.domain.exact import exact_text
from quarterday.domain.nearest import did_you_mean
from quarterday.domain.periods import Period, Rhythm, periods
from quarterday.domain.permissions import Permission
from quarterday.domain.promises import NotAPromise, Promise, promised, spread
from quarterday.domain.sentences import said
from quarterday.domain.units import Runs
from quarterday.domain.values import ValueSet
from quarterday.errors import BadRecord, Refused
from quarterday.services import scope, words
from quarterday.services.measures import snapshots
from quarterday.services.organisations import local_areas
from quarterday.services.scope import ContractRow

MOST_PERIODS = 600
"""Fifty years of months."""
MOST_SHOWN = 20


class WrongPromises(Refused):
    """Some promises have to be put right, and nothing was recorded; ``problems`` names each by its ref as typed."""

    def __init__(self, problems: Sequence[BadRecord]) -> None:
        shown = [f"{problem.key}: {problem.why}" for problem in problems[:MOST_SHOWN]]
        more = [said("… and {number} more.", number=len(problems) - MOST_SHOWN)] if len(problems) > MOST_SHOWN else []
        super().__init__("\n".join([*shown, *more]))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Committed:
    """A commitment as it stood: what is promised by each period, in the measure's unit."""

    id: int
    ref: str
    targets: Mapping[tuple[date, date], Fraction]
    """First and last day of the period → quantity, in order."""


def award(
    uow: UnitOfWork,
    actor: Actor,
    *,
    contract_id: int,
    edition: Catalogue,
    promises: Mapping[str, Promise],
    value_set: ValueSet | None = None,
    local_area_id: int | None = None,
) -> int:
    """Turn an offer into commitments, in one step; returns the id of the pin.

    ``promises`` is ref (or the council's own code) → promise. Edition, value set and local area are pinned with it;
    without a value set figures are quantities. Raises :class:`WrongPromises` with every promise to put right, and
    :class:`Refused` where the contract has commitments already, or the edition, values or area can't be used for it.
    """
    with uow.begin(actor) as work:
        scope.needs(work, Permission.KEEP_CONTRACTS)
        return put_award(
            work,
            contract_id=contract_id,
            edition=edition,
            promises=promises,
            value_set=value_set,
            local_area_id=local_area_id,
        )


def put_award(
    work: Work,
    *,
    contract_id: int,
    edition: Catalogue,
    promises: Mapping[str, Promise],
    value_set: ValueSet | None,
    local_area_id: int | None,
) -> int:
    """The step that turns an offer into commitments; raises as :func:`award`, having added nothing."""
    contract = scope.contract(work, contract_id, lock=True)
    if work.one(select(ContractPin.c.id).where(ContractPin.c.contract_id == contract_id)):
        raise Refused("This contract has its commitments already; to change them, vary them.")
    must_measure(edition, value_set)
    if local_area_id is not None:
        local_areas.must_be_of(work, local_area_id, contract.authority_id)
    plan = _plan(promises, edition, _periods(work, contract, work.now), contract)
    pin = {
        "edition_id": snapshots.keep_edition(work, edition),
        "value_set_id": snapshots.keep_value_set(work, value_set, contract.authority_id)[0] if value_set else None,
        "local_area_id": local_area_id,
    }
    pin_id = work.add(ContractPin, contract_id=contract_id, **pin)
    for ref, quantities in plan.items():
        _put_targets(work, work.add(Commitment, contract_id=contract_id, ref=ref), quantities, None)
    work.audit(contract.authority_id, "contract.awarded", f"contract/{contract_id}", pin=pin_id, **pin, refs=list(plan))
    return pin_id


def is_promised(work: Work, contract: ContractRow, promises: Mapping[str, Promise]) -> bool:
    """Whether these promises, and no others, are what a contract in scope has by now; raises :class:`WrongPromises`."""
    pin = _pin(work, contract.id)
    if pin is None:
        return False
    plan = _plan(promises, snapshots.edition(work, pin.edition_id), _periods(work, contract, pin.awarded), contract)
    wanted = {
        ref: {(period.first, period.last): quantity for period, quantity in quantities.items()}
        for ref, quantities in plan.items()
    }
    return wanted == {one.ref: dict(one.targets) for one in committed(work, contract.id)}


def vary(
    uow: UnitOfWork,
    actor: Actor,
    *,
    contract_id: int,
    promises: Mapping[str, Promise],
    reason: str,
    since: date | None = None,
) -> int:
    """Change what a contract promises; returns the variation's id. The old targets stay, and count as at before.

    Each promise is the new one for the whole contract. With ``since`` the periods that ended before that day keep
    their targets, and only the rest is spread over the others. A measure not promised before is added. Raises
    :class:`WrongPromises`, and :class:`Refused` where there are no commitments yet or no reason is given.
    """
    with uow.begin(actor) as work:
        scope.needs(work, Permission.KEEP_CONTRACTS)
        contract = scope.contract(work, contract_id, lock=True)
        pin = _pin(work, contract_id)
        if pin is None:
            raise Refused("This contract has no commitments yet; award them first.")
        before = {one.ref: one for one in committed(work, contract_id)}
        words_id = words.keep(work, reason)
        if words_id is None:
            raise Refused("Say why the commitments change; the reason is kept with the change.")
        plan = _plan(
            promises,
            snapshots.edition(work, pin.edition_id),
            _periods(work, contract, pin.awarded),
            contract,
            since=since,
            before=before,
        )
        variation_id = work.add(Variation, contract_id=contract_id, words_id=words_id, by_user_id=actor.user_id)
        for ref, quantities in plan.items():
            commitment_id = before[ref].id if ref in before else work.add(Commitment, contract_id=contract_id, ref=ref)
            _put_targets(work, commitment_id, quantities, variation_id)
        work.audit(
            contract.authority_id,
            "contract.varied",
            f"contract/{contract_id}",
            variation=variation_id,
            refs=list(plan),
            since=since.isoformat() if since else None,
        )
        return variation_id


def fit_to_end(work: Work, contract: ContractRow, words_id: int) -> int | None:
    """The step that varies commitments to another end, which ``contract`` has; returns the variation's id, if needed.

    For periods beyond the end a quantity is 0 and a level stays what it was by the end; with a single period for the
    whole contract it is that period which ends elsewhere. Raises :class:`Refused` for too many periods.
    """
    pin = _pin(work, contract.id)
    if pin is None:
        return None
    edition, periods = snapshots.edition(work, pin.edition_id), _periods(work, contract, pin.awarded)
    runs = {measure.ref: measure.over_time for measure in edition.measures}
    fitted = dict[int, dict[Period, Fraction]]()
    for one in committed(work, contract.id):
        if contract.rhythm is Rhythm.END:
            fitted[one.id] = {periods[0]: next(iter(one.targets.values()))}
            continue
        levels = [Fraction(0), *(part for (first, _), part in one.targets.items() if first <= contract.ends)]
        left = Fraction(0) if runs[one.ref] is Runs.FLOW else levels[-1]
        beyond = {days: part for days, part in one.targets.items() if days[0] > contract.ends and part != left}
        if beyond:
            fitted[one.id] = {Period("", *days): left for days in beyond}
    if not fitted:
        return None
    variation_id = work.add(Variation, contract_id=contract.id, words_id=words_id, by_user_id=work.actor.user_id)
    for commitment_id, quantities in fitted.items():
        _put_targets(work, commitment_id, quantities, variation_id)
    return variation_id


def commitments(uow: UnitOfWork, actor: Actor, *, contract_id: int, at: datetime | None = None) -> list[Committed]:
    """What a contract promises, as it was known at a moment, in the order in which it was promised.

    Raises :class:`Refused` when there is no such contract in the actor's scope.
    """
    with uow.read(actor) as work:
        scope.contract(work, contract_id)
        return committed(work, contract_id, at)


def committed(work: Work, contract_id: int, at: datetime | None = None) -> list[Committed]:
    """The step that reads the commitments of a contract in scope, as they were known at a moment."""
    rows = work.all(
        select(
            Commitment.c.id, Commitment.c.ref, Target.c.first, Target.c.last, Target.c.numerator, Target.c.denominator
        )
        .join(Target, Target.c.commitment_id == Commitment.c.id)
        .where(Commitment.c.contract_id == contract_id, newest(Target, Target.c.commitment_id, Target.c.first, at=at))
        .order_by(Commitment.c.id, Target.c.first)
    )
    targets: defaultdict[tuple[int, str], dict[tuple[date, date], Fraction]] = defaultdict(dict)
    for row in rows:
        targets[row.id, row.ref][row.first, row.last] = Fraction(row.numerator, row.denominator)
    return [Committed(*key, by_period) for key, by_period in targets.items()]


def with_commitments(work: Work, contract_ids: Collection[int]) -> set[int]:
    """Which of these contracts, all in scope, hold commitments, for a use case that has looked at the scope."""
    rows = work.all(select(Commitment.c.contract_id).where(Commitment.c.contract_id.in_(contract_ids)).distinct())
    return {row.contract_id for row in rows}


def pinned_edition(work: Work, contract_id: int) -> Catalogue:
    """The edition that the contract's commitments are measured by; raises :class:`Refused` where it has none yet."""
    pin = _pin(work, contract_id)
    if pin is None:
        raise Refused("This contract has no commitments yet; award them first.")
    return snapshots.edition(work, pin.edition_id)


def _pin(work: Work, contract_id: int) -> Row[int, datetime] | None:
    """The edition of a contract's commitments, and the moment in which they were first made."""
    mine = ContractPin.c.contract_id == contract_id
    awarded = select(func.min(ContractPin.c.recorded_at)).where(mine).scalar_subquery()
    return work.one(
        select(ContractPin.c.edition_id, awarded.label("awarded")).where(
            mine, newest(ContractPin, ContractPin.c.contract_id)
        )
    )


def _periods(work: Work, contract: ContractRow, awarded: datetime) -> list[Period]:
    """The periods that targets are for: of the authority's calendar that held when they were first made."""
    authority_id = scope.authority_of(work, contract.id, day_of(awarded), awarded)
    first_month = work.connection.execute(
        select(Authority.c.first_month).where(Authority.c.id == authority_id)
    ).scalar_one()
    found = list(
        islice(periods(contract.rhythm, contract.starts, contract.ends, first_month=first_month), MOST_PERIODS + 1)
    )
    if len(found) > MOST_PERIODS:
        raise Refused(
            "The contract would have more than {most} periods; look at its end, {ends}.",
            most=MOST_PERIODS,
            ends=contract.ends,
        )
    return found


def _plan(
    promises: Mapping[str, Promise],
    edition: Catalogue,
    periods: Sequence[Period],
    contract: ContractRow,
    *,
    since: date | None = None,
    before: Mapping[str, Committed] | None = None,
) -> dict[str, dict[Period, Fraction]]:
    """The targets that the promises come to, by ref and period; raises :class:`WrongPromises`."""
    before = before or {}
    to_come = [period for period in periods if since is None or period.last >= since]
    if not promises:
        raise Refused("Say what is promised: at least one measure and its quantity.")
    if not to_come:
        raise Refused("The contract's last period ends before {since}; there is nothing left to change.", since=since)
    plan: dict[str, dict[Period, Fraction]] = {}
    problems = []
    for typed, promise in promises.items():
        measure = edition.measure(typed)
        try:
            if measure is None:
                refs = [one.ref for one in edition.measures]
                raise NotAPromise(
                    "“{ref}” is no measure of {edition}; {hint}",
                    ref=typed[:40],
                    edition=edition.key,
                    hint=did_you_mean(typed, refs),
                )
            if measure.ref in plan:
                raise NotAPromise("{ref} is promised twice; put its quantities together.", ref=measure.ref)
            known = before.get(measure.ref)
            quantity = promised(promise.quantity, measure, may_be_nothing=known is not None)
            if known and measure.over_time is Runs.FLOW:
                quantity -= _kept(known, to_come, quantity)
            parts = spread(quantity, promise.spread, measure, to_come, starts=contract.starts, ends=contract.ends)
            plan[measure.ref] = dict(zip(to_come, parts, strict=True))
        except NotAPromise as problem:
            problems.append(BadRecord(typed, str(problem)))
    if problems:
        raise WrongPromises(problems)
    return plan


def _kept(known: Committed, to_come: Sequence[Period], quantity: Fraction) -> Fraction:
    """What stays promised for the periods that are over; never more than the whole."""
    kept = sum((part for (first, _), part in known.targets.items() if first < to_come[0].first), Fraction(0))
    if kept > quantity:
        raise NotAPromise(
            "{kept} is promised for the periods before, so the whole can't be {quantity}; promise at "
            "least that, or vary from an earlier day.",
            kept=exact_text(kept),
            quantity=exact_text(quantity),
        )
    return kept


def _put_targets(
    work: Work, commitment_id: int, quantities: Mapping[Period, Fraction], variation_id: int | None
) -> None:
    work.add_all(
        Target,
        [
            {
                "commitment_id": commitment_id,
                "variation_id": variation_id,
                "first": period.first,
                "last": period.last,
                "numerator": quantity.numerator,
                "denominator": quantity.denominator,
            }
            for period, quantity in quantities.items()
        ],
    )


def must_measure(edition: Catalogue, values: ValueSet | None) -> None:
    """Raise :class:`Refused` for an edition known in part only, and for values of another edition."""
    if not edition.complete:
        raise Refused(
            "{edition} is known in part only, so no contract can be measured by it; choose another.",
            edition=edition.key,
        )
    if values and values.edition not in (edition.key, *edition.stands_on):
        raise Refused(
            "“{values}” values {other}, and the contract is measured by {edition}.",
            values=values.id,
            other=values.edition,
            edition=edition.key,
        )
    if values and not values.is_here:
        raise Refused(
            "The values of “{values}” are not in this record; load the same file again first.", values=values.id
        )
