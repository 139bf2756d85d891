"""Telling suppliers what the council has decided: which mail is due, and to whom, written down with the decision."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import bindparam, func, select

from quarterday.db.models import Entry, OutboxRow, Review, Revision, RevisionEntry
from quarterday.db.outbox import State
from quarterday.db.work import Work
from quarterday.domain.return_states import DECIDED
from quarterday.services.access import links
from quarterday.services.returns.addressees import reporters
from quarterday.services.returns.reported import Reported

QUIET = timedelta(minutes=10)
"""How long after the first question about a return the mail with all of them goes out: as long as a return is read."""

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
_QUESTIONS = (
    select(Review.c.id)
    .join(Entry, Entry.c.id == Review.c.entry_id)
    .where(Entry.c.return_id == bindparam("return_id"), Review.c.decision == "queried")
)
_LATER = Review.alias()
_OPEN_QUESTIONS = (
    select(Review.c.id)
    .join(RevisionEntry, RevisionEntry.c.entry_id == Review.c.entry_id)
    .where(
        RevisionEntry.c.revision_id == _NEWEST,
        Review.c.decision == "queried",
        ~select(_LATER.c.id)
        .where(_LATER.c.entry_id == Review.c.entry_id, _LATER.c.id > Review.c.id, _LATER.c.decision != "queried")
        .correlate(Review)
        .exists(),
    )
    .order_by(Review.c.id)
)


def take_turn_to_ask(work: Work, found: Reported) -> None:
    """Wait until nobody else asks about the return; before the question is added, so that a later one has the higher
    id, by which mails share questions out."""
    work.take_turns(f"{found.subject}/questions")


def ask(work: Work, found: Reported, review_id: int) -> None:
    """Have a question sent to one who reports the return, with a link that opens it: in one mail with all that is
    asked about the return before it goes out, :data:`QUIET` after the first of them. Our turn has come.

    What was handed over once takes no more questions: who keeps its key takes it for the same mail when it comes again.
    Where nobody reports, the mail waits in the outbox as given up, until somebody has the role and it is tried again.
    """
    mails = [_key(found.id, one) for one in _questions(work, found.id)]
    newest = select(OutboxRow.c.state, OutboxRow.c.attempts).where(OutboxRow.c.key.in_(mails))
    # Held, so that it isn't taken before this question is there to be read.
    last = work.one(newest.order_by(OutboxRow.c.id.desc()).limit(1).with_for_update())
    if last and last.state == State.DUE and not last.attempts:
        return
    payload = {"return_id": found.id, "review_id": review_id}
    if people := reporters(work, found.id):
        payload |= {"user": people[0].id, "token": links.for_return(work, people[0].id, found.id)}
    key = _key(found.id, review_id)
    work.send("mail.query", key, payload, authority_id=found.authority_id, due=work.now + QUIET)


def asked(work: Work, return_id: int, first: int) -> list[int]:
    """The questions of the mail that began with the review ``first``, by the ids of their reviews, in order.

    What was answered since, decided, or reported anew, and what the mail after it tells, isn't among them.
    """
    since = {_key(return_id, one): one for one in _questions(work, return_id) if one > first}
    begun = work.all(select(OutboxRow.c.key).where(OutboxRow.c.key.in_(since)))
    ends = min((since[row.key] for row in begun), default=None)
    open_now = [row.id for row in work.all(_OPEN_QUESTIONS, return_id=return_id) if row.id >= first]
    return [one for one in open_now if ends is None or one < ends]


def tell_if_decided(work: Work, found: Reported, review_id: int) -> None:
    """Have a statement sent where every entry of the return is decided with this review.

    A decision that is changed later changes the outcome, and is told again.
    """
    work.take_turns(f"{found.subject}/decided")  # of two who decide the last two entries at once one sees both
    if work.one(_OPEN, return_id=found.id) is None:
        payload = {"return_id": found.id, "review_id": review_id}
        work.send("mail.accepted", f"accepted/{review_id}", payload, authority_id=found.authority_id)


def _questions(work: Work, return_id: int) -> list[int]:
    """Everything that was ever asked about a return, by the ids of the reviews."""
    return [row.id for row in work.all(_QUESTIONS, return_id=return_id)]


def _key(return_id: int, first: int) -> str:
    """Of the mail that begins with that question."""
    return f"query/{return_id}/{first}"
