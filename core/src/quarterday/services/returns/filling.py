"""A whole spreadsheet saved as the drafts of a return: sent again, it changes what changed and doubles nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from sqlalchemy import select

from quarterday.db.models import Activity, Entry, Period, Return, Words
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.domain.catalogue import Measure
from quarterday.domain.periods import Period as NamedPeriod
from quarterday.domain.permissions import Permission
from quarterday.domain.sentences import said
from quarterday.errors import BadRecord, Refused
from quarterday.services import scope, words
from quarterday.services.promises.awards import committed
from quarterday.services.returns.drafts import drafts_of, put_draft, take_out
from quarterday.services.returns.on_file import ReadRow, ReturnOnFile, read_return
from quarterday.services.returns.reported import Reported, reported, take_turn
from quarterday.services.returns.reviews import decisions
from quarterday.services.returns.submissions import entries_now

_TOO_LATE = said(
    "This return is submitted, and only what was queried can change: put this row in the next return as a late claim."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What became of a file. Its rows = added + changed + unchanged + rejected + blank."""

    on_file: ReturnOnFile
    added: tuple[int, ...]
    """The drafts that are new."""
    changed: tuple[int, ...]
    """The drafts that were changed, and those that replace an entry that was queried."""
    unchanged: int
    """Rows that the return has already, as drafts or as entries."""
    removed: tuple[int, ...]
    """The drafts that were taken out, as the file doesn't have them."""
    left: tuple[int, ...]
    """The drafts that the file doesn't have and that stay."""
    rejected: tuple[BadRecord, ...]
    """One for each cell or row to put right; its key says where."""
    rejected_rows: int
    version: int
    """The return's version now."""


@dataclass(slots=True)
class _There:
    """Something that the return has already: a draft, or an entry of the newest revision."""

    says: Mapping[str, str]
    draft_id: int | None = None
    replaces: int | None = None
    """The queried entry whose place the draft takes, or this entry itself where it is queried."""
    is_fixed: bool = False
    """An entry that can't be replaced."""
    is_used: bool = False

    @property
    def about(self) -> tuple[str, str]:
        """Measure and label."""
        return self.says["ref"], self.says.get("activity", "")


@dataclass(slots=True)
class _Plan:
    """What is to be done with the rows of a file."""

    unchanged: int = 0
    saves: list[tuple[ReadRow, _There | None]] = field(default_factory=list)
    rejected: list[BadRecord] = field(default_factory=list)


def fill(
    uow: UnitOfWork,
    actor: Actor,
    *,
    return_id: int,
    path: Path,
    seen_version: int | None = None,
    columns: Mapping[str, str] | None = None,
    late_for: str = "",
    is_whole: bool = False,
    dry_run: bool = False,
) -> Filled:
    """Save the rows of a return's spreadsheet as its drafts, in one transaction; rows that can't be used are told.

    A row that the return has already, cell for cell, is left as it is. One with the measure and the label of a draft
    takes its place, and so does one for a queried entry; any other is added. With ``late_for`` (a period's name) the
    rows are late claims for that period. With ``is_whole`` drafts that the file doesn't have are taken out, once none
    of its rows is rejected. With ``dry_run`` all is done and taken back. ``columns`` is field → header. Without
    ``seen_version`` the file goes by the return as it stands now.

    Raises :class:`Refused` for a file that is no such spreadsheet, a closed period and one that can't be late, and
    :class:`~quarterday.services.returns.reported.SomebodyElse` when it would change a return that is no longer at
    ``seen_version``.
    """
    with uow.read(actor) as work:
        scope.needs(work, Permission.REPORT)
        edition = reported(work, return_id).edition
    on_file = read_return(path, edition, columns or {})
    if is_whole and not (on_file.read or on_file.rejected):
        raise Refused("{file} has no row filled in, so it can't be the whole return.", file=path.name)
    with uow.begin(actor) as work:
        found = reported(work, return_id)
        trial = work.connection.begin_nested()
        late = _late(work, found, late_for) if late_for else None
        there = _there(work, found, late[1] if late else None)
        is_submitted = late is None and any(one.draft_id is None for one in there)
        plan = _plan(on_file, there, is_submitted=is_submitted)
        spare = [one.draft_id for one in there if one.draft_id and not (one.is_used or one.replaces)]
        removed = [] if on_file.rejected or plan.rejected or not is_whole else spare
        version, added, changed = found.draft_version, list[int](), list[int]()
        if plan.saves or removed:
            version = take_turn(work, found, version if seen_version is None else seen_version)
        for row, place in plan.saves:
            draft_id = put_draft(
                work,
                found,
                version=version,
                typed=row.typed,
                draft_id=place.draft_id if place else None,
                replaces_entry_id=place.replaces if place else None,
                late_period_id=late[0] if late else None,
            )
            (changed if place else added).append(draft_id)
        for draft_id in removed:
            take_out(work, found, draft_id, version=version)
        if plan.saves or removed:
            counts = {"added": len(added), "changed": len(changed), "removed": len(removed)}
            digest = sha256(path.read_bytes()).hexdigest()
            work.audit(found.authority_id, "return.filled", found.subject, file=digest, version=version, **counts)
        if dry_run:
            trial.rollback()
            version = found.draft_version
        return Filled(
            on_file=on_file,
            added=tuple(added),
            changed=tuple(changed),
            unchanged=plan.unchanged,
            removed=tuple(removed),
            left=tuple(draft_id for draft_id in spare if draft_id not in removed),
            rejected=(*on_file.rejected, *plan.rejected),
            rejected_rows=on_file.rejected_rows + len(plan.rejected),
            version=version,
        )


