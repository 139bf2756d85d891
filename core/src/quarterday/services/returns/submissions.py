"""Submitting a return: its drafts become entries that never change, frozen in a revision with a digest."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import and_, bindparam, delete, func, insert, select, update

from quarterday.db.models import (
    Activity,
    DraftEntry,
    Entry,
    EntryEvidence,
    Evidence,
    Revision,
    RevisionEntry,
    Words,
)
from quarterday.db.work import Actor, Priority, UnitOfWork, Work
from quarterday.domain.claims import Claim
from quarterday.domain.counting.once import share_left
from quarterday.domain.exact import NotANumber, exact_text, shown, storable
from quarterday.domain.periods import Period
from quarterday.domain.permissions import Permission
from quarterday.domain.sentences import numbered, said
from quarterday.domain.statement import CountedClaim, count
from quarterday.domain.typed import read_claim
from quarterday.errors import BadRecord, Refused
from quarterday.postcodes import areas_under
from quarterday.services import scope
from quarterday.services.returns.drafts import Draft, drafts_of
from quarterday.services.returns.elsewhere import Elsewhere
from quarterday.services.returns.reported import Reported, SomebodyElse, must_be_open, reported, take_turn, terms
from quarterday.services.returns.reviews import decisions

# Statements of the way every return goes, made once: making one costs more than running it.
_NEWEST = select(func.max(Revision.c.id)).where(Revision.c.return_id == bindparam("return_id")).scalar_subquery()
_ENTRIES_NOW = (
    select(RevisionEntry.c.entry_id).where(RevisionEntry.c.revision_id == _NEWEST).order_by(RevisionEntry.c.entry_id)
)
_FILES = (
    select(EntryEvidence.c.entry_id, Evidence.c.digest)
    .join(Evidence, Evidence.c.id == EntryEvidence.c.evidence_id)
    .where(EntryEvidence.c.entry_id.in_(bindparam("entries", expanding=True)), Evidence.c.portal.is_(None))
)
_FACTS = (
    select(Entry, Words.c.digest.label("words_digest"))
    .outerjoin(Words, Words.c.id == Entry.c.words_id)
    .where(Entry.c.id.in_(bindparam("entries", expanding=True)))
    .order_by(Entry.c.id)
)
_EVIDENCE_OF_DRAFTS = (
    select(EntryEvidence.c.id, EntryEvidence.c.draft_id, Evidence.c.digest, Evidence.c.portal)
    .join(DraftEntry, and_(DraftEntry.c.id == EntryEvidence.c.draft_id, DraftEntry.c.return_id == bindparam("of")))
    .join(Evidence, Evidence.c.id == EntryEvidence.c.evidence_id)
)
_LOCK_ACTIVITIES = (
    select(Activity.c.id)
    .where(Activity.c.id.in_(bindparam("activities", expanding=True)))
    .order_by(Activity.c.id)
    .with_for_update()
)
_LINK = insert(RevisionEntry)
_CLEAR = delete(DraftEntry).where(DraftEntry.c.return_id == bindparam("of"))


class NotReady(Refused):
    """The return can't be submitted yet; ``problems`` has every cell to put right, keyed “draft ID, field”."""

    def __init__(self, problems: Sequence[BadRecord]) -> None:
        super().__init__(
            numbered(
                len(problems),
                "{n} answer must be put right before you can submit: {why}",
                "{n} answers must be put right before you can submit: {why}",
                why=problems[0].why,
            )
        )
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Submitted:
    """The receipt: the revision, its digest, and the reference a supplier can quote."""

    revision_id: int
    number: int
    digest: str

    @property
    def reference(self) -> str:
        """Like ``QD-000123-2``; the last part is the revision's number within its return."""
        return f"QD-{self.revision_id:06}-{self.number}"


