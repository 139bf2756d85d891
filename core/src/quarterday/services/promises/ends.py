"""Another end for a contract: a longer one or a shorter one, as it was agreed. The first one stays in the record."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from quarterday.db.models import ContractEnd
from quarterday.db.work import Actor, UnitOfWork
from quarterday.domain.permissions import Permission
from quarterday.errors import Refused
from quarterday.services import scope, words
from quarterday.services.promises import awards, contracts


def change_end(uow: UnitOfWork, actor: Actor, *, contract_id: int, ends: date, reason: str) -> int | None:
    """Extend or shorten a contract; ``ends`` is its new last day. Returns the id of the variation, if one was needed.

    In the periods that an extension adds nothing is promised until the commitments are varied: a quantity is 0, a level
    stays. What was promised for the periods that a shorter contract hasn't got is taken back, as a variation with the
    same reason; the period in which it ends keeps its targets. A contract that reports once, at its end, has its
    targets due at the new one. Returns are opened as far as the new end by the next opening.

    Raises :class:`Refused` for the end that it has, one before its start, no reason, or too many periods.
    """
    with uow.begin(actor) as work:
        scope.needs(work, Permission.KEEP_CONTRACTS)
        contract = scope.contract(work, contract_id, lock=True)
        if ends == contract.ends:
            raise Refused("The contract ends {ends} already.", ends=ends)
        contracts.must_make_a_span(contract.starts, ends)
        words_id = words.keep(work, reason)
        if words_id is None:
            raise Refused("Say why the contract's end changes; the reason is kept with the change.")
        work.add(ContractEnd, contract_id=contract_id, ends=ends, words_id=words_id, by_user_id=actor.user_id)
        variation_id = awards.fit_to_end(work, replace(contract, ends=ends), words_id)
        work.audit(
            contract.authority_id,
            "contract.end_changed",
            f"contract/{contract_id}",
            before=contract.ends.isoformat(),
            ends=ends.isoformat(),
            variation=variation_id,
        )
        return variation_id
