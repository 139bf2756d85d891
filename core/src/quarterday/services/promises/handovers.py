"""Handing a contract over, from a day on: to another manager, another supplier, another authority. History stays."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from quarterday.db.models import ContractAuthority, ContractOwner, ContractParty
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.domain import names
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
        scope.only_the_council(work)
        contract = scope.contract(work, contract_id, lock=True)
        day = since or work.today
        contracts.must_be_staff(work, user_id, contract.authority_id, day)
        before = contracts.owner_on(work, contract_id, day)
        if before == user_id:
            raise Refused("This person manages the contract already.")
        work.add(ContractOwner, contract_id=contract_id, user_id=user_id, valid_from=day)
        work.audit(
            contract.authority_id,
            "contract.owner_changed",
            f"contract/{contract_id}",
            before=before,
            owner=user_id,
            since=day.isoformat(),
        )


def novate(uow: UnitOfWork, actor: Actor, *, contract_id: int, leaving_id: int, entering_id: int, since: date) -> None:
    """Put one supplier in another's place from a day on, in the same role. The commitments and all history stay.

    Raises :class:`Refused` where the one isn't a party on that day or the other is, the day is outside the contract,
    or a later change of its parties is recorded.
    """
    with uow.begin(actor) as work:
        scope.only_the_council(work)
        contract = scope.contract(work, contract_id, lock=True)
        _must_be_within(contract, since)
        _must_be_latest(work, contract_id, since)
        roles = {party.supplier_id: party.role for party in contracts.parties_on(work, contract_id, since)}
        if leaving_id not in roles:
            raise Refused(f"The supplier that is to leave is no party to this contract on {since}.")
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
    uow: UnitOfWork, actor: Actor, *, contract_id: int, authority_id: int, since: date, reference: str = ""
) -> None:
    """Give a contract to another authority from a day on, as when councils are reorganised.

    History, commitments, edition and values stay as they are; the returns it has stay its own, and whoever manages it
    stays until somebody else does. The new authority may know it by another ``reference``. Raises :class:`Refused`
    where that authority uses the reference already, has the contract already, or a later move is recorded, and for
    anybody but the operator, as two authorities are concerned.
    """
    with uow.begin(actor) as work:
        scope.only_the_operator(work)
        contract = scope.contract(work, contract_id, lock=True)
        to = scope.authority(work, authority_id, lock=True)
        try:
            known_as = names.reference(reference or contract.reference)
        except ValueError as problem:
            raise Refused(str(problem)) from problem
        dated = select(ContractAuthority.authority_id, ContractAuthority.valid_from).where(
            ContractAuthority.contract_id == contract_id
        )
        if any(row.valid_from >= since for row in work.all(dated)):
            raise Refused(f"The contract changed authority on {since} or later already; choose a later day.")
        before = scope.authority_of(work, contract_id, since)
        if before == authority_id:
            raise Refused(f"The contract is {to.name}'s already.")
        contracts.must_be_free(work, authority_id, known_as)
        work.add(
            ContractAuthority,
            contract_id=contract_id,
            authority_id=authority_id,
            reference=known_as,
            valid_from=since,
        )
        for concerned in (before, authority_id):
            work.audit(
                concerned,
                "contract.moved",
                f"contract/{contract_id}",
                before=before,
                authority=authority_id,
                since=since.isoformat(),
            )


def _must_be_within(contract: ContractRow, day: date) -> None:
    if not contract.starts <= day <= contract.ends:
        raise Refused(f"{day} is outside the contract, which runs from {contract.starts} to {contract.ends}.")


def _must_be_latest(work: Work, contract_id: int, day: date) -> None:
    later = work.all(
        select(ContractParty.valid_from).where(ContractParty.contract_id == contract_id, ContractParty.valid_from > day)
    )
    if later:
        raise Refused(f"The parties change on {later[0].valid_from} already; choose that day or a later one.")
