"""What holds of every record, whatever happened to the processes that wrote it: nothing is half written."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import exists, func, or_, select, text

from quarterday.db.columns import METADATA
from quarterday.db.models import (
    AuditRow,
    Commitment,
    Contract,
    ContractAuthority,
    ContractParty,
    ContractPin,
    DraftEntry,
    Entry,
    EntryEvidence,
    OutboxRow,
    Return,
    Review,
    Revision,
    RevisionEntry,
    Target,
    Valuation,
)
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.services import audit_trail
from quarterday.services.figures.recomputing import recompute
from quarterday.services.returns.submissions import digest_of_revision

CLI = Actor.operator("cli")
TURNS = (
    "draft.saved",
    "draft.removed",
    "drafts.carried_over",
    "evidence.attached",
    "evidence.detached",
    "return.submitted",
)
"""What takes a return from one version to the next."""


def broken(uow: UnitOfWork) -> list[str]:
    """What is wrong with a record, a sentence each; none for a whole one."""
    with uow.read(CLI) as work:
        found = [sentence for check in CHECKS for sentence in check(work)]
    found += [f"the audit trail is broken: {one.says}" for one in audit_trail.verify(uow).breaks]
    return found + [f"review {review} has another valuation than it should" for review in recompute(uow, CLI).differing]


def _sound(work: Work) -> Iterator[str]:
    """The database itself finds nothing wrong with its file."""
    if work.connection.dialect.name == "sqlite":
        for (said,) in work.connection.execute(text("PRAGMA integrity_check")):
            if said != "ok":
                yield f"the file is damaged: {said}"
        for table, _, other, _ in work.connection.execute(text("PRAGMA foreign_key_check")):
            yield f"a row of {table} refers to a row of {other} that isn't there"


def _audited(work: Work) -> Iterator[str]:
    """Each row was recorded in a transaction that wrote an audit row: they have the moment in common."""
    audited = select(AuditRow.c.recorded_at)
    for table in METADATA.sorted_tables:
        if "recorded_at" in table.c and table is not AuditRow:
            query = select(func.count()).select_from(table).where(table.c.recorded_at.not_in(audited))
            if number := work.connection.scalar(query):
                yield f"{number} of {table.name} without an audit row"


def _submitted(work: Work) -> Iterator[str]:
    """Each revision has the digest of its entries, its number, its audit row, its receipt."""
    for row in work.all(select(Revision).order_by(Revision.c.id)):
        entries = work.connection.scalars(
            select(RevisionEntry.c.entry_id)
            .where(RevisionEntry.c.revision_id == row.id)
            .order_by(RevisionEntry.c.entry_id)
        )
        digest = digest_of_revision(work, list(entries), row.return_id, row.number, row.is_nothing_to_report)
        if digest != row.digest:
            yield f"revision {row.id} has another digest than its entries"
        before = select(func.count()).where(Revision.c.return_id == row.return_id, Revision.c.id < row.id)
        if work.connection.scalar(before) != row.number - 1:
            yield f"revision {row.id} has the number {row.number}, and another came before"
        if not work.connection.scalar(select(exists().where(OutboxRow.c.key == f"receipt/{row.id}"))):
            yield f"revision {row.id} has no receipt"
        audited = select(AuditRow.c.payload).where(
            AuditRow.c.action == "return.submitted", AuditRow.c.subject == f"return/{row.return_id}"
        )
        if [row.id, row.digest] not in [[one["revision"], one["digest"]] for one in work.connection.scalars(audited)]:
            yield f"revision {row.id} has no audit row of its own"


def _in_a_revision(work: Work) -> Iterator[str]:
    """Each entry is in a revision."""
    query = select(Entry.c.id).where(Entry.c.id.not_in(select(RevisionEntry.c.entry_id)))
    for row in work.all(query):
        yield f"entry {row.id} is in no revision"


def _valued(work: Work) -> Iterator[str]:
    """Each acceptance has its valuation, and no other decision has one; whether it is right, recomputing sees."""
    decided = select(Review.c.id, Review.c.decision, Valuation.c.id.label("valuation_id"))
    for row in work.all(decided.outerjoin(Valuation, Valuation.c.review_id == Review.c.id).order_by(Review.c.id)):
        if row.decision == "accepted" and row.valuation_id is None:
            yield f"review {row.id} accepts something and has no valuation"
        if row.decision != "accepted" and row.valuation_id is not None:
            yield f"review {row.id} accepts nothing and has a valuation"


def _turned(work: Work) -> Iterator[str]:
    """A return is at the version to which the audit trail followed it."""
    for row in work.all(select(Return.c.id, Return.c.draft_version)):
        query = select(func.count()).where(AuditRow.c.subject == f"return/{row.id}", AuditRow.c.action.in_(TURNS))
        if (turns := work.connection.scalar(query)) != row.draft_version:
            yield f"return {row.id} is at version {row.draft_version} after {turns} turns"


def _backed(work: Work) -> Iterator[str]:
    """Evidence backs a draft or an entry that is there."""
    drafts = select(DraftEntry.c.id)
    gone = EntryEvidence.c.draft_id.is_not(None) & EntryEvidence.c.draft_id.not_in(drafts)
    neither = EntryEvidence.c.draft_id.is_(None) & EntryEvidence.c.entry_id.is_(None)
    for row in work.all(select(EntryEvidence.c.id).where(or_(gone, neither))):
        yield f"link {row.id} of evidence leads nowhere"


def _complete(work: Work) -> Iterator[str]:
    """A contract has its authority and its lead; one with a pin has commitments, and these have targets."""
    for what, needed, having in (
        ("contract {} has no authority", Contract.c.id, ContractAuthority.c.contract_id),
        ("contract {} has no party", Contract.c.id, ContractParty.c.contract_id),
        ("pin of contract {} without commitments", ContractPin.c.contract_id, Commitment.c.contract_id),
        ("commitments of contract {} without a pin", Commitment.c.contract_id, ContractPin.c.contract_id),
        ("commitment {} has no targets", Commitment.c.id, Target.c.commitment_id),
    ):
        for (row_id,) in work.all(select(needed).where(needed.not_in(select(having))).distinct()):
            yield what.format(row_id)


CHECKS = (_sound, _audited, _submitted, _in_a_revision, _valued, _turned, _backed, _complete)
