"""Batches: one source file each, visible from the moment its row commits, never changed afterwards.

A batch is known by its file's SHA-256, a line by that and its number in the file, never by what the line says: real
files hold many lines that are equal and all meant. A file of a period that is there already takes the older one's place
when a person, or the feed's rule, says so; nothing is removed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import Select, and_, func, select

from quarterday import NotThere, Refused, Trouble, said
from quarterday.services import scope
from quarterday.services.access.permissions import Permission
from quarterday.services.ledger.asking import ask_after
from quarterday.services.record import Actor, UnitOfWork
from quarterday_erp_import.ledger.spans import Months, months
from quarterday_erp_import.ledger.tables import Acceptance, Batch, ControlTotal, Quarantined, Supersession

if TYPE_CHECKING:
    from quarterday.db.work import Work
    from quarterday_erp_import.ledger.files import LineFiles, SourceFile
    from quarterday_erp_import.ledger.writing import Writing

WAITS, COUNTS, LEFT_OUT = "waits", "counts", "left out"
TURNS = "erp_import/batches"
_MOST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A batch as it stands."""

    id: int
    authority_id: int
    feed: str
    sha256: str
    reading: int
    name: str
    rows: int
    accepted: int
    quarantined: int
    skipped: int
    amount: int
    """In micropounds, credits included."""
    first_day: date | None
    last_day: date | None
    recorded_at: datetime
    superseded_by: int | None
    """The batch that counts instead."""
    standing: str = COUNTS
    """:data:`WAITS` for a person, :data:`COUNTS`, or is :data:`LEFT_OUT`."""
    shares: Sequence[Mapping[str, Any]] = ()
    """What it shares with others of its feed that were there before: “batch”, “equal” lines, “same_months”."""

    @property
    def counts(self) -> bool:
        """Whether figures have it."""
        return self.superseded_by is None and self.standing == COUNTS

    @property
    def months(self) -> Months | None:
        """Its first and its last month; None where its lines have no days."""
        return months(self.first_day, self.last_day)


class Unread(Protocol):
    """A record that couldn't be understood."""

    @property
    def ordinal(self) -> int:
        """Its number after the header."""

    @property
    def line(self) -> int:
        """The line of the file, or the row of the sheet, on which it begins."""

    @property
    def text(self) -> str:
        """As it stands in the file."""

    @property
    def reason(self) -> str:
        """Why it couldn't be understood."""


@dataclass(frozen=True, slots=True)
class Account:
    """What became of a file's records besides the lines, and how the file was read."""

    skipped: int
    quarantined: Sequence[Unread]
    understood: Mapping[str, Any]
    footer: int | None = None
    """What the file itself says that its payments add up to, in micropounds; None where it doesn't."""


def batch_of_file(work: Work, authority_id: int, sha256: str) -> BatchRow | None:
    """The batch of a file that is known already, by its latest reading; None where it isn't."""
    found = work.all(
        _batches(work).where(Batch.c.authority_id == authority_id, Batch.c.sha256 == sha256).order_by(Batch.c.reading)
    )
    return _row(found[-1]) if found else None


def may_be_known(work: Work, authority_id: int, path: Path) -> bool:
    """Whether a file could be that of a batch, by its size: said before its digest is taken."""
    try:
        size = path.stat().st_size
    except OSError:
        return True
    sizes = select(Batch.c.id).where(Batch.c.authority_id == authority_id, Batch.c.size == size)
    return work.connection.execute(sizes.limit(1)).first() is not None


def batch(work: Work, batch_id: int) -> BatchRow:
    """The batch of that id; raises :class:`NotThere` when there is none in the actor's scope."""
    row = work.one(_batches(work).where(Batch.c.id == batch_id))
    if row is None:
        raise NotThere("There is no such batch.")
    return _row(row)


@dataclass(frozen=True, slots=True)
class Whole:
    """What else is known of a batch."""

    understood: Mapping[str, Any]
    """How the file was read, as ``quarterday spend profile --json`` says it."""
    size: int
    """Of the file, in bytes."""
    actor: str
    """Who took it in, as the audit trail has it."""


def whole_batch(uow: UnitOfWork, actor: Actor, *, batch_id: int) -> tuple[BatchRow, Whole]:
    """A batch with how its file was read; raises :class:`NotThere` when there is none in the actor's scope."""
    with uow.read(actor) as work:
        scope.needs(work, Permission.SEE_FIGURES)
        found = batch(work, batch_id)
        row = work.one(select(Batch.c.understood, Batch.c.size, Batch.c.actor).where(Batch.c.id == batch_id))
        if row is None:
            raise NotThere("There is no such batch.")
        return found, Whole(row.understood, row.size, row.actor)


