"""Files that came in for a feed, by themselves or by hand: kept at once, read by a job, and what became of each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from sqlalchemy import Select, func, select

from quarterday import NotThere, Refused
from quarterday.services import scope
from quarterday.services.access.permissions import Permission
from quarterday.services.record import Actor, UnitOfWork, installation_settings
from quarterday_erp_import.feeds import rules
from quarterday_erp_import.feeds.keeping import IncomingFiles
from quarterday_erp_import.ledger.offered import FOLDER
from quarterday_erp_import.ledger.tables import Incoming, IncomingStep

if TYPE_CHECKING:
    from quarterday.db.work import Work

BY_HAND = "by hand"
"""The origin of a file that a person handed in."""

JOB = "import-spend"
"""The job that reads what waits."""

KEPT = timedelta(days=90)
"""How long the content of a file waits for a person."""

_MOST_NAME = 120
TURNS = "erp_import/incoming"
"""What all take turns over who change how far files are."""


class State(StrEnum):
    """How far a file is."""

    WAITING = "waiting"
    """It is kept, and read soon."""
    BEGUN = "begun"
    """It is being read, or was when the process that read it ended."""
    ASKS = "asks"
    """It leaves something open that a person has to answer."""
    READ = "read"
    """Its payments are in the ledger."""
    REFUSED = "refused"
    """It can't be read, and why is said; it can be tried again."""
    DISMISSED = "dismissed"
    """A person said that it isn't wanted."""


@dataclass(frozen=True, slots=True)
class IncomingRow:
    """A file that came in, as it stands."""

    id: int
    authority_id: int
    feed: str
    name: str
    origin: str
    """The source it came from, or :data:`BY_HAND`."""
    sha256: str
    size: int
    """In bytes."""
    by: str
    """Who handed it in, as the audit trail has it."""
    came_at: datetime
    state: State
    why: str
    """Why it is refused, or what is to know of it; "" where there is nothing to say."""
    questions: tuple[Mapping[str, Any], ...]
    """What it leaves open where it asks, and what was answered for it where it waits again: each has “key”, “text”,
    “choices” and “assumed”."""
    understood: Mapping[str, Any] | None
    """What it was understood to be so far, where it asks; as a batch keeps it."""
    batch_id: int | None
    """What it was read as."""
    at: datetime
    """Since when it stands so."""


def hand_in(
    uow: UnitOfWork,
    actor: Actor,
    *,
    authority_id: int,
    feed: str,
    name: str,
    content: BinaryIO,
    origin: str = BY_HAND,
    files: IncomingFiles | None = None,
) -> int:
    """Keep a spend file for a feed of an authority, to be read soon; returns its id, that of its row.

    What it returned for is on the disk for good. The same content for the same feed is the same file: one that was
    refused or dismissed waits again, and else nothing happens. ``files`` says where it lies, in the data folder where
    it isn't given. Raises :class:`Refused` for a file that is empty or too large, and for a feed without a name, and
    :class:`~quarterday.errors.Retryable` where the disk is full.
    """
    files = files or installed_files()
    feed = rules.feed_name(feed)
    with uow.read(actor) as work:
        _may_change(work, authority_id)
    with files.received(content) as received, uow.begin(actor) as work:
        _may_change(work, authority_id)
        work.take_turns(TURNS)
        known = work.one(
            select(Incoming.c.id).where(
                Incoming.c.authority_id == authority_id, Incoming.c.feed == feed, Incoming.c.sha256 == received.sha256
            )
        )
        if known is not None and incoming_file(work, known.id).state not in (State.REFUSED, State.DISMISSED):
            return int(known.id)
        files.keep(received, authority_id)
        row = (
            int(known.id)
            if known is not None
            else work.add(
                Incoming,
                authority_id=authority_id,
                feed=feed,
                name=plain_name(name),
                origin=origin,
                sha256=received.sha256,
                size=received.size,
                actor=actor.name,
            )
        )
        step(work, row, State.WAITING)
        work.audit(authority_id, "spend.handed_in", f"incoming/{row}", sha256=received.sha256, size=received.size)
        return row


