"""Values for a contract that was awarded before there were any; figures as at an earlier moment stay as they are."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from quarterday.db.models import ContractPin, Pinning
from quarterday.db.newest import newest
from quarterday.db.work import Actor, UnitOfWork
from quarterday.domain.permissions import Permission
from quarterday.domain.values import ValueSet
from quarterday.errors import Refused
from quarterday.services import scope, words
from quarterday.services.measures import snapshots
from quarterday.services.measures.revaluing import value_again
from quarterday.services.promises.awards import must_measure


@dataclass(frozen=True, slots=True)
class PinnedLater:
    """What came of it: the new pin, and how many accepted entries were valued by it."""

    pin_id: int
    valued: int


def pin_values(uow: UnitOfWork, actor: Actor, *, contract_id: int, value_set: ValueSet, reason: str) -> PinnedLater:
    """Pin a contract without values to a value set; edition and local area stay those of its award.

    What is accepted is decided once more, as it was, so that it is valued. Figures as at an earlier moment stay without
    £, and the bridge from them shows the difference as re-valued. Raises :class:`Refused` where the contract has no
    commitments yet or has values (other ones are a view, with a bridge, and never take their place), where they value
    another edition, and without a reason.
    """
    with uow.begin(actor) as work:
        scope.needs(work, Permission.SET_VALUES)
        contract = scope.contract(work, contract_id, lock=True)
        pin = work.one(
            select(ContractPin.c.edition_id, ContractPin.c.value_set_id, ContractPin.c.local_area_id).where(
                ContractPin.c.contract_id == contract_id, newest(ContractPin, ContractPin.c.contract_id)
            )
        )
        if pin is None:
            raise Refused("This contract has no commitments yet; award them first, with these values.")
        if pin.value_set_id is not None:
            raise Refused(
                "This contract is pinned to values, and they stay; compare it by others with a bridge between figures."
            )
        must_measure(snapshots.edition(work, pin.edition_id), value_set)
        words_id = words.keep(work, reason)
        if words_id is None:
            raise Refused("Say why the contract gets values now; the reason is kept with them.")
        value_set_id, _ = snapshots.keep_value_set(work, value_set, contract.authority_id)
        pin_id = work.add(
            ContractPin,
            contract_id=contract_id,
            edition_id=pin.edition_id,
            value_set_id=value_set_id,
            local_area_id=pin.local_area_id,
        )
        work.add(Pinning, pin_id=pin_id, words_id=words_id, by_user_id=actor.user_id)
        work.audit(
            contract.authority_id,
            "contract.values_pinned",
            f"contract/{contract_id}",
            pin=pin_id,
            value_set_id=value_set_id,
        )
        return PinnedLater(pin_id, value_again(work, contract_id, contract.authority_id, pin_id, words_id))
