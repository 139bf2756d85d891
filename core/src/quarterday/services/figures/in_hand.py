"""A return in its supplier's hand: what is to do, measure by measure, what is written so far, and what was decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, func, select

from quarterday.db.models import EntryEvidence, Evidence
from quarterday.db.readings import kept
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.domain import asking
from quarterday.domain.catalogue import Measure
from quarterday.domain.periods import Period as NamedPeriod
from quarterday.domain.permissions import Permission
from quarterday.domain.return_states import State, state
from quarterday.errors import NotThere, Refused
from quarterday.services import scope
from quarterday.services.figures.being_written import Line, lines_of
from quarterday.services.figures.heads import head, periods_before
from quarterday.services.figures.so_far import Quantities, so_far
from quarterday.services.figures.submitted import Sent, sent_of
from quarterday.services.returns.drafts import drafts_of
from quarterday.services.returns.nothing_done import nothing_done
from quarterday.services.returns.reported import Reported, must_be_open, reported


class Standing(StrEnum):
    """How one measure of a return stands, for the supplier."""

    NOT_STARTED = "not started"
    TO_PUT_RIGHT = "to put right"
    """Something written for it can't be submitted as it is."""
    ASKED = "question"
    """A counting rule asks something about what is written for it; it can be submitted all the same."""
    READY = "ready"
    NOTHING_DONE = "nothing done"
    """Its supplier says that nothing was done for it in this period."""
    NOTHING = "nothing reported"
    """The return was submitted without it, and without a word on it."""
    SUBMITTED = "submitted"
    QUERIED = "queried"
    ANSWERED = "answered"
    """The council has the answer to what it asked, and hasn't decided."""
    ACCEPTED = "accepted"
    IN_PART = "accepted in part"
    """All that was decided on is accepted, and of some of it less than claimed."""
    REJECTED = "rejected"
    DECIDED = "decided"
    """Some of it accepted, some rejected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One measure of the return: promised by the contract, or reported without a promise."""

    measure: Measure
    quantities: Quantities
    lines: tuple[Line, ...]
    sent: tuple[Sent, ...]
    standing: Standing
    asked: tuple[str, ...]
    """The fields of the return that a form asks for a new entry."""
    is_open: bool
    """Whether entries for this period can be added."""

    @property
    def says_nothing(self) -> bool:
        """Whether its supplier says that nothing was done for it, and nothing is reported."""
        return self.standing is Standing.NOTHING_DONE

    @property
    def is_promised(self) -> bool:
        """Whether the contract promises something for it."""
        return self.quantities.promised is not None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class InHand:
    """A return, for whoever fills it in."""

    id: int
    version: int
    """What a writer who saw this hands back, so that nobody else's change is lost."""
    contract_id: int
    contract: str
    """The reference by which its authority knows the contract today."""
    title: str
    authority: str
    period: NamedPeriod
    due: date
    closes: date
    state: State
    is_open: bool
    """Whether its period can still be reported for."""
    is_overdue: bool
    revisions: int
    has_local: bool
    """Whether it is set what is local for this contract."""
    tasks: tuple[Task, ...]
    """In the catalogue's order; of one measure alone where it was asked for."""
    others: tuple[Measure, ...]
    """The edition's other measures, of which nothing is promised and nothing written."""
    past: tuple[tuple[int, NamedPeriod], ...]
    """Earlier periods of this contract, for late claims, the newest first."""

    @property
    def lines(self) -> tuple[Line, ...]:
        """All that is being written, in the catalogue's order."""
        return tuple(line for task in self.tasks for line in task.lines)

    @property
    def sent(self) -> tuple[Sent, ...]:
        """All that was submitted, in the catalogue's order."""
        return tuple(sent for task in self.tasks for sent in task.sent)

    def task(self, ref: str) -> Task:
        """One measure; raises :class:`Refused` where it is neither promised, reported nor asked for."""
        for task in self.tasks:
            if task.measure.ref == ref:
                return task
        raise NotThere("There is no such measure in this return.")

    def line(self, draft_id: int) -> Line:
        """One entry being written; raises :class:`Refused` where there is none of that id."""
        for line in self.lines:
            if line.draft.id == draft_id:
                return line
        raise NotThere("There is no such entry in this return: it was taken out, or submitted.")

    def entry(self, entry_id: int) -> Sent:
        """One submitted entry; raises :class:`Refused` where there is none of that id that still stands."""
        for sent in self.sent:
            if sent.id == entry_id:
                return sent
        raise NotThere("There is no such entry in this return.")


def in_hand(
    uow: UnitOfWork, actor: Actor, *, return_id: int, ref: str | None = None, with_lines: bool = True
) -> InHand:
    """The return of that id, whole or with one measure alone (also one that isn't promised).

    Without ``with_lines`` what is being written isn't counted, and measures stand as if it weren't there: for a page
    that shows none of it.
    Raises :class:`Refused` where there is no such return in the actor's scope, and for a ref that isn't the edition's.
    """
    with uow.read(actor) as work:
        return kept(_in_hand, work, return_id, ref, with_lines)