def incoming(uow: UnitOfWork, actor: Actor, *, authority_id: int) -> list[IncomingRow]:
    """The files that came in for an authority, the newest first."""
    with uow.read(actor) as work:
        scope.needs(work, Permission.SEE_FIGURES)
        scope.authority(work, authority_id)
        found = work.all(_files().where(Incoming.c.authority_id == authority_id).order_by(Incoming.c.id.desc()))
        return [_row(one) for one in found]


def one_incoming(uow: UnitOfWork, actor: Actor, *, incoming_id: int) -> IncomingRow:
    """A file that came in; raises :class:`NotThere` where there is none in the actor's scope."""
    with uow.read(actor) as work:
        scope.needs(work, Permission.SEE_FIGURES)
        return incoming_file(work, incoming_id)


def answer(uow: UnitOfWork, actor: Actor, *, incoming_id: int, answers: Mapping[str, str]) -> None:
    """Answer what a file asks, by the questions’ keys; the answers are kept for its feed, and it waits to be read.

    Other files of the feed that ask wait again too. Raises :class:`Refused` for a file that asks nothing, and where a
    question's answer isn't among its choices, or missing.
    """
    with uow.begin(actor) as work:
        one = _to_change(work, incoming_id)
        if one.state is not State.ASKS:
            raise Refused("The file asks nothing any more; look at it again.")
        for question in one.questions:
            if answers.get(question["key"]) not in question["choices"]:
                raise Refused("Choose one of the answers to this: {question}", question=question["text"])
        rules.settle(work, one.authority_id, one.feed, [f"{key}={value}" for key, value in answers.items()])
        asking = _files().where(Incoming.c.authority_id == one.authority_id, Incoming.c.feed == one.feed)
        for other in [_row(row) for row in work.all(asking.where(IncomingStep.c.state == State.ASKS))]:
            step(work, other.id, State.WAITING, questions=one.questions if other.id == one.id else ())
        work.audit(one.authority_id, "spend.answered", f"incoming/{one.id}", questions=len(one.questions))


def try_again(uow: UnitOfWork, actor: Actor, *, incoming_id: int) -> None:
    """Have a refused file read once more, after its mapping was changed or what was wrong was put right.

    Raises :class:`Refused` for one that wasn't refused.
    """
    with uow.begin(actor) as work:
        one = _to_change(work, incoming_id)
        if one.state is not State.REFUSED:
            raise Refused("Only a file that was refused can be tried again; look at it again.")
        step(work, one.id, State.WAITING)
        work.audit(one.authority_id, "spend.tried_again", f"incoming/{one.id}")


def dismiss(uow: UnitOfWork, actor: Actor, *, incoming_id: int) -> None:
    """Say that a file which isn't read isn't wanted; its content is removed within a few days.

    Raises :class:`Refused` for one that was read, or is being read: that is a batch now, or soon.
    """
    with uow.begin(actor) as work:
        one = _to_change(work, incoming_id)
        if one.state is State.BEGUN:
            raise Refused("The file is being read just now; look at it again in a minute.")
        if one.state in (State.READ, State.DISMISSED):
            raise Refused("The file isn't waiting any more; look at it again.")
        step(work, one.id, State.DISMISSED)
        work.audit(one.authority_id, "spend.dismissed", f"incoming/{one.id}")


def incoming_file(work: Work, incoming_id: int) -> IncomingRow:
    """The same as :func:`one_incoming`, for a use case."""
    row = work.one(_files().where(Incoming.c.id == incoming_id))
    if row is None or row.authority_id not in {one.id for one in scope.authorities(work)}:
        raise NotThere("There is no such file.")
    return _row(row)


def in_states(work: Work, *states: State) -> list[IncomingRow]:
    """The files of all authorities that stand so, the oldest first."""
    return [_row(one) for one in work.all(_files().where(IncomingStep.c.state.in_(states)).order_by(Incoming.c.id))]


