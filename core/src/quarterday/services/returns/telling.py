"""Telling suppliers what the council has decided: which mail is due, and to whom, written down with the decision."""

from __future__ import annotations

from sqlalchemy import bindparam, func, select

from quarterday.db.models import Review, Revision, RevisionEntry
from quarterday.db.work import Priority, Work
from quarterday.domain.return_states import DECIDED
from quarterday.services.access import links
from quarterday.services.returns.addressees import reporters
from quarterday.services.returns.reported import Reported

_NEWEST = select(func.max(Revision.c.id)).where(Revision.c.return_id == bindparam("return_id")).scalar_subquery()
_DECISION = (
    select(Review.c.decision)
    .where(Review.c.entry_id == RevisionEntry.c.entry_id, Review.c.decision.in_(DECIDED))
    .order_by(Review.c.id.desc())
    .limit(1)
    .correlate(RevisionEntry)
    .scalar_subquery()
)
_OPEN = (
    select(RevisionEntry.c.entry_id)
    .where(RevisionEntry.c.revision_id == _NEWEST, func.coalesce(_DECISION, "queried") == "queried")
    .limit(1)
)


def ask(work: Work, found: Reported, review_id: int) -> None:
    """Have a question sent to one who reports the return, with a link that opens it.

    Where nobody does, the mail waits in the outbox as given up, until somebody has the role and it is tried again.
    """
    payload = {"review_id": review_id}
    if people := reporters(work, found.id):
        payload |= {"user": people[0].id, "token": links.for_return(work, people[0].id, found.id)}
    work.send(
        "mail.query",
        f"query/{review_id}",
        payload,
        authority_id=found.authority_id,
        priority=Priority.PERSON_WAITS,
    )


def tell_if_decided(work: Work, found: Reported, review_id: int) -> None:
    """Have a statement sent where every entry of the return is decided with this review.

    A decision that is changed later changes the outcome, and is told again.
    """
    work.take_turns(f"{found.subject}/decided")  # of two who decide the last two entries at once one sees both
    if work.one(_OPEN, return_id=found.id) is None:
        payload = {"return_id": found.id, "review_id": review_id}
        work.send("mail.accepted", f"accepted/{review_id}", payload, authority_id=found.authority_id)