def submit(
    uow: UnitOfWork,
    actor: Actor,
    *,
    return_id: int,
    seen_version: int,
    declared_as: str,
    nothing_to_report: bool = False,
) -> Submitted:
    """Freeze the return as it stands now. Its drafts become entries; entries that are there already stay.

    After the first submission only queried entries can be replaced, and late claims added. Raises :class:`NotReady`
    with every cell to put right, :class:`Refused` for a closed period or an empty return that doesn't say so, and
    :class:`~quarterday.services.returns.reported.SomebodyElse` when the return is no longer at ``seen_version``.
    """
    if not declared_as.strip():
        raise Refused("Say in which role you declare this return to be true, like “finance manager”.")
    if actor.user_id is None:
        raise Refused("A return is declared by a person: sign in, or say who submits it.")
    with uow.begin(actor) as work:
        scope.needs(work, Permission.REPORT)
        found = reported(work, return_id)
        if found.draft_version != seen_version:
            raise SomebodyElse
        take_turn(work, found, seen_version)
        drafts, number = drafts_of(work, return_id), found.revisions + 1
        before = entries_now(work, return_id) if number > 1 else []
        new = [draft.typed["ref"] for draft in drafts if draft.replaces_entry_id is None]
        if new or not drafts:
            must_be_open(work, found, new)
        _must_make_sense(work, drafts, before, number, nothing_to_report)
        rows = _entries(work, found, drafts)
        added = work.add_each(Entry, rows)
        files = _hand_over_evidence(work, return_id, drafts, added)
        replaced = {draft.replaces_entry_id for draft in drafts}
        kept = [entry_id for entry_id in before if entry_id not in replaced]
        facts = _facts_of(work, kept)
        for entry_id, draft, row in zip(added, drafts, rows, strict=True):
            facts.append(_fact(row, draft.words_digest, files.get(entry_id, ())))
        digest = _digest(facts, return_id, number, nothing_to_report)
        entries = kept + added
        revision_id = work.add(
            Revision,
            return_id=return_id,
            number=number,
            digest=digest,
            is_nothing_to_report=nothing_to_report,
            by_user_id=actor.user_id,
            declared_as=declared_as.strip(),
        )
        if entries:
            links = [{"revision_id": revision_id, "entry_id": entry_id} for entry_id in entries]
            work.connection.execute(_LINK, links)
        work.connection.execute(_CLEAR, {"of": return_id})
        work.audit(found.authority_id, "return.submitted", found.subject, revision=revision_id, digest=digest)
        work.send(
            "mail.receipt",
            f"receipt/{revision_id}",
            {"revision_id": revision_id},
            authority_id=found.authority_id,
            priority=Priority.PERSON_WAITS,
        )
        return Submitted(revision_id, number, digest)


def entries_now(work: Work, return_id: int) -> list[int]:
    """The ids of the entries in the newest revision of a return, in order."""
    return [row.entry_id for row in work.all(_ENTRIES_NOW, return_id=return_id)]


def digest_of_revision(work: Work, entries: Sequence[int], return_id: int, number: int, nothing: bool) -> str:
    """The SHA-256 of a revision's canonical JSON: the facts of its entries, and the digests of words and files.

    Worked out from the record itself, so that an auditor can work it out again. It covers what the supplier declared:
    evidence that came from a portal is another's, and may come later; the audit trail has its digest.
    """
    return _digest(_facts_of(work, entries), return_id, number, nothing)


def _facts_of(work: Work, entries: Sequence[int]) -> list[dict[str, Any]]:
    """What a digest covers of entries in the record, in the order of their ids."""
    if not entries:
        return []
    files: dict[int | None, list[str]] = defaultdict(list)
    for row in work.all(_FILES, entries=entries):
        files[row.entry_id].append(row.digest)
    return [_fact(row._asdict(), row.words_digest, files[row.id]) for row in work.all(_FACTS, entries=entries)]


def _fact(entry: Mapping[str, Any], words_digest: str | None, files: Sequence[str]) -> dict[str, Any]:
    return {
        "ref": entry["ref"],
        "period": [entry["first"].isoformat(), entry["last"].isoformat()],
        "late": entry["is_late"],
        "activity": entry["activity_id"],
        "typed": entry["typed"],
        "quantity": [entry["numerator"], entry["denominator"]],
        "share": [entry["share_numerator"], entry["share_denominator"]],
        "words": words_digest,
        "files": sorted(files),
    }


