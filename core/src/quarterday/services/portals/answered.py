"""What came back for a batch: what the portal took is common ground, and why it didn't take the rest is kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Text, Update, and_, bindparam, case, or_, select, update

from quarterday.db import given
from quarterday.db.models import PortalBatch, PortalRecord
from quarterday.db.work import Work
from quarterday.domain.portal_records import PortalTerms
from quarterday.domain.sentences import said
from quarterday.errors import Refused
from quarterday.ports import Answered, Receipt
from quarterday.services.portals import standing
from quarterday.services.portals.ours import stopped_by
from quarterday.services.portals.parcels import Batch, Going

UNDER_WAY, DONE, REFUSED = "under way", "done", "refused"
"""The states of a batch."""

_LEAST, _REPEATED = 8, 20
"""What is shorter than so many characters may be any word; by so many at its beginning a text is known again."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What came of a batch, in numbers of records."""

    taken: int
    stopped: int
    overtaken: int


def settle(
    work: Work, batch: Batch, outcome: Receipt | Refused, left_out: Mapping[int, str], terms: PortalTerms
) -> Settled:
    """Settle a batch: record by record by the answers of a receipt, or as a whole that was refused.

    What was read of a record since it was sent stays, and is looked at again. What was left out of the batch on its
    way is stopped with the reason.
    """
    taken: list[dict[str, Any]] = []
    stopped: list[dict[str, Any]] = []
    overtaken: list[dict[str, Any]] = []
    answers = {one.key: one for one in outcome.answers} if isinstance(outcome, Receipt) else {}
    ids = {row.our_id: row.id for row in work.all(_RECORDS, batch=batch.id)}
    for one in batch.records:
        if one.our_id not in ids:  # it was sent with another batch since
            continue
        here = {"id": ids[one.our_id]}
        answer = answers.get(f"{batch.kind}/{one.our_id}")
        if (why := _why_not(one, outcome, answer, left_out)) is not None:
            stopped.append({**here, "why": _without(why, [batch.said.get(one.our_id, "")])})
        elif answer is None or answer.is_overtaken:
            overtaken.append(here)
        else:
            taken.append(
                {
                    **here,
                    "digest": one.digest,
                    "seen": one.seen,
                    "external_id": answer.external_id,
                    "their_version": answer.version,
                }
            )
    dialect = work.connection.dialect.name
    given.run(work.connection, _taken(dialect), taken, now=work.now)
    given.run(work.connection, _stopped(dialect), stopped, mark=stopped_by(terms), now=work.now)
    given.run(work.connection, _overtaken(dialect), overtaken, now=work.now)
    refused = isinstance(outcome, Refused)
    answer_there = _without(str(outcome), batch.said.values()) if isinstance(outcome, Refused) else outcome.reference
    ended = {"state": REFUSED if refused else DONE, "answer": answer_there, "content": "", "settled_at": work.now}
    work.connection.execute(update(PortalBatch).where(PortalBatch.c.id == batch.id).values(**ended))
    return Settled(len(taken), len(stopped), len(overtaken))


def _without(why: str, said_in_all: Iterable[str]) -> str:
    """A portal's reason up to where it repeats what somebody wrote: words aren't kept where erasing doesn't reach."""
    for part in (" ".join(part.split()) for one in said_in_all for part in one.split("\n\n")):
        begins = why.find(part[:_REPEATED]) if len(part) >= _LEAST else -1
        if begins >= 0:
            why = f"{why[:begins]}…"
    return why


def _why_not(
    one: Going, outcome: Receipt | Refused, answer: Answered | None, left_out: Mapping[int, str]
) -> str | None:
    """Why a record wasn't taken, None where it was, or was overtaken."""
    if one.our_id in left_out:
        return left_out[one.our_id]
    if isinstance(outcome, Refused):
        return str(outcome)
    if answer is None:
        return said("The portal's receipt has no answer for it.")
    return answer.why or None if not answer.is_overtaken else None


@cache
def _taken(dialect: str) -> Update:
    rows = given.rows_given(dialect, id=BigInteger, digest=Text, seen=Text, external_id=Text, their_version=Text)
    record, theirs = PortalRecord.c, rows.c
    # Nothing was read of it since it was sent: when it was, what they had was made common ground.
    untouched = and_(record.theirs_digest == record.agreed, record.their_version == theirs.seen)
    is_alike = or_(untouched, record.theirs_digest == theirs.digest)
    return (
        update(PortalRecord)
        .where(PortalRecord.c.id == rows.c.id)
        .values(
            external_id=case((theirs.external_id != "", theirs.external_id), else_=record.external_id),
            agreed=theirs.digest,
            state=case((or_(is_alike, record.state == standing.UNDER_WAY), standing.SAME), else_=record.state),
            why=case((is_alike, ""), else_=record.why),
            version=case((is_alike, record.version), else_=""),
            theirs=case((untouched, record.sent), else_=record.theirs),
            theirs_digest=case((untouched, theirs.digest), else_=record.theirs_digest),
            their_version=case(
                (and_(untouched, theirs.their_version != ""), theirs.their_version), else_=record.their_version
            ),
            answered_at=bindparam("now"),
        )
    )


@cache
def _stopped(dialect: str) -> Update:
    rows = given.rows_given(dialect, id=BigInteger, why=Text)
    return (
        update(PortalRecord)
        .where(PortalRecord.c.id == rows.c.id)
        .values(
            state=standing.STOPPED,
            why=rows.c.why,
            version=PortalRecord.c.version.concat(bindparam("mark", type_=Text)),
            answered_at=bindparam("now"),
        )
    )


@cache
def _overtaken(dialect: str) -> Update:
    rows = given.rows_given(dialect, id=BigInteger)
    return (
        update(PortalRecord)
        .where(PortalRecord.c.id == rows.c.id)
        .values(
            state=standing.WAITING,
            why=said("It was changed in the portal meanwhile; what is there now is read first."),
            version="",
            answered_at=bindparam("now"),
        )
    )


_RECORDS = select(PortalRecord.c.id, PortalRecord.c.our_id).where(
    PortalRecord.c.batch_id == bindparam("batch", type_=BigInteger)
)