def sweep(
    uow: UnitOfWork, actor: Actor, *, files: IncomingFiles, older_than: timedelta = timedelta(days=1)
) -> list[Path]:
    """Remove the content of files that came longer ago than that and are read, or aren't wanted; returns them.

    What asks, or was refused, goes after :data:`KEPT`: it may name persons.
    """
    with uow.begin(actor) as work:
        scope.only_the_operator(work)
        work.take_turns(TURNS)
        soon = in_states(work, State.WAITING, State.BEGUN)
        later = [one for one in in_states(work, State.ASKS, State.REFUSED) if one.at > work.now - KEPT]
        needed = {files.path(one.authority_id, one.sha256) for one in (*soon, *later)}
        return files.sweep(needed, older_than=older_than)


def step(
    work: Work,
    incoming_id: int,
    state: State,
    *,
    why: str = "",
    questions: tuple[Mapping[str, Any], ...] = (),
    understood: Mapping[str, Any] | None = None,
    batch_id: int | None = None,
    soon: bool = True,
) -> None:
    """The step that says what became of a file; one that waits has the job asked for that reads it, where it is to be
    read soon, and not only when the clock strikes."""
    row = work.add(
        IncomingStep,
        incoming_id=incoming_id,
        state=state,
        why=why,
        questions=[dict(one) for one in questions],
        understood=understood and dict(understood),
        batch_id=batch_id,
        actor=work.actor.name,
    )
    if state is State.WAITING and soon:
        _ask_for_the_job(work, row)


def installed_files() -> IncomingFiles:
    """Where files lie in this installation: in its data folder."""
    return IncomingFiles(installation_settings().data_dir / FOLDER)


def plain_name(name: str) -> str:
    """A file's name as it is shown: without folders and signs that can't be seen; “file” where nothing is left."""
    last = re.split(r"[/\\]", name)[-1]
    shown = " ".join("".join(sign if sign.isprintable() else " " for sign in last).split())
    return shown if len(shown) <= _MOST_NAME else f"{shown[: _MOST_NAME - 21]}…{shown[-20:]}" if shown else "file"


def _ask_for_the_job(work: Work, row: int) -> None:
    from quarterday.services.background import clock
    from quarterday.services.plugins.jobs import installed_jobs

    if JOB in {one.name for one in installed_jobs()}:
        clock.ask_for(work, JOB, work.now, clock.key_of(JOB, f"step/{row}"))


def _to_change(work: Work, incoming_id: int) -> IncomingRow:
    """A file whose state somebody may change, as it stands once it is our turn to change it."""
    _may_change(work, incoming_file(work, incoming_id).authority_id)
    work.take_turns(TURNS)
    return incoming_file(work, incoming_id)


def _may_change(work: Work, authority_id: int) -> None:
    scope.needs(work, Permission.SET_VALUES)
    scope.authority(work, authority_id)


def _files() -> Select[*tuple[Any, ...]]:
    """The files with what became of them last."""
    latest = select(func.max(IncomingStep.c.id)).group_by(IncomingStep.c.incoming_id)
    return (
        select(
            Incoming.c.id,
            Incoming.c.authority_id,
            Incoming.c.feed,
            Incoming.c.name,
            Incoming.c.origin,
            Incoming.c.sha256,
            Incoming.c.size,
            Incoming.c.actor.label("by"),
            Incoming.c.recorded_at.label("came_at"),
            IncomingStep.c.state,
            IncomingStep.c.why,
            IncomingStep.c.questions,
            IncomingStep.c.understood,
            IncomingStep.c.batch_id,
            IncomingStep.c.recorded_at.label("at"),
        )
        .join(IncomingStep, IncomingStep.c.incoming_id == Incoming.c.id)
        .where(IncomingStep.c.id.in_(latest))
    )


def _row(row: Any) -> IncomingRow:
    return IncomingRow(**{**row._mapping, "state": State(row.state), "questions": tuple(row.questions)})