def batches(uow: UnitOfWork, actor: Actor, *, authority_id: int) -> list[BatchRow]:
    """The batches of an authority, the oldest first, with those whose place another took."""
    with uow.read(actor) as work:
        scope.needs(work, Permission.SEE_FIGURES)
        scope.authority(work, authority_id)
        return of_authority(work, authority_id)


def of_authority(work: Work, authority_id: int) -> list[BatchRow]:
    """The same, for a use case that has looked at the scope."""
    found = work.all(_batches(work).where(Batch.c.authority_id == authority_id).order_by(Batch.c.id))
    return [_row(row) for row in found]


def paths(files: LineFiles, of: Sequence[BatchRow]) -> list[Path]:
    """The files with the lines of those batches; raises :class:`Trouble` where one isn't on this machine."""
    found = [files.path(one.authority_id, one.sha256, one.reading) for one in of]
    for one, path in zip(of, found, strict=True):
        if not path.is_file():
            raise Trouble(
                said(
                    "The lines of batch {id} aren't in {folder} on this machine: have all machines that run pages or "
                    "workers share that folder, or restore it from a backup.",
                    id=one.id,
                    folder=str(files.folder),
                )
            )
    return found


def put_batch(
    work: Work,
    *,
    files: LineFiles,
    authority_id: int,
    feed: str,
    source: SourceFile,
    written: Writing,
    account: Account,
    reading: int,
    waits: bool = False,
    shares: Sequence[Mapping[str, Any]] = (),
) -> int | None:
    """The step that adds a batch: its finished lines get their name, its row and its quarantined records are added.

    ``reading`` says that the file is read for the first time (1), or how often; where it ``waits``, it doesn't count
    until somebody accepts it, who is shown what it ``shares`` with batches that count by then. Two imports of one file
    at once take turns: the second adds nothing. Returns the batch's id, or None for that second one.
    Raises :class:`Refused` for a file whose amounts add up to more than can be kept.
    """
    work.take_turns(TURNS)
    if abs(written.amount) > _MOST:
        raise Refused("The amounts of the file add up to more than a ledger can hold; choose another amount column.")
    before = batch_of_file(work, authority_id, source.sha256)
    if (before.reading if before else 0) != reading - 1:
        return None
    files.keep(written, files.path(authority_id, source.sha256, reading))
    batch_id = work.add(
        Batch,
        authority_id=authority_id,
        feed=feed,
        sha256=source.sha256,
        reading=reading,
        name=source.name,
        size=source.size,
        rows=written.lines + len(account.quarantined) + account.skipped,
        accepted=written.lines,
        quarantined=len(account.quarantined),
        skipped=account.skipped,
        amount=written.amount,
        first_day=written.first_day,
        last_day=written.last_day,
        understood=dict(account.understood),
        lines_sha256=written.digest,
        actor=work.actor.name,
    )
    work.add_all(
        Quarantined,
        [
            {"batch_id": batch_id, "ordinal": one.ordinal, "line": one.line, "text": one.text, "reason": one.reason}
            for one in account.quarantined
        ],
    )
    if account.footer is not None:
        total = {"source": "footer", "lines": None, "amount": account.footer}
        work.add(ControlTotal, batch_id=batch_id, actor=work.actor.name, **total)
    work.audit(
        authority_id,
        "spend.imported",
        f"batch/{batch_id}",
        sha256=source.sha256,
        reading=reading,
        lines=written.digest,
        accepted=written.lines,
        quarantined=len(account.quarantined),
        skipped=account.skipped,
        amount=written.amount,
    )
    if waits:
        put_standing(work, batch_id, WAITS, shares)
        return batch_id
    if shares:
        put_standing(work, batch_id, COUNTS, shares)
    if before and before.superseded_by is None:
        put_supersession(work, old=before, by=batch(work, batch_id))
    ask_after(work, authority_id, f"batch/{batch_id}")
    return batch_id


def put_standing(work: Work, batch_id: int, standing: str, shares: Sequence[Mapping[str, Any]]) -> int:
    """The step that says whether a batch counts; returns the row's id."""
    listed = [dict(one) for one in shares]
    return work.add(Acceptance, batch_id=batch_id, standing=standing, shares=listed, actor=work.actor.name)


