"""What came back for a batch: what the portal took is common ground, and why it didn't take the rest is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Text, Update, and_, bindparam, case, or_, update

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
    for one in batch.records:
        here = {"b_batch": batch.id, "b_our": one.our_id, "b_now": work.now}
        answer = answers.get(f"{batch.kind}/{one.our_id}")
        if (why := _why_not(one, outcome, answer, left_out)) is not None:
            stopped.append({**here, "b_why": why, "b_mark": stopped_by(terms)})
        elif answer is None or answer.is_overtaken:
            overtaken.append(here)
        else:
            said_there = {"b_external": answer.external_id, "b_theirs": answer.version}
            taken.append({**here, **said_there, "b_digest": one.digest, "b_seen": one.seen})
    for statement, rows in ((_TAKEN, taken), (_STOPPED, stopped), (_OVERTAKEN, overtaken)):
        if rows:
            work.connection.execute(statement, rows)
    refused = isinstance(outcome, Refused)
    answer_there = str(outcome) if isinstance(outcome, Refused) else outcome.reference
    ended = {"state": REFUSED if refused else DONE, "answer": answer_there, "content": "", "settled_at": work.now}
    work.connection.execute(update(PortalBatch).where(PortalBatch.c.id == batch.id).values(**ended))
    return Settled(len(taken), len(stopped), len(overtaken))


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


def _of_batch() -> Update:
    return update(PortalRecord).where(
        PortalRecord.c.batch_id == bindparam("b_batch"), PortalRecord.c.our_id == bindparam("b_our")
    )


_SEEN, _EXTERNAL, _DIGEST, _THEIRS, _MARK = (
    bindparam(name, type_=Text) for name in ("b_seen", "b_external", "b_digest", "b_theirs", "b_mark")
)
_UNTOUCHED = and_(PortalRecord.c.theirs_digest == PortalRecord.c.agreed, PortalRecord.c.their_version == _SEEN)
"""Nothing was read of it since it was sent: when it was, what they had was made common ground."""
_IS_LIKE = or_(_UNTOUCHED, PortalRecord.c.theirs_digest == _DIGEST)
_TAKEN = _of_batch().values(
    external_id=case((_EXTERNAL != "", _EXTERNAL), else_=PortalRecord.c.external_id),
    agreed=_DIGEST,
    state=case((or_(_IS_LIKE, PortalRecord.c.state == standing.UNDER_WAY), standing.SAME), else_=PortalRecord.c.state),
    why=case((_IS_LIKE, ""), else_=PortalRecord.c.why),
    version=case((_IS_LIKE, PortalRecord.c.version), else_=""),
    theirs=case((_UNTOUCHED, PortalRecord.c.sent), else_=PortalRecord.c.theirs),
    theirs_digest=case((_UNTOUCHED, _DIGEST), else_=PortalRecord.c.theirs_digest),
    their_version=case((and_(_UNTOUCHED, _THEIRS != ""), _THEIRS), else_=PortalRecord.c.their_version),
    answered_at=bindparam("b_now"),
)
_STOPPED = _of_batch().values(
    state=standing.STOPPED,
    why=bindparam("b_why"),
    version=PortalRecord.c.version.concat(_MARK),
    answered_at=bindparam("b_now"),
)
_OVERTAKEN = _of_batch().values(
    state=standing.WAITING,
    why=said("It was changed in the portal meanwhile; what is there now is read first."),
    version="",
    answered_at=bindparam("b_now"),
)
