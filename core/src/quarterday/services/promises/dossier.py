"""All that is known of one contract: who has it, what it is measured by, what it promises, what came before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from itertools import groupby

from sqlalchemy import select

from quarterday.db.models import Authority, Commitment, ContractPin, Supplier, Target, User, Variation, Words
from quarterday.db.newest import newest
from quarterday.db.work import Actor, UnitOfWork, Work, day_of
from quarterday.domain.catalogue import Catalogue, LocalArea, Measure
from quarterday.domain.units import Runs
from quarterday.domain.values import ValueSet
from quarterday.services import scope
from quarterday.services.measures import snapshots
from quarterday.services.promises import awards, contracts, opening
from quarterday.services.promises.contracts import Party
from quarterday.services.promises.opening import Opening
from quarterday.services.scope import ContractRow


@dataclass(frozen=True, slots=True)
class Pinned:
    """What a contract is measured by."""

    edition: Catalogue
    values: ValueSet | None
    local: LocalArea | None
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Promised:
    """A commitment with its measure."""

    measure: Measure
    targets: Mapping[tuple[date, date], Fraction]
    """First and last day of each period → quantity in the measure's unit."""

    @property
    def quantity(self) -> Fraction:
        """The whole promise: the sum of a flow's targets, else the last level."""
        return _whole(self.measure, self.targets)


@dataclass(frozen=True, slots=True)
class Change:
    """What a variation made of one promise: the whole of it, in the measure's unit."""

    measure: Measure
    before: Fraction | None
    """None where nothing was promised for the measure before; the same as after where only its periods changed."""
    after: Fraction


@dataclass(frozen=True, slots=True)
class Varied:
    """A variation: when it was recorded, by whom, and why ("" once the reason was erased)."""

    id: int
    recorded_at: datetime
    by: str
    reason: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """A contract as it stood on a day, as it was known at a moment."""

    contract: ContractRow
    authority: str
    """Its name on that day."""
    owner: str
    """The name of who managed it; "" for nobody."""
    parties: tuple[tuple[str, Party], ...]
    """Suppliers by name, the lead first."""
    pinned: Pinned | None
    """None before the award."""
    promised: tuple[Promised, ...]
    variations: tuple[Varied, ...]
    openings: tuple[Opening, ...]


def dossier(
    uow: UnitOfWork, actor: Actor, *, contract_id: int, day: date | None = None, at: datetime | None = None
) -> Dossier:
    """The contract as it was known at a moment (now if not said), on a day (that moment's if not said).

    Raises :class:`~quarterday.errors.Refused` when there is no such contract in the actor's scope.
    """
    with uow.read(actor) as work:
        return dossier_of(work, contract_id=contract_id, day=day, at=at)


def dossier_of(work: Work, *, contract_id: int, day: date | None = None, at: datetime | None = None) -> Dossier:
    """The step that reads a contract; raises as :func:`dossier`."""
    on = day or (day_of(at) if at else work.today)
    found = scope.contract(work, contract_id)
    authority_id = scope.authority_of(work, contract_id, on, at)
    owner_id = contracts.owner_on(work, contract_id, on, at)
    parties = contracts.parties_on(work, contract_id, on, at)
    pinned = _pinned(work, contract_id, at)
    ids = [party.supplier_id for party in parties]
    rows = work.all(select(Supplier.c.id, Supplier.c.name).where(Supplier.c.id.in_(ids)))
    names = {row.id: row.name for row in rows}
    owner = work.one(select(User.c.name).where(User.c.id == owner_id))
    return Dossier(
        contract=found,
        authority=work.all(select(Authority.c.name).where(Authority.c.id == authority_id))[0].name,
        owner=owner.name if owner else "",
        parties=tuple((names[party.supplier_id], party) for party in parties),
        pinned=pinned,
        promised=tuple(_promised(work, contract_id, pinned.edition, at)) if pinned else (),
        variations=tuple(_variations(work, contract_id, pinned.edition, at)) if pinned else (),
        openings=tuple(opening.openings(work, contract_id, at)),
    )


def _pinned(work: Work, contract_id: int, at: datetime | None) -> Pinned | None:
    row = work.one(
        select(
            ContractPin.c.edition_id, ContractPin.c.value_set_id, ContractPin.c.local_area_id, ContractPin.c.recorded_at
        ).where(ContractPin.c.contract_id == contract_id, newest(ContractPin, ContractPin.c.contract_id, at=at))
    )
    if row is None:
        return None
    return Pinned(
        edition=snapshots.edition(work, row.edition_id),
        values=snapshots.value_set(work, row.value_set_id),
        local=snapshots.local_area(work, row.local_area_id),
        recorded_at=row.recorded_at,
    )


def _promised(work: Work, contract_id: int, edition: Catalogue, at: datetime | None) -> list[Promised]:
    measures = {measure.ref: measure for measure in edition.measures}
    return [Promised(measures[one.ref], one.targets) for one in awards.committed(work, contract_id, at)]


def _whole(measure: Measure, targets: Mapping[tuple[date, date], Fraction]) -> Fraction:
    parts = [targets[period] for period in sorted(targets)]
    return sum(parts, Fraction(0)) if measure.over_time is Runs.FLOW else parts[-1]


def _variations(work: Work, contract_id: int, edition: Catalogue, at: datetime | None) -> list[Varied]:
    query = (
        select(Variation.c.id, Variation.c.recorded_at, User.c.name, Words.c.text)
        .outerjoin(User, User.c.id == Variation.c.by_user_id)
        .join(Words, Words.c.id == Variation.c.words_id)
        .where(Variation.c.contract_id == contract_id)
        .order_by(Variation.c.id)
    )
    rows = work.all(query if at is None else query.where(Variation.c.recorded_at <= at))
    changes = _changes(work, contract_id, edition) if rows else {}
    return [
        Varied(row.id, row.recorded_at, row.name or "", row.text or "", tuple(changes.get(row.id, ()))) for row in rows
    ]


def _changes(work: Work, contract_id: int, edition: Catalogue) -> dict[int, list[Change]]:
    """What each variation of a contract made of its promises, told again from its targets in the order they came in."""
    rows = work.all(
        select(
            Commitment.c.ref,
            Target.c.variation_id,
            Target.c.first,
            Target.c.last,
            Target.c.numerator,
            Target.c.denominator,
        )
        .join(Commitment, Commitment.c.id == Target.c.commitment_id)
        .where(Commitment.c.contract_id == contract_id)
        .order_by(Target.c.id)
    )
    measures = {measure.ref: measure for measure in edition.measures}
    promised: dict[str, dict[tuple[date, date], Fraction]] = defaultdict(dict)
    found: dict[int, list[Change]] = defaultdict(list)
    for (variation_id, ref), targets in groupby(rows, lambda row: (row.variation_id, row.ref)):
        before = _whole(measures[ref], promised[ref]) if promised[ref] else None
        promised[ref] |= {(row.first, row.last): Fraction(row.numerator, row.denominator) for row in targets}
        if variation_id is not None:
            found[variation_id].append(Change(measures[ref], before, _whole(measures[ref], promised[ref])))
    return found