def supersede(uow: UnitOfWork, actor: Actor, *, batch_id: int, by_batch_id: int) -> None:
    """Say that a batch counts instead of another, of the same feed, from now on.

    Raises :class:`Refused` where either doesn't count now, or they are one batch or of two feeds.
    """
    with uow.begin(actor) as work:
        scope.needs(work, Permission.SET_VALUES)
        work.take_turns(TURNS)
        old, by = batch(work, batch_id), batch(work, by_batch_id)
        if old.id == by.id:
            raise Refused("A batch can't take its own place; name the batch that counts instead.")
        if (old.authority_id, old.feed) != (by.authority_id, by.feed):
            raise Refused(
                "The two batches are of different feeds; a batch only takes the place of one of its own feed."
            )
        for one in (old, by):
            if one.superseded_by is not None:
                raise Refused(
                    said("Batch {id} doesn't count any more: {by} took its place.", id=one.id, by=one.superseded_by)
                )
            if not one.counts:
                raise Refused("Batch {id} doesn't count; accept it first.", id=one.id)
        put_supersession(work, old=old, by=by)


def put_supersession(work: Work, *, old: BatchRow, by: BatchRow) -> None:
    """The step that has one batch count instead of another."""
    row = work.add(Supersession, batch_id=old.id, by_batch_id=by.id, actor=work.actor.name)
    ask_after(work, old.authority_id, f"supersession/{row}")
    work.audit(old.authority_id, "spend.superseded", f"batch/{old.id}", by=by.id)


def reinstate(uow: UnitOfWork, actor: Actor, *, batch_id: int) -> None:
    """Say that a batch whose place another took counts again, beside that one.

    Raises :class:`Refused` where it counts already, and where another reading of its file does.
    """
    with uow.begin(actor) as work:
        scope.needs(work, Permission.SET_VALUES)
        work.take_turns(TURNS)
        old = batch(work, batch_id)
        if old.superseded_by is None:
            raise Refused("The batch counts already.")
        for one in of_authority(work, old.authority_id):
            if one.sha256 == old.sha256 and one.counts:
                raise Refused("Batch {id} is the same file, read again, and counts: leave it out first.", id=one.id)
        row = work.add(Supersession, batch_id=old.id, by_batch_id=None, actor=work.actor.name)
        ask_after(work, old.authority_id, f"supersession/{row}")
        work.audit(old.authority_id, "spend.reinstated", f"batch/{old.id}")


def sweep(uow: UnitOfWork, actor: Actor, *, files: LineFiles, older_than: timedelta = timedelta(days=1)) -> list[Path]:
    """Remove the files that interrupted imports left behind longer ago than that; returns them."""
    with uow.begin(actor) as work:
        scope.only_the_operator(work)
        work.take_turns(TURNS)
        rows = work.all(select(Batch.c.authority_id, Batch.c.sha256, Batch.c.reading))
        return files.sweep({files.path(*row) for row in rows}, older_than=older_than)


def _batches(work: Work) -> Select[*tuple[Any, ...]]:
    """The batches in the actor's scope."""
    latest = select(func.max(Supersession.c.id)).group_by(Supersession.c.batch_id)
    last_said = select(func.max(Acceptance.c.id)).group_by(Acceptance.c.batch_id)
    query = select(
        Batch.c.id,
        Batch.c.authority_id,
        Batch.c.feed,
        Batch.c.sha256,
        Batch.c.reading,
        Batch.c.name,
        Batch.c.rows,
        Batch.c.accepted,
        Batch.c.quarantined,
        Batch.c.skipped,
        Batch.c.amount,
        Batch.c.first_day,
        Batch.c.last_day,
        Batch.c.recorded_at,
        Supersession.c.by_batch_id.label("superseded_by"),
        Acceptance.c.standing,
        Acceptance.c.shares,
    )
    query = query.outerjoin(Supersession, and_(Supersession.c.batch_id == Batch.c.id, Supersession.c.id.in_(latest)))
    query = query.outerjoin(Acceptance, and_(Acceptance.c.batch_id == Batch.c.id, Acceptance.c.id.in_(last_said)))
    visible = [one.id for one in scope.authorities(work)]
    return query if work.actor.is_operator else query.where(Batch.c.authority_id.in_(visible))


def _row(row: Any) -> BatchRow:
    unsaid = {"standing": row.standing or COUNTS, "shares": tuple(row.shares or ())}
    return BatchRow(**{**row._mapping, **unsaid})
