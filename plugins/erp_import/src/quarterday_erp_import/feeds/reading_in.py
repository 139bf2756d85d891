"""Reading the files that wait: each by what is agreed about its feed, and one that is bad stops no other."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from traceback import extract_tb
from typing import Any

from sqlalchemy import select

from quarterday import Refused, Sentence, Trouble, said
from quarterday.services.record import Actor, UnitOfWork
from quarterday_erp_import import reading
from quarterday_erp_import.feeds import rules
from quarterday_erp_import.feeds.incoming import (
    BY_HAND,
    TURNS,
    IncomingRow,
    State,
    in_states,
    incoming_file,
    step,
)
from quarterday_erp_import.feeds.keeping import IncomingFiles
from quarterday_erp_import.ledger.files import LineFiles
from quarterday_erp_import.ledger.importing import Hold, Reading, import_file
from quarterday_erp_import.ledger.tables import IncomingStep

MOST_BEGUN = 2
"""How often reading a file is begun that ends the process which reads it."""

_log = logging.getLogger(__name__)
_CLOCK = Actor.operator("clock")


@dataclass(slots=True)
class ReadIn:
    """What came of the files that waited."""

    counts: dict[State, int] = field(default_factory=dict)
    trouble: Trouble | None = None
    """What kept one from being read that isn't the file's fault, like a full disk."""

    def said(self) -> Sentence:
        """In a sentence."""
        read, asks, refused = (self.counts.get(state, 0) for state in (State.READ, State.ASKS, State.REFUSED))
        return said("Files read: {read}, that ask: {asks}, refused: {refused}.", read=read, asks=asks, refused=refused)


def read_waiting(
    uow: UnitOfWork,
    *,
    files: IncomingFiles,
    lines: LineFiles,
    again_after: timedelta,
    mappings: Path,
    authority_id: int | None = None,
) -> ReadIn:
    """Read the files that wait, of an authority or all, and those whose reading was ended ``again_after`` ago or
    earlier.

    What becomes of each is kept before the next is begun, so that a stop anywhere loses nothing, and a file that ends
    the process which reads it is refused in the end.
    """
    done = ReadIn()
    with uow.read(_CLOCK) as work:
        waiting = [*in_states(work, State.WAITING), *in_states(work, State.BEGUN)]
    for one in waiting:
        if authority_id not in (None, one.authority_id):
            continue
        row = _begun(uow, one.id, again_after)
        if row is None:
            continue
        state = _read(uow, row, files=files, lines=lines, mappings=mappings, done=done)
        done.counts[state] = done.counts.get(state, 0) + 1
    return done


def _begun(uow: UnitOfWork, incoming_id: int, again_after: timedelta) -> IncomingRow | None:
    """The file, marked as begun; None where somebody else has it, or it was begun too often."""
    with uow.begin(_CLOCK) as work:
        work.take_turns(TURNS)
        row = incoming_file(work, incoming_id)
        if row.state is State.BEGUN and row.at > work.now - again_after:
            return None
        if row.state not in (State.WAITING, State.BEGUN):
            return None
        query = select(IncomingStep.c.state).where(IncomingStep.c.incoming_id == row.id)
        begun = 0
        for one in work.all(query.order_by(IncomingStep.c.id.desc())):
            if one.state != State.BEGUN:
                break
            begun += 1
        if begun >= MOST_BEGUN:
            why = said("Reading it was ended twice: it takes too long, or too much memory. Split it by month.")
            step(work, row.id, State.REFUSED, why=why)
            return None
        step(work, row.id, State.BEGUN, questions=row.questions)
        return row


def _read(
    uow: UnitOfWork, row: IncomingRow, *, files: IncomingFiles, lines: LineFiles, mappings: Path, done: ReadIn
) -> State:
    """Read a file, and keep what came of it."""
    try:
        state, what = _come_of(uow, row, files=files, lines=lines, mappings=mappings)
    except Refused as refused:
        state, what = State.REFUSED, {"why": str(refused)}
    except Trouble as trouble:
        state, what, done.trouble = State.WAITING, {"questions": row.questions, "soon": False}, trouble
    except Exception as fault:  # one file must stop no other; the log has the place, and no words of the file
        where = extract_tb(fault.__traceback__)[-1]
        kind = type(fault).__name__
        _log.error("The file %s can't be read: %s at %s:%s", row.sha256, kind, where.filename, where.lineno)
        why = said("Reading it failed because of a fault in the program. Keep the file, and have the fault reported.")
        state, what = State.REFUSED, {"why": why}
    with uow.begin(Actor.operator(row.by)) as work:
        step(work, row.id, state, **what)
        work.audit(row.authority_id, f"spend.file_{state}", f"incoming/{row.id}", batch=what.get("batch_id"))
    return state


def _come_of(
    uow: UnitOfWork, row: IncomingRow, *, files: IncomingFiles, lines: LineFiles, mappings: Path
) -> tuple[State, dict[str, Any]]:
    path = files.path(row.authority_id, row.sha256)
    if not path.is_file():
        raise Refused("Its content isn't there any more; hand it in again.")
    with uow.read(_CLOCK) as work:
        rule = rules.rule_of(work, row.authority_id, row.feed)
    profile = reading.profile(path, mapping=rules.settled(rule, mappings))
    answered = {question["key"] for question in row.questions}
    questions: tuple[Mapping[str, Any], ...] = tuple(
        {**asdict(one), "choices": list(one.choices)} for one in profile.questions if one.key not in answered
    )
    if questions and rule.on_doubt == rules.ASK:
        return State.ASKS, {"questions": questions, "understood": profile.to_json()}
    imported = import_file(
        uow,
        Actor.operator(row.by),
        files=lines,
        path=path,
        authority_id=row.authority_id,
        feed=row.feed,
        name=row.name,
        read=lambda path: Reading(profile.to_json(), reading.read(path, profile)),
        hold=Hold.ALWAYS if row.origin == BY_HAND else Hold.WHERE_SHARED,
    )
    known = said("Its content is known: it is batch {id}.", id=imported.batch.id)
    return State.READ, {"batch_id": imported.batch.id, "why": "" if imported.is_new else known}
