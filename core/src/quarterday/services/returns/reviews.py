"""The council's decisions on entries: accepted with a quantity, queried, rejected; always with who, when and why."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sqlalchemy import bindparam, func, select

from quarterday.db.models import Entry, Review, Valuation, Words
from quarterday.db.newest import not_replaced
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.domain.counting.findings import Effect
from quarterday.domain.exact import NotANumber, shown, storable
from quarterday.domain.permissions import Permission
from quarterday.domain.return_states import DECIDED
from quarterday.domain.sentences import said
from quarterday.domain.typed import quantity_reader
from quarterday.errors import NotThere, Refused
from quarterday.services import scope, words
from quarterday.services.measures.valuations import Worth, price
from quarterday.services.returns.reported import Reported, reported
from quarterday.services.returns.telling import ask, take_turn_to_ask, tell_if_decided

_NEWEST = (
    select(func.max(Review.c.id))
    .where(Review.c.entry_id.in_(bindparam("entries", expanding=True)), Review.c.decision.in_(DECIDED))
    .group_by(Review.c.entry_id)
)
_NEWEST_WORD = (
    select(Review.c.id, Review.c.decision, Words.c.text)
    .outerjoin(Words, Words.c.id == Review.c.words_id)
    .where(Review.c.entry_id == bindparam("entry_id"))
    .order_by(Review.c.id.desc())
    .limit(1)
)
_DECISIONS = select(Review.c.entry_id, Review.c.decision).where(Review.c.id.in_(_NEWEST))
_MISSING = {
    "queried": said("Say what you want to know: the supplier reads it."),
    "rejected": said("Say why it doesn't count: the supplier reads it."),
}
"""What is said where somebody decides so without a word."""


class Decided(Refused):
    """Something was said of the entry since the reviewer opened it, so nothing was decided now."""

    def __init__(self) -> None:
        super().__init__(
            said(
                "Somebody decided on this entry or answered since you opened it, so nothing was saved: look "
                "at it again."
            )
        )


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What came of a decision: the review, and for an acceptance what the entry is worth."""

    review_id: int
    worth: Worth | None = None


def accept(
    uow: UnitOfWork,
    actor: Actor,
    *,
    entry_id: int,
    quantity: str | None = None,
    reason: str = "",
    seen: int | None = None,
) -> Reviewed:
    """Accept an entry: all that the counting rules made of it, or the ``quantity`` given, in the measure's unit.

    Value and provenance are written with it. ``seen`` is the id of the newest review of it that the reviewer saw, 0
    for none: where there is a newer one it raises :class:`Decided`, so that of two decisions made at once, or one sent
    twice, the first holds. Raises :class:`Refused` for more than was claimed, for another
    quantity than the rules make of it without a reason, for an entry that was replaced since, and for no number.
    """
    with uow.begin(actor) as work:
        return decide_in(work, entry_id=entry_id, decision="accepted", quantity=quantity, reason=reason, seen=seen)


def decide_in(
    work: Work,
    *,
    entry_id: int,
    decision: str,
    quantity: str | Fraction | None = None,
    reason: str = "",
    seen: int | None = None,
) -> Reviewed:
    """The step by which every door decides on an entry: accepted, queried or rejected, and the supplier told.

    It raises as :func:`accept`, :func:`query` and :func:`reject` do.
    """
    scope.needs(work, Permission.REVIEW)
    entry, found = _entry(work, entry_id)
    _must_be_newest(work, entry_id, seen)
    if decision == "accepted":
        reviewed = _accept(work, entry, found, quantity, reason)
    else:
        if not reason.strip():
            raise Refused(_MISSING[decision])
        if decision == "queried":
            take_turn_to_ask(work, found)
        reviewed = Reviewed(_add(work, found, entry_id, decision, Fraction(0), reason))
    (ask if decision == "queried" else tell_if_decided)(work, found, reviewed.review_id)
    return reviewed


def accept_plain(
    uow: UnitOfWork, actor: Actor, *, return_id: int, only: Collection[int] | None = None
) -> dict[int, Reviewed]:
    """Accept every plain entry of a return as the rules counted it, or only those; returns what came of each.

    Plain is an entry on which nobody has decided yet and of which no rule asks, holds back or cuts anything. Raises
    :class:`Refused` where there is no such return in the actor's scope.
    """
    with uow.begin(actor) as work:
        scope.needs(work, Permission.REVIEW)
        found = reported(work, return_id)
        query = (
            select(Entry).where(Entry.c.return_id == return_id, not_replaced()).order_by(Entry.c.id).with_for_update()
        )
        entries = work.all(query)
        decided = decisions(work, [entry.id for entry in entries])
        accepted = {
            entry.id: _accept(work, entry, found)
            for entry in entries
            if entry.id not in decided
            and entry.findings["standing"] == Effect.NOTE
            and (only is None or entry.id in only)
        }
        if accepted:
            tell_if_decided(work, found, max(one.review_id for one in accepted.values()))
        return accepted


