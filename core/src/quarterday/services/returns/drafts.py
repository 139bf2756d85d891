"""Entries being written: saved at every step, whatever is still wrong with them, so that nothing typed is lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, select, update

from quarterday.db.models import Activity, DraftEntry, Entry, EntryEvidence, Period, Return, Words
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.domain import periods
from quarterday.domain.cells import CellProblem
from quarterday.domain.claims import Claim
from quarterday.domain.permissions import Permission
from quarterday.domain.return_fields import FREE_TEXT
from quarterday.domain.sentences import said
from quarterday.domain.typed import is_blank, read_claim
from quarterday.errors import NotThere, Refused
from quarterday.services import scope, words
from quarterday.services.returns import activities
from quarterday.services.returns.evidencing import forget_unattached
from quarterday.services.returns.reported import Reported, must_be_open, reported, take_turn
from quarterday.services.returns.reviews import decisions

_KEPT_APART = FREE_TEXT | {"ref", "activity"}
"""Fields that don't stand among a draft's cells: free text, and what has a column of its own."""


_DRAFTS = (
    select(
        DraftEntry.c.id,
        DraftEntry.c.ref,
        DraftEntry.c.typed,
        DraftEntry.c.words_id,
        DraftEntry.c.activity_id,
        DraftEntry.c.replaces_entry_id,
        Words.c.text,
        Words.c.digest,
        Activity.c.label,
        Period.c.name,
        Period.c.first,
        Period.c.last,
    )
    .outerjoin(Words, Words.c.id == DraftEntry.c.words_id)
    .outerjoin(Activity, Activity.c.id == DraftEntry.c.activity_id)
    .outerjoin(Period, Period.c.id == DraftEntry.c.late_period_id)
    .where(DraftEntry.c.return_id == bindparam("return_id"))
    .order_by(DraftEntry.c.id)
)


class NothingTyped(Refused):
    """A new entry in which nothing was typed, so nothing was saved; ``problems`` has what its cells are to say."""

    def __init__(self, problems: Sequence[CellProblem]) -> None:
        super().__init__(said("Nothing was typed, so nothing was saved: fill the entry in, or go back."))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Saved:
    """What came of saving: the draft, the return's new version, and what is still to put right before submitting."""

    draft_id: int
    version: int
    problems: tuple[CellProblem, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """One draft as it stands: its cells, with label and free text back among them."""

    id: int
    typed: Mapping[str, str]
    words_id: int | None
    words_digest: str | None
    activity_id: int | None
    replaces_entry_id: int | None
    late_period: periods.Period | None
    """For a late claim: the past period it belongs to."""

    @property
    def cells(self) -> dict[str, str]:
        """What an entry made of it keeps among its facts."""
        return {field: text for field, text in self.typed.items() if field not in _KEPT_APART}


def save_entry(
    uow: UnitOfWork,
    actor: Actor,
    *,
    return_id: int,
    seen_version: int,
    typed: Mapping[str, str],
    draft_id: int | None = None,
    replaces_entry_id: int | None = None,
    late_period_id: int | None = None,
) -> Saved:
    """Save one entry of a return as typed (cells by field of a return), new or in place of ``draft_id``.

    What is wrong with it is in the answer and stops no saving. A queried entry can be replaced after the period closed,
    since the council asks. Raises :class:`Refused` when the period is closed, the measure isn't in the contract's
    edition, or the entry to be replaced isn't in this return or was not queried; :class:`NothingTyped` for a new entry
    without a word or number in it;
    :class:`~quarterday.services.returns.reported.SomebodyElse` when the return is no longer at ``seen_version``.
    """
    with uow.begin(actor) as work:
        scope.needs(work, Permission.REPORT)
        found = reported(work, return_id)
        read = read_claim(0, typed, found.edition)
        problems = () if isinstance(read, Claim) else read
        if draft_id is None and is_blank(typed) and found.edition.measure(typed.get("ref", "")):
            raise NothingTyped(problems)
        version = take_turn(work, found, seen_version)
        draft_id = put_draft(
            work,
            found,
            version=version,
            typed=typed,
            draft_id=draft_id,
            replaces_entry_id=replaces_entry_id,
            late_period_id=late_period_id,
        )
        return Saved(draft_id, version, problems)


def put_draft(
    work: Work,
    found: Reported,
    *,
    version: int,
    typed: Mapping[str, str],
    draft_id: int | None = None,
    replaces_entry_id: int | None = None,
    late_period_id: int | None = None,
) -> int:
    """The step that saves one entry, the return being at ``version`` now; returns the draft's id.

    Raises as :func:`save_entry`.
    """
    measure = found.edition.measure(typed.get("ref", ""))
    if measure is None:
        raise Refused("“{ref}” is no measure of this contract's catalogue.", ref=typed.get("ref", "")[:40])
    if replaces_entry_id is None:
        must_be_open(work, found, [measure.ref])
    else:
        _must_be_queried(work, found, replaces_entry_id, draft_id)
    _must_be_past(work, found, late_period_id)
    label = typed.get("activity", "").strip()
    supplier_id = activities.reporting_supplier(work, found.contract_id) if label else 0
    facts = {
        "ref": measure.ref,
        "activity_id": activities.named(work, supplier_id, label) if label else None,
        "replaces_entry_id": replaces_entry_id,
        "late_period_id": late_period_id,
        "typed": {field: text for field, text in typed.items() if text.strip() and field not in _KEPT_APART},
        "words_id": words.keep_fields(work, {field: typed.get(field, "") for field in FREE_TEXT}),
    }
    if draft_id is None:
        draft_id = work.add(DraftEntry, return_id=found.id, **facts)
    else:
        _replace(work, found, draft_id, facts)
    work.audit(found.authority_id, "draft.saved", found.subject, draft=draft_id, ref=measure.ref, version=version)
    return draft_id


def remove_entry(uow: UnitOfWork, actor: Actor, *, return_id: int, seen_version: int, draft_id: int) -> int:
    """Take a draft away, also once the period is closed; returns the return's new version.

    Raises as :func:`save_entry`.
    """
    with uow.begin(actor) as work:
        scope.needs(work, Permission.REPORT)
        found = reported(work, return_id)
        version = take_turn(work, found, seen_version)
        take_out(work, found, draft_id, version=version)
        return version


def take_out(work: Work, found: Reported, draft_id: int, *, version: int) -> None:
    """The step that takes a draft away, the return being at ``version`` now; raises as :func:`remove_entry`."""
    work.connection.execute(delete(EntryEvidence).where(EntryEvidence.c.draft_id == draft_id))
    gone = work.connection.execute(
        delete(DraftEntry).where(DraftEntry.c.id == draft_id, DraftEntry.c.return_id == found.id)
    )
    if gone.rowcount != 1:
        raise NotThere("There is no such entry in this return.")
    forget_unattached(work, found.id)
    work.audit(found.authority_id, "draft.removed", found.subject, draft=draft_id, version=version)


def drafts_of(work: Work, return_id: int) -> list[Draft]:
    """The drafts of a return, in the order in which they were begun."""
    rows = work.all(_DRAFTS, return_id=return_id)
    return [
        Draft(
            id=row.id,
            typed={**row.typed, **words.fields_of(row.text), "ref": row.ref, "activity": row.label or ""},
            words_id=row.words_id,
            words_digest=row.digest,
            activity_id=row.activity_id,
            replaces_entry_id=row.replaces_entry_id,
            late_period=periods.Period(row.name, row.first, row.last) if row.name else None,
        )
        for row in rows
    ]


def _replace(work: Work, found: Reported, draft_id: int, facts: Mapping[str, object]) -> None:
    done = work.connection.execute(
        update(DraftEntry)
        .where(DraftEntry.c.id == draft_id, DraftEntry.c.return_id == found.id)
        .values(recorded_at=work.now, **facts)
    )
    if done.rowcount != 1:
        raise NotThere("There is no such entry in this return.")


def _must_be_queried(work: Work, found: Reported, entry_id: int, draft_id: int | None) -> None:
    later = select(Entry.c.id).where(Entry.c.replaces_entry_id == entry_id)
    if (
        work.one(select(Entry.c.id).where(Entry.c.id == entry_id, Entry.c.return_id == found.id, ~later.exists()))
        is None
    ):
        raise Refused("The entry to be replaced is not in this return, or was replaced already.")
    if decisions(work, [entry_id]).get(entry_id) != "queried":
        raise Refused("Only what was queried can change now: put anything else in the next return, as a late claim.")
    drafted = select(DraftEntry.c.id).where(
        DraftEntry.c.replaces_entry_id == entry_id, DraftEntry.c.return_id == found.id
    )
    if any(row.id != draft_id for row in work.all(drafted)):
        raise Refused("This entry is being replaced already: change that draft.")


def _must_be_past(work: Work, found: Reported, period_id: int | None) -> None:
    if period_id is None:
        return
    past = work.one(
        select(Period.c.last)
        .join(Return, Return.c.period_id == Period.c.id)
        .where(Period.c.id == period_id, Return.c.contract_id == found.contract_id)
    )
    if past is None or past.last >= found.period.last:  # of another authority's calendar it may end within this one
        raise Refused(
            "A late claim belongs to a period of this contract that ended before this return's own; choose a past one."
        )
