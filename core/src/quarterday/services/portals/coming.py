"""A record of theirs on its way in, with all that its place turns on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Select, literal, select

from quarterday.db.models import Commitment, Contract, Entry, Evidence, Return
from quarterday.db.work import Actor, Work
from quarterday.domain.contracts import MemberRole
from quarterday.domain.portal_records import PortalTerms, RecordKind
from quarterday.services import scope
from quarterday.services.portals.theirs import Theirs

ACTOR = "portal"
"""Who acts when something came from a portal, as reviews and the audit trail have it."""


@dataclass(frozen=True, slots=True)
class Coming:
    """One record of theirs, once it is kept in the sync ledger."""

    work: Work
    """The transaction, in the name of the portal: it sees what is the authority's today, and nothing else."""
    authority_id: int
    portal: str
    terms: PortalTerms
    record_id: int
    before: Any | None
    """Its row in the sync ledger as it was before this came; None for one that came for the first time."""
    theirs: Theirs
    words_id: int | None
    """The words that were kept of it."""


def in_its_name(work: Work, authority_id: int) -> Work:
    """The same transaction with a portal as its actor, which may do for that authority what its reviewers may."""
    return replace(work, actor=Actor(ACTOR, authority_id=authority_id, role=MemberRole.MANAGER))


def is_in_scope(work: Work, kind: RecordKind, our_id: int) -> bool:
    """Whether there is a record of ours of that kind and id in the actor's scope."""
    its_contract = _contract_of(kind, our_id).scalar_subquery()
    return work.one(select(Contract.c.id).where(Contract.c.id == its_contract, scope.visible(work))) is not None


def _contract_of(kind: RecordKind, our_id: int) -> Select[int]:
    match kind:
        case RecordKind.CONTRACT:
            return select(literal(our_id))
        case RecordKind.COMMITMENT:
            return select(Commitment.c.contract_id).where(Commitment.c.id == our_id)
        case RecordKind.EVIDENCE:
            its_return = Return.c.id == Evidence.c.return_id
            return select(Return.c.contract_id).join(Evidence, its_return).where(Evidence.c.id == our_id)
        case RecordKind.ENTRY | RecordKind.VERDICT:
            return select(Entry.c.contract_id).where(Entry.c.id == our_id)
