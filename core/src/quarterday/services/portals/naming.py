"""What records of an exchange are about: the contract and the measure by which people know them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, NamedTuple

from sqlalchemy import Row, and_, or_, select

from quarterday.db.models import Commitment, Contract, ContractAuthority, ContractPin, Entry
from quarterday.db.newest import newest
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.domain.catalogue import Measure
from quarterday.domain.permissions import Permission
from quarterday.domain.portal_records import RecordKind
from quarterday.services import scope
from quarterday.services.measures import snapshots

_MOST_DIGITS = 18
"""What has more is the number of nothing."""


class Asked(NamedTuple):
    """A record of which it is asked what it is about."""

    kind: RecordKind
    key: str
    """Our own: ``entry/12``; "" for one that only they have."""
    fields: Mapping[str, str]
    """As either side has it."""


@dataclass(frozen=True, slots=True)
class Claim:
    """An entry of ours."""

    id: int
    first: date
    last: date
    quantity: Fraction
    """As it was claimed, in the measure's unit."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a record is about; of what isn't the authority's, or isn't known here, nothing is said."""

    contract_id: int | None = None
    reference: str = ""
    title: str = ""
    """The contract's."""
    measure: Measure | None = None
    claim: Claim | None = None
    """Of an entry, of a decision on one and of evidence: our entry."""


def subjects(uow: UnitOfWork, actor: Actor, *, authority_id: int, records: Sequence[Asked]) -> list[Subject]:
    """What each of an authority's records is about, in their order; with as many statements for many as for one.

    Raises :class:`~quarterday.errors.NotAllowed` for a role that sees no figures.
    """
    with uow.read(actor) as work:
        scope.needs(work, Permission.SEE_FIGURES)
        scope.authority(work, authority_id)
        entries = _rows(work, Entry, {_claim(one) for one in records})
        commitments = _rows(work, Commitment, {_number(one, RecordKind.COMMITMENT) for one in records})
        rows = [*entries.values(), *commitments.values()]
        ids = {row.contract_id for row in rows} | {_number(one, RecordKind.CONTRACT) for one in records}
        known = _Contracts(work, authority_id, ids, {one.fields.get("contract", "") for one in records})
        return [
            known.subject(
                entries.get(_claim(one)) or commitments.get(_number(one, RecordKind.COMMITMENT)),
                _number(one, RecordKind.CONTRACT),
                one.fields,
            )
            for one in records
        ]


def measures(uow: UnitOfWork, actor: Actor, *, authority_id: int) -> dict[str, Measure]:
    """The measures of the editions by which an authority's contracts are measured, by ref, as the newest has it.

    Raises :class:`~quarterday.errors.NotAllowed` for a role that sees no figures.
    """
    with uow.read(actor) as work:
        scope.needs(work, Permission.SEE_FIGURES)
        scope.authority(work, authority_id)
        pinned = (
            select(ContractPin.c.edition_id)
            .distinct()
            .join(ContractAuthority, ContractAuthority.c.contract_id == ContractPin.c.contract_id)
            .where(ContractAuthority.c.authority_id == authority_id)
            .order_by(ContractPin.c.edition_id)
        )
        editions = [snapshots.edition(work, row.edition_id) for row in work.all(pinned)]
    return {measure.ref: measure for edition in editions for measure in edition.measures}


class _Contracts:
    """Contracts of an authority: those of some ids, and those that bear some references."""

    def __init__(self, work: Work, authority_id: int, ids: Collection[int], references: Collection[str]) -> None:
        self._work = work
        pin = and_(ContractPin.c.contract_id == Contract.c.id, newest(ContractPin, ContractPin.c.contract_id))
        rows = work.all(
            select(Contract.c.id, Contract.c.title, ContractAuthority.c.reference, ContractPin.c.edition_id)
            .join(ContractAuthority, ContractAuthority.c.contract_id == Contract.c.id)
            .outerjoin(ContractPin, pin)
            .where(
                ContractAuthority.c.authority_id == authority_id,
                newest(ContractAuthority, ContractAuthority.c.contract_id, day=work.today),
                or_(Contract.c.id.in_(ids), ContractAuthority.c.reference.in_(references)),
            )
            .order_by(Contract.c.id)
        )
        self._by_id = {row.id: row for row in rows}
        self._by_reference = {row.reference: row for row in reversed(rows)}

    def subject(self, ours: Row[*tuple[Any, ...]] | None, contract_id: int, fields: Mapping[str, str]) -> Subject:
        """What a record is about: an entry or a commitment of ours, a contract, or what its fields say."""
        contract = self._by_id.get(ours.contract_id if ours else contract_id)
        if contract is None:
            if ours is not None or contract_id:  # it isn't theirs
                return Subject()
            contract = self._by_reference.get(fields.get("contract", ""))
        if contract is None:
            return Subject()
        measure = self._measure(contract.edition_id, ours.ref if ours else fields.get("measure", ""))
        claim = (
            Claim(ours.id, ours.first, ours.last, Fraction(ours.numerator, ours.denominator))
            if ours is not None and hasattr(ours, "numerator")
            else None
        )
        return Subject(contract.id, contract.reference, contract.title, measure, claim)

    def _measure(self, edition_id: int | None, ref: str) -> Measure | None:
        if edition_id is None or not ref:
            return None
        return next((one for one in snapshots.edition(self._work, edition_id).measures if one.ref == ref), None)


def _rows(work: Work, table: Any, ids: set[int]) -> dict[int, Row[*tuple[Any, ...]]]:
    return {row.id: row for row in work.all(select(table).where(table.c.id.in_(ids - {0})))} if ids - {0} else {}


def _claim(one: Asked) -> int:
    """The number of the entry that a record is or is about; 0 for none."""
    if one.kind is RecordKind.ENTRY or (one.kind is RecordKind.VERDICT and one.key):
        return _id(one.key.partition("/")[2])
    return _id(one.fields.get("entry", ""))


def _number(one: Asked, kind: RecordKind) -> int:
    """The number of a record of that kind; 0 for another's."""
    return _id(one.key.partition("/")[2]) if one.kind is kind else 0


def _id(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS else 0
