"""Handing contracts over, from a day on: to another manager, another supplier, another authority. History stays."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select

from quarterday.db.models import Contract, ContractAuthority, ContractOwner, ContractParty
from quarterday.db.newest import newest
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.domain import names
from quarterday.domain.permissions import Permission
from quarterday.errors import Refused
from quarterday.services import scope
from quarterday.services.organisations import suppliers
from quarterday.services.promises import contracts
from quarterday.services.scope import ContractRow


def change_owner(uow: UnitOfWork, actor: Actor, *, contract_id: int, user_id: int, since: date | None = None) -> None:
    """Let somebody manage a contract from a day on (today if not said).

    Raises :class:`Refused` for somebody without a role with the contract's authority, and for who manages it already.
    """
    with uow.begin(actor) as work:
        scope.needs(work, Permission.KEEP_CONTRACTS)
        scope.contract(work, contract_id, lock=True)
        day = since or work.today
        authority_id = scope.authority_of(work, contract_id, day)
        contracts.must_be_staff(work, user_id, authority_id, day)
        before = contracts.owner_on(work, contract_id, day)
        if before == user_id:
            raise Refused("This person manages the contract already.")
        work.add(ContractOwner, contract_id=contract_id, user_id=user_id, valid_from=day)
        _audit_owner(work, authority_id, contract_id, before, user_id, day)


def hand_over_all(
    uow: UnitOfWork,
    actor: Actor,
    *,
    authority_id: int,
    leaving_id: int,
    entering_id: int,
    since: date | None = None,
    until: date | None = None,
) -> list[int]:
    """Hand every contract of an authority that one person manages to another, from a day on (today if not said).

    With ``until``, its last day, it is a cover for an absence: from the day after, they go back. Returns the ids of the
    contracts; those that have ended by then stay where they are, and so does what is recorded for a later day.

    Raises :class:`Refused` where there is nothing to hand over, ``until`` is before ``since``, or either of them has no
    role with the authority when they are to manage its contracts.
    """
    with uow.begin(actor) as work:
        scope.needs(work, Permission.KEEP_CONTRACTS)
        scope.authority(work, authority_id, lock=True)
        first = since or work.today
        if until and until < first:
            raise Refused(
                "A cover that begins on {first} can't end on {until}; correct one of them.", first=first, until=until
            )
        if leaving_id == entering_id:
            raise Refused("These contracts would stay with the same person; name somebody else.")
        contracts.must_be_staff(work, entering_id, authority_id, first)
        back = until + timedelta(days=1) if until else None
        if back:
            contracts.must_be_staff(work, leaving_id, authority_id, back)
        handed = _managed(work, authority_id, leaving_id, first)
        if not handed:
            raise Refused("This person manages no contract of the authority on {first}.", first=first)
        for contract_id in handed:
            work.add(ContractOwner, contract_id=contract_id, user_id=entering_id, valid_from=first)
            _audit_owner(work, authority_id, contract_id, leaving_id, entering_id, first)
            if back and not _changes_owner(work, contract_id, first, back):
                work.add(ContractOwner, contract_id=contract_id, user_id=leaving_id, valid_from=back)
                _audit_owner(work, authority_id, contract_id, entering_id, leaving_id, back)
        return handed


def novate(uow: UnitOfWork, actor: Actor, *, contract_id: int, leaving_id: int, entering_id: int, since: date) -> None:
    """Put one supplier in another's place from a day on, in the same role. The commitments and all history stay.

    Raises :class:`Refused` where the one isn't a party on that day or the other is, the day is outside the contract,
    or a later change of its parties is recorded.
    """
    with uow.begin(actor) as work:
        scope.needs(work, Permission.KEEP_CONTRACTS)
        contract = scope.contract(work, contract_id, lock=True)
        _must_be_within(contract, since)
        _must_be_latest(work, contract_id, since)
        roles = {party.supplier_id: party.role for party in contracts.parties_on(work, contract_id, since)}
        if leaving_id not in roles:
            raise Refused("The supplier that is to leave is no party to this contract on {since}.", since=since)
        if entering_id in roles:
            raise Refused("The supplier that is to enter is a party to this contract already.")
        suppliers.supplier(work, entering_id)
        for supplier_id, is_in in ((leaving_id, False), (entering_id, True)):
            work.add(
                ContractParty,
                contract_id=contract_id,
                supplier_id=supplier_id,
                role=roles[leaving_id],
                is_in=is_in,
                valid_from=since,
            )
        work.audit(
            contract.authority_id,
            "contract.novated",
            f"contract/{contract_id}",
            leaving=leaving_id,
            entering=entering_id,
            since=since.isoformat(),
        )


def move(
    uow: UnitOfWork,
    actor: Actor,
    *,
    contract_id: int,
    authority_id: int,
    since: date,
    reference: str = "",
    owner_id: int | None = None,
) -> None:
    """Give a contract to another authority from a day on, as when councils are reorganised.

    History, commitments, edition and values stay as they are; the returns it has stay its own. From that day one of the
    new authority's people manages it, or nobody, where none is named. The new authority may know it by another
    ``reference``. Raises :class:`Refused` where that authority uses the reference already, has the contract already, or
    a later move is recorded, for an owner without a role there, and for anybody but the operator, as two authorities
    are concerned.
    """
    with uow.begin(actor) as work:
        scope.only_the_operator(work)
        contract = scope.contract(work, contract_id, lock=True)
        to = scope.authority(work, authority_id, lock=True)
        try:
            known_as = names.reference(reference or contract.reference)
        except ValueError as problem:
            raise Refused(str(problem)) from problem
        dated = select(ContractAuthority.c.authority_id, ContractAuthority.c.valid_from).where(
            ContractAuthority.c.contract_id == contract_id
        )
        if any(row.valid_from >= since for row in work.all(dated)):
            raise Refused(
                "The contract changed authority on {since} or later already; choose a later day.", since=since
            )
        before = scope.authority_of(work, contract_id, since)
        if before == authority_id:
            raise Refused("The contract is {authority}'s already.", authority=to.name)
        contracts.must_be_free(work, authority_id, known_as)
        if owner_id is not None:
            contracts.must_be_staff(work, owner_id, authority_id, since)
        work.add(
            ContractAuthority,
            contract_id=contract_id,
            authority_id=authority_id,
            reference=known_as,
            valid_from=since,
        )
        for day in _owner_days(work, contract_id, since):  # whom the old authority named for later has no role there
            work.add(ContractOwner, contract_id=contract_id, user_id=owner_id, valid_from=day)
        for concerned in (before, authority_id):
            work.audit(
                concerned,
                "contract.moved",
                f"contract/{contract_id}",
                before=before,
                authority=authority_id,
                owner=owner_id,
                since=since.isoformat(),
            )


def _audit_owner(
    work: Work, authority_id: int, contract_id: int, before: int | None, owner_id: int, since: date
) -> None:
    work.audit(
        authority_id,
        "contract.owner_changed",
        f"contract/{contract_id}",
        before=before,
        owner=owner_id,
        since=since.isoformat(),
    )


def _managed(work: Work, authority_id: int, user_id: int, day: date) -> list[int]:
    """The contracts that are an authority's on a day, have not ended, and are somebody's to manage on it."""
    query = (
        select(Contract.c.id)
        .join(ContractAuthority, ContractAuthority.c.contract_id == Contract.c.id)
        .join(ContractOwner, ContractOwner.c.contract_id == Contract.c.id)
        .where(
            newest(ContractAuthority, ContractAuthority.c.contract_id, day=day),
            ContractAuthority.c.authority_id == authority_id,
            newest(ContractOwner, ContractOwner.c.contract_id, day=day),
            ContractOwner.c.user_id == user_id,
            scope.contract_ends() >= day,
            scope.visible(work),
        )
        .order_by(Contract.c.id)
        .with_for_update(of=Contract)
    )
    return list(work.connection.execute(query).scalars())


def _changes_owner(work: Work, contract_id: int, after: date, until: date) -> bool:
    """Whether another manager is recorded for a day after the one, up to the other."""
    days = select(ContractOwner.c.id).where(
        ContractOwner.c.contract_id == contract_id,
        ContractOwner.c.valid_from > after,
        ContractOwner.c.valid_from <= until,
    )
    return bool(work.all(days))


def _owner_days(work: Work, contract_id: int, since: date) -> list[date]:
    """The day from which a contract is to be managed otherwise, and those later ones for which somebody is named."""
    later = select(ContractOwner.c.valid_from).where(
        ContractOwner.c.contract_id == contract_id, ContractOwner.c.valid_from > since
    )
    return sorted({since, *work.connection.execute(later).scalars()})


def _must_be_within(contract: ContractRow, day: date) -> None:
    if not contract.starts <= day <= contract.ends:
        raise Refused(
            "{day} is outside the contract, which runs from {starts} to {ends}.",
            day=day,
            starts=contract.starts,
            ends=contract.ends,
        )


def _must_be_latest(work: Work, contract_id: int, day: date) -> None:
    later = work.all(
        select(ContractParty.c.valid_from).where(
            ContractParty.c.contract_id == contract_id, ContractParty.c.valid_from > day
        )
    )
    if later:
        raise Refused(
            "The parties change on {day} already; choose that day or a later one.",
            day=later[0].valid_from,
        )