def promised_measures(uow: UnitOfWork, actor: Actor, *, return_id: int) -> list[Measure]:
    """The measures that the contract of a return promises, in the order of its edition: the rows of its template.

    Raises :class:`Refused` where there is no such return in the actor's scope.
    """
    with uow.read(actor) as work:
        found = reported(work, return_id)
        refs = {one.ref for one in committed(work, found.contract_id)}
        return [measure for measure in found.edition.measures if measure.ref in refs]


def _plan(on_file: ReturnOnFile, there: list[_There], *, is_submitted: bool) -> _Plan:
    plan, left = _Plan(), list[ReadRow]()
    for row in on_file.read:
        says = _says({**row.typed, "ref": row.claim.ref})
        same = next((one for one in there if not one.is_used and one.says == says), None)
        if same:
            same.is_used = True
            plan.unchanged += 1
        else:
            left.append(row)
    replaced = {one.replaces for one in there if one.draft_id}
    for row in left:
        about = row.claim.ref, " ".join(row.claim.activity.split())
        place = next(
            (
                one
                for one in there
                if one.about == about
                and not (one.is_used or one.is_fixed)
                and (one.replaces or about[1])
                and (one.draft_id or one.replaces not in replaced)
            ),
            None,
        )
        if place:
            place.is_used = True
        elif is_submitted:
            plan.rejected.append(BadRecord(row.place, _TOO_LATE))
            continue
        plan.saves.append((row, place))
    return plan


def _there(work: Work, found: Reported, late: NamedPeriod | None) -> list[_There]:
    """What the return has for its own period, or for the past one of late claims."""
    drafted = [
        _There(_says(draft.typed), draft_id=draft.id, replaces=draft.replaces_entry_id)
        for draft in drafts_of(work, found.id)
        if draft.replaces_entry_id or draft.late_period == late
    ]
    period = late or found.period
    rows = work.all(
        select(Entry.c.id, Entry.c.ref, Entry.c.typed, Activity.c.label, Words.c.text)
        .outerjoin(Activity, Activity.c.id == Entry.c.activity_id)
        .outerjoin(Words, Words.c.id == Entry.c.words_id)
        .where(Entry.c.id.in_(entries_now(work, found.id)), Entry.c.first == period.first, Entry.c.last == period.last)
        .order_by(Entry.c.id)
    )
    standing = decisions(work, [row.id for row in rows])
    for row in rows:
        is_queried = standing.get(row.id) == "queried"
        says = _says({**row.typed, **words.fields_of(row.text), "ref": row.ref, "activity": row.label or ""})
        drafted.append(_There(says, replaces=row.id if is_queried else None, is_fixed=not is_queried))
    return drafted


def _says(typed: Mapping[str, str]) -> dict[str, str]:
    """The cells that say something, with no space around them."""
    label = " ".join(typed.get("activity", "").split())
    return {name: text.strip() for name, text in {**typed, "activity": label}.items() if text.strip()}


def _late(work: Work, found: Reported, name: str) -> tuple[int, NamedPeriod]:
    """The period of that name for which the contract has a return; raises :class:`Refused` where there is none."""
    rows = work.all(
        select(Period.c.id, Period.c.name, Period.c.first, Period.c.last)
        .join(Return, Return.c.period_id == Period.c.id)
        .where(Return.c.contract_id == found.contract_id, Period.c.first < found.period.first)
        .order_by(Period.c.first, Period.c.id)
    )
    for row in rows:
        if row.name.casefold() == name.strip().casefold():
            return row.id, NamedPeriod(row.name, row.first, row.last)
    if rows:
        past = said("there are {periods}.", periods=", ".join(row.name for row in rows))
    else:
        past = said("there is none before this one.")
    raise Refused("“{name}” is no past period of this contract; {past}", name=name[:40], past=past)