def query(uow: UnitOfWork, actor: Actor, *, entry_id: int, reason: str, seen: int | None = None) -> Reviewed:
    """Ask the supplier about an entry, which can then be replaced; raises :class:`Refused` without a question.

    ``seen`` is as for :func:`accept`.
    """
    with uow.begin(actor) as work:
        return decide_in(work, entry_id=entry_id, decision="queried", reason=reason, seen=seen)


def reject(uow: UnitOfWork, actor: Actor, *, entry_id: int, reason: str, seen: int | None = None) -> Reviewed:
    """Reject an entry for good; raises :class:`Refused` without a reason. ``seen`` is as for :func:`accept`."""
    with uow.begin(actor) as work:
        return decide_in(work, entry_id=entry_id, decision="rejected", reason=reason, seen=seen)


def answer(uow: UnitOfWork, actor: Actor, *, entry_id: int, text: str) -> Reviewed:
    """A supplier's answer to a query, where the entry stays as it is; said twice in a row, it is said once.

    Raises :class:`Refused` where no query is open, and for no words.
    """
    with uow.begin(actor) as work:
        scope.needs(work, Permission.REPORT)
        _, found = _entry(work, entry_id)
        if decisions(work, [entry_id]).get(entry_id) != "queried":
            raise Refused("There is no open query on this entry.")
        if not text.strip():
            raise Refused("Write your answer, or change the entry instead.")
        newest = work.all(_NEWEST_WORD, entry_id=entry_id)[0]
        if newest.decision == "answered" and newest.text == text.strip():
            return Reviewed(newest.id)
        return Reviewed(_add(work, found, entry_id, "answered", Fraction(0), text))


def decisions(work: Work, entries: Iterable[int]) -> dict[int, str]:
    """The newest decision on each of those entries; entries without one are not in the answer."""
    wanted = list(entries)
    return {row.entry_id: row.decision for row in work.all(_DECISIONS, entries=wanted)} if wanted else {}


def _accept(
    work: Work, entry: Any, found: Reported, quantity: str | Fraction | None = None, reason: str = ""
) -> Reviewed:
    accepted = _accepted(entry, found, quantity, reason)
    unit = price(found.edition, found.values, found.local, entry.ref, entry.value_day, entry.industry)
    value = unit.worth(accepted.as_integer_ratio(), (entry.share_numerator, entry.share_denominator))
    if value.micropounds >= 2**63:
        raise Refused(
            "{accepted} is worth more than can be kept: query the entry, it can't be right.",
            accepted=shown(accepted, 4),
        )
    review_id = _add(work, found, entry.id, "accepted", accepted, reason)
    work.add(
        Valuation,
        review_id=review_id,
        entry_id=entry.id,
        micropounds=value.micropounds,
        is_complete=value.is_complete,
        reason=value.reason,
        unit_value=value.unit_value,
    )
    return Reviewed(review_id, value)


def _entry(work: Work, entry_id: int) -> tuple[Any, Reported]:
    """The entry, locked against a second decision at once, and its return."""
    later = Entry.alias()
    entry = work.one(select(Entry).where(Entry.c.id == entry_id).with_for_update())
    try:
        found = reported(work, entry.return_id if entry else 0)
    except Refused:
        raise NotThere("There is no such entry.") from None
    if work.one(select(later.c.id).where(later.c.replaces_entry_id == entry_id)) is not None:
        raise Refused("This entry was replaced by a newer one: decide on that.")
    return entry, found


def _must_be_newest(work: Work, entry_id: int, seen: int | None) -> None:
    if seen is not None and seen != next((row.id for row in work.all(_NEWEST_WORD, entry_id=entry_id)), 0):
        raise Decided


def _accepted(entry: Any, found: Reported, quantity: str | Fraction | None, reason: str) -> Fraction:
    claimed = Fraction(entry.numerator, entry.denominator)
    counted = Fraction(entry.findings["counted"])
    if quantity is None:
        return counted
    measures = {measure.ref: measure for measure in found.edition.measures}
    try:
        read = quantity if isinstance(quantity, Fraction) else quantity_reader(measures[entry.ref])(quantity)
        accepted = storable(read)
    except NotANumber as problem:
        raise Refused(str(problem)) from problem
    if accepted > max(claimed, counted):
        raise Refused(
            "{quantity} is more than was claimed ({claimed}): accept that much at most.",
            quantity=quantity,
            claimed=shown(claimed, 4),
        )
    if accepted != counted and not reason.strip():
        if accepted < counted:
            raise Refused("Say why only a part counts: the supplier reads the reason.")
        raise Refused(
            "Say why more counts than the {counted} by the rules: the supplier reads the reason.",
            counted=shown(counted, 4),
        )
    return accepted


def _add(work: Work, found: Reported, entry_id: int, decision: str, accepted: Fraction, reason: str) -> int:
    review_id = work.add(
        Review,
        entry_id=entry_id,
        decision=decision,
        numerator=accepted.numerator,
        denominator=accepted.denominator,
        pin_id=found.pin_id if decision == "accepted" else None,
        by_user_id=work.actor.user_id,
        actor=work.actor.name,
        words_id=words.keep(work, reason),
    )
    work.audit(
        found.authority_id,
        f"entry.{decision}",
        f"entry/{entry_id}",
        review=review_id,
        quantity=[accepted.numerator, accepted.denominator],
    )
    return review_id