def _digest(facts: Sequence[Mapping[str, Any]], return_id: int, number: int, nothing: bool) -> str:
    whole = {"return": return_id, "number": number, "nothing": nothing, "entries": facts}
    return sha256(json.dumps(whole, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _must_make_sense(
    work: Work, drafts: Sequence[Draft], before: Sequence[int], number: int, nothing_to_report: bool
) -> None:
    if nothing_to_report and (drafts or before):
        raise Refused("This return has entries, so there is something to report: take them out, or submit them.")
    if not drafts and number > 1:
        raise Refused("Nothing has changed since this return was submitted.")
    if not drafts and not nothing_to_report:
        raise Refused("This return is empty: add an entry, or say that there is nothing to report.")
    replaced = [draft.replaces_entry_id for draft in drafts if draft.replaces_entry_id is not None]
    standing = decisions(work, replaced)
    if len(set(replaced)) < len(replaced) or any(standing.get(entry_id) != "queried" for entry_id in replaced):
        raise Refused("An entry can be replaced once, while it is queried: take the other drafts for it out.")
    if before and any(draft.late_period is None and draft.replaces_entry_id is None for draft in drafts):
        raise Refused(
            "Only what was queried can change now: answer the query, or make it a late claim in the next return."
        )


def _entries(work: Work, found: Reported, drafts: Sequence[Draft]) -> list[dict[str, Any]]:
    """The entries to make of the drafts, counted by the rules, in the drafts' order."""
    if not drafts:
        return []
    claims: list[tuple[Draft, Claim]] = []
    problems: list[BadRecord] = []
    for draft in drafts:
        read = read_claim(draft.id, draft.typed, found.edition)
        if isinstance(read, Claim):
            claims.append((draft, read))
        else:
            problems += [BadRecord(f"draft {draft.id}, {problem.field}", problem.why) for problem in read]
    if problems:
        raise NotReady(problems)
    _shares_must_fit(work, found, claims)
    counted = _counted(found, claims)
    return [_row(found, draft, claim, counted[draft.id]) for draft, claim in claims]


def _counted(found: Reported, claims: Sequence[tuple[Draft, Claim]]) -> dict[int, CountedClaim]:
    """What the rules make of each claim, by draft; late claims are counted by their own period."""
    together: dict[Period, list[Claim]] = defaultdict(list)
    for draft, claim in claims:
        together[draft.late_period or found.period].append(claim)
    areas = areas_under({claim.part_postcode for _, claim in claims})
    return {
        counted.claim.line: counted
        for period, ours in together.items()
        for _, claims_of_measure in count(ours, terms(found, areas, period))
        for counted in claims_of_measure
    }


def _row(found: Reported, draft: Draft, claim: Claim, counted: CountedClaim) -> dict[str, Any]:
    period = draft.late_period or found.period
    try:
        quantity, part = storable(claim.amount.quantity), storable(claim.attribution)
        storable(counted.quantity)
    except NotANumber as problem:
        raise NotReady([BadRecord(f"draft {draft.id}, quantity", str(problem))]) from problem
    return {
        "return_id": found.id,
        "contract_id": found.contract_id,
        "ref": claim.ref,
        "first": period.first,
        "last": period.last,
        "is_late": draft.late_period is not None,
        "replaces_entry_id": draft.replaces_entry_id,
        "activity_id": draft.activity_id,
        "typed": draft.cells,
        "numerator": quantity.numerator,
        "denominator": quantity.denominator,
        "value_day": max(period.first, min(claim.ended or period.last, period.last)),
        "industry": claim.industry,
        "share_numerator": part.numerator,
        "share_denominator": part.denominator,
        "findings": {
            "standing": str(counted.standing),
            "counted": exact_text(counted.quantity),
            "rules": [[finding.rule, str(finding.effect)] for finding in counted.findings],
        },
        "words_id": draft.words_id,
    }


def _shares_must_fit(work: Work, found: Reported, claims: Sequence[tuple[Draft, Claim]]) -> None:
    """Shares of one activity never exceed 100% across contracts and authorities (DOMAIN 4.10).

    What other returns claim for the same days counts, unless it was rejected. The supplier is told how much is claimed
    elsewhere, never where. Activities are locked in order, so that two contracts can't claim the last share at once.
    """
    ours = {draft.activity_id for draft, _ in claims if draft.activity_id is not None}
    if not ours:
        return
    if work.connection.dialect.name == "postgresql":  # on SQLite there is one writer at a time
        work.all(_LOCK_ACTIVITIES, activities=sorted(ours))
    elsewhere = Elsewhere(work, found.id, ours)
    problems = []
    for draft, claim in claims:
        if draft.activity_id is None:
            continue
        period = draft.late_period or found.period
        same = elsewhere.parts(draft.activity_id, claim.ref, period.first, period.last, draft.typed)
        if claim.attribution > (left := share_left(same)):
            why = said(
                "{percent}% of “{activity}” is also claimed elsewhere: enter a share of at most {left}.",
                percent=shown((1 - left) * 100, 1),
                activity=claim.activity,
                left=exact_text(left),
            )
            problems.append(BadRecord(f"draft {draft.id}, contract_share", why))
    if problems:
        raise NotReady(problems)


def _hand_over_evidence(
    work: Work, return_id: int, drafts: Sequence[Draft], added: Sequence[int]
) -> Mapping[int, Sequence[str]]:
    """What backed a draft backs the entry made of it, and the evidence of a replaced entry stays with its successor.

    Returns the digests of what backs each of the entries, but for what came from a portal.
    """
    files: dict[int, list[str]] = defaultdict(list)
    heirs = dict(zip((draft.id for draft in drafts), added, strict=True))
    for row in work.all(_EVIDENCE_OF_DRAFTS, of=return_id) if heirs else ():
        link = update(EntryEvidence).where(EntryEvidence.c.id == row.id)
        work.connection.execute(link.values(draft_id=None, entry_id=heirs[row.draft_id]))
        if row.portal is None:
            files[heirs[row.draft_id]].append(row.digest)
    successors = {
        draft.replaces_entry_id: entry for draft, entry in zip(drafts, added, strict=True) if draft.replaces_entry_id
    }
    if successors:
        inherited = work.all(
            select(EntryEvidence.c.entry_id, EntryEvidence.c.evidence_id, Evidence.c.digest, Evidence.c.portal)
            .join(Evidence, Evidence.c.id == EntryEvidence.c.evidence_id)
            .where(EntryEvidence.c.entry_id.in_(successors))
        )
        links = [{"entry_id": successors[its.entry_id], "evidence_id": its.evidence_id} for its in inherited]
        work.add_all(EntryEvidence, links)
        for its in inherited:
            if its.portal is None:
                files[successors[its.entry_id]].append(its.digest)
    return files