def _in_hand(work: Work, return_id: int, ref: str | None, with_lines: bool) -> InHand:
    scope.needs(work, Permission.REPORT)
    found = reported(work, return_id)
    if ref is not None and ref not in {measure.ref for measure in found.edition.measures}:
        raise NotThere("There is no such measure in this return.")
    above, past = head(work, return_id), periods_before(work, found)
    quantities = so_far(work, found, past, ref=ref)
    drafts = drafts_of(work, return_id)
    of_drafts, of_entries = _backing(work, return_id) if drafts or found.revisions else ({}, {})
    lines = lines_of(found, drafts, past, of_drafts) if with_lines else []
    sent = sent_of(work, found.edition, return_id, drafts, of_entries) if found.revisions else []
    is_open = _is_open(work, found)
    nothing = nothing_done(work, return_id)
    tasks = [
        _task(
            work,
            found,
            measure,
            quantities.get(measure.ref, Quantities()),
            lines,
            sent,
            is_open,
            measure.ref in nothing,
        )
        for measure in found.edition.measures
        if ref in (None, measure.ref)
    ]
    wanted = [task for task in tasks if task.is_promised or task.lines or task.sent or task.says_nothing]
    decided = [one.decision for one in sent if one.decision]
    return InHand(
        id=return_id,
        version=found.draft_version,
        contract_id=found.contract_id,
        contract=above.contract,
        title=above.title,
        authority=above.authority,
        period=found.period,
        due=above.due,
        closes=found.closes,
        state=state(drafts=len(drafts), revisions=found.revisions, entries=len(sent), decided=decided),
        is_open=is_open,
        is_overdue=not found.revisions and work.today > above.due,
        revisions=found.revisions,
        has_local=found.local is not None,
        tasks=tuple(wanted if ref is None else tasks),
        others=tuple(task.measure for task in tasks if task not in wanted) if ref is None else (),
        past=past,
    )


def _task(
    work: Work,
    found: Reported,
    measure: Measure,
    quantities: Quantities,
    lines: Sequence[Line],
    sent: Sequence[Sent],
    is_open: bool,
    says_nothing: bool,
) -> Task:
    ours = tuple(line for line in lines if line.measure.ref == measure.ref)
    theirs = tuple(one for one in sent if one.measure.ref == measure.ref)
    return Task(
        measure=measure,
        quantities=quantities,
        lines=ours,
        sent=theirs,
        standing=_standing(ours, theirs, found.revisions, says_nothing),
        asked=asking.asked(measure, found.edition, found.values, {}, frozenset()),
        is_open=not sent and (is_open or _is_open(work, found, measure.ref)),
    )


def _standing(lines: Sequence[Line], sent: Sequence[Sent], revisions: int, says_nothing: bool) -> Standing:
    if lines:
        if any(line.problems for line in lines):
            return Standing.TO_PUT_RIGHT
        return Standing.ASKED if any(line.asks for line in lines) else Standing.READY
    if not sent:
        if says_nothing:
            return Standing.NOTHING_DONE
        return Standing.NOTHING if revisions else Standing.NOT_STARTED
    queried = [one for one in sent if one.decision == "queried"]
    if queried:
        return Standing.ANSWERED if all(one.is_answered for one in queried) else Standing.QUERIED
    decided = {one.decision for one in sent}
    if "" in decided:
        return Standing.SUBMITTED
    if decided == {"accepted"} and any(one.is_in_part for one in sent):
        return Standing.IN_PART
    return Standing(decided.pop()) if len(decided) == 1 else Standing.DECIDED


def _is_open(work: Work, found: Reported, ref: str = "") -> bool:
    try:
        must_be_open(work, found, [ref] if ref else [])
    except Refused:
        return False
    return True


def _backing(work: Work, return_id: int) -> tuple[dict[int, int], dict[int, int]]:
    """How many pieces of evidence back each draft and each entry of a return."""
    drafts, entries = dict[int, int](), dict[int, int]()
    for row in work.all(_pieces(), return_id=return_id):
        if row.draft_id is not None:
            drafts[row.draft_id] = row.pieces
        if row.entry_id is not None:
            entries[row.entry_id] = row.pieces
    return drafts, entries


@cache
def _pieces() -> Select[*tuple[Any, ...]]:
    return (
        select(EntryEvidence.c.draft_id, EntryEvidence.c.entry_id, func.count().label("pieces"))
        .join(Evidence, Evidence.c.id == EntryEvidence.c.evidence_id)
        .where(Evidence.c.return_id == bindparam("return_id"))
        .group_by(EntryEvidence.c.draft_id, EntryEvidence.c.entry_id)
    )
