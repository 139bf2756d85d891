"""Whether a batch counts: one that waits is accepted by a person, and one that shouldn't be there is left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from quarterday import Refused
from quarterday.services import scope
from quarterday.services.access.permissions import Permission
from quarterday.services.ledger.asking import ask_after
from quarterday.services.record import Actor, UnitOfWork
from quarterday_erp_import.ledger import batches
from quarterday_erp_import.ledger.batches import BatchRow
from quarterday_erp_import.ledger.newest_vendors import ask_for_matching


def accept(uow: UnitOfWork, actor: Actor, *, batch_id: int, instead_of: Sequence[int] = ()) -> None:
    """Say that a batch which waits or was left out counts, and of those it shares lines with, ``instead_of`` which.

    Another reading of the same file doesn't count any more. Raises :class:`Refused` where it counts already, and for
    batches that can't be the ones it takes the place of.
    """
    with uow.begin(actor) as work:
        scope.needs(work, Permission.SET_VALUES)
        work.take_turns(batches.TURNS)
        one = batches.batch(work, batch_id)
        if one.superseded_by is not None:
            raise Refused("Batch {id} doesn't count any more: {by} took its place.", id=one.id, by=one.superseded_by)
        if one.counts:
            raise Refused("The batch counts already.")
        others = batches.of_authority(work, one.authority_id)
        replaced = [old for old in others if old.id in instead_of or (old.sha256 == one.sha256 and old.id != one.id)]
        if missing := set(instead_of) - {old.id for old in replaced if old.feed == one.feed}:
            raise Refused("There is no batch {id} of that feed; look at the batch again.", id=min(missing))
        row = batches.put_standing(work, one.id, batches.COUNTS, one.shares)
        for old in replaced:
            if old.id != one.id and old.counts:
                batches.put_supersession(work, old=old, by=one)
        ask_after(work, one.authority_id, f"acceptance/{row}")
        ask_for_matching(work, f"acceptance/{row}")
        work.audit(one.authority_id, "spend.accepted", f"batch/{one.id}", instead_of=sorted(instead_of))


def alike(one: BatchRow, others: Sequence[BatchRow]) -> list[tuple[BatchRow, Mapping[str, Any]]]:
    """Those of the others that count and share something with a batch, and what: whichever of both was read first."""
    shared = {share["batch"]: share for share in one.shares}
    shared |= {other.id: share for other in others for share in other.shares if share["batch"] == one.id}
    return [(other, shared[other.id]) for other in others if other.counts and other.id in shared]


def leave_out(uow: UnitOfWork, actor: Actor, *, batch_id: int) -> None:
    """Say that a batch doesn't count, and nothing in its place; it stays, and can be accepted later.

    Raises :class:`Refused` where it doesn't count already.
    """
    with uow.begin(actor) as work:
        scope.needs(work, Permission.SET_VALUES)
        work.take_turns(batches.TURNS)
        one = batches.batch(work, batch_id)
        if one.superseded_by is not None or one.standing == batches.LEFT_OUT:
            raise Refused("The batch doesn't count already.")
        row = batches.put_standing(work, one.id, batches.LEFT_OUT, one.shares)
        ask_after(work, one.authority_id, f"acceptance/{row}")
        work.audit(one.authority_id, "spend.left_out", f"batch/{one.id}")
